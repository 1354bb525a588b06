/* server/cli/main.c - the command line, build/delavm: the table of its commands, and help. */
#include "server/cli/cli.h"

#include <stdlib.h>

static const char exits[] =
    "Ends with 0 when all went well, 1 after a trap or a contract that did not accept, 2 after a mistake on the\n"
    "command line, 3 when a module, text or request is refused, 4 when this machine could not do it (memory,\n"
    "network): then nothing was decided.\n";

#define MODULE_FILES "A FILE may be a binary module (.wasm) or text (.wat); - is standard input.\n"
#define SERVER_OPTIONS                                                                                                 \
    {"server", 's', "ADDRESS", "HOST:PORT or unix:PATH of the server ($DELAVM_SERVER, else 127.0.0.1:3000)"},          \
        {"json", 0, NULL, "print the server's answer as it came"},

const struct cli_command cli_commands[] = {
    {"Modules",
     "run",
     "FILE [-i EXPORT] [--fuel N] [ARGUMENTS...]",
     "call an exported function of a module",
     "Instantiates the module, runs its start function and calls EXPORT with ARGUMENTS: one for each parameter,\n"
     "decimal or 0x hex, signed or unsigned (-1 and 4294967295 are the same i32); `null` for references.\n"
     "Prints one line for each result, unsigned: i32:7, i64:18446744073709551615.  A trap is told on stderr\n"
     "with place, fuel and the guest's call stack.\n\n"
     "Without -i EXPORT the function called is \"run\", \"_start\", \"main\" or \"call\", the first there is, else\n"
     "the only exported function.\n"
     "A module that imports from \"dela\" is a contract: `delavm execute` runs those.\n"
     "Fuel is the exact price of what ran, instantiation and start function included; the number that --json\n"
     "shows as used is the smallest that suffices as --fuel.\n" MODULE_FILES,
     1,
     -1,
     cli_run,
     {{"invoke", 'i', "EXPORT", "the function to call"},
      {"fuel", 0, "N", "fuel the run may use (no limit)"},
      {"max-pages", 0, "N", "cap on linear memory, in pages of 64 KiB (256)"},
      {"json", 0, NULL, "one JSON object: status, results, fuel, pages, depth, trap"},
      {"trace", 0, NULL, "every instruction on stderr, with its operands"},
      CLI_CONFIG_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Modules",
     "validate",
     "FILE...",
     "judge modules: ok, malformed, invalid, unsupported or over a limit",
     "Prints one verdict for each file; a refusal says code, byte offset, function and its name.\n"
     "Where a feature is the reason (floating point, say) it lists every function that has it and the shortest\n"
     "chain of calls that reaches it from an export, so that you know what to change.\n"
     "--contract also asks whether the module can be deployed: its imports, and its entry of type [] -> "
     "[].\n" MODULE_FILES,
     1,
     -1,
     cli_validate,
     {{"contract", 'c', NULL, "must be deployable as a contract too"},
      {"json", 0, NULL, "one JSON object a line, for each file"},
      {"max-pages", 0, "N", "cap on linear memory, in pages of 64 KiB (256)"},
      CLI_CONFIG_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Modules",
     "inspect",
     "FILE",
     "show sections, imports, exports, and functions with their fuel",
     "For each function: its type, declared locals, size in bytes, greatest operand stack height, number of\n"
     "instructions, and their prices added up once: the price of a straight run through it, without loops,\n"
     "calls, and what memory and table instructions cost by the amount of their work.\n" MODULE_FILES,
     1,
     1,
     cli_inspect,
     {{"json", 0, NULL, "one JSON object"}, CLI_CONFIG_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Modules",
     "disasm",
     "FILE [-o FILE.wat]",
     "show a module as text",
     "The text assembles back to the same bytes with `delavm asm`.\n" MODULE_FILES,
     1,
     1,
     cli_disasm,
     {{"output", 'o', "FILE", "write the text there (standard output)"}, CLI_CONFIG_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Modules",
     "asm",
     "FILE.wat -o FILE.wasm",
     "assemble text to a binary module",
     "Takes the whole text format of WebAssembly 2.0 and what is known of 3.0.  Judges the text only:\n"
     "`delavm validate` judges the module.  Errors say line and column.\n",
     1,
     1,
     cli_asm,
     {{"output", 'o', "FILE", "write the module there; - is standard output"},
      {"no-names", 0, NULL, "leave out the name section"},
      {NULL, 0, NULL, NULL}}},
    {"Contracts",
     "execute",
     "FILE [--arguments JSON] [--storage FILE] [KEY=VALUE...]",
     "run a contract here, no server needed",
     "Does what POST /v1/execute of a server does, and prints the same JSON: status, result, writes, events,\n"
     "logs, fuel, receipt.  Arguments are given as KEY=VALUE words, or as a JSON object.\n"
     "The storage file holds what stands under \"storage\" in such a request: [{\"key\":BASE64,\"value\":BASE64}],\n"
     "with null as the value of a key known to be absent.  --commit writes accepted changes back to it.\n" MODULE_FILES,
     1,
     -1,
     cli_execute,
     {{"arguments", 'a', "JSON", "the arguments as a JSON object; @FILE reads a file"},
      {"storage", 0, "FILE", "keys the contract may read"},
      {"commit", 0, NULL, "write accepted changes back to the storage file"},
      {"request", 'r', "FILE", "a whole request body of POST /v1/execute; the contract stays FILE"},
      {"entry", 'i', "EXPORT", "the function to call (call)"},
      {"fuel", 0, "N", "fuel limit (the greatest allowed)"},
      {"simulate", 0, NULL, "keys that were not given count as absent; shows footprint and needed fuel"},
      {"caller", 0, "TEXT", "identity of the caller"},
      {"trace", 0, NULL, "every instruction on stderr, with its operands"},
      CLI_CONFIG_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Contracts",
     "deploy",
     "FILE LANGUAGE/NAME",
     "give a contract to a server under a name",
     "The server validates it, keeps it by its hash, and answers calls of LANGUAGE/NAME with it from now on.\n"
     "Earlier versions stay in the server.  `delavm validate --contract FILE` tells beforehand what it would "
     "say.\n" MODULE_FILES,
     2,
     2,
     cli_deploy,
     {SERVER_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Contracts",
     "call",
     "LANGUAGE/NAME [KEY=VALUE...]",
     "call a contract of a server",
     "Sends what Dela sends, POST /, and prints the result.  A VALUE that is a whole number is sent as a number,\n"
     "anything else as a string; KEY:=JSON sends JSON as it stands.\n",
     1,
     -1,
     cli_call,
     {SERVER_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Contracts",
     "contracts",
     "",
     "list the contracts of a server",
     "",
     0,
     0,
     cli_contracts,
     {SERVER_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Tables",
     "limits",
     "",
     "every ceiling, in both profiles, and why it is there",
     "",
     0,
     0,
     cli_tables,
     {{"json", 0, NULL, "as JSON"}, {NULL, 0, NULL, NULL}}},
    {"Tables",
     "features",
     "",
     "what of WebAssembly a module may use",
     "",
     0,
     0,
     cli_tables,
     {{"json", 0, NULL, "as JSON"}, {NULL, 0, NULL, NULL}}},
    {"Tables",
     "imports",
     "",
     "what a contract may import, and its price",
     "",
     0,
     0,
     cli_tables,
     {{"json", 0, NULL, "as JSON"}, {NULL, 0, NULL, NULL}}},
    {"Tables",
     "schedule",
     "",
     "the fuel schedule, in the format of schedule files",
     "The first line is a comment with the schedule's hash.  A file with some of these lines changed is taken\n"
     "by --schedule FILE; what it does not name keeps the default price.\n",
     0,
     0,
     cli_tables,
     {{"schedule", 0, "FILE", "show this schedule instead of the default one"}, {NULL, 0, NULL, NULL}}},
    {"Tables",
     "errors",
     "",
     "every reason to refuse a module, with its stable code",
     "",
     0,
     0,
     cli_tables,
     {{"json", 0, NULL, "as JSON"}, {NULL, 0, NULL, NULL}}},
    {"Tables",
     "traps",
     "",
     "every way a run can trap, with its stable code",
     "",
     0,
     0,
     cli_tables,
     {{"json", 0, NULL, "as JSON"}, {NULL, 0, NULL, NULL}}},
    {"Help",
     "version",
     "",
     "version, engine version, and the hashes receipts depend on",
     "",
     0,
     0,
     cli_version,
     {{"json", 0, NULL, "as JSON"}, CLI_CONFIG_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Help", "help", "[COMMAND]", "this list, or all about one command", "", 0, 1, cli_help, {{NULL, 0, NULL, NULL}}},
};

enum { COMMAND_COUNT = sizeof cli_commands / sizeof *cli_commands };

static const char *command_name(size_t index) {
    return cli_commands[index].name;
}

static const struct cli_command *find_command(const char *name) {
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(cli_commands[i].name, name) == 0)
            return &cli_commands[i];
    return NULL;
}

static enum cli_exit unknown_command(const char *word) {
    const char *const near = cli_nearest(word, command_name, COMMAND_COUNT);
    if (near != NULL)
        cli_say("there is no command `%s`.  Did you mean `%s`?", word, near);
    else
        cli_say("there is no command `%s`.  `delavm help` lists them.", word);
    return CLI_USAGE;
}

static void list_commands(FILE *stream) {
    const struct cli_colours colour = cli_colours(stream);
    fprintf(stream, "delavm %s: deterministic, metered WebAssembly for contracts\n\nusage: delavm COMMAND ...\n",
            HOST_VERSION_TEXT);
    const char *group = "";
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(group, cli_commands[i].group) != 0) {
            group = cli_commands[i].group;
            fprintf(stream, "\n%s%s%s\n", colour.strong, group, colour.none);
        }
        fprintf(stream, "  %-10s %s\n", cli_commands[i].name, cli_commands[i].summary);
    }
    fprintf(stream, "\n`delavm help COMMAND` tells all about one.\n\n%s", exits);
}

static void show_option(const struct cli_option *option) {
    char left[64];
    if (option->letter != 0)
        snprintf(left, sizeof left, "-%c, --%s%s%s", option->letter, option->name, option->argument == NULL ? "" : " ",
                 option->argument == NULL ? "" : option->argument);
    else
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument == NULL ? "" : " ",
                 option->argument == NULL ? "" : option->argument);
    printf("  %-26s %s\n", left, option->help);
}

static void show_command(const struct cli_command *command) {
    const struct cli_colours colour = cli_colours(stdout);
    printf("delavm %s: %s\n\nusage: %sdelavm %s%s%s%s\n", command->name, command->summary, colour.strong, command->name,
           *command->synopsis == '\0' ? "" : " ", command->synopsis, colour.none);
    if (command->details[0] != '\0')
        printf("\n%s", command->details);
    if (command->options[0].name != NULL)
        printf("\noptions (defaults in parentheses)\n");
    for (int i = 0; i < CLI_OPTIONS_MAX && command->options[i].name != NULL; i++)
        show_option(&command->options[i]);
}

enum cli_exit cli_help(struct cli *cli) {
    if (cli->count == 0) {
        list_commands(stdout);
        return CLI_OK;
    }
    const struct cli_command *const command = find_command(cli->arguments[0]);
    if (command == NULL)
        return unknown_command(cli->arguments[0]);
    show_command(command);
    return CLI_OK;
}

/* Runs one command; its output must have arrived, or the exit would lie. */
static enum cli_exit run_command(const struct cli_command *command, int count, char **words) {
    struct cli cli = {.command = command, .arguments = calloc((size_t)count + 1, sizeof(char *))};
    if (cli.arguments == NULL) {
        cli_say("out of memory");
        return CLI_FAILED;
    }
    enum cli_exit end = cli_parse(&cli, count, words) ? command->run(&cli) : CLI_USAGE;
    free(cli.arguments);
    if ((fflush(stdout) != 0 || ferror(stdout)) && end == CLI_OK) {
        cli_say("the output could not be written");
        end = CLI_FAILED;
    }
    return end;
}

int main(int count, char **words) {
    if (count < 2) {
        list_commands(stderr);
        return CLI_USAGE;
    }
    const char *name = words[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        name = "version";
    const struct cli_command *const command = find_command(name);
    if (command == NULL)
        return (int)unknown_command(words[1]);
    for (int i = 2; i < count && strcmp(words[i], "--") != 0; i++) {
        if (strcmp(words[i], "--help") == 0) {
            show_command(command);
            return CLI_OK;
        }
    }
    return (int)run_command(command, count - 2, words + 2);
}
