/* loader/skip.c - the length of every instruction there is.  Spec: binary-instr */
#include "loader/skip.h"

enum vm_status loader_skip_op(struct loader_reader *reader, uint32_t *op) {
    const uint32_t offset = loader_offset(reader);
    uint8_t byte;
    TRY(loader_read_byte(reader, &byte));
    *op = vm_op_by_byte[byte];
    if (*op == VM_OP_COUNT && byte >= 0xFB && byte <= 0xFE) {
        uint32_t sub_opcode;
        TRY(loader_read_u32(reader, &sub_opcode));
        *op = vm_op_by_prefix(byte, sub_opcode);
    }
    if (*op == VM_OP_COUNT)
        return vm_fail(reader->error, VM_ERROR_ILLEGAL_OPCODE, offset, "%02x", byte);
    return VM_OK;
}

static enum vm_status skip_indices(struct loader_reader *reader, uint32_t count) {
    uint32_t index;
    for (uint32_t i = 0; i < count; i++)
        TRY(loader_read_u32(reader, &index));
    return VM_OK;
}

static enum vm_status skip_bytes(struct loader_reader *reader, size_t count) {
    struct vm_bytes bytes;
    return loader_read_bytes(reader, count, &bytes);
}

static enum vm_status skip_signed(struct loader_reader *reader, uint32_t bits) {
    int64_t value;
    return loader_read_s(reader, bits, &value);
}

enum vm_status loader_skip_value_type(struct loader_reader *reader, uint8_t *type) {
    TRY(loader_read_byte(reader, type));
    return *type == 0x63 || *type == 0x64 ? skip_signed(reader, 33) : VM_OK;
}

/* A block type may be a reference with a heap type, too. */
static enum vm_status skip_block_type(struct loader_reader *reader) {
    uint8_t type;
    if (reader->at != reader->end && (*reader->at == 0x63 || *reader->at == 0x64))
        return loader_skip_value_type(reader, &type);
    return skip_signed(reader, 33);
}

static enum vm_status skip_memarg(struct loader_reader *reader) {
    uint32_t flags;
    int64_t ignored;
    TRY(loader_read_u32(reader, &flags));
    if ((flags & 64) != 0)
        TRY(skip_indices(reader, 1));
    /* A 64-bit memory has 64-bit offsets, whose length a signed reading finds as well. */
    return loader_read_s(reader, 64, &ignored);
}

static enum vm_status skip_labels(struct loader_reader *reader) {
    uint32_t count;
    TRY(loader_read_size(reader, &count));
    TRY(skip_indices(reader, count));
    return skip_indices(reader, 1);
}

static enum vm_status skip_value_types(struct loader_reader *reader) {
    uint32_t count;
    uint8_t type;
    TRY(loader_read_size(reader, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(loader_skip_value_type(reader, &type));
    return VM_OK;
}

static enum vm_status skip_try_table(struct loader_reader *reader) {
    uint32_t count;
    TRY(skip_block_type(reader));
    TRY(loader_read_size(reader, &count));
    for (uint32_t i = 0; i < count; i++) {
        uint8_t kind;
        TRY(loader_read_byte(reader, &kind));
        /* catch and catch_ref name a tag and a label, catch_all and catch_all_ref a label alone. */
        TRY(skip_indices(reader, kind < 2 ? 2 : 1));
    }
    return VM_OK;
}

static enum vm_status skip_branch_cast(struct loader_reader *reader) {
    TRY(skip_bytes(reader, 1));
    TRY(skip_indices(reader, 1));
    TRY(skip_signed(reader, 33));
    return skip_signed(reader, 33);
}

enum vm_status loader_skip_immediate(struct loader_reader *reader, uint32_t op) {
    switch ((enum vm_immediate)vm_opcodes[op].immediate) {
    case VM_IMM_NONE:
        return VM_OK;
    case VM_IMM_BLOCK:
        return skip_block_type(reader);
    case VM_IMM_LABEL_TABLE:
        return skip_labels(reader);
    case VM_IMM_LABEL:
    case VM_IMM_FUNCTION:
    case VM_IMM_TYPE:
    case VM_IMM_LOCAL:
    case VM_IMM_GLOBAL:
    case VM_IMM_TABLE:
    case VM_IMM_ELEMENT:
    case VM_IMM_MEMORY:
    case VM_IMM_DATA:
    case VM_IMM_TAG:
        return skip_indices(reader, 1);
    case VM_IMM_TYPE_TABLE:
    case VM_IMM_TABLE_TABLE:
    case VM_IMM_ELEMENT_TABLE:
    case VM_IMM_MEMORY_MEMORY:
    case VM_IMM_DATA_MEMORY:
    case VM_IMM_TYPE_FIELD:
    case VM_IMM_TYPE_COUNT:
    case VM_IMM_TYPE_DATA:
    case VM_IMM_TYPE_ELEMENT:
    case VM_IMM_TYPE_TYPE:
        return skip_indices(reader, 2);
    case VM_IMM_MEMARG:
        return skip_memarg(reader);
    case VM_IMM_MEMARG_LANE:
        TRY(skip_memarg(reader));
        return skip_bytes(reader, 1);
    case VM_IMM_I32:
        return skip_signed(reader, 32);
    case VM_IMM_I64:
        return skip_signed(reader, 64);
    case VM_IMM_F32:
        return skip_bytes(reader, 4);
    case VM_IMM_F64:
        return skip_bytes(reader, 8);
    case VM_IMM_V128:
    case VM_IMM_SHUFFLE:
        return skip_bytes(reader, 16);
    case VM_IMM_LANE:
    case VM_IMM_BYTE:
        return skip_bytes(reader, 1);
    case VM_IMM_SELECT_TYPES:
        return skip_value_types(reader);
    case VM_IMM_HEAP_TYPE:
        return skip_signed(reader, 33);
    case VM_IMM_TRY_TABLE:
        return skip_try_table(reader);
    case VM_IMM_BRANCH_CAST:
        return skip_branch_cast(reader);
    }
    return VM_OK;
}
