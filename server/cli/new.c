/* server/cli/new.c - delavm new: a contract to begin with, with its SDK and a test, in a folder of its own. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/buffer.h"
#include "server/cli/cli.h"
#include "server/cli/templates.h"

/* What is made. */
struct project {
    const char *language;
    const char *name;
    char delavm[4096]; /* how its Makefile calls this program */
};

static const char *language_name(size_t index) {
    return cli_templates[index].language;
}

static void list_languages(FILE *stream) {
    fprintf(stream, "languages, and what they need:\n");
    for (size_t i = 0; i < cli_template_count; i++)
        if (cli_templates[i].needs != NULL)
            fprintf(stream, "  %-16s %s\n", cli_templates[i].language, cli_templates[i].needs);
}

static bool is_language(const char *word) {
    for (size_t i = 0; i < cli_template_count; i++)
        if (strcmp(cli_templates[i].language, word) == 0)
            return true;
    return false;
}

/* A name for a folder, a contract, a file and a Rust package alike. */
static bool is_name(const char *word) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const size_t size = strlen(word);
    return size > 0 && size <= 64 && strchr(letters, word[0]) != NULL && strspn(word, all) == size;
}

/* "delavm" where the shell would find one, else the place of this program. */
static void find_self(char *path, size_t room) {
    const char *at = getenv("PATH");
    for (; at != NULL && *at != '\0'; at += strspn(at, ":")) {
        const size_t size = strcspn(at, ":");
        if (snprintf(path, room, "%.*s/delavm", (int)size, at) < (int)room && access(path, X_OK) == 0) {
            snprintf(path, room, "delavm");
            return;
        }
        at += size;
    }
    const ssize_t size = readlink("/proc/self/exe", path, room - 1);
    snprintf(path + (size > 0 ? size : 0), room - (size_t)(size > 0 ? size : 0), "%s", size > 0 ? "" : "delavm");
}

/* Text with each marker replaced. */
static void fill_in(const struct project *project, struct vm_bytes text, struct server_buffer *out) {
    const struct {
        const char *marker, *value;
    } rows[] = {{"@NAME@", project->name}, {"@LANGUAGE@", project->language}, {"@DELAVM@", project->delavm}};
    for (size_t at = 0; at < text.size;) {
        size_t skip = 0;
        for (size_t i = 0; i < sizeof rows / sizeof *rows && skip == 0; i++) {
            const size_t size = strlen(rows[i].marker);
            if (text.size - at >= size && memcmp(text.data + at, rows[i].marker, size) == 0) {
                server_put_text(out, rows[i].value);
                skip = size;
            }
        }
        if (skip == 0)
            server_put_char(out, (char)text.data[at]);
        at += skip == 0 ? 1 : skip;
    }
}

/* Makes the folders that `path` lies in. */
static bool make_folders(char *path) {
    for (char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool good = mkdir(path, 0777) == 0 || errno == EEXIST;
        if (!good)
            cli_say("the folder %s can't be made: %s", path, strerror(errno));
        *slash = '/';
        if (!good)
            return false;
    }
    return true;
}

static bool same_file(const struct cli_template *a, const struct cli_template *b) {
    return a->path != NULL && b->path != NULL && strcmp(a->path, b->path) == 0 && strcmp(a->language, b->language) == 0;
}

/* Writes the file that begins in row `first`; *rows is how many it has. */
static bool write_file(const struct project *project, size_t first, size_t *rows) {
    const struct cli_template *const file = &cli_templates[first];
    const char *const marker = strstr(file->path, "NAME.");
    const int front = marker == NULL ? (int)strlen(file->path) : (int)(marker - file->path);
    char path[512];
    snprintf(path, sizeof path, "%s/%.*s%s%s", project->name, front, file->path, marker == NULL ? "" : project->name,
             marker == NULL ? "" : marker + 4);
    struct server_buffer text = {0};
    for (*rows = 0; first + *rows < cli_template_count && same_file(file, &cli_templates[first + *rows]); ++*rows)
        fill_in(project, vm_bytes(cli_templates[first + *rows].bytes, cli_templates[first + *rows].size), &text);
    bool good = server_buffer_good(&text);
    if (!good)
        cli_say("out of memory");
    good = good && make_folders(path) && cli_write_file(path, vm_bytes(text.data, text.size));
    if (good && file->executable && chmod(path, 0755) != 0) {
        cli_say("%s can't be made executable: %s", path, strerror(errno));
        good = false;
    }
    if (good)
        printf("  %s\n", path);
    server_buffer_free(&text);
    return good;
}

enum cli_exit cli_new(struct cli *cli) {
    if (cli->count == 0) {
        list_languages(stdout);
        return CLI_OK;
    }
    struct project project = {.language = cli->arguments[0], .name = cli->count > 1 ? cli->arguments[1] : ""};
    if (!is_language(project.language)) {
        const char *const near = cli_nearest(project.language, language_name, cli_template_count);
        if (near != NULL)
            return cli_usage(cli, "there is no template for `%s`.  Did you mean `%s`?", project.language, near);
        return cli_usage(cli, "there is no template for `%s`; `delavm new` lists the languages", project.language);
    }
    if (!is_name(project.name))
        return cli_usage(cli, "name the contract: a letter, then up to 63 letters, digits, _ or -");
    if (mkdir(project.name, 0777) != 0) {
        if (errno == EEXIST)
            cli_say("%s is there already; choose another name, or another folder to stand in", project.name);
        else
            cli_say("the folder %s can't be made: %s", project.name, strerror(errno));
        return CLI_USAGE;
    }
    find_self(project.delavm, sizeof project.delavm);
    size_t rows = 1;
    for (size_t i = 0; i < cli_template_count; i += rows) {
        rows = 1;
        if (cli_templates[i].path != NULL && strcmp(cli_templates[i].language, project.language) == 0 &&
            !write_file(&project, i, &rows))
            return CLI_FAILED;
    }
    printf("Now: cd %s && make test\n", project.name);
    return CLI_OK;
}
