/* server/cli/commands.c - the table of commands: names, usage, help texts, options, functions. */
#include "server/cli/cli.h"

#define MODULE_FILES "A FILE may be a binary module (.wasm) or text (.wat); - is standard input.\n"
#define SERVER_OPTIONS                                                                                                 \
    {"server", 's', "ADDRESS", "HOST:PORT or unix:PATH of the server ($DELAVM_SERVER, else 127.0.0.1:3000)"},          \
        {"json", 0, NULL, "print the server's answer as it came"},

/* clang-format off */
const struct cli_command cli_commands[] = {
    {"Modules", "run", "FILE [-i EXPORT] [--fuel N] [ARGUMENTS...]",
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
     1, -1, cli_run,
     {{"invoke", 'i', "EXPORT", "the function to call"},
      {"fuel", 0, "N", "fuel the run may use (no limit)"},
      {"max-pages", 0, "N", "cap on linear memory, in pages of 64 KiB (256)"},
      {"json", 0, NULL, "one JSON object: status, results, fuel, pages, depth, trap"},
      CLI_ENGINE_OPTIONS
      {"trace", 0, NULL, "every instruction on stderr, with its operands"},
      CLI_CONFIG_OPTIONS("compat") {NULL, 0, NULL, NULL}}},
    {"Modules", "validate", "FILE...",
     "judge modules: ok, malformed, invalid, unsupported or over a limit",
     "Prints one verdict for each file; a refusal says code, byte offset, function and its name.\n"
     "Where a feature is the reason (floating point, say) it lists every function that has it and the shortest\n"
     "chain of calls that reaches it from an export, so that you know what to change.\n"
     "--contract also asks whether the module can be deployed: its imports, and its entry of type [] -> [].\n" MODULE_FILES,
     1, -1, cli_validate,
     {{"contract", 'c', NULL, "must be deployable as a contract too"},
      {"json", 0, NULL, "one JSON object a line, for each file"},
      {"max-pages", 0, "N", "cap on linear memory, in pages of 64 KiB (256)"},
      CLI_CONFIG_OPTIONS("compat, with --contract strict") {NULL, 0, NULL, NULL}}},
    {"Modules", "inspect", "FILE",
     "show sections, imports, exports, and functions with their fuel",
     "For each function: its type, declared locals, size in bytes, greatest operand stack height, number of\n"
     "instructions, and their prices added up once: the price of a straight run through it, without loops,\n"
     "calls, and what memory and table instructions cost by the amount of their work.\n" MODULE_FILES,
     1, 1, cli_inspect,
     {{"json", 0, NULL, "one JSON object"}, CLI_CONFIG_OPTIONS("compat") {NULL, 0, NULL, NULL}}},
    {"Modules", "disasm", "FILE [-o FILE.wat] | --internal FILE [FUNCTION]",
     "show a module as text",
     "The text assembles back to the same bytes with `delavm asm`, custom sections and odd encodings included.\n"
     "Modules that are refused for their features can be looked at too.\n\n"
     "--internal shows, behind the last of the instructions it stands for, each cell of internal code that the\n"
     "fast engine makes of a function (all of them; an index, a name or an export chooses one): its place in\n"
     "words, its name, which ends in where operands are (S slot, A accumulator, K constant, P slot + constant,\n"
     "X slot + slot, Y accumulator + slot) and _D if the value is also stored, then slots a, b, c and d, constant\n"
     "k, and the edges it may leave by.  It is a text still, with comments.  Functions without cells are run by\n"
     "the plain engine.\n" MODULE_FILES,
     1, 2, cli_disasm,
     {{"output", 'o', "FILE", "write the text there (standard output)"},
      {"offsets", 0, NULL, "show each instruction's offset in the module"},
      {"prices", 0, NULL, "show each instruction's price"},
      {"internal", 0, NULL, "show the fast engine's internal code beside the instructions it came from"},
      {"fold", 0, "on|off", "with --internal; off: one cell for each instruction (on)"},
      CLI_CONFIG_OPTIONS("compat") {NULL, 0, NULL, NULL}}},
    {"Modules", "asm", "FILE.wat -o FILE.wasm",
     "assemble text to a binary module",
     "Takes the whole text format of WebAssembly 2.0 and what is known of 3.0.  Judges the text only:\n"
     "`delavm validate` judges the module.  Errors say line and column.\n",
     1, 1, cli_asm,
     {{"output", 'o', "FILE", "write the module there; - is standard output"},
      {"no-names", 0, NULL, "leave out the name section"},
      {NULL, 0, NULL, NULL}}},
    {"Modules", "lower", "FILE -o FILE.wasm",
     "write a module with floats as one of integers only",
     "Values of f32 and f64 become their bits in i32 and i64, float instructions become calls of integer routines\n"
     "that are put into the module.  It does what the module did, with NaNs that are computed always the positive\n"
     "canonical one; it runs on any engine, is deployed like any contract, and pays for each instruction.  Imports,\n"
     "exports and the table take and give bits; `delavm` knows their float types still.  A module without floats is\n"
     "written as it is.  Vectors stay refused.\n"
     "The same module is lowered to the same bytes by all builds of the same lowering hash (`delavm version`).\n" MODULE_FILES,
     1, 1, cli_lower,
     {{"output", 'o', "FILE", "write the module there; - is standard output"},
      {"profile", 0, "strict|compat", "limits and features to judge by; strict is what a chain would choose (compat)"},
      {"policy", 0, "lower|lazy", "compute with floats, or trap where one is computed with (lower)"},
      {"features", 0, "LIST", "switch features on, or off with '-': tail-call,-bulk-memory (the profile's)"},
      {NULL, 0, NULL, NULL}}},
    {"Modules", "pack", "FILE [--manifest FILE] [-o FILE.wasm]",
     "make a module smaller, and give it a manifest",
     "Custom sections go, but for the manifest, and data segments that lie side by side become one: it does what it\n"
     "did, and an instance of it costs less fuel.  --manifest puts lines like `reads counter` into the section\n"
     "\"dela.manifest\", for languages that can't (contracts/README.md); an empty file takes it out.  Without -o the\n"
     "manifest is printed.\n" MODULE_FILES,
     1, 1, cli_pack,
     {{"output", 'o', "FILE", "write the module there; - is standard output"},
      {"manifest", 'm', "FILE", "the manifest it gets; - is standard input (the one it has)"},
      {"names", 0, NULL, "keep the names of functions, which are shown when one traps"},
      {"gap", 0, "N", "join data segments with up to N bytes between them, too, for less fuel and more bytes (0)"},
      CLI_CONFIG_OPTIONS("compat") {NULL, 0, NULL, NULL}}},
    {"Contracts", "new", "[LANGUAGE NAME]",
     "make a project for a contract, with its SDK and a test",
     "Makes the folder NAME: a contract that greets and counts, what it needs of the SDK, a Makefile, a README, and\n"
     "calls.json with calls and their answers.  `make test` there builds and tests it.  Without words: the languages.\n",
     0, 2, cli_new,
     {{NULL, 0, NULL, NULL}}},
    {"Contracts", "execute", "FILE [--arguments JSON] [--storage FILE] [KEY=VALUE...]",
     "run a contract here, no server needed",
     "Does what POST /v1/execute of a server does, and prints the same JSON: status, result, writes, events,\n"
     "logs, fuel, receipt.  Arguments are given as KEY=VALUE words, or as a JSON object.\n"
     "The storage file holds what stands under \"storage\" in such a request: [{\"key\":BASE64,\"value\":BASE64}],\n"
     "with null as the value of a key known to be absent.  --commit writes accepted changes back to it.\n" MODULE_FILES,
     1, -1, cli_execute,
     {{"arguments", 'a', "JSON", "the arguments as a JSON object; @FILE reads a file"},
      {"storage", 0, "FILE", "keys the contract may read"},
      {"commit", 0, NULL, "write accepted changes back to the storage file"},
      {"request", 'r', "FILE", "a whole request body of POST /v1/execute; the contract stays FILE"},
      {"entry", 'i', "EXPORT", "the function to call (call)"},
      {"fuel", 0, "N", "fuel limit (the greatest allowed)"},
      {"simulate", 0, NULL, "keys that were not given count as absent; shows footprint and needed fuel"},
      {"caller", 0, "TEXT", "identity of the caller"},
      CLI_START_OPTION CLI_ENGINE_OPTIONS
      {"trace", 0, NULL, "every instruction on stderr, with its operands"},
      CLI_CONFIG_OPTIONS("strict") {NULL, 0, NULL, NULL}}},
    {"Contracts", "deploy", "FILE LANGUAGE/NAME",
     "give a contract to a server under a name",
     "The server validates it, keeps it by its hash, and answers calls of LANGUAGE/NAME with it from now on.\n"
     "Earlier versions stay in the server.  `delavm validate --contract FILE` tells beforehand what it would "
     "say.\n" MODULE_FILES,
     2, 2, cli_deploy,
     {{"policy", 0, "strict|lazy|lower",
       "floats: refuse the module, let computing with one trap, or lower them to integers (strict)"},
      CLI_START_OPTION SERVER_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Contracts", "call", "LANGUAGE/NAME [KEY=VALUE...]",
     "call a contract of a server",
     "Sends what Dela sends, POST /, and prints the result.  A VALUE that is a whole number is sent as a number,\n"
     "anything else as a string; KEY:=JSON sends JSON as it stands.\n",
     1, -1, cli_call,
     {SERVER_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Contracts", "contracts", "",
     "list the contracts of a server",
     "",
     0, 0, cli_contracts,
     {SERVER_OPTIONS{NULL, 0, NULL, NULL}}},
    {"Contracts", "test", "FILE CALLS...",
     "run tables of calls against a contract",
     "Starts a server for itself, deploys FILE there, and sends it over HTTP each call that the JSON files CALLS hold.\n"
     "A table is an array of cases: {\"name\": TEXT, \"path\": \"/\" or \"/v1/execute\", \"request\": {...},\n"
     "\"response\": {...}}.  The contract is put into each request.  For / the answer must be the response exactly,\n"
     "for other paths each member of the response must be in the answer.\n"
     "With -s ADDRESS there is LANGUAGE/NAME in place of FILE: what that server has deployed is tested.\n" MODULE_FILES,
     2, -1, cli_test,
     {{"server", 's', "ADDRESS", "test LANGUAGE/NAME of this server, HOST:PORT or unix:PATH"},
      {"profile", 0, "strict|compat", "limits and features of the server that is started (strict)"},
      {NULL, 0, NULL, NULL}}},
    {"Contracts", "request", "METHOD PATH [BODY]",
     "send a server any request and show the answer",
     "For what has no command of its own: `delavm request POST /v1/execute @request.json`, `delavm request GET /metrics`.\n"
     "`delavm request GET /` lists what a server can do.  BODY is text, or @FILE; a module goes as a module, all else\n"
     "as JSON.\n",
     2, 3, cli_request,
     {{"server", 's', "ADDRESS", "HOST:PORT or unix:PATH of the server ($DELAVM_SERVER, else 127.0.0.1:3000)"},
      {NULL, 0, NULL, NULL}}},
    {"Tables", "limits", "",
     "every ceiling, in both profiles, and why it is there",
     "",
     0, 0, cli_tables,
     {{"json", 0, NULL, "as JSON"}, {NULL, 0, NULL, NULL}}},
    {"Tables", "features", "",
     "what of WebAssembly a module may use",
     "",
     0, 0, cli_tables,
     {{"json", 0, NULL, "as JSON"}, {NULL, 0, NULL, NULL}}},
    {"Tables", "imports", "",
     "what a contract may import, and its price",
     "",
     0, 0, cli_tables,
     {{"json", 0, NULL, "as JSON"}, {NULL, 0, NULL, NULL}}},
    {"Tables", "schedule", "",
     "the fuel schedule, in the format of schedule files",
     "The first line is a comment with the schedule's hash.  A file with some of these lines changed is taken\n"
     "by --schedule FILE; what it does not name keeps the default price.\n",
     0, 0, cli_tables,
     {{"schedule", 0, "FILE", "show this schedule instead of the default one"}, {NULL, 0, NULL, NULL}}},
    {"Tables", "errors", "",
     "every reason to refuse a module, with its stable code",
     "",
     0, 0, cli_tables,
     {{"json", 0, NULL, "as JSON"}, {NULL, 0, NULL, NULL}}},
    {"Tables", "traps", "",
     "every way a run can trap, with its stable code",
     "",
     0, 0, cli_tables,
     {{"json", 0, NULL, "as JSON"}, {NULL, 0, NULL, NULL}}},
    {"Help", "version", "",
     "version, engine version, and the hashes receipts depend on",
     "",
     0, 0, cli_version,
     {{"json", 0, NULL, "as JSON"}, CLI_CONFIG_OPTIONS("strict") {NULL, 0, NULL, NULL}}},
    {"Help", "selftest", "",
     "run the embedded conformance vectors; prints one hash, the same on every machine",
     "Every integer instruction over edge values, control, memory, tables, traps, fuel and refusals, in both\n"
     "engines.  Each call also runs in slices, with exactly its fuel and with one less.  Ends with 1 if anything\n"
     "differs.\n",
     0, 0, cli_selftest,
     {{"json", 0, NULL, "as JSON"}, {NULL, 0, NULL, NULL}}},
    {"Help", "help", "[COMMAND]", "this list, or all about one command", "", 0, 1, cli_help, {{NULL, 0, NULL, NULL}}},
};
/* clang-format on */

const size_t cli_command_count = sizeof cli_commands / sizeof *cli_commands;
