/* vm/tests/build.h - small modules for tests, written as flat instruction text, and a place to run them in.
 *
 * Deliberately not the assembler of loader/text: a test of the vm should not lean on what it does not test.  Function
 * types are written "iI:i", one letter for each value (i I f F, r funcref, e externref).  Code is instructions and
 * numbers in byte order, as in "local.get 0 i32.const -1 i32.add": a block type is -, a value type or a type index; a
 * memarg is its offset alone; br_table is count, labels, default; the final `end` is added.  A memory other than the
 * first is written @N where the bytes have it, and in front of the offset of a memarg; ~ in front of a memarg makes its
 * flags two bytes long.  What can't be read ends the test. */
#ifndef DELAVM_VM_TESTS_BUILD_H
#define DELAVM_VM_TESTS_BUILD_H

#include <stdlib.h>

#include "loader/loader.h"
#include "vm/machine.h"
#include "vm/tests/check.h"

#if defined(__GNUC__)
#define BUILD_UNUSED __attribute__((unused))
#else
#define BUILD_UNUSED
#endif

/* A section under construction, and how many entries it has. */
struct build_section {
    uint8_t bytes[8192];
    size_t size;
    uint32_t count;
};

enum { BUILD_SECTIONS = 13, BUILD_NO_START = -1 };

/* By section id; an empty one is left out. */
struct build {
    struct build_section sections[BUILD_SECTIONS];
    uint32_t functions; /* imports included */
    int64_t start;
};

static void build_fail(const char *what, const char *text) {
    printf("build.h: [%s] %s: %s\n", check_state.context, what, text);
    exit(2);
}

static void build_byte(struct build_section *section, unsigned byte) {
    if (section->size == sizeof section->bytes)
        build_fail("section full", "");
    section->bytes[section->size++] = (uint8_t)byte;
}

static void build_bytes(struct build_section *section, const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        build_byte(section, ((const uint8_t *)bytes)[i]);
}

static void build_unsigned(struct build_section *section, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        build_byte(section, (unsigned)(value & 0x7F) | 0x80);
    build_byte(section, (unsigned)value);
}

/* `value` is a two's complement number. */
static void build_signed(struct build_section *section, uint64_t value) {
    for (;;) {
        const unsigned low = (unsigned)(value & 0x7F);
        const uint64_t sign = value >> 63 == 0 ? 0 : ~UINT64_C(0) << 57;
        value = value >> 7 | sign;
        if (value == ((low & 0x40) == 0 ? 0 : UINT64_MAX)) {
            build_byte(section, low);
            return;
        }
        build_byte(section, low | 0x80);
    }
}

static void build_name(struct build_section *section, const char *name) {
    build_unsigned(section, strlen(name));
    build_bytes(section, name, strlen(name));
}

static unsigned build_type_code(char letter) {
    static const char letters[] = "iIfFre";
    static const uint8_t codes[] = {VM_I32, VM_I64, VM_F32, VM_F64, VM_FUNCREF, VM_EXTERNREF};
    const char *const found = strchr(letters, letter);
    if (letter == 0 || found == NULL)
        build_fail("no value type", &letter);
    return codes[found - letters];
}

BUILD_UNUSED static void build_begin(struct build *build) {
    for (int i = 0; i < BUILD_SECTIONS; i++)
        build->sections[i].size = build->sections[i].count = 0;
    build->functions = 0;
    build->start = BUILD_NO_START;
}

/* A function type; the index of it. */
static uint32_t build_type(struct build *build, const char *signature) {
    struct build_section *const section = &build->sections[1];
    const char *const colon = strchr(signature, ':');
    if (colon == NULL)
        build_fail("no signature", signature);
    build_byte(section, 0x60);
    build_unsigned(section, (uint64_t)(colon - signature));
    for (const char *p = signature; p < colon; p++)
        build_byte(section, build_type_code(*p));
    build_unsigned(section, strlen(colon + 1));
    for (const char *p = colon + 1; *p != 0; p++)
        build_byte(section, build_type_code(*p));
    return section->count++;
}

/* Cuts the next word off *text; false at the end. */
static bool build_word(const char **text, char *word, size_t size) {
    const char *p = *text + strspn(*text, " \n");
    const size_t length = strcspn(p, " \n");
    if (length >= size)
        build_fail("word too long", p);
    memcpy(word, p, length);
    word[length] = 0;
    *text = p + length;
    return length > 0;
}

static uint64_t build_number(const char **text) {
    char word[64];
    char *end;
    if (!build_word(text, word, sizeof word))
        build_fail("number missing", *text);
    const bool negative = word[0] == '-';
    const uint64_t value = strtoull(word + negative, &end, 0);
    if (*end != 0)
        build_fail("no number", word);
    return negative ? -value : value;
}

/* Takes the mark if it comes next. */
static bool build_take(const char **text, char mark) {
    const char *const p = *text + strspn(*text, " \n");
    if (*p != mark)
        return false;
    *text = p + 1;
    return true;
}

static void build_memory_index(struct build_section *section, const char **text) {
    build_unsigned(section, build_take(text, '@') ? build_number(text) : 0);
}

static void build_memarg(struct build_section *section, unsigned align, const char **text) {
    enum { HAS_MEMORY = 64 };
    const bool padded = build_take(text, '~');
    const bool has_memory = build_take(text, '@');
    const uint64_t memory = has_memory ? build_number(text) : 0;
    const unsigned flags = align | (has_memory ? HAS_MEMORY : 0);
    build_byte(section, flags | (padded ? 0x80 : 0));
    if (padded)
        build_byte(section, 0);
    if (has_memory)
        build_unsigned(section, memory);
    build_unsigned(section, build_number(text));
}

static void build_block_type(struct build_section *section, const char **text) {
    static const struct {
        const char *word;
        unsigned code;
    } types[] = {{"-", 0x40},
                 {"i32", VM_I32},
                 {"i64", VM_I64},
                 {"f32", VM_F32},
                 {"f64", VM_F64},
                 {"funcref", VM_FUNCREF},
                 {"externref", VM_EXTERNREF}};
    const char *rest = *text;
    char word[64];
    build_word(&rest, word, sizeof word);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].word, word) == 0) {
            build_byte(section, types[i].code);
            *text = rest;
            return;
        }
    }
    build_signed(section, build_number(text));
}

static void build_immediate(struct build_section *section, const struct vm_opcode *opcode, const char **text) {
    switch ((enum vm_immediate)opcode->immediate) {
    case VM_IMM_NONE:
        return;
    case VM_IMM_BLOCK:
    case VM_IMM_HEAP_TYPE:
        build_block_type(section, text);
        return;
    case VM_IMM_LABEL_TABLE: {
        const uint64_t count = build_number(text);
        build_unsigned(section, count);
        for (uint64_t i = 0; i <= count; i++)
            build_unsigned(section, build_number(text));
        return;
    }
    case VM_IMM_TYPE_TABLE:
    case VM_IMM_TABLE_TABLE:
    case VM_IMM_ELEMENT_TABLE:
        build_unsigned(section, build_number(text));
        build_unsigned(section, build_number(text));
        return;
    case VM_IMM_MEMORY:
        build_memory_index(section, text);
        return;
    case VM_IMM_MEMORY_MEMORY:
        build_memory_index(section, text);
        build_memory_index(section, text);
        return;
    case VM_IMM_DATA_MEMORY:
        build_unsigned(section, build_number(text));
        build_memory_index(section, text);
        return;
    case VM_IMM_MEMARG:
        build_memarg(section, opcode->align, text);
        return;
    case VM_IMM_I32:
    case VM_IMM_I64: {
        const uint64_t value = build_number(text);
        const bool wide = opcode->immediate == VM_IMM_I64;
        build_signed(section, wide ? value : ((value & UINT32_MAX) ^ 0x80000000) - 0x80000000);
        return;
    }
    case VM_IMM_F32:
    case VM_IMM_F64: {
        uint64_t bits = build_number(text);
        for (int i = opcode->immediate == VM_IMM_F32 ? 4 : 8; i > 0; i--, bits >>= 8)
            build_byte(section, (unsigned)(bits & 0xFF));
        return;
    }
    case VM_IMM_SELECT_TYPES:
        build_byte(section, 1);
        build_block_type(section, text);
        return;
    case VM_IMM_LABEL:
    case VM_IMM_FUNCTION:
    case VM_IMM_TYPE:
    case VM_IMM_LOCAL:
    case VM_IMM_GLOBAL:
    case VM_IMM_TABLE:
    case VM_IMM_ELEMENT:
    case VM_IMM_DATA:
        build_unsigned(section, build_number(text));
        return;
    case VM_IMM_MEMARG_LANE:
    case VM_IMM_V128:
    case VM_IMM_LANE:
    case VM_IMM_SHUFFLE:
    case VM_IMM_BYTE:
    case VM_IMM_TAG:
    case VM_IMM_TRY_TABLE:
    case VM_IMM_TYPE_FIELD:
    case VM_IMM_TYPE_COUNT:
    case VM_IMM_TYPE_DATA:
    case VM_IMM_TYPE_ELEMENT:
    case VM_IMM_TYPE_TYPE:
    case VM_IMM_BRANCH_CAST:
        build_fail("not for tests of the vm", opcode->text);
    }
}

/* Instructions and the `end` behind them.  "select_typed" is the select that names its type. */
static void build_code(struct build_section *section, const char *text) {
    char word[64];
    while (build_word(&text, word, sizeof word)) {
        const bool typed = strcmp(word, "select_typed") == 0;
        const uint32_t op = typed ? VM_OP_SELECT_TYPED : vm_op_by_text(word, strlen(word));
        if (op == VM_OP_COUNT)
            build_fail("no instruction", word);
        if (vm_opcodes[op].code > 0xFF)
            build_byte(section, vm_opcodes[op].code >> 16);
        if (vm_opcodes[op].code > 0xFF)
            build_unsigned(section, vm_opcodes[op].code & 0xFFFF);
        else
            build_byte(section, vm_opcodes[op].code);
        build_immediate(section, &vm_opcodes[op], &text);
    }
    build_byte(section, 0x0B);
}

/* An own function with extra locals, exported as `name` unless that is NULL.  Its index is its number in the order of
 * making; all functions that are imported must have been. */
BUILD_UNUSED static void build_function(struct build *build, const char *name, const char *signature,
                                        const char *locals, const char *text) {
    static struct build_section body;
    const uint32_t index = build->functions++;
    build_unsigned(&build->sections[3], build_type(build, signature));
    build->sections[3].count++;
    body.size = 0;
    build_unsigned(&body, strlen(locals));
    for (; *locals != 0; locals++) {
        build_byte(&body, 1);
        build_byte(&body, build_type_code(*locals));
    }
    build_code(&body, text);
    build_unsigned(&build->sections[10], body.size);
    build_bytes(&build->sections[10], body.bytes, body.size);
    build->sections[10].count++;
    if (name != NULL) {
        build_name(&build->sections[7], name);
        build_byte(&build->sections[7], VM_EXTERN_FUNCTION);
        build_unsigned(&build->sections[7], index);
        build->sections[7].count++;
    }
}

BUILD_UNUSED static void build_export(struct build *build, const char *name, enum vm_extern_kind kind, uint32_t index) {
    build_name(&build->sections[7], name);
    build_byte(&build->sections[7], kind);
    build_unsigned(&build->sections[7], index);
    build->sections[7].count++;
}

/* maximum UINT32_MAX: none */
static void build_limits(struct build_section *section, uint32_t minimum, uint32_t maximum) {
    build_byte(section, maximum != UINT32_MAX);
    build_unsigned(section, minimum);
    if (maximum != UINT32_MAX)
        build_unsigned(section, maximum);
}

BUILD_UNUSED static void build_memory(struct build *build, uint32_t minimum, uint32_t maximum) {
    build_limits(&build->sections[5], minimum, maximum);
    build->sections[5].count++;
}

/* Sizes in bytes.  Proposal: custom-page-sizes */
BUILD_UNUSED static void build_memory_of_bytes(struct build_section *section, uint32_t minimum, uint32_t maximum) {
    enum { HAS_PAGE_SIZE = 8 };
    const size_t flags = section->size;
    build_limits(section, minimum, maximum);
    section->bytes[flags] |= HAS_PAGE_SIZE;
    build_byte(section, 0);
}

BUILD_UNUSED static void build_table(struct build *build, char element, uint32_t minimum, uint32_t maximum) {
    build_byte(&build->sections[4], build_type_code(element));
    build_limits(&build->sections[4], minimum, maximum);
    build->sections[4].count++;
}

BUILD_UNUSED static void build_global(struct build *build, char type, bool mutable, const char *value) {
    build_byte(&build->sections[6], build_type_code(type));
    build_byte(&build->sections[6], mutable);
    build_code(&build->sections[6], value);
    build->sections[6].count++;
}

/* Begins an import from module "test"; its type follows. */
static struct build_section *build_import(struct build *build, const char *name, enum vm_extern_kind kind) {
    build_name(&build->sections[2], "test");
    build_name(&build->sections[2], name);
    build_byte(&build->sections[2], kind);
    build->sections[2].count++;
    return &build->sections[2];
}

BUILD_UNUSED static void build_import_function(struct build *build, const char *name, const char *signature) {
    const uint32_t type = build_type(build, signature);
    build->functions++;
    build_unsigned(build_import(build, name, VM_EXTERN_FUNCTION), type);
}

BUILD_UNUSED static void build_import_table(struct build *build, const char *name, char element, uint32_t minimum,
                                            uint32_t maximum) {
    struct build_section *const section = build_import(build, name, VM_EXTERN_TABLE);
    build_byte(section, build_type_code(element));
    build_limits(section, minimum, maximum);
}

BUILD_UNUSED static void build_import_memory(struct build *build, const char *name, uint32_t minimum,
                                             uint32_t maximum) {
    build_limits(build_import(build, name, VM_EXTERN_MEMORY), minimum, maximum);
}

BUILD_UNUSED static void build_import_global(struct build *build, const char *name, char type, bool mutable) {
    struct build_section *const section = build_import(build, name, VM_EXTERN_GLOBAL);
    build_byte(section, build_type_code(type));
    build_byte(section, mutable);
}

/* An active (offset != NULL) or passive segment of function indices. */
BUILD_UNUSED static void build_elements(struct build *build, const char *offset, uint32_t count,
                                        const uint32_t *functions) {
    struct build_section *const section = &build->sections[9];
    build_byte(section, offset != NULL ? 0 : 1);
    if (offset != NULL)
        build_code(section, offset);
    else
        build_byte(section, 0);
    build_unsigned(section, count);
    for (uint32_t i = 0; i < count; i++)
        build_unsigned(section, functions[i]);
    section->count++;
}

/* A declarative segment of one function. */
BUILD_UNUSED static void build_declared(struct build *build, uint32_t function) {
    struct build_section *const section = &build->sections[9];
    build_byte(section, 3);
    build_byte(section, 0);
    build_unsigned(section, 1);
    build_unsigned(section, function);
    section->count++;
}

BUILD_UNUSED static void build_data(struct build *build, const char *offset, const char *text) {
    struct build_section *const section = &build->sections[11];
    build_byte(section, offset != NULL ? 0 : 1);
    if (offset != NULL)
        build_code(section, offset);
    build_name(section, text);
    section->count++;
}

/* An active segment of any memory. */
BUILD_UNUSED static void build_data_in(struct build *build, uint32_t memory, const char *offset, const char *text) {
    struct build_section *const section = &build->sections[11];
    build_byte(section, 2);
    build_unsigned(section, memory);
    build_code(section, offset);
    build_name(section, text);
    section->count++;
}

/* All features that are ready, lazy floats. */
BUILD_UNUSED static struct vm_module *build_module(const struct build *build, const struct vm_schedule *schedule) {
    static const uint8_t order[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11};
    static uint8_t bytes[65536];
    static struct build_section head;
    size_t size = 0;
    memcpy(bytes, "\0asm\1\0\0", 8);
    size += 8;
    for (size_t i = 0; i < sizeof order; i++) {
        const struct build_section *section = &build->sections[order[i]];
        static struct build_section special; /* start and data count hold a number, not a vector */
        special.size = 0;
        if (order[i] == 8 && build->start != BUILD_NO_START) {
            build_unsigned(&special, (uint64_t)build->start);
            section = &special;
        } else if (order[i] == 12 && build->sections[11].count > 0) {
            build_unsigned(&special, build->sections[11].count);
            section = &special;
        } else if (section->count == 0) {
            continue;
        }
        head.size = 0;
        if (section != &special)
            build_unsigned(&head, section->count);
        const size_t count_size = head.size;
        uint8_t count[8];
        memcpy(count, head.bytes, count_size);
        head.size = 0;
        build_byte(&head, order[i]);
        build_unsigned(&head, section->size + count_size);
        build_bytes(&head, count, count_size);
        memcpy(bytes + size, head.bytes, head.size);
        memcpy(bytes + size + head.size, section->bytes, section->size);
        size += head.size + section->size;
    }
    const struct vm_limits limits = vm_profile_limits(VM_COMPAT);
    struct vm_features features = vm_profile_features(VM_COMPAT);
    for (int i = 0; i < VM_FEATURE_COUNT; i++)
        features.on[i] = vm_feature_rows[i].ready;
    const struct loader_options options = {&limits, &features, schedule, LOADER_LAZY};
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_module *module;
    struct vm_error error;
    if (loader_load(vm_bytes(bytes, size), &options, &allocator, &module, &error) != VM_OK)
        build_fail("refused", error.message);
    return module;
}

#endif
