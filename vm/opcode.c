/* vm/opcode.c - the tables of vm/opcodes.def and vm/features.def, and the ways to find a row. */
#include "vm/opcode.h"

#include <string.h>

#define FEATURE_STATE_READY true
#define FEATURE_STATE_REFUSED false

const struct vm_feature_row vm_feature_rows[VM_FEATURE_COUNT] = {
#define FEATURE(name, text, state, strict, compat, words, flag)                                                        \
    [VM_FEATURE_##name] = {text, words, flag, FEATURE_STATE_##state, strict, compat},
#include "vm/features.def"
};

const struct vm_opcode vm_opcodes[VM_OP_COUNT] = {
#define OP(name, code, text, immediate, in, out, align, cost, feature)                                                 \
    [VM_OP_##name] = {text, in, out, code, cost, VM_IMM_##immediate, align, VM_FEATURE_##feature},
#include "vm/opcodes.def"
};

/* Every byte starts as "no instruction" and the rows overwrite theirs: C has no other way to give a constant table a
 * default that is not zero. */
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winitializer-overrides"
#elif defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
#define NONE VM_OP_COUNT
/* clang-format off */
const uint16_t vm_op_by_byte[256] = {
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
#define OP(name, code, text, immediate, in, out, align, cost, feature) [code] = VM_OP_##name,
#define OP_FB(name, code, text, immediate, in, out, align, cost, feature)
#define OP_FC(name, code, text, immediate, in, out, align, cost, feature)
#define OP_FD(name, code, text, immediate, in, out, align, cost, feature)
#define OP_FE(name, code, text, immediate, in, out, align, cost, feature)
#include "vm/opcodes.def"
};
/* clang-format on */
#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

/* Rows by sub-opcode, one table for each prefix; each entry is the row number plus one, 0 where there is no row. */
#define SKIP(name, code, text, immediate, in, out, align, cost, feature)
#define ENTRY(name, code, text, immediate, in, out, align, cost, feature) [(code) & 0xFFFF] = VM_OP_##name + 1,

static const uint16_t op_by_fb[] = {
#define OP SKIP
#define OP_FB ENTRY
#define OP_FC SKIP
#define OP_FD SKIP
#define OP_FE SKIP
#include "vm/opcodes.def"
};

static const uint16_t op_by_fc[] = {
#define OP SKIP
#define OP_FB SKIP
#define OP_FC ENTRY
#define OP_FD SKIP
#define OP_FE SKIP
#include "vm/opcodes.def"
};

static const uint16_t op_by_fd[] = {
#define OP SKIP
#define OP_FB SKIP
#define OP_FC SKIP
#define OP_FD ENTRY
#define OP_FE SKIP
#include "vm/opcodes.def"
};

static const uint16_t op_by_fe[] = {
#define OP SKIP
#define OP_FB SKIP
#define OP_FC SKIP
#define OP_FD SKIP
#define OP_FE ENTRY
#include "vm/opcodes.def"
};

static const struct {
    const uint16_t *rows;
    uint32_t count;
} op_by_prefix[] = {
    {op_by_fb, sizeof op_by_fb / sizeof *op_by_fb},
    {op_by_fc, sizeof op_by_fc / sizeof *op_by_fc},
    {op_by_fd, sizeof op_by_fd / sizeof *op_by_fd},
    {op_by_fe, sizeof op_by_fe / sizeof *op_by_fe},
};

uint32_t vm_op_by_prefix(uint8_t prefix, uint32_t sub_opcode) {
    if (prefix < 0xFB || prefix > 0xFE || sub_opcode >= op_by_prefix[prefix - 0xFB].count)
        return VM_OP_COUNT;
    const uint32_t entry = op_by_prefix[prefix - 0xFB].rows[sub_opcode];
    return entry == 0 ? VM_OP_COUNT : entry - 1;
}

/* The length of each name, so that a search passes over almost all rows by one memchr() and touches few names. */
static const uint8_t text_sizes[VM_OP_COUNT] = {
#define OP(name, code, text, immediate, in, out, align, cost, feature) [VM_OP_##name] = sizeof text - 1,
#include "vm/opcodes.def"
};

uint32_t vm_op_by_text(const char *text, size_t size) {
    if (size == 0 || size > UINT8_MAX)
        return VM_OP_COUNT;
    const uint8_t *const end = text_sizes + VM_OP_COUNT;
    for (const uint8_t *at = text_sizes; at < end; at++) {
        at = memchr(at, (int)size, (size_t)(end - at));
        if (at == NULL)
            break;
        const size_t op = (size_t)(at - text_sizes);
        const char *const name = vm_opcodes[op].text;
        /* Names differ most in the middle and at the end: "i32.lt_s", "i32.gt_u". */
        if (name[size - 1] == text[size - 1] && name[size / 2] == text[size / 2] && memcmp(name, text, size) == 0)
            return (uint32_t)op;
    }
    return VM_OP_COUNT;
}
