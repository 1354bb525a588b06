/* contracts/forth/opcodes.c - prints opcodes.fs, the wasm instructions as Forth words, from vm/opcodes.def.
 *
 * Each row becomes an instance of a class, a defining word of contracts/forth/wasm.fs that is named after the immediate
 * column, followed by the other columns:
 *
 *     $6A inherent i32.add,  s" ii" s" i" 0 1 s" MVP" s" NONE" row
 *
 * A second row of the same name gets what its enumerator has more than the first one's: select_typed, ref.test_null. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *enumerator;
    const char *text;
    const char *immediate;
    const char *in;
    const char *out;
    const char *feature;
    uint32_t code;
    unsigned align;
    unsigned cost;
} rows[] = {
#define OP(name, code, text, immediate, in, out, align, cost, feature)                                                 \
    {#name, text, #immediate, in, out, #feature, code, align, cost},
#include "vm/opcodes.def"
};

static void print_lower(const char *text, char underscore) {
    for (; *text != '\0'; text++)
        putchar(*text == '_' ? underscore : tolower((unsigned char)*text));
}

/* The article's names where it has one, else LABEL_TABLE is the class label-table-op. */
static void print_class(const char *immediate) {
    if (strcmp(immediate, "NONE") == 0) {
        printf("inherent");
    } else if (strcmp(immediate, "BLOCK") == 0) {
        printf("block-typed");
    } else if (strcmp(immediate, "MEMARG") == 0) {
        printf("memory-argument");
    } else {
        print_lower(immediate, '-');
        printf("-op");
    }
}

int main(void) {
    printf("\\ opcodes.fs - the instructions of WebAssembly.  Made from vm/opcodes.def: do not edit.\n\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        printf("$%02X ", (unsigned)rows[i].code);
        print_class(rows[i].immediate);
        printf(" %s", rows[i].text);
        if (i > 0 && strcmp(rows[i].text, rows[i - 1].text) == 0)
            print_lower(rows[i].enumerator + strlen(rows[i - 1].enumerator), '_');
        printf(",  s\" %s\" s\" %s\" %u %u s\" %s\" s\" %s\" row\n", rows[i].in, rows[i].out, rows[i].align,
               rows[i].cost, rows[i].feature, rows[i].immediate);
    }
    return 0;
}
