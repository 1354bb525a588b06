/* vm/opcode.h - instructions and features by number, expanded from vm/opcodes.def and vm/features.def. */
#ifndef DELAVM_VM_OPCODE_H
#define DELAVM_VM_OPCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Row numbers of vm/opcodes.def; not the binary codes. */
enum vm_op {
#define OP(name, code, text, immediate, in, out, align, cost, feature) VM_OP_##name,
#include "vm/opcodes.def"
    VM_OP_COUNT
};

/* What follows an opcode in the bytes.  Indices are u32 LEB128 unless said otherwise. */
enum vm_immediate {
    VM_IMM_NONE,
    VM_IMM_BLOCK,         /* block type: s33 LEB128: negative a value type or empty, else a type index */
    VM_IMM_LABEL,         /* label index */
    VM_IMM_LABEL_TABLE,   /* vector of label indices, then the default label index */
    VM_IMM_FUNCTION,      /* function index */
    VM_IMM_TYPE,          /* type index */
    VM_IMM_TYPE_TABLE,    /* type index, table index */
    VM_IMM_LOCAL,         /* local index */
    VM_IMM_GLOBAL,        /* global index */
    VM_IMM_TABLE,         /* table index */
    VM_IMM_TABLE_TABLE,   /* destination table index, source table index */
    VM_IMM_ELEMENT,       /* element segment index */
    VM_IMM_ELEMENT_TABLE, /* element segment index, table index */
    VM_IMM_MEMORY,        /* memory index (one zero byte without multi-memory) */
    VM_IMM_MEMORY_MEMORY, /* destination memory index, source memory index */
    VM_IMM_DATA,          /* data segment index */
    VM_IMM_DATA_MEMORY,   /* data segment index, memory index */
    VM_IMM_MEMARG,        /* alignment exponent (bit 6: a memory index follows), offset */
    VM_IMM_MEMARG_LANE,   /* memarg, lane byte */
    VM_IMM_I32,           /* s32 LEB128 */
    VM_IMM_I64,           /* s64 LEB128 */
    VM_IMM_F32,           /* 4 bytes */
    VM_IMM_F64,           /* 8 bytes */
    VM_IMM_V128,          /* 16 bytes */
    VM_IMM_LANE,          /* lane byte */
    VM_IMM_SHUFFLE,       /* 16 lane bytes */
    VM_IMM_BYTE,          /* one reserved byte */
    VM_IMM_SELECT_TYPES,  /* vector of value types */
    VM_IMM_HEAP_TYPE,     /* heap type: s33 LEB128 */
    VM_IMM_TAG,           /* tag index */
    VM_IMM_TRY_TABLE,     /* block type, vector of catch clauses */
    VM_IMM_TYPE_FIELD,    /* type index, field index */
    VM_IMM_TYPE_COUNT,    /* type index, count */
    VM_IMM_TYPE_DATA,     /* type index, data segment index */
    VM_IMM_TYPE_ELEMENT,  /* type index, element segment index */
    VM_IMM_TYPE_TYPE,     /* type index, type index */
    VM_IMM_BRANCH_CAST,   /* flags byte, label index, heap type, heap type */
};

enum vm_feature {
#define FEATURE(name, text, state, strict, compat, words, flag) VM_FEATURE_##name,
#include "vm/features.def"
    VM_FEATURE_COUNT
};

/* One row of vm/opcodes.def. */
struct vm_opcode {
    const char *text;
    const char *in;
    const char *out;
    uint32_t code;
    uint16_t cost;
    uint8_t immediate; /* enum vm_immediate */
    uint8_t align;
    uint8_t feature; /* enum vm_feature */
};

/* One row of vm/features.def.  ready: may be switched on; flag: what turns it off in clang, or "". */
struct vm_feature_row {
    const char *name;
    const char *words;
    const char *flag;
    bool ready;
    bool strict;
    bool compat;
};

extern const struct vm_opcode vm_opcodes[VM_OP_COUNT];
extern const struct vm_feature_row vm_feature_rows[VM_FEATURE_COUNT];

/* Rows by binary code: vm_op_by_byte[byte] for one-byte codes, VM_OP_COUNT where there is none. */
extern const uint16_t vm_op_by_byte[256];

/* The row of a prefixed code, VM_OP_COUNT if there is none.  prefix: 0xFB..0xFE (any other has no rows). */
uint32_t vm_op_by_prefix(uint8_t prefix, uint32_t sub_opcode);

/* The row with this text-format name, VM_OP_COUNT if there is none.  Where two rows share a name (select; ref.test and
 * ref.cast with and without null) the first is returned and the second is the next row. */
uint32_t vm_op_by_text(const char *text, size_t size);

#endif
