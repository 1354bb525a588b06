/* spec-tests/results.c - files, what became of each, and its comparison with an expected list. */
#define _FILE_OFFSET_BITS 64 /* so that 32-bit programs can read the folders of large file systems */
#include "spec-tests/results.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

static char *join(const char *folder, const char *name) {
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *const path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s%s%s", folder, folder[0] == '\0' ? "" : "/", name);
    return path;
}

static bool add_file(struct spec_files *files, const char *path, const char *name) {
    if (files->count == files->capacity) {
        const size_t capacity = files->capacity == 0 ? 64 : 2 * files->capacity;
        struct spec_file *const items = realloc(files->items, capacity * sizeof *items);
        if (items == NULL)
            return false;
        files->items = items;
        files->capacity = capacity;
    }
    struct spec_file *const file = &files->items[files->count];
    *file = (struct spec_file){.path = join("", path), .name = join("", name)};
    if (file->path == NULL || file->name == NULL)
        return false;
    files->count++;
    return true;
}

static bool ends_with(const char *text, const char *end) {
    const size_t size = strlen(text), tail = strlen(end);
    return size >= tail && strcmp(text + size - tail, end) == 0;
}

/* Folders lie only a few deep; `depth` keeps a loop of links from going on. */
static bool add_folder(struct spec_files *files, const char *path, const char *prefix, unsigned depth) {
    DIR *const folder = opendir(path);
    if (folder == NULL || depth > 8) {
        if (folder != NULL)
            closedir(folder);
        return false;
    }
    bool good = true;
    for (struct dirent *item; good && (item = readdir(folder)) != NULL;) {
        if (item->d_name[0] == '.')
            continue;
        char *const inner = join(path, item->d_name), *const name = join(prefix, item->d_name);
        struct stat about;
        good = inner != NULL && name != NULL && stat(inner, &about) == 0;
        if (good && S_ISDIR(about.st_mode) && strcmp(item->d_name, "proposals") != 0)
            good = add_folder(files, inner, name, depth + 1);
        else if (good && S_ISREG(about.st_mode) && ends_with(item->d_name, ".wast"))
            good = add_file(files, inner, name);
        free(inner);
        free(name);
    }
    closedir(folder);
    return good;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct spec_file *)a)->name, ((const struct spec_file *)b)->name);
}

bool spec_files_add(struct spec_files *files, const char *path) {
    struct stat about;
    if (stat(path, &about) != 0)
        return false;
    if (!S_ISDIR(about.st_mode)) {
        const char *const slash = strrchr(path, '/');
        return add_file(files, path, slash == NULL ? path : slash + 1);
    }
    const size_t first = files->count;
    if (!add_folder(files, path, "", 0))
        return false;
    if (files->count > first)
        qsort(files->items + first, files->count - first, sizeof *files->items, by_name);
    return true;
}

void spec_files_clear(struct spec_files *files) {
    for (size_t i = 0; i < files->count; i++) {
        struct spec_file *const file = &files->items[i];
        free(file->path);
        free(file->name);
        free(file->output);
        free(file->lines);
        free(file->differs);
    }
    free(files->items);
    *files = (struct spec_files){0};
}

/* Cuts the text at the next tab or line end and returns what stood before it. */
static char *next_field(char **at) {
    char *const field = *at;
    char *const end = field + strcspn(field, "\t\n");
    *at = *end == '\0' ? end : end + 1;
    *end = '\0';
    return field;
}

static enum spec_verdict verdict_of_letter(char letter) {
    for (uint32_t i = 0; i < SPEC_VERDICT_COUNT; i++)
        if (spec_verdict_letter((enum spec_verdict)i) == letter)
            return (enum spec_verdict)i;
    return SPEC_FAILED;
}

/* A line is: C, line, command, verdict's letter, reason; or at the end: E, digest, why it is broken. */
bool spec_file_parse(struct spec_file *file) {
    uint32_t lines = 0;
    for (size_t i = 0; i < file->output_size; i++)
        lines += file->output[i] == '\n';
    file->lines = calloc((size_t)lines + 1, sizeof *file->lines);
    if (file->lines == NULL)
        return false;
    char *at = file->output;
    while (at != NULL && *at != '\0') {
        const char kind = next_field(&at)[0];
        if (kind == 'C') {
            struct spec_verdict_line *const line = &file->lines[file->count++];
            line->line = (uint32_t)strtoul(next_field(&at), NULL, 10);
            line->name = next_field(&at);
            line->verdict = verdict_of_letter(next_field(&at)[0]);
            line->reason = next_field(&at);
            file->verdicts[line->verdict]++;
        } else if (kind == 'E') {
            const char *const digest = next_field(&at);
            const char *const broken = next_field(&at);
            file->digest = digest[0] == '\0' ? NULL : digest;
            file->broken = broken[0] == '\0' ? NULL : broken;
        } else {
            break;
        }
    }
    if (file->digest == NULL && file->broken == NULL)
        file->broken = "crashed";
    return true;
}

uint32_t spec_file_failures(const struct spec_file *file) {
    return file->verdicts[SPEC_FAILED] + (file->broken != NULL) + (file->differs != NULL);
}

void spec_expected_write(const struct spec_files *files, FILE *out) {
    for (size_t i = 0; i < files->count; i++) {
        const struct spec_file *const file = &files->items[i];
        fprintf(out, "%s %s", file->name, file->digest == NULL ? "-" : file->digest);
        for (uint32_t at = 0; at < file->count;) {
            uint32_t same = 1;
            while (at + same < file->count && file->lines[at + same].verdict == file->lines[at].verdict)
                same++;
            fprintf(out, " %lu%c", (unsigned long)same, spec_verdict_letter(file->lines[at].verdict));
            at += same;
        }
        fprintf(out, "\n");
    }
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
differ(struct spec_file *file, const char *format, ...) {
    char words[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    if (file->differs == NULL)
        file->differs = join("", words);
}

/* Compares with the rest of an expected line: digest and runs. */
static void compare_row(struct spec_file *file, char *row) {
    char *place;
    const char *const digest = strtok_r(row, " \n", &place);
    uint32_t at = 0;
    for (const char *run; (run = strtok_r(NULL, " \n", &place)) != NULL;) {
        char *letter;
        const unsigned long count = strtoul(run, &letter, 10);
        const enum spec_verdict want = verdict_of_letter(*letter);
        for (unsigned long i = 0; i < count; i++, at++) {
            if (at >= file->count) {
                differ(file, "ends after %lu commands, the expected list has more", (unsigned long)file->count);
                return;
            }
            const struct spec_verdict_line *const have = &file->lines[at];
            if (have->verdict != want) {
                differ(file, "line %lu: %s %s, expected %s", (unsigned long)have->line, have->name,
                       spec_verdict_name(have->verdict), spec_verdict_name(want));
                return;
            }
        }
    }
    if (at != file->count)
        differ(file, "has %lu commands, expected %lu", (unsigned long)file->count, (unsigned long)at);
    else if (digest == NULL || file->digest == NULL || (strcmp(digest, "-") != 0 && strcmp(digest, file->digest) != 0))
        differ(file, "all verdicts are as expected, but fuel, results or state are not: digest %s, expected %s",
               file->digest == NULL ? "-" : file->digest, digest == NULL ? "-" : digest);
}

static char *read_all(const char *path) {
    FILE *const in = fopen(path, "rb");
    if (in == NULL)
        return NULL;
    size_t size = 0, capacity = 1 << 16;
    char *text = malloc(capacity);
    while (text != NULL) {
        size += fread(text + size, 1, capacity - size - 1, in);
        if (size + 1 < capacity)
            break;
        capacity *= 2;
        char *const moved = realloc(text, capacity);
        if (moved == NULL)
            free(text);
        text = moved;
    }
    if (text != NULL)
        text[size] = '\0';
    fclose(in);
    return text;
}

bool spec_expected_compare(struct spec_files *files, const char *path) {
    char *const text = read_all(path);
    if (text == NULL)
        return false;
    bool *const seen = calloc(files->count + 1, sizeof *seen);
    char *place = NULL;
    for (char *row = strtok_r(text, "\n", &place); row != NULL && seen != NULL; row = strtok_r(NULL, "\n", &place)) {
        const size_t name = strcspn(row, " ");
        if (row[0] == '#' || row[name] == '\0')
            continue;
        row[name] = '\0';
        for (size_t i = 0; i < files->count; i++) {
            if (!seen[i] && strcmp(files->items[i].name, row) == 0) {
                seen[i] = true;
                compare_row(&files->items[i], row + name + 1);
            }
        }
    }
    for (size_t i = 0; i < files->count && seen != NULL; i++)
        if (!seen[i])
            differ(&files->items[i], "is not in the expected list");
    const bool good = seen != NULL;
    free(seen);
    free(text);
    return good;
}
