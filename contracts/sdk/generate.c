/* contracts/sdk/generate.c - prints the host functions for one language, from host/imports.def.
 *
 *   generate c|rust|go|assemblyscript|wat|forth
 *
 * The documentation column opens with the argument names in order; names that mean sizes become 32-bit numbers, `to`
 * becomes a pointer to write to, all others are pointers to read from.  A language is a row of `languages`: what it
 * prints before, for, and after the functions.  Ends with 1 if a row of the table can't be read. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct row {
    const char *name;
    const char *params;
    const char *results;
    const char *documentation;
} rows[] = {
#define IMPORT(name, params, results, base, amount, per, function, documentation)                                      \
    {#name, params, results, documentation},
#include "host/imports.def"
};

enum kind { NUMBER, TO, FROM, KINDS };
enum { PARAMETERS = 8 };

/* A row as the languages want it. */
struct function {
    const struct row *row;
    struct {
        char name[32];
        enum kind kind;
    } parameters[PARAMETERS];
    size_t count;
    char result;  /* i, I, or 0 */
    bool returns; /* false: does not come back */
};

/* ---- Reading the table ------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end) {
    const size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static enum kind kind_of(const char *name) {
    if (strcmp(name, "room") == 0 || strcmp(name, "index") == 0 || ends_with(name, "length"))
        return NUMBER;
    return strcmp(name, "to") == 0 ? TO : FROM;
}

static bool read_row(const struct row *row, struct function *function) {
    const char *at = row->documentation;
    *function = (struct function){.row = row, .result = row->results[0]};
    function->returns = strstr(row->documentation, "does not come back") == NULL;
    bool good = *at++ == '(';
    while (good && *at != ')') {
        const size_t size = strcspn(at, ",)");
        good = at[size] != '\0' && size < sizeof function->parameters->name && function->count < PARAMETERS;
        if (!good)
            break;
        memcpy(function->parameters[function->count].name, at, size);
        function->parameters[function->count].kind = kind_of(function->parameters[function->count].name);
        function->count++;
        at += size;
        at += strspn(at, ", ");
    }
    good = good && function->count == strlen(row->params);
    if (!good)
        fprintf(stderr, "host/imports.def: %s: the names in the documentation are not those of \"%s\"\n", row->name,
                row->params);
    return good;
}

/* ---- Printing ---------------------------------------------------------------------------------------------------- */

/* The name in camel case, its first letter large if `large`: storage_get -> storageGet, StorageGet. */
static void print_camel(const char *name, bool large) {
    for (; *name != '\0'; name++) {
        if (*name == '_')
            large = true;
        else {
            putchar(large ? toupper((unsigned char)*name) : *name);
            large = false;
        }
    }
}

/* "name: type" or "type name", with commas between; types by kind. */
static void print_parameters(const struct function *function, const char *const types[KINDS], const char *between,
                             bool type_first) {
    for (size_t i = 0; i < function->count; i++) {
        const char *const name = function->parameters[i].name, *const type = types[function->parameters[i].kind];
        printf("%s%s%s%s", i == 0 ? "" : ", ", type_first ? type : name, between, type_first ? name : type);
    }
}

static void begin_c(void) {
    printf(
        "/* dela.h - the host functions a contract may import, for C and C++.  Made from host/imports.def, which also "
        "has\n"
        " * their prices and says how pointers, lengths and -1 are meant: do not edit. */\n"
        "#ifndef DELA_H\n#define DELA_H\n\n#include <stdint.h>\n\n"
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
}

static void print_c(const struct function *function) {
    static const char *const types[KINDS] = {"uint32_t ", "void *", "const void *"};
    printf("\n/* %s */\n", function->row->documentation);
    printf("__attribute__((import_module(\"dela\"), import_name(\"%s\")%s))\n", function->row->name,
           function->returns ? "" : ", noreturn");
    printf("extern %s dela_%s(",
           function->result == 0     ? "void"
           : function->result == 'I' ? "uint64_t"
                                     : "int32_t",
           function->row->name);
    if (function->count == 0)
        printf("void");
    print_parameters(function, types, "", true);
    printf(");\n");
}

static void end_c(void) {
    printf("\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

static void begin_rust(void) {
    printf("// The host functions a contract may import.  Made from host/imports.def, which also has their prices and "
           "says how\n"
           "// pointers, lengths and -1 are meant: do not edit.\n\n"
           "#[link(wasm_import_module = \"dela\")]\nextern \"C\" {\n");
}

static void print_rust(const struct function *function) {
    static const char *const types[KINDS] = {"u32", "*mut u8", "*const u8"};
    printf("    /// `%s`\n    pub fn %s(", function->row->documentation, function->row->name);
    print_parameters(function, types, ": ", false);
    printf(")%s;\n", !function->returns        ? " -> !"
                     : function->result == 0   ? ""
                     : function->result == 'I' ? " -> u64"
                                               : " -> i32");
}

static void end_rust(void) {
    printf("}\n");
}

static void begin_go(void) {
    printf(
        "// Code generated from host/imports.def; DO NOT EDIT.  That table also has the prices, and says how pointers, "
        "lengths\n"
        "// and -1 are meant.\n\n//go:build wasip1\n\npackage dela\n\nimport \"unsafe\"\n");
}

static void print_go(const struct function *function) {
    static const char *const types[KINDS] = {"uint32", "unsafe.Pointer", "unsafe.Pointer"};
    printf("\n// host");
    print_camel(function->row->name, true);
    printf(": %s\n//\n//go:wasmimport dela %s\n//go:noescape\nfunc host", function->row->documentation,
           function->row->name);
    print_camel(function->row->name, true);
    putchar('(');
    print_parameters(function, types, " ", false);
    printf(")%s\n", function->result == 0 ? "" : function->result == 'I' ? " uint64" : " int32");
}

static void begin_assemblyscript(void) {
    printf("// The host functions a contract may import.  Made from host/imports.def, which also has their prices and "
           "says how\n"
           "// pointers, lengths and -1 are meant: do not edit.\n");
}

static void print_assemblyscript(const struct function *function) {
    static const char *const types[KINDS] = {"u32", "usize", "usize"};
    printf("\n/** %s */\n// @ts-ignore: decorator\n@external(\"dela\", \"%s\")\nexport declare function ",
           function->row->documentation, function->row->name);
    print_camel(function->row->name, false);
    putchar('(');
    print_parameters(function, types, ": ", false);
    printf("): %s;\n", function->result == 0 ? "void" : function->result == 'I' ? "u64" : "i32");
}

static void begin_wat(void) {
    printf(
        ";; The host functions a contract may import.  Made from host/imports.def, which also has their prices and "
        "says how\n"
        ";; pointers, lengths and -1 are meant: do not edit.  `delavm asm` knows no inclusion: contracts/sdk/wat puts "
        "those lines\n"
        ";; of this file that a contract calls where it says (@dela imports).\n");
}

/* One line each, for contracts/sdk/wat picks lines. */
static void print_wat(const struct function *function) {
    printf("\n;; %s\n(import \"dela\" \"%s\" (func $%s", function->row->documentation, function->row->name,
           function->row->name);
    for (size_t i = 0; i < function->count; i++)
        printf(" (param $%s i32)", function->parameters[i].name);
    printf("%s))\n", function->result == 0 ? "" : function->result == 'I' ? " (result i64)" : " (result i32)");
}

static void begin_forth(void) {
    printf("\\ The host functions a contract may import.  Made from host/imports.def, which also has their prices and "
           "says how\n\\ pointers, lengths and -1 are meant: do not edit.\n");
}

static void print_forth(const struct function *function) {
    printf("\n\\ %s\nimport dela.%s", function->row->documentation, function->row->name);
    for (size_t i = 0; i < function->count; i++)
        printf("  i32 takes");
    printf("%s\n", function->result == 0 ? "" : function->result == 'I' ? "  i64 gives" : "  i32 gives");
}

static void nothing(void) {
}

static const struct language {
    const char *name;
    void (*begin)(void);
    void (*print)(const struct function *function);
    void (*end)(void);
} languages[] = {
    {"c", begin_c, print_c, end_c},         {"rust", begin_rust, print_rust, end_rust},
    {"go", begin_go, print_go, nothing},    {"assemblyscript", begin_assemblyscript, print_assemblyscript, nothing},
    {"wat", begin_wat, print_wat, nothing}, {"forth", begin_forth, print_forth, nothing},
};
enum { LANGUAGES = sizeof languages / sizeof *languages };

int main(int argc, char **argv) {
    const struct language *language = NULL;
    for (size_t i = 0; i < LANGUAGES; i++)
        if (argc == 2 && strcmp(argv[1], languages[i].name) == 0)
            language = &languages[i];
    if (language == NULL) {
        fprintf(stderr, "usage: generate LANGUAGE, one of:");
        for (size_t i = 0; i < LANGUAGES; i++)
            fprintf(stderr, " %s", languages[i].name);
        fputc('\n', stderr);
        return 2;
    }
    bool good = true;
    language->begin();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct function function;
        good = read_row(&rows[i], &function) && good;
        language->print(&function);
    }
    language->end();
    return good ? 0 : 1;
}
