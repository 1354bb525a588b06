/* loader/disasm_code.c - instructions, one on a line, by the text and immediate columns of vm/opcodes.def.
 * Spec: binary-instr, text-instr */
#include "loader/disasm_text.h"
#include "loader/skip.h"

static uint32_t depth_of(const struct disasm *disasm) {
    return (uint32_t)(disasm->labels.size / sizeof(struct disasm_label));
}

static enum vm_status out_of_memory(struct disasm *disasm) {
    return vm_fail(disasm->reader.error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
}

/* Blocks get labels $L0, $L1, ... in the order in which they open. */
static void put_label_name(struct disasm *disasm, struct disasm_label label) {
    disasm_put(disasm, " $L");
    disasm_number(disasm, label.serial);
}

static enum vm_status push_label(struct disasm *disasm, struct disasm_label label) {
    loader_write_bytes(&disasm->labels, vm_bytes(&label, sizeof label));
    return disasm->labels.failed ? out_of_memory(disasm) : VM_OK;
}

/* The label of the `distance`-th block from the inside, which must be there. */
static struct disasm_label *label_at(const struct disasm *disasm, uint32_t distance) {
    return (struct disasm_label *)(void *)disasm->labels.data + (depth_of(disasm) - 1 - distance);
}

static void close_label(struct disasm *disasm) {
    disasm->labels.size -= sizeof(struct disasm_label);
}

static enum vm_status label(struct disasm *disasm) {
    uint32_t index;
    unsigned width;
    TRY(disasm_read_u32(disasm, &index, &width));
    if (width != 0) {
        disasm_put(disasm, " (@leb ");
        disasm_number(disasm, width);
        disasm_put(disasm, ")");
    }
    if (index < depth_of(disasm))
        put_label_name(disasm, *label_at(disasm, index));
    else {
        disasm_put(disasm, " "); /* the function itself, or nothing */
        disasm_number(disasm, index);
    }
    return VM_OK;
}

static enum vm_status index_of(struct disasm *disasm, enum disasm_space space) {
    disasm_put(disasm, " ");
    return disasm_copy_index(disasm, space);
}

/* An index that the text leaves out if it is 0 and short. */
static void put_optional(struct disasm *disasm, enum disasm_space space, uint32_t index, unsigned width) {
    if (index == 0 && width == 0)
        return;
    disasm_put(disasm, " ");
    disasm_width(disasm, width);
    disasm_index(disasm, space, index);
}

static enum vm_status optional_index(struct disasm *disasm, enum disasm_space space) {
    uint32_t index;
    unsigned width;
    TRY(disasm_read_u32(disasm, &index, &width));
    put_optional(disasm, space, index, width);
    return VM_OK;
}

/* Two of a space: both or none. */
static enum vm_status optional_pair(struct disasm *disasm, enum disasm_space space) {
    if (loader_rest(&disasm->reader) >= 2 && disasm->reader.at[0] == 0 && disasm->reader.at[1] == 0) {
        disasm->reader.at += 2;
        return VM_OK;
    }
    TRY(index_of(disasm, space));
    return index_of(disasm, space);
}

/* Segment, then table or memory, in the bytes; the other way round in the text. */
static enum vm_status segment_and_home(struct disasm *disasm, enum disasm_space segment, enum disasm_space home) {
    uint32_t index, home_index;
    unsigned width, home_width;
    TRY(disasm_read_u32(disasm, &index, &width));
    TRY(disasm_read_u32(disasm, &home_index, &home_width));
    put_optional(disasm, home, home_index, home_width);
    disasm_put(disasm, " ");
    disasm_width(disasm, width);
    disasm_index(disasm, segment, index);
    return VM_OK;
}

/* Spec: binary-memarg */
static enum vm_status memory_argument(struct disasm *disasm, uint32_t natural) {
    uint32_t flags, memory = 0;
    uint64_t offset;
    unsigned flags_width, memory_width = 0, offset_width;
    const uint32_t place = loader_offset(&disasm->reader);
    TRY(disasm_read_u32(disasm, &flags, &flags_width));
    if (flags >= 0x80)
        return vm_fail(disasm->reader.error, VM_ERROR_MEMOP_FLAGS, place, NULL);
    if ((flags & 0x40) != 0) {
        TRY(disasm_read_u32(disasm, &memory, &memory_width));
        put_optional(disasm, DISASM_MEMORY, memory, memory == 0 && memory_width == 0 ? 1 : memory_width);
    }
    TRY(disasm_read_u64(disasm, &offset, &offset_width));
    if (offset != 0 || offset_width != 0) {
        disasm_put(disasm, " ");
        disasm_width(disasm, offset_width);
        disasm_put(disasm, "offset=");
        disasm_number(disasm, offset);
    }
    if ((flags & 0x3F) != natural || flags_width != 0) {
        disasm_put(disasm, " ");
        disasm_width(disasm, flags_width);
        disasm_put(disasm, "align=");
        disasm_number(disasm, UINT64_C(1) << (flags & 0x3F));
    }
    return VM_OK;
}

static enum vm_status integer(struct disasm *disasm, uint32_t bits) {
    int64_t value;
    unsigned width;
    TRY(disasm_read_signed(disasm, bits, &value, &width));
    disasm_put(disasm, " ");
    disasm_width(disasm, width);
    disasm_signed(disasm, value);
    return VM_OK;
}

static enum vm_status floating(struct disasm *disasm, bool wide) {
    struct vm_bytes bytes;
    TRY(loader_read_bytes(&disasm->reader, wide ? 8 : 4, &bytes));
    disasm_put(disasm, " ");
    disasm_float(disasm, wide ? vm_load_u64(bytes.data) : vm_load_u32(bytes.data), wide);
    return VM_OK;
}

static enum vm_status vector(struct disasm *disasm) {
    struct vm_bytes bytes;
    TRY(loader_read_bytes(&disasm->reader, 16, &bytes));
    disasm_put(disasm, " i32x4");
    for (size_t lane = 0; lane < 4; lane++) {
        disasm_put(disasm, " 0x");
        disasm_hex(disasm, vm_load_u32(bytes.data + 4 * lane), 8);
    }
    return VM_OK;
}

static enum vm_status lanes(struct disasm *disasm, uint32_t count) {
    uint8_t lane;
    for (; count > 0; count--) {
        TRY(loader_read_byte(&disasm->reader, &lane));
        disasm_put(disasm, " ");
        disasm_number(disasm, lane);
    }
    return VM_OK;
}

static enum vm_status label_table(struct disasm *disasm) {
    uint32_t count;
    TRY(loader_read_size(&disasm->reader, &count));
    for (uint32_t i = 0; i <= count; i++)
        TRY(label(disasm));
    return VM_OK;
}

/* Type, then table, in the bytes; the other way round in the text. */
static enum vm_status type_and_table(struct disasm *disasm) {
    uint32_t type;
    unsigned width;
    TRY(disasm_read_u32(disasm, &type, &width));
    TRY(optional_index(disasm, DISASM_TABLE));
    disasm_put(disasm, " ");
    return disasm_type_use(disasm, type, width, false);
}

static enum vm_status select_types(struct disasm *disasm) {
    uint32_t count;
    TRY(loader_read_size(&disasm->reader, &count));
    disasm_put(disasm, " (result");
    for (; count > 0; count--) {
        disasm_put(disasm, " ");
        TRY(disasm_value_type(disasm));
    }
    disasm_put(disasm, ")");
    return VM_OK;
}

static enum vm_status try_table(struct disasm *disasm) {
    static const char *const clauses[] = {" (catch", " (catch_ref", " (catch_all", " (catch_all_ref"};
    uint32_t count;
    uint8_t kind;
    TRY(loader_read_size(&disasm->reader, &count));
    for (; count > 0; count--) {
        const uint32_t offset = loader_offset(&disasm->reader);
        TRY(loader_read_byte(&disasm->reader, &kind));
        if (kind > 3)
            return vm_fail(disasm->reader.error, VM_ERROR_ILLEGAL_OPCODE, offset, NULL);
        disasm_put(disasm, clauses[kind]);
        if (kind < 2)
            TRY(index_of(disasm, DISASM_TAG));
        TRY(label(disasm));
        disasm_put(disasm, ")");
    }
    return VM_OK;
}

static enum vm_status cast_type(struct disasm *disasm, bool nullable) {
    disasm_put(disasm, nullable ? " (ref null " : " (ref ");
    TRY(disasm_heap_type(disasm));
    disasm_put(disasm, ")");
    return VM_OK;
}

static enum vm_status branch_cast(struct disasm *disasm) {
    uint8_t flags;
    const uint32_t offset = loader_offset(&disasm->reader);
    TRY(loader_read_byte(&disasm->reader, &flags));
    if (flags > 3)
        return vm_fail(disasm->reader.error, VM_ERROR_HEAP_TYPE, offset, NULL);
    TRY(label(disasm));
    TRY(cast_type(disasm, (flags & 1) != 0));
    return cast_type(disasm, (flags & 2) != 0);
}

static enum vm_status heap_type(struct disasm *disasm, uint32_t op) {
    if (op != VM_OP_REF_NULL)
        return cast_type(disasm, op == VM_OP_REF_TEST_NULL || op == VM_OP_REF_CAST_NULL);
    disasm_put(disasm, " ");
    return disasm_heap_type(disasm);
}

static enum vm_status local(struct disasm *disasm) {
    uint32_t index;
    unsigned width;
    TRY(disasm_read_u32(disasm, &index, &width));
    disasm_put(disasm, " ");
    disasm_width(disasm, width);
    if (disasm->locals != NULL && index < disasm->local_count && disasm->locals[index].size != 0)
        disasm_id(disasm, disasm->locals[index]);
    else
        disasm_number(disasm, index);
    return VM_OK;
}

static enum vm_status two(struct disasm *disasm, enum disasm_space first, enum disasm_space second) {
    TRY(index_of(disasm, first));
    return index_of(disasm, second);
}

/* Spec: binary-module.  The assembler always gives such a module its data count section. */
static enum vm_status needs_data_count(struct disasm *disasm) {
    if (!disasm->in_body || disasm->sections[LOADER_SECTION_DATA_COUNT].present)
        return VM_OK;
    return vm_fail(disasm->reader.error, VM_ERROR_DATA_COUNT_REQUIRED, loader_offset(&disasm->reader), NULL);
}

static enum vm_status immediates(struct disasm *disasm, uint32_t op) {
    switch ((enum vm_immediate)vm_opcodes[op].immediate) {
    case VM_IMM_NONE:
        return VM_OK;
    case VM_IMM_BLOCK:
        return disasm_block_type(disasm);
    case VM_IMM_TRY_TABLE:
        return try_table(disasm);
    case VM_IMM_LABEL:
        return label(disasm);
    case VM_IMM_LABEL_TABLE:
        return label_table(disasm);
    case VM_IMM_FUNCTION:
        return index_of(disasm, DISASM_FUNCTION);
    case VM_IMM_TYPE:
        return index_of(disasm, 0);
    case VM_IMM_TYPE_TABLE:
        return type_and_table(disasm);
    case VM_IMM_LOCAL:
        return local(disasm);
    case VM_IMM_GLOBAL:
        return index_of(disasm, DISASM_GLOBAL);
    case VM_IMM_TABLE:
        return optional_index(disasm, DISASM_TABLE);
    case VM_IMM_TABLE_TABLE:
        return optional_pair(disasm, DISASM_TABLE);
    case VM_IMM_ELEMENT:
        return index_of(disasm, DISASM_ELEMENT);
    case VM_IMM_ELEMENT_TABLE:
        return segment_and_home(disasm, DISASM_ELEMENT, DISASM_TABLE);
    case VM_IMM_MEMORY:
        return optional_index(disasm, DISASM_MEMORY);
    case VM_IMM_MEMORY_MEMORY:
        return optional_pair(disasm, DISASM_MEMORY);
    case VM_IMM_DATA:
        TRY(needs_data_count(disasm));
        return index_of(disasm, DISASM_DATA);
    case VM_IMM_DATA_MEMORY:
        TRY(needs_data_count(disasm));
        return segment_and_home(disasm, DISASM_DATA, DISASM_MEMORY);
    case VM_IMM_MEMARG:
        return memory_argument(disasm, vm_opcodes[op].align);
    case VM_IMM_MEMARG_LANE:
        TRY(memory_argument(disasm, vm_opcodes[op].align));
        return lanes(disasm, 1);
    case VM_IMM_I32:
        return integer(disasm, 32);
    case VM_IMM_I64:
        return integer(disasm, 64);
    case VM_IMM_F32:
        return floating(disasm, false);
    case VM_IMM_F64:
        return floating(disasm, true);
    case VM_IMM_V128:
        return vector(disasm);
    case VM_IMM_LANE:
        return lanes(disasm, 1);
    case VM_IMM_SHUFFLE:
        return lanes(disasm, 16);
    case VM_IMM_BYTE:
        return loader_skip_immediate(&disasm->reader, op);
    case VM_IMM_SELECT_TYPES:
        return select_types(disasm);
    case VM_IMM_HEAP_TYPE:
        return heap_type(disasm, op);
    case VM_IMM_TAG:
        return index_of(disasm, DISASM_TAG);
    case VM_IMM_TYPE_FIELD:
    case VM_IMM_TYPE_COUNT:
    case VM_IMM_TYPE_TYPE:
        return two(disasm, 0, 0);
    case VM_IMM_TYPE_DATA:
        TRY(needs_data_count(disasm));
        return two(disasm, 0, DISASM_DATA);
    case VM_IMM_TYPE_ELEMENT:
        return two(disasm, 0, DISASM_ELEMENT);
    case VM_IMM_BRANCH_CAST:
        return branch_cast(disasm);
    }
    return VM_OK;
}

/* Reads a code; *width tells of a padded sub-opcode. */
static enum vm_status read_op(struct disasm *disasm, uint32_t *op, unsigned *width) {
    const uint8_t *const start = disasm->reader.at;
    TRY(loader_skip_op(&disasm->reader, op));
    const unsigned taken = (unsigned)(disasm->reader.at - start);
    const uint32_t code = vm_opcodes[*op].code;
    const unsigned shortest = code <= 0xFF ? 1 : (code & 0xFFFF) < 0x80 ? 2 : 3;
    *width = taken == shortest ? 0 : taken - 1;
    return VM_OK;
}

/* Name and immediates; blocks open and close their labels.  A label of its own is not in sight of what stands in a
 * block's header. */
static enum vm_status instruction(struct disasm *disasm, uint32_t op, unsigned width) {
    const uint8_t immediate = vm_opcodes[op].immediate;
    if (op == VM_OP_END || op == VM_OP_DELEGATE)
        close_label(disasm);
    if (op == VM_OP_ELSE)
        label_at(disasm, 0)->takes_else = false;
    if (immediate == VM_IMM_LABEL_TABLE || immediate == VM_IMM_SELECT_TYPES) {
        /* These have a count and no sub-opcode, so it is the count whose width stands before the name. */
        const uint8_t *const start = disasm->reader.at;
        uint32_t count;
        TRY(disasm_read_u32(disasm, &count, &width));
        disasm->reader.at = start;
    }
    disasm_width(disasm, width);
    disasm_put(disasm, vm_opcodes[op].text);
    if (immediate != VM_IMM_BLOCK && immediate != VM_IMM_TRY_TABLE)
        return immediates(disasm, op);
    const struct disasm_label own = {disasm->label_serial++, op == VM_OP_IF};
    put_label_name(disasm, own);
    TRY(disasm_block_type(disasm));
    if (immediate == VM_IMM_TRY_TABLE)
        TRY(try_table(disasm));
    return push_label(disasm, own);
}

static bool stands_in_block(uint32_t op) {
    return op == VM_OP_END || op == VM_OP_ELSE || op == VM_OP_DELEGATE || op == VM_OP_CATCH || op == VM_OP_CATCH_ALL;
}

/* Whether an instruction may stand where it does: `end` and its like need a block that is open, `else` an if. */
static enum vm_status check_place(struct disasm *disasm, uint32_t op, uint32_t offset) {
    if (stands_in_block(op) && (depth_of(disasm) == 0 || (op == VM_OP_ELSE && !label_at(disasm, 0)->takes_else)))
        return vm_fail(disasm->reader.error, VM_ERROR_END_EXPECTED, offset, NULL);
    return VM_OK;
}

/* Block comments, because a closing parenthesis may follow on the line. */
static void remarks(struct disasm *disasm, uint32_t op, uint32_t offset) {
    if (!disasm->options.offsets && disasm->options.schedule == NULL)
        return;
    disasm_put(disasm, " (;");
    if (disasm->options.offsets) {
        disasm_put(disasm, " @0x");
        disasm_hex(disasm, offset, 1);
    }
    if (disasm->options.schedule != NULL) {
        disasm_put(disasm, " ");
        disasm_number(disasm, disasm->options.schedule->instruction[op]);
    }
    disasm_put(disasm, " ;)");
}

static void foreign_remark(struct disasm *disasm, uint32_t offset) {
    if (disasm->options.remark != NULL)
        disasm->options.remark(disasm->options.context, offset, disasm->out);
}

enum vm_status disasm_expression(struct disasm *disasm, const char *wrapper) {
    struct loader_reader ahead = disasm->reader;
    uint32_t op;
    unsigned width;
    TRY(loader_skip_op(&ahead, &op));
    if (op != VM_OP_END)
        TRY(loader_skip_immediate(&ahead, op));
    const bool plain = op != VM_OP_END && vm_opcodes[op].immediate != VM_IMM_BLOCK &&
                       vm_opcodes[op].immediate != VM_IMM_TRY_TABLE && ahead.at != ahead.end && *ahead.at == 0x0B;
    disasm->in_body = false;
    disasm->label_serial = 0;
    disasm->labels.size = 0;
    disasm->locals = NULL;
    if (wrapper != NULL || plain)
        disasm_put(disasm, "(");
    if (wrapper != NULL && !plain)
        disasm_put(disasm, wrapper);
    for (bool first = true;; first = false) {
        const uint32_t offset = loader_offset(&disasm->reader);
        TRY(read_op(disasm, &op, &width));
        if (op == VM_OP_END && depth_of(disasm) == 0)
            break;
        TRY(check_place(disasm, op, offset));
        if (!first || (wrapper != NULL && !plain))
            disasm_put(disasm, " ");
        TRY(instruction(disasm, op, width));
    }
    if (wrapper != NULL || plain)
        disasm_put(disasm, ")");
    return VM_OK;
}

/* Groups of equal locals.  A group of the type of the one before must say that it is one. */
static enum vm_status locals(struct disasm *disasm, uint32_t group_count, uint32_t first) {
    struct vm_bytes last = {NULL, 0};
    uint32_t index = first;
    for (; group_count > 0; group_count--) {
        uint32_t count;
        unsigned width;
        uint8_t code;
        TRY(disasm_read_u32(disasm, &count, &width));
        const uint8_t *const start = disasm->reader.at;
        TRY(loader_skip_value_type(&disasm->reader, &code));
        const uint8_t *const end = disasm->reader.at;
        const struct vm_bytes type = vm_bytes(start, (size_t)(end - start));
        if (width == 0 && vm_bytes_equal(type, last))
            width = 1;
        last = type;
        bool open = false;
        if (count == 0) {
            disasm_newline(disasm, 2);
            disasm_width(disasm, width);
            disasm_put(disasm, "(local (@empty) ");
            disasm->reader.at = start;
            TRY(disasm_value_type(disasm));
            disasm_put(disasm, ")");
        }
        for (uint32_t i = 0; i < count; i++, index++) {
            const bool named = disasm->locals != NULL && disasm->locals[index].size != 0;
            if (open && named)
                disasm_put(disasm, ")");
            if (!open || named) {
                disasm_newline(disasm, 2);
                disasm_width(disasm, i == 0 ? width : 0);
                disasm_put(disasm, "(local");
            }
            disasm_put(disasm, " ");
            if (named) {
                disasm_id(disasm, disasm->locals[index]);
                disasm_put(disasm, " ");
            }
            disasm->reader.at = start;
            TRY(disasm_value_type(disasm));
            open = !named;
            if (named)
                disasm_put(disasm, ")");
        }
        if (open)
            disasm_put(disasm, ")");
        disasm->reader.at = end;
    }
    return VM_OK;
}

enum vm_status disasm_count_locals(struct disasm *disasm, uint64_t *total, unsigned *width) {
    const struct loader_reader saved = disasm->reader;
    uint32_t groups, count;
    uint8_t type;
    *total = 0;
    TRY(disasm_read_u32(disasm, &groups, width));
    disasm->reader = saved;
    TRY(loader_read_size(&disasm->reader, &groups));
    for (; groups > 0; groups--) {
        TRY(loader_read_u32(&disasm->reader, &count));
        TRY(loader_skip_value_type(&disasm->reader, &type));
        *total += count;
    }
    if (*total > disasm->locals_left)
        return vm_fail(disasm->reader.error, VM_ERROR_OVER_LIMIT, loader_offset(&saved),
                       "the module declares more locals than a text can list");
    disasm->locals_left -= *total;
    disasm->reader = saved;
    return VM_OK;
}

enum vm_status disasm_body(struct disasm *disasm, uint32_t first_local) {
    uint32_t groups, op;
    unsigned width;
    disasm->in_body = true;
    TRY(loader_read_size(&disasm->reader, &groups));
    TRY(locals(disasm, groups, first_local));
    disasm->label_serial = 0;
    disasm->labels.size = 0;
    for (;;) {
        const uint32_t offset = loader_offset(&disasm->reader);
        TRY(read_op(disasm, &op, &width));
        if (op == VM_OP_END && depth_of(disasm) == 0) {
            foreign_remark(disasm, offset);
            if (disasm->options.remark != NULL)
                disasm_newline(disasm, 1);
            break;
        }
        TRY(check_place(disasm, op, offset));
        disasm_newline(disasm, 2 + depth_of(disasm) - (stands_in_block(op) ? 1 : 0));
        TRY(instruction(disasm, op, width));
        remarks(disasm, op, offset);
        foreign_remark(disasm, offset);
        if (disasm->out->failed)
            return out_of_memory(disasm);
    }
    if (disasm->reader.at != disasm->reader.end)
        return vm_fail(disasm->reader.error, VM_ERROR_END_EXPECTED, loader_offset(&disasm->reader), NULL);
    return VM_OK;
}
