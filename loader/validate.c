/* loader/validate.c - types the instructions of a function body.  Spec: valid-instr, algo-valid
 *
 * Rows of vm/opcodes.def whose columns say it all are typed by these; only rows with "*" have a case here. */
#include <stdio.h>
#include <stdlib.h>

#include "loader/context.h"
#include "vm/fast/verify.h"

static enum vm_status fail_op(struct loader_context *context) {
    const struct vm_opcode *const row = &vm_opcodes[context->op];
    if (context->rules[context->op].kind == LOADER_RULE_UNPRICED)
        return vm_fail(context->reader.error, VM_ERROR_NO_PRICE, context->instruction, "%s", row->text);
    return loader_fail_feature(context, (enum vm_feature)row->feature, context->instruction, row->text);
}

static enum vm_status fail_illegal(struct loader_context *context, uint8_t byte) {
    return loader_fail_words(context, VM_ERROR_ILLEGAL_OPCODE, context->instruction, "%02x", byte);
}

static enum vm_status read_prefixed_op(struct loader_context *context, uint8_t prefix) {
    if (prefix < 0xFB || prefix > 0xFE)
        return fail_illegal(context, prefix);
    uint32_t sub_opcode;
    TRY(loader_read_u32(&context->reader, &sub_opcode));
    context->op = vm_op_by_prefix(prefix, sub_opcode);
    if (context->op != VM_OP_COUNT)
        return VM_OK;
    return loader_fail_words(context, VM_ERROR_ILLEGAL_OPCODE, context->instruction, "%02x %02lx", prefix,
                             (unsigned long)sub_opcode);
}

enum vm_status loader_read_op(struct loader_context *context) {
    struct loader_reader *const reader = &context->reader;
    context->instruction = loader_offset(reader);
    if (reader->at == reader->end)
        return loader_fail_end(reader);
    const uint8_t byte = *reader->at++;
    context->op = vm_op_by_byte[byte];
    if (context->rules[context->op].kind < LOADER_RULE_PREFIX)
        return VM_OK;
    if (context->op == VM_OP_COUNT)
        TRY(read_prefixed_op(context, byte));
    return context->rules[context->op].kind > LOADER_RULE_PREFIX ? fail_op(context) : VM_OK;
}

static enum vm_status check_memory(struct loader_context *context, uint32_t memory) {
    if (memory >= context->module->memory_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_MEMORY, context->instruction, memory);
    return VM_OK;
}

static enum vm_status check_table(struct loader_context *context, uint32_t table) {
    if (table >= context->module->table_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_TABLE, context->instruction, table);
    return VM_OK;
}

static enum vm_status check_element(struct loader_context *context, uint32_t element) {
    if (element >= context->module->element_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_ELEMENT_SEGMENT, context->instruction, element);
    return VM_OK;
}

static enum vm_status check_data(struct loader_context *context, uint32_t data) {
    if (!context->has_data_count)
        return vm_fail(context->reader.error, VM_ERROR_DATA_COUNT_REQUIRED, context->instruction, NULL);
    if (data >= context->declared_data)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_DATA_SEGMENT, context->instruction, data);
    return VM_OK;
}

/* The memory index of an instruction, which is a single zero byte without multiple memories. */
static enum vm_status read_memory_index(struct loader_context *context, uint32_t *out) {
    const uint32_t offset = loader_offset(&context->reader);
    uint8_t byte;
    if (loader_admits(context->options, VM_FEATURE_MULTI_MEMORY))
        return loader_read_u32(&context->reader, out);
    TRY(loader_read_byte(&context->reader, &byte));
    if (byte != 0)
        return vm_fail(context->reader.error, VM_ERROR_ZERO_BYTE_EXPECTED, offset, NULL);
    *out = 0;
    return VM_OK;
}

static enum vm_status read_memory(struct loader_context *context) {
    uint32_t memory;
    TRY(read_memory_index(context, &memory));
    return check_memory(context, memory);
}

static enum vm_status read_memory_memory(struct loader_context *context) {
    uint32_t to;
    uint32_t from;
    TRY(read_memory_index(context, &to));
    TRY(read_memory_index(context, &from));
    TRY(check_memory(context, to));
    return check_memory(context, from);
}

/* A memarg's offset.  In the third edition it is 64 bits wide, and judged by the memory it is for.  Its form is judged
 * even where it runs over the end of the body, because the official suite has it so. */
static enum vm_status read_offset(struct loader_context *context, uint64_t *out) {
    struct loader_reader *const reader = &context->reader;
    uint32_t narrow = 0;
    if (!loader_reads_wide(context->options)) {
        TRY(loader_read_u32(reader, &narrow));
        *out = narrow;
        return VM_OK;
    }
    const uint8_t *const end = reader->end;
    reader->end = reader->start + context->module->bytes.size;
    const enum vm_status status = loader_read_u64(reader, out);
    reader->end = end;
    return status == VM_OK && reader->at > end ? loader_fail_end(reader) : status;
}

/* Alignment, memory index and offset.  Spec: binary-memarg */
static enum vm_status read_memarg_slow(struct loader_context *context, uint32_t align) {
    enum { HAS_MEMORY = 64 };
    const uint32_t start = loader_offset(&context->reader);
    const uint32_t most = loader_reads_wide(context->options) ? 63 : 31;
    uint32_t flags;
    uint32_t memory = 0;
    TRY(loader_read_u32(&context->reader, &flags));
    const bool has_memory = flags >= HAS_MEMORY && flags < 2 * HAS_MEMORY;
    if (has_memory && !loader_admits(context->options, VM_FEATURE_MULTI_MEMORY))
        return vm_fail(context->reader.error, VM_ERROR_MEMOP_FLAGS, start, "a memory index needs %s",
                       vm_feature_rows[VM_FEATURE_MULTI_MEMORY].words);
    if (has_memory)
        flags -= HAS_MEMORY;
    if (flags > most)
        return vm_fail(context->reader.error, VM_ERROR_MEMOP_FLAGS, start, NULL);
    if (has_memory)
        TRY(loader_read_u32(&context->reader, &memory));
    const uint32_t place = loader_offset(&context->reader);
    uint64_t offset;
    TRY(read_offset(context, &offset));
    TRY(check_memory(context, memory));
    if (flags > align)
        return vm_fail(context->reader.error, VM_ERROR_ALIGNMENT, start, "%s has 2^%lu, at most 2^%lu",
                       vm_opcodes[context->op].text, (unsigned long)flags, (unsigned long)align);
    if (offset > UINT32_MAX)
        return vm_fail(context->reader.error, VM_ERROR_OFFSET_RANGE, place, NULL);
    return VM_OK;
}

/* The common case: one byte each for an alignment that is right and an offset, in memory 0, which is there. */
static inline enum vm_status read_memarg(struct loader_context *context, uint32_t align) {
    struct loader_reader *const reader = &context->reader;
    if (loader_rest(reader) < 2 || reader->at[0] > align || reader->at[1] >= 0x80 || context->module->memory_count == 0)
        return read_memarg_slow(context, align);
    reader->at += 2;
    return VM_OK;
}

static enum vm_status read_element_table(struct loader_context *context) {
    const struct vm_module *const module = context->module;
    uint32_t element;
    uint32_t table;
    TRY(loader_read_u32(&context->reader, &element));
    TRY(loader_read_u32(&context->reader, &table));
    TRY(check_table(context, table));
    TRY(check_element(context, element));
    if (module->elements[element].type != module->tables[table].element)
        return vm_fail(context->reader.error, VM_ERROR_TYPE_MISMATCH, context->instruction,
                       "a segment of %s for a table of %s", vm_value_type_name(module->elements[element].type),
                       vm_value_type_name(module->tables[table].element));
    return VM_OK;
}

static enum vm_status read_table_table(struct loader_context *context) {
    const struct vm_module *const module = context->module;
    uint32_t to;
    uint32_t from;
    TRY(loader_read_u32(&context->reader, &to));
    TRY(loader_read_u32(&context->reader, &from));
    TRY(check_table(context, to));
    TRY(check_table(context, from));
    if (module->tables[to].element != module->tables[from].element)
        return vm_fail(context->reader.error, VM_ERROR_TYPE_MISMATCH, context->instruction,
                       "from a table of %s to a table of %s", vm_value_type_name(module->tables[from].element),
                       vm_value_type_name(module->tables[to].element));
    return VM_OK;
}

/* Reads and checks what follows the opcode of a row that the table types. */
static enum vm_status read_immediate(struct loader_context *context, const struct loader_rule *rule) {
    struct loader_reader *const reader = &context->reader;
    struct vm_bytes bytes;
    int64_t integer;
    uint32_t index;
    switch (rule->immediate) {
    case VM_IMM_NONE:
        return VM_OK;
    case VM_IMM_I32:
        return loader_read_s(reader, 32, &integer);
    case VM_IMM_I64:
        return loader_read_s(reader, 64, &integer);
    case VM_IMM_F32:
        return loader_read_bytes(reader, 4, &bytes);
    case VM_IMM_F64:
        return loader_read_bytes(reader, 8, &bytes);
    case VM_IMM_MEMARG:
        return read_memarg(context, rule->align);
    case VM_IMM_MEMORY:
        return read_memory(context);
    case VM_IMM_MEMORY_MEMORY:
        return read_memory_memory(context);
    case VM_IMM_DATA:
        TRY(loader_read_u32(reader, &index));
        return check_data(context, index);
    case VM_IMM_DATA_MEMORY:
        TRY(loader_read_u32(reader, &index));
        TRY(read_memory(context));
        return check_data(context, index);
    case VM_IMM_ELEMENT:
        TRY(loader_read_u32(reader, &index));
        return check_element(context, index);
    case VM_IMM_TABLE:
        TRY(loader_read_u32(reader, &index));
        return check_table(context, index);
    case VM_IMM_ELEMENT_TABLE:
        return read_element_table(context);
    case VM_IMM_TABLE_TABLE:
        return read_table_table(context);
    default:
        return loader_fail_feature(context, (enum vm_feature)vm_opcodes[context->op].feature, context->instruction,
                                   vm_opcodes[context->op].text);
    }
}

static enum vm_status type_by_table(struct loader_context *context, const struct loader_rule *rule) {
    TRY(read_immediate(context, rule));
    for (uint32_t i = 0; i < rule->in_count; i++)
        TRY(loader_pop(context, rule->in[rule->in_count - 1 - i]));
    for (uint32_t i = 0; i < rule->out_count; i++)
        TRY(loader_push(context, rule->out[i]));
    return VM_OK;
}

/* The next instruction, whatever it is. */
static enum vm_status type_next(struct loader_context *context) {
    TRY(loader_read_op(context));
    const struct loader_rule *const rule = &context->rules[context->op];
    return rule->kind <= LOADER_RULE_TABLE ? type_by_table(context, rule) : loader_type_by_hand(context);
}

/* At the end of a body's bytes, where another instruction should be. */
static enum vm_status fail_body_end(struct loader_context *context) {
    const struct loader_reader *const reader = &context->reader;
    const uint32_t offset = loader_offset(reader);
    if (offset == context->module->bytes.size)
        return loader_fail_end(&context->reader);
    /* The reference interpreter reads on and fails in one of two ways; the module is refused here in any case. */
    return vm_fail(reader->error, *reader->at == 0x0B ? VM_ERROR_SECTION_SIZE : VM_ERROR_END_EXPECTED, offset,
                   "the function body ends without its last end");
}

/* The whole body.  common: may be left to loader/common.c where it can; *overran: it went past the end, and all is void. */
static enum vm_status read_body(struct loader_context *context, bool common, bool *overran) {
    const struct loader_types none = {NULL, 0};
    const struct loader_reader *const reader = &context->reader;
    context->height = 0;
    context->highest = 0;
    context->frame_count = 0;
    context->branch_count = 0;
    *overran = false;
    TRY(loader_push_frame(context, VM_OP_CALL, none, context->results));
    for (;;) {
        if (common)
            loader_type_common(context);
        *overran = reader->at > reader->end;
        if (*overran || context->frame_count == 0)
            return VM_OK;
        if (reader->at == reader->end)
            return fail_body_end(context);
        TRY(type_next(context));
        if (context->frame_count == 0)
            return VM_OK;
    }
}

/* What is known of the body, as a number. */
static uint64_t digest(const struct loader_context *context) {
    const struct vm_branch *const branches = context->branches.data;
    uint64_t sum = context->highest;
    for (uint32_t i = 0; i < context->branch_count; i++)
        sum = (((sum * 31 + branches[i].target) * 31 + branches[i].next) * 31 + branches[i].keep) * 31 +
              branches[i].height;
    return sum * 31 + loader_offset(&context->reader);
}

/* Debug builds: without loader/common.c it must be the same. */
static void insist(struct loader_context *context, const uint8_t *start, enum vm_status status) {
    const uint64_t before = digest(context);
    const struct vm_error error = *context->reader.error;
    bool overran;
    context->reader.at = start;
    const enum vm_status again = read_body(context, false, &overran);
    const bool same = status == VM_OK ? digest(context) == before
                                      : context->reader.error->offset == error.offset &&
                                            strcmp(context->reader.error->message, error.message) == 0;
    if (status != VM_RESOURCE && again != VM_RESOURCE && (again != status || !same)) {
        fprintf(stderr, "typing of function %lu: with and without loader/common.c it is not the same\n",
                (unsigned long)context->function);
        abort();
    }
    *context->reader.error = error;
}

enum vm_status loader_read_body(struct loader_context *context) {
    const uint8_t *const start = context->reader.at;
    bool overran;
    enum vm_status status = read_body(context, true, &overran);
    if (overran) {
        context->reader.at = start;
        status = read_body(context, false, &overran);
    }
    if (VM_DEBUG)
        insist(context, start, status);
    return status;
}
