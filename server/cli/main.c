/* server/cli/main.c - the command line, build/delavm: finds the command, and help. */
#include "server/cli/cli.h"

#include <errno.h>
#include <stdlib.h>

#include "server/disk.h"

static const char exits[] =
    "Ends with 0 when all went well, 1 after a trap or a contract that did not accept, 2 after a mistake on the\n"
    "command line, 3 when a module, text or request is refused, 4 when this machine could not do it (memory,\n"
    "network): then nothing was decided.\n";

static const char *command_name(size_t index) {
    return cli_commands[index].name;
}

static const struct cli_command *find_command(const char *name) {
    for (size_t i = 0; i < cli_command_count; i++)
        if (strcmp(cli_commands[i].name, name) == 0)
            return &cli_commands[i];
    return NULL;
}

static enum cli_exit unknown_command(const char *word) {
    const char *const near = cli_nearest(word, command_name, cli_command_count);
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
    for (size_t i = 0; i < cli_command_count; i++) {
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

/* The output must have arrived, or the exit would lie. */
static enum cli_exit finish(enum cli_exit end) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return end;
    cli_say("the output could not be written");
    return CLI_FAILED;
}

static enum cli_exit run_command(const struct cli_command *command, int count, char **words) {
    struct cli cli = {.command = command, .arguments = calloc((size_t)count + 1, sizeof(char *))};
    if (cli.arguments == NULL) {
        cli_say("out of memory");
        return CLI_FAILED;
    }
    const enum cli_exit end = cli_parse(&cli, count, words) ? command->run(&cli) : CLI_USAGE;
    free(cli.arguments);
    return finish(end);
}

int main(int count, char **words) {
    if (!server_disk_standard()) {
        cli_say("can't open /dev/null: %s", strerror(errno));
        return CLI_FAILED;
    }
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
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) {
            show_command(command);
            return (int)finish(CLI_OK);
        }
    }
    return (int)run_command(command, count - 2, words + 2);
}
