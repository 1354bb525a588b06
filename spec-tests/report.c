/* spec-tests/report.c - results for people and for programs. */
#include "spec-tests/report.h"

#include <stdlib.h>

struct sums {
    uint32_t commands;
    uint32_t verdicts[SPEC_VERDICT_COUNT];
    uint32_t failures;
};

static void add(struct sums *sums, const struct spec_file *file) {
    sums->commands += file->count;
    for (uint32_t i = 0; i < SPEC_VERDICT_COUNT; i++)
        sums->verdicts[i] += file->verdicts[i];
    sums->failures += spec_file_failures(file);
}

static struct sums add_all(const struct spec_files *files) {
    struct sums sums = {0};
    for (size_t i = 0; i < files->count; i++)
        add(&sums, &files->items[i]);
    return sums;
}

static void print_counts(const struct sums *sums, FILE *out) {
    fprintf(out, "%lu commands: %lu passed", (unsigned long)sums->commands,
            (unsigned long)(sums->verdicts[SPEC_PASSED] + sums->verdicts[SPEC_TEXT_ONLY]));
    if (sums->verdicts[SPEC_TEXT_ONLY] != 0)
        fprintf(out, " (%lu by the assembler alone)", (unsigned long)sums->verdicts[SPEC_TEXT_ONLY]);
    fprintf(out, ", %lu refused, %lu blocked, %lu failed\n", (unsigned long)sums->verdicts[SPEC_REFUSED],
            (unsigned long)sums->verdicts[SPEC_BLOCKED], (unsigned long)sums->verdicts[SPEC_FAILED]);
}

/* A refusal's cause without its place: the words before " at offset". */
struct cause {
    const char *words;
    size_t size;
    uint32_t count;
};

static int by_words(const void *a, const void *b) {
    const struct cause *const one = a, *const other = b;
    return vm_bytes_compare(vm_bytes(one->words, one->size), vm_bytes(other->words, other->size));
}

static int by_count(const void *a, const void *b) {
    const struct cause *const one = a, *const other = b;
    if (one->count != other->count)
        return one->count > other->count ? -1 : 1;
    return by_words(a, b);
}

static struct cause cause_of(const char *reason) {
    static const char prefix[] = "unsupported: ";
    const char *const words = strncmp(reason, prefix, sizeof prefix - 1) == 0 ? reason + sizeof prefix - 1 : reason;
    const char *const end = strstr(words, " at offset ");
    return (struct cause){words, end == NULL ? strlen(words) : (size_t)(end - words), 1};
}

static void print_causes(const struct spec_files *files, uint32_t refused, FILE *out) {
    struct cause *const causes = calloc((size_t)refused + 1, sizeof *causes);
    size_t count = 0;
    for (size_t i = 0; causes != NULL && i < files->count; i++)
        for (uint32_t j = 0; j < files->items[i].count && count < refused; j++)
            if (files->items[i].lines[j].verdict == SPEC_REFUSED)
                causes[count++] = cause_of(files->items[i].lines[j].reason);
    if (count == 0) {
        free(causes);
        return;
    }
    qsort(causes, count, sizeof *causes, by_words);
    size_t kinds = 1;
    for (size_t i = 1; i < count; i++) {
        if (by_words(&causes[kinds - 1], &causes[i]) == 0)
            causes[kinds - 1].count++;
        else
            causes[kinds++] = causes[i];
    }
    qsort(causes, kinds, sizeof *causes, by_count);
    fprintf(out, "refused because of:");
    for (size_t i = 0; i < kinds; i++)
        fprintf(out, "%s %.*s %lu", i == 0 ? "" : ",", (int)causes[i].size, causes[i].words,
                (unsigned long)causes[i].count);
    fprintf(out, "\n");
    free(causes);
}

void spec_report_text(const struct spec_files *files, const struct spec_report_options *options, FILE *out) {
    struct spec_sha256 all;
    spec_sha256_init(&all);
    for (size_t i = 0; i < files->count; i++) {
        const struct spec_file *const file = &files->items[i];
        struct sums sums = {0};
        add(&sums, file);
        fprintf(out, "%-40s ", file->name);
        if (options->digest)
            fprintf(out, "%s ", file->digest == NULL ? "-" : file->digest);
        print_counts(&sums, out);
        for (uint32_t j = 0; j < file->count; j++) {
            const struct spec_verdict_line *const line = &file->lines[j];
            if (line->verdict == SPEC_FAILED || (options->verbose && line->verdict >= SPEC_REFUSED))
                fprintf(out, "  %s:%lu: %s %s: %s\n", file->name, (unsigned long)line->line, line->name,
                        spec_verdict_name(line->verdict), line->reason);
        }
        if (file->broken != NULL)
            fprintf(out, "  %s: the run did not come to its end: %s (after line %lu)\n", file->name, file->broken,
                    (unsigned long)(file->count == 0 ? 0 : file->lines[file->count - 1].line));
        if (file->differs != NULL)
            fprintf(out, "  %s: %s\n", file->name, file->differs);
        spec_sha256_update(&all, file->digest == NULL ? "-" : file->digest, file->digest == NULL ? 1 : 64);
    }
    const struct sums sums = add_all(files);
    print_causes(files, sums.verdicts[SPEC_REFUSED], out);
    if (options->digest) {
        uint8_t hash[SPEC_HASH_BYTES];
        char text[SPEC_HASH_TEXT];
        spec_sha256_final(&all, hash);
        spec_hash_text(hash, text);
        fprintf(out, "digest of all files: %s\n", text);
    }
    fprintf(out, "%lu file%s, ", (unsigned long)files->count, files->count == 1 ? "" : "s");
    print_counts(&sums, out);
}

static void print_json_text(const char *text, FILE *out) {
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
            fprintf(out, "\\u%04x", (unsigned char)*text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

static void print_json_sums(const struct sums *sums, FILE *out) {
    fprintf(out,
            "\"commands\": %lu, \"passed\": %lu, \"text_only\": %lu, \"refused\": %lu, \"blocked\": %lu, "
            "\"failed\": %lu",
            (unsigned long)sums->commands,
            (unsigned long)(sums->verdicts[SPEC_PASSED] + sums->verdicts[SPEC_TEXT_ONLY]),
            (unsigned long)sums->verdicts[SPEC_TEXT_ONLY], (unsigned long)sums->verdicts[SPEC_REFUSED],
            (unsigned long)sums->verdicts[SPEC_BLOCKED], (unsigned long)sums->verdicts[SPEC_FAILED]);
}

static void print_json_problems(const struct spec_file *file, FILE *out) {
    bool first = true;
    fprintf(out, ", \"problems\": [");
    for (uint32_t i = 0; i < file->count; i++) {
        const struct spec_verdict_line *const line = &file->lines[i];
        if (line->verdict != SPEC_FAILED)
            continue;
        fprintf(out, "%s{\"line\": %lu, \"command\": \"%s\", \"reason\": ", first ? "" : ", ",
                (unsigned long)line->line, line->name);
        print_json_text(line->reason, out);
        fprintf(out, "}");
        first = false;
    }
    const char *const words[] = {file->broken, file->differs};
    for (size_t i = 0; i < 2; i++) {
        if (words[i] == NULL)
            continue;
        fprintf(out, "%s{\"reason\": ", first ? "" : ", ");
        print_json_text(words[i], out);
        fprintf(out, "}");
        first = false;
    }
    fprintf(out, "]");
}

void spec_report_json(const struct spec_files *files, FILE *out) {
    fprintf(out, "{\"files\": [");
    for (size_t i = 0; i < files->count; i++) {
        const struct spec_file *const file = &files->items[i];
        struct sums sums = {0};
        add(&sums, file);
        fprintf(out, "%s\n  {\"file\": ", i == 0 ? "" : ",");
        print_json_text(file->name, out);
        fprintf(out, ", ");
        print_json_sums(&sums, out);
        fprintf(out, ", \"digest\": ");
        print_json_text(file->digest == NULL ? "" : file->digest, out);
        print_json_problems(file, out);
        fprintf(out, "}");
    }
    const struct sums sums = add_all(files);
    fprintf(out, "],\n \"total\": {\"files\": %lu, ", (unsigned long)files->count);
    print_json_sums(&sums, out);
    fprintf(out, "}}\n");
}

static void print_xml_text(const char *text, FILE *out) {
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte == '<' || byte == '>' || byte == '&' || byte == '"')
            fprintf(out, "&#%u;", byte);
        else
            fputc(byte < 0x20 || byte >= 0x7f ? '?' : *text, out);
    }
}

static void print_junit_case(const char *file, const struct spec_verdict_line *line, FILE *out) {
    fprintf(out, "    <testcase classname=\"");
    print_xml_text(file, out);
    fprintf(out, "\" name=\"line %lu: %s\"", (unsigned long)line->line, line->name);
    if (line->verdict == SPEC_PASSED || line->verdict == SPEC_TEXT_ONLY) {
        fprintf(out, "/>\n");
        return;
    }
    fprintf(out, "><%s message=\"%s ", line->verdict == SPEC_FAILED ? "failure" : "skipped",
            spec_verdict_name(line->verdict));
    print_xml_text(line->reason, out);
    fprintf(out, "\"/></testcase>\n");
}

void spec_report_junit(const struct spec_files *files, FILE *out) {
    fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (size_t i = 0; i < files->count; i++) {
        const struct spec_file *const file = &files->items[i];
        const uint32_t extra = (file->broken != NULL ? 1U : 0U) + (file->differs != NULL ? 1U : 0U);
        fprintf(out, "  <testsuite name=\"");
        print_xml_text(file->name, out);
        fprintf(out, "\" tests=\"%lu\" failures=\"%lu\" skipped=\"%lu\">\n", (unsigned long)(file->count + extra),
                (unsigned long)spec_file_failures(file),
                (unsigned long)(file->verdicts[SPEC_REFUSED] + file->verdicts[SPEC_BLOCKED]));
        for (uint32_t j = 0; j < file->count; j++)
            print_junit_case(file->name, &file->lines[j], out);
        const char *const words[] = {file->broken, file->differs};
        for (size_t j = 0; j < 2; j++)
            if (words[j] != NULL)
                print_junit_case(file->name, &(struct spec_verdict_line){0, SPEC_FAILED, "file", words[j]}, out);
        fprintf(out, "  </testsuite>\n");
    }
    fprintf(out, "</testsuites>\n");
}

void spec_report_verdicts(const struct spec_files *files, FILE *out) {
    for (size_t i = 0; i < files->count; i++) {
        const struct spec_file *const file = &files->items[i];
        for (uint32_t j = 0; j < file->count; j++) {
            const struct spec_verdict_line *const line = &file->lines[j];
            fprintf(out, "%s:%lu %s %s%s%s\n", file->name, (unsigned long)line->line, line->name,
                    spec_verdict_name(line->verdict), line->reason[0] == '\0' ? "" : " ", line->reason);
        }
        if (file->broken != NULL)
            fprintf(out, "%s: %s\n", file->name, file->broken);
    }
}

void spec_report_sum(const struct spec_files *files, FILE *out) {
    const struct sums sums = add_all(files);
    fprintf(out, "%lu passed, %lu failed\n",
            (unsigned long)(sums.verdicts[SPEC_PASSED] + sums.verdicts[SPEC_TEXT_ONLY]), (unsigned long)sums.failures);
}

uint32_t spec_failures(const struct spec_files *files) {
    return add_all(files).failures;
}
