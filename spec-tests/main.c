/* spec-tests/main.c - delavm-spec: runs test scripts of the official WebAssembly suite and accounts for every command.
 */
#include <stdlib.h>
#include <unistd.h>

#include "spec-tests/report.h"
#include "spec-tests/workers.h"

static const char usage[] =
    "usage: delavm-spec [OPTION]... FILE.wast|FOLDER...\n"
    "Runs WebAssembly test scripts and gives a verdict on each command: passed, refused (outside the subset), blocked\n"
    "(by something refused), failed.\n"
    "\n"
    "  --features 2.0|3.0[,[-]NAME]...\n"
    "                                the version of the spec (3.0), and features to switch on or (-) off\n"
    "  --policy strict|lazy|lower    refuse modules with floats (strict), trap at the first float computation, or run\n"
    "                                what they are lowered to\n"
    "  --engine fast|plain           what runs the calls (fast)\n"
    "  --fold on|off                 off: the fast engine runs one cell for each instruction (on)\n"
    "  --expected FILE               compare each verdict and digest with this list\n"
    "  --write-expected FILE         write such a list\n"
    "  --verdicts FILE               write one line for each command\n"
    "  --junit FILE                  write JUnit XML\n"
    "  --json                        print JSON; the last line then goes to standard error\n"
    "  --digest                      print a digest of fuel, results and state for each file\n"
    "  --fuel-checks                 run each call again with exactly its fuel and with one less, each file again\n"
    "  --round-trip                  disassemble each module and assemble it again: the same bytes\n"
    "  --jobs N                      files at a time (as many as there are processors)\n"
    "  --verbose                     print each command that did not pass\n"
    "Status: 0 all is well, 1 something failed or is not as expected, 2 wrong usage.\n";

struct arguments {
    struct spec_options run;
    struct spec_report_options report;
    const char *expected, *write_expected, *verdicts, *junit;
    bool json;
    uint32_t jobs;
    struct spec_files files;
};

static bool parse_features(const char *text, struct spec_options *options) {
    const size_t version = strcspn(text, ",");
    if (version != 3 || (strncmp(text, "2.0", 3) != 0 && strncmp(text, "3.0", 3) != 0))
        return false;
    options->version = text[0] == '2' ? TEXT_2_0 : TEXT_3_0;
    options->features = spec_version_features(options->version);
    for (const char *at = text + version; *at == ',';) {
        const bool on = *++at != '-';
        at += !on;
        const size_t size = strcspn(at, ",");
        bool found = false;
        for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++) {
            if (strlen(vm_feature_rows[i].name) == size && memcmp(vm_feature_rows[i].name, at, size) == 0) {
                options->features.on[i] = on && vm_feature_rows[i].ready;
                found = true;
            }
        }
        if (!found)
            return false;
        at += size;
    }
    return true;
}

static bool parse_engine(const char *text, struct spec_options *options) {
    options->engine = strcmp(text, "plain") == 0 ? VM_ENGINE_PLAIN : VM_ENGINE_FAST;
    return strcmp(text, "fast") == 0 || options->engine == VM_ENGINE_PLAIN;
}

static bool parse_fold(const char *text, struct spec_options *options) {
    options->fold = strcmp(text, "on") == 0;
    return options->fold || strcmp(text, "off") == 0;
}

/* An option with a value: sets it and returns true if the option is known and the value is good. */
static bool parse_valued(const char *option, const char *value, struct arguments *out) {
    if (strcmp(option, "--features") == 0)
        return parse_features(value, &out->run);
    if (strcmp(option, "--policy") == 0)
        return loader_policy_of(value, &out->run.policy);
    if (strcmp(option, "--engine") == 0)
        return parse_engine(value, &out->run);
    if (strcmp(option, "--fold") == 0)
        return parse_fold(value, &out->run);
    if (strcmp(option, "--jobs") == 0) {
        char *end;
        out->jobs = (uint32_t)strtoul(value, &end, 10);
        return *end == '\0' && out->jobs != 0;
    }
    const struct {
        const char *name;
        const char **place;
    } paths[] = {{"--expected", &out->expected},
                 {"--write-expected", &out->write_expected},
                 {"--verdicts", &out->verdicts},
                 {"--junit", &out->junit}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (strcmp(option, paths[i].name) == 0) {
            *paths[i].place = value;
            return true;
        }
    }
    return false;
}

static bool parse_flag(const char *option, struct arguments *out) {
    const struct {
        const char *name;
        bool *place;
    } flags[] = {{"--json", &out->json},
                 {"--digest", &out->report.digest},
                 {"--verbose", &out->report.verbose},
                 {"--fuel-checks", &out->run.fuel_checks},
                 {"--round-trip", &out->run.round_trip}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (strcmp(option, flags[i].name) == 0) {
            *flags[i].place = true;
            return true;
        }
    }
    return false;
}

/* Options may stand before, between and behind the files. */
static bool parse(int count, char **words, struct arguments *out) {
    for (int i = 1; i < count; i++) {
        if (words[i][0] == '-') {
            if (parse_flag(words[i], out))
                continue;
            if (i + 1 == count || !parse_valued(words[i], words[i + 1], out)) {
                fprintf(stderr, "delavm-spec: wrong option or value: %s %s\n\n%s", words[i],
                        i + 1 == count ? "" : words[i + 1], usage);
                return false;
            }
            i++;
        } else if (!spec_files_add(&out->files, words[i])) {
            fprintf(stderr, "delavm-spec: %s can't be read\n", words[i]);
            return false;
        }
    }
    if (out->files.count == 0) {
        fprintf(stderr, "delavm-spec: no .wast files are given\n\n%s", usage);
        return false;
    }
    return true;
}

static bool write_file(const struct spec_files *files, const char *path,
                       void (*write_to)(const struct spec_files *files, FILE *out)) {
    if (path == NULL)
        return true;
    FILE *const out = fopen(path, "w");
    if (out == NULL) {
        fprintf(stderr, "delavm-spec: %s can't be written\n", path);
        return false;
    }
    write_to(files, out);
    return fclose(out) == 0;
}

static int run(struct arguments *arguments) {
    if (!spec_workers_run(&arguments->files, &arguments->run, arguments->jobs, isatty(STDERR_FILENO) == 1)) {
        fprintf(stderr, "delavm-spec: memory or processes are short\n");
        return 2;
    }
    if (arguments->expected != NULL && !spec_expected_compare(&arguments->files, arguments->expected)) {
        fprintf(stderr, "delavm-spec: the list %s can't be read\n", arguments->expected);
        return 2;
    }
    if (!write_file(&arguments->files, arguments->write_expected, spec_expected_write) ||
        !write_file(&arguments->files, arguments->verdicts, spec_report_verdicts) ||
        !write_file(&arguments->files, arguments->junit, spec_report_junit))
        return 2;
    if (arguments->json)
        spec_report_json(&arguments->files, stdout);
    else
        spec_report_text(&arguments->files, &arguments->report, stdout);
    fflush(stdout);
    spec_report_sum(&arguments->files, arguments->json ? stderr : stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "delavm-spec: the output could not be written\n");
        return 2;
    }
    return spec_failures(&arguments->files) != 0;
}

int main(int count, char **words) {
    struct arguments arguments = {
        .run = {.version = TEXT_3_0, .policy = LOADER_STRICT, .engine = VM_ENGINE_FAST, .fold = true}};
    arguments.run.features = spec_version_features(TEXT_3_0);
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    arguments.jobs = processors < 1 ? 1 : (uint32_t)processors;
    int status = 2;
    if (count == 2 && strcmp(words[1], "--help") == 0) {
        printf("%s", usage);
        status = 0;
    } else if (parse(count, words, &arguments)) {
        status = run(&arguments);
    }
    spec_files_clear(&arguments.files);
    return status;
}
