/* contracts/sdk/embed.c - prints the files that `delavm new` writes as C, so that the program needs no folder of them.
 *
 *   embed LIST BUILD      contracts/templates/LIST says which; BUILD stands where a row says "BUILD/"
 *
 * Ends with 1 if a row or a file can't be read. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* One row.  text: the rest of the line. */
struct row {
    char language[32];
    char path[128];
    char text[256];
};

/* 1: a row, 0: nothing to see, -1: wrong. */
static int read_row(const char *line, struct row *row) {
    if (line[strspn(line, " \t\n")] == '\0' || line[0] == '#')
        return 0;
    return sscanf(line, "%31s %127s %255[^\n]", row->language, row->path, row->text) == 3 ? 1 : -1;
}

/* A text or the bytes of a file, in numbers, 24 to a line. */
static bool print_bytes(const struct row *row, const char *build, unsigned number, bool *executable) {
    char path[512];
    struct stat status;
    if (strncmp(row->text, "BUILD/", 6) == 0)
        snprintf(path, sizeof path, "%s/%s", build, row->text + 6);
    else
        snprintf(path, sizeof path, "%s", row->text);
    FILE *const file = fopen(path, "rb");
    if (file == NULL || stat(path, &status) != 0) {
        fprintf(stderr, "%s can't be read\n", path);
        if (file != NULL)
            fclose(file);
        return false;
    }
    *executable = (status.st_mode & 0100) != 0;
    printf("static const unsigned char bytes_%u[] = {", number);
    unsigned column = 0;
    for (int c; (c = getc(file)) != EOF; column++)
        printf("%s%d,", column % 24 == 0 ? "\n    " : "", c);
    printf("\n};\n");
    fclose(file);
    return column > 0;
}

int main(int argc, char **argv) {
    FILE *const list = argc == 3 ? fopen(argv[1], "r") : NULL;
    if (list == NULL) {
        fprintf(stderr, "usage: embed LIST BUILD\n");
        return 2;
    }
    static char table[1 << 16];
    size_t used = 0;
    unsigned number = 0;
    bool good = true;
    printf("/* Made from contracts/templates/LIST: do not edit. */\n#include \"server/cli/templates.h\"\n\n");
    for (char line[512]; fgets(line, sizeof line, list) != NULL;) {
        struct row row;
        const int read = read_row(line, &row);
        if (read < 0)
            fprintf(stderr, "%s: this line is no row: %s", argv[1], line);
        good = good && read >= 0;
        if (read != 1)
            continue;
        bool executable = false;
        const char *needs = "NULL, ";
        if (strcmp(row.path, ".") == 0)
            needs = row.text;
        else if (!print_bytes(&row, argv[2], number, &executable))
            good = false;
        const int size = strcmp(row.path, ".") == 0
                             ? snprintf(table + used, sizeof table - used,
                                        "    {\"%s\", \"%s\", NULL, NULL, 0, false},\n", row.language, needs)
                             : snprintf(table + used, sizeof table - used,
                                        "    {\"%s\", NULL, \"%s\", bytes_%u, sizeof bytes_%u, %s},\n", row.language,
                                        row.path, number, number, executable ? "true" : "false");
        used += (size_t)size;
        good = good && used < sizeof table;
        number++;
    }
    fclose(list);
    printf("\nconst struct cli_template cli_templates[] = {\n%s};\n", table);
    printf("const size_t cli_template_count = sizeof cli_templates / sizeof *cli_templates;\n");
    return good ? 0 : 1;
}
