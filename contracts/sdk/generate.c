/* contracts/sdk/generate.c - prints dela.h, the C header of the host functions, from host/imports.def.
 *
 * The documentation column opens with the argument names in order; names that mean sizes become uint32_t, `to` becomes
 * a pointer to write to, all others are pointers to read from.  Ends with 1 if a row's names and types disagree. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct row {
    const char *name;
    const char *params;
    const char *results;
    const char *documentation;
};

static const struct row rows[] = {
#define IMPORT(name, params, results, base, amount, per, function, documentation)                                      \
    {#name, params, results, documentation},
#include "host/imports.def"
};

static bool ends_with(const char *text, const char *end) {
    const size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static const char *parameter_type(const char *name) {
    if (strcmp(name, "room") == 0 || strcmp(name, "index") == 0 || ends_with(name, "length"))
        return "uint32_t ";
    return strcmp(name, "to") == 0 ? "void *" : "const void *";
}

static const char *result_type(const char *results) {
    if (results[0] == '\0')
        return "void";
    return results[0] == 'I' ? "uint64_t" : "int32_t";
}

/* Prints "type name, type name"; returns how many there were.  *rest is what follows the bracket. */
static size_t print_parameters(const char *documentation, const char **rest) {
    const char *at = documentation + 1;
    size_t count = 0;
    while (*at != ')' && *at != '\0') {
        char name[32];
        const size_t size = strcspn(at, ",)");
        snprintf(name, sizeof name, "%.*s", (int)size, at);
        printf("%s%s%s", count == 0 ? "" : ", ", parameter_type(name), name);
        count++;
        at += size;
        at += strspn(at, ", ");
    }
    if (count == 0)
        printf("void");
    *rest = *at == ')' ? at + 1 : at;
    return count;
}

static bool print_row(const struct row *row) {
    const bool returns = strstr(row->documentation, "does not come back") == NULL;
    const char *rest;
    printf("\n/* %s */\n", row->documentation);
    printf("__attribute__((import_module(\"dela\"), import_name(\"%s\")))\n", row->name);
    printf("extern %s%s dela_%s(", returns ? "" : "_Noreturn ", result_type(row->results), row->name);
    const bool good = row->documentation[0] == '(' &&
                      print_parameters(row->documentation, &rest) == strlen(row->params) && rest[-1] == ')';
    printf(");\n");
    if (!good)
        fprintf(stderr, "host/imports.def: %s: the names in the documentation are not those of \"%s\"\n", row->name,
                row->params);
    return good;
}

int main(void) {
    bool good = true;
    printf("/* dela.h - the host functions a contract may import.  Made from host/imports.def, which also has their "
           "prices\n"
           " * and says how pointers, lengths and -1 are meant: do not edit. */\n"
           "#ifndef DELA_H\n#define DELA_H\n\n#include <stdint.h>\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        good = print_row(&rows[i]) && good;
    printf("\n#endif\n");
    return good ? 0 : 1;
}
