/* server/cli/cli.h - the command line: what its commands share.
 *
 * A command is a row of the table in server/cli/commands.c: its name, how it is called, what it says about itself, its
 * options, and one function.  Parsing, help and usage errors come from the rows. */
#ifndef DELAVM_SERVER_CLI_CLI_H
#define DELAVM_SERVER_CLI_CLI_H

#include <stdio.h>

#include "host/host.h"

/* What the program ends with.  A script may rely on these. */
enum cli_exit {
    CLI_OK = 0,
    CLI_TRAPPED = 1, /* the code ran and trapped, or the contract did not accept */
    CLI_USAGE = 2,   /* the command line is wrong, or a file named on it can't be read or written */
    CLI_REFUSED = 3, /* the module, text or request is refused */
    CLI_FAILED = 4,  /* this machine could not: memory, network, no server.  Nothing was decided */
};

/* argument: what the option takes, shown in the help; NULL for a switch.  letter: the short form, or 0. */
struct cli_option {
    const char *name;
    char letter;
    const char *argument;
    const char *help;
};

#define CLI_OPTIONS_MAX 24

struct cli;

struct cli_command {
    const char *group;
    const char *name;
    const char *synopsis;
    const char *summary; /* one line */
    const char *details; /* the rest of the help, in lines of at most 100 columns */
    int minimum;         /* arguments besides options */
    int maximum;         /* -1: any number */
    enum cli_exit (*run)(struct cli *cli);
    struct cli_option options[CLI_OPTIONS_MAX]; /* ends at the first without a name */
};

/* One invocation: the command, values of its options in the order of its rows, and its arguments. */
struct cli {
    const struct cli_command *command;
    const char *values[CLI_OPTIONS_MAX]; /* NULL: not given; "" for a switch that is */
    const char **arguments;
    int count;
};

/* commands.c: the commands, each in a file of its own or beside its kin. */
extern const struct cli_command cli_commands[];
extern const size_t cli_command_count;
enum cli_exit cli_run(struct cli *cli);
enum cli_exit cli_validate(struct cli *cli);
enum cli_exit cli_inspect(struct cli *cli);
enum cli_exit cli_disasm(struct cli *cli);
enum cli_exit cli_asm(struct cli *cli);
enum cli_exit cli_lower(struct cli *cli);
enum cli_exit cli_pack(struct cli *cli);
enum cli_exit cli_execute(struct cli *cli);
enum cli_exit cli_deploy(struct cli *cli);
enum cli_exit cli_call(struct cli *cli);
enum cli_exit cli_contracts(struct cli *cli);
enum cli_exit cli_test(struct cli *cli);
enum cli_exit cli_new(struct cli *cli);
enum cli_exit cli_request(struct cli *cli);
enum cli_exit cli_tables(struct cli *cli);
enum cli_exit cli_version(struct cli *cli);
enum cli_exit cli_selftest(struct cli *cli);
enum cli_exit cli_help(struct cli *cli);

/* options.c */

/* Reads the words behind the command's name into *cli; cli->arguments has room for all of them.  Options may stand
 * anywhere; "--" ends them; a word like -5 is an argument.  False: a usage error, already explained on stderr. */
bool cli_parse(struct cli *cli, int count, char **words);

/* The value of an option of this command, or NULL if it is not given. */
const char *cli_value(const struct cli *cli, const char *name);
bool cli_given(const struct cli *cli, const char *name);

/* Says on stderr what is wrong with the command line and how to find help; returns CLI_USAGE. */
__attribute__((format(printf, 2, 3))) enum cli_exit cli_usage(const struct cli *cli, const char *format, ...);

/* An integer, decimal or 0x hex, with a sign or without, that fits `bits` (32 or 64) bits signed or unsigned; *out is
 * its two's complement.  NULL, or what is wrong with it. */
const char *cli_integer(const char *text, unsigned bits, uint64_t *out);

/* The value of an option that is an unsigned number up to `maximum`.  False: a usage error, explained on stderr. */
bool cli_number(const struct cli *cli, const char *name, uint64_t maximum, uint64_t *out);

/* What --start chooses; HOST_START_EACH_CALL if it is not given.  False: explained on stderr. */
bool cli_start(const struct cli *cli, enum host_start *start);
#define CLI_START_OPTION                                                                                               \
    {"start", 0, "each_call|snapshot",                                                                                 \
     "when _initialize runs: in each call, or once, and calls begin from that (each_call)"},

/* The configuration that --profile, --policy, --features, --schedule, --max-pages, --engine, --fold and --check
 * describe, `profile` where none is given; those a command does not have keep their defaults.  CLI_OK, or the error was explained on stderr. */
enum cli_exit cli_config(const struct cli *cli, enum vm_profile profile, struct host_config *config);
/* The rows that cli_config() reads. */
#define CLI_CONFIG_OPTIONS(profile)                                                                                    \
    {"profile", 0, "strict|compat",                                                                                    \
     "limits and features to judge by; strict is what a chain would choose (" profile ")"},                            \
        {"policy", 0, "strict|lazy|lower",                                                                             \
         "floats: refuse the module, trap when one is computed with, or lower them to integers (strict)"},             \
        {"features", 0, "LIST", "switch features on, or off with '-': tail-call,-bulk-memory (the profile's)"},        \
        {"schedule", 0, "FILE", "a fuel schedule as `delavm schedule` prints it (the default prices)"},

/* What runs a module, for those commands that do. */
#define CLI_ENGINE_OPTIONS                                                                                             \
    {"engine", 0, "fast|plain", "what runs it; outcome and fuel are the same (fast)"},                                 \
        {"fold", 0, "on|off", "off: one cell of internal code for each instruction, to find a fault (on)"},            \
        {"check", 0, NULL,                                                                                             \
         "run it in both engines and compare everything; ends with 4 and shows both if they differ"},

/* The nearest of `count` names to a mistyped one, or NULL if none is near. */
const char *cli_nearest(const char *word, const char *(*name)(size_t index), size_t count);

/* client.c */

struct http_client;
struct http_answer;

/* Connects to the server that --server or the environment names.  Not CLI_OK: explained on stderr. */
enum cli_exit cli_connect(const struct cli *cli, struct http_client *client);

/* LANGUAGE/NAME as two strings: the name points into the word, the language is copied.  False: a usage error, explained
 * on stderr. */
bool cli_split_name(const struct cli *cli, const char *word, char language[64], const char **name);

/* What every command does with an answer it does not read closer.  CLI_OK: a success that is still to be shown. */
enum cli_exit cli_judge_answer(const struct cli *cli, const struct http_answer *answer);

/* files.c */

/* The whole of a file ("-": standard input), to be given to free().  False: explained on stderr. */
bool cli_read_file(const char *path, struct vm_bytes *out);
/* Writes a whole file ("-": standard output).  False: explained on stderr, or will be when main() ends. */
bool cli_write_file(const char *path, struct vm_bytes bytes);
/* A module's bytes from a file of either format: text is assembled.  To be given to free(). */
enum cli_exit cli_read_module(const char *path, struct vm_bytes *out);

/* Reads and loads a module by *config.  CLI_OK and *module (to be given to vm_module_free()); else explained on stderr,
 * or on stdout as JSON if `json`. */
enum cli_exit cli_load_module(const char *path, const struct host_config *config, bool json, struct vm_module **module);

/* output.c */

/* Escape sequences, empty where the stream is no terminal (or NO_COLOR is set). */
struct cli_colours {
    const char *good, *bad, *strong, *faint, *none;
};
struct cli_colours cli_colours(FILE *stream);

/* Says "delavm: ..." on stderr. */
__attribute__((format(printf, 1, 2))) void cli_say(const char *format, ...);

/* Text as a JSON string with its quotes: valid UTF-8 stays, everything else is escaped or replaced by U+FFFD. */
void cli_json_text(FILE *stream, struct vm_bytes text);

/* Text from a module, for people: control characters and broken UTF-8 are shown as \xx. */
void cli_safe_text(FILE *stream, struct vm_bytes text);

/* A refusal on `stream`, for people; or as a JSON object. */
void cli_show_error(FILE *stream, const char *path, const struct vm_error *error);
void cli_json_error(FILE *stream, const struct vm_error *error);

/* What is wrong with a text, on stderr: "file:line:column: malformed: message". */
void cli_show_text_error(const char *path, uint32_t line, uint32_t column, const char *message);

/* "function 3 "name"", with what is known of the name. */
void cli_show_function(FILE *stream, const struct vm_module *module, uint32_t function);

/* The exit for a status that is not VM_OK. */
enum cli_exit cli_exit_of(enum vm_status status);

/* A line on stderr that is rewritten in place while something takes long; nothing unless stderr is a terminal.
 * cli_progress() shows at most ten times a second and nothing in the first second; cli_progress_end() wipes it. */
struct cli_progress {
    bool on;
    bool shown;
    uint64_t start; /* milliseconds */
    uint64_t last;
};
void cli_progress_begin(struct cli_progress *progress);
__attribute__((format(printf, 2, 3))) void cli_progress(struct cli_progress *progress, const char *format, ...);
void cli_progress_end(struct cli_progress *progress);

#endif
