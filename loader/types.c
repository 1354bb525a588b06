/* loader/types.c - value types, limits and the type section.  Spec: binary-types
 *
 * A type of a later proposal is told from garbage, so that the refusal can name it. */
#include <inttypes.h>

#include "loader/context.h"

enum vm_feature loader_type_feature(uint8_t byte, const char **name) {
    static const struct {
        uint8_t byte;
        uint8_t feature;
        const char *name;
    } rows[] = {
        {VM_F32, VM_FEATURE_FLOAT, "f32"},
        {VM_F64, VM_FEATURE_FLOAT, "f64"},
        {VM_V128, VM_FEATURE_SIMD, "v128"},
        {VM_FUNCREF, VM_FEATURE_REFERENCE_TYPES, "funcref"},
        {VM_EXTERNREF, VM_FEATURE_REFERENCE_TYPES, "externref"},
        {0x74, VM_FEATURE_EXCEPTIONS, "nullexnref"},
        {0x73, VM_FEATURE_GC, "nullfuncref"},
        {0x72, VM_FEATURE_GC, "nullexternref"},
        {0x71, VM_FEATURE_GC, "nullref"},
        {0x6E, VM_FEATURE_GC, "anyref"},
        {0x6D, VM_FEATURE_GC, "eqref"},
        {0x6C, VM_FEATURE_GC, "i31ref"},
        {0x6B, VM_FEATURE_GC, "structref"},
        {0x6A, VM_FEATURE_GC, "arrayref"},
        {0x69, VM_FEATURE_EXCEPTIONS, "exnref"},
        {0x64, VM_FEATURE_FUNCTION_REFERENCES, "ref"},
        {0x63, VM_FEATURE_FUNCTION_REFERENCES, "ref null"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].byte == byte) {
            *name = rows[i].name;
            return (enum vm_feature)rows[i].feature;
        }
    }
    return VM_FEATURE_COUNT;
}

/* Refuses a type byte: by name if a feature knows it, else with `code`. */
static enum vm_status fail_type_byte(struct loader_context *context, uint8_t byte, uint32_t offset,
                                     enum vm_error_code code) {
    const char *name;
    const enum vm_feature feature = loader_type_feature(byte, &name);
    if (feature == VM_FEATURE_COUNT || loader_admits(context->options, feature))
        return vm_fail(context->reader.error, code, offset, "0x%02x", byte);
    char construct[32] = "type ";
    strcpy(construct + 5, name);
    return loader_fail_feature(context, feature, offset, construct);
}

/* True if the byte is a value type that this module may use. */
static bool is_value_type(const struct loader_context *context, uint8_t byte) {
    switch (byte) {
    case VM_I32:
    case VM_I64:
        return true;
    case VM_F32:
    case VM_F64:
        return loader_admits(context->options, VM_FEATURE_FLOAT);
    case VM_FUNCREF:
    case VM_EXTERNREF:
        return loader_admits(context->options, VM_FEATURE_REFERENCE_TYPES);
    default:
        return false;
    }
}

enum vm_status loader_read_value_type(struct loader_context *context, uint8_t *out) {
    const uint32_t offset = loader_offset(&context->reader);
    TRY(loader_read_byte(&context->reader, out));
    if (is_value_type(context, *out))
        return VM_OK;
    return fail_type_byte(context, *out, offset, VM_ERROR_VALUE_TYPE);
}

enum vm_status loader_read_reference_type(struct loader_context *context, uint8_t *out) {
    const uint32_t offset = loader_offset(&context->reader);
    TRY(loader_read_byte(&context->reader, out));
    /* A table of functions is older than the reference types proposal. */
    if (*out == VM_FUNCREF || (*out == VM_EXTERNREF && is_value_type(context, *out)))
        return VM_OK;
    if (*out == VM_F32 || *out == VM_F64 || *out == VM_V128)
        return vm_fail(context->reader.error, VM_ERROR_REFERENCE_TYPE, offset, "0x%02x", *out);
    return fail_type_byte(context, *out, offset, VM_ERROR_REFERENCE_TYPE);
}

enum vm_status loader_read_heap_type(struct loader_context *context, uint8_t *out) {
    const uint32_t offset = loader_offset(&context->reader);
    int64_t heap_type;
    TRY(loader_read_s(&context->reader, 33, &heap_type));
    if (heap_type >= 0)
        return loader_fail_feature(context, VM_FEATURE_FUNCTION_REFERENCES, offset, "a type index as heap type");
    /* Negative heap types are the type bytes, sign-extended. */
    *out = heap_type >= -64 ? (uint8_t)(heap_type + 128) : 0;
    if (vm_is_reference_type(*out))
        return VM_OK;
    return fail_type_byte(context, *out, offset, VM_ERROR_REFERENCE_TYPE);
}

/* The result type of one value of the given type. */
static struct loader_types single_type(uint8_t type) {
    static const uint8_t types[] = {VM_I32, VM_I64, VM_F32, VM_F64, VM_FUNCREF, VM_EXTERNREF};
    uint32_t i = 0;
    while (types[i] != type)
        i++;
    return (struct loader_types){&types[i], 1};
}

enum vm_status loader_read_block_type(struct loader_context *context, struct loader_types *start,
                                      struct loader_types *end) {
    struct loader_reader *const reader = &context->reader;
    const uint32_t offset = loader_offset(reader);
    *start = *end = (struct loader_types){NULL, 0};
    if (reader->at != reader->end && (*reader->at & 0xC0) == 0x40) {
        if (*reader->at == 0x40) {
            reader->at++;
            return VM_OK;
        }
        uint8_t type;
        TRY(loader_read_value_type(context, &type));
        *end = single_type(type);
        return VM_OK;
    }
    int64_t index;
    TRY(loader_read_s(reader, 33, &index));
    if (index < 0)
        return vm_fail(reader->error, VM_ERROR_VALUE_TYPE, offset, "a block type");
    if (index >= context->module->type_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_TYPE, offset, (uint32_t)index);
    const struct vm_function_type *const type = &context->module->types[index];
    *start = (struct loader_types){type->types, type->param_count};
    *end = (struct loader_types){type->types + type->param_count, type->result_count};
    return VM_OK;
}

/* The flags of limits are a one-bit LEB128 in the 2.0 format; other bits belong to proposals if these have the form. */
static enum vm_status read_limits_flags(struct loader_context *context, bool is_memory, bool *has_maximum,
                                        bool *has_page_size) {
    enum { PAGE_SIZE = 8 };
    const uint32_t offset = loader_offset(&context->reader);
    uint8_t flags;
    TRY(loader_read_byte(&context->reader, &flags));
    *has_page_size = is_memory && flags >= PAGE_SIZE && flags < 2 * PAGE_SIZE;
    if (*has_page_size && !loader_admits(context->options, VM_FEATURE_CUSTOM_PAGE_SIZES))
        return loader_fail_feature(context, VM_FEATURE_CUSTOM_PAGE_SIZES, offset, "a memory with its own page size");
    const unsigned others = *has_page_size ? flags - PAGE_SIZE : flags;
    *has_maximum = others == 1;
    if (others < 2)
        return VM_OK;
    if (others == 4 || others == 5)
        return loader_fail_feature(context, VM_FEATURE_MEMORY64, offset,
                                   is_memory ? "a 64-bit memory" : "a 64-bit table");
    if (is_memory && (others == 3 || others == 7))
        return loader_fail_feature(context, VM_FEATURE_THREADS, offset, "a shared memory");
    if (loader_reads_wide(context->options))
        return vm_fail(context->reader.error, VM_ERROR_LIMITS_FLAGS, offset, "0x%02x", flags);
    return vm_fail(context->reader.error, (flags & 0x7E) != 0 ? VM_ERROR_LEB128_TOO_LARGE : VM_ERROR_LEB128_TOO_LONG,
                   offset, "limits flags 0x%02x", flags);
}

static enum vm_status read_number(struct loader_context *context, uint64_t *out) {
    if (loader_reads_wide(context->options))
        return loader_read_u64(&context->reader, out);
    uint32_t number;
    TRY(loader_read_u32(&context->reader, &number));
    *out = number;
    return VM_OK;
}

/* One number of limits, which must not be above `most`. */
static enum vm_status read_size(struct loader_context *context, uint64_t most, enum vm_error_code code, uint64_t *out) {
    const uint32_t offset = loader_offset(&context->reader);
    TRY(read_number(context, out));
    if (*out <= most)
        return VM_OK;
    /* The words of memory_size speak of pages of 64 KiB; of pages of one byte there may be more. */
    if (code == VM_ERROR_MEMORY_SIZE && most == UINT32_MAX)
        return vm_fail(context->reader.error, code, offset, "4294967295 pages of one byte");
    return vm_fail(context->reader.error, code, offset, NULL);
}

/* The numbers of limits, after their flags; the offset of the minimum is where a limit on it is reported. */
static enum vm_status read_sizes(struct loader_context *context, uint64_t most, enum vm_error_code code,
                                 struct vm_size_limits *out) {
    TRY(read_size(context, most, code, &out->minimum));
    const uint32_t offset = loader_offset(&context->reader);
    out->maximum = 0;
    if (!out->has_maximum)
        return VM_OK;
    TRY(read_size(context, most, code, &out->maximum));
    if (out->minimum > out->maximum)
        return vm_fail(context->reader.error, VM_ERROR_SIZE_ORDER, offset, NULL);
    return VM_OK;
}

/* The page size stands behind the numbers, which can't be judged without it: it is read first, and the reader is put
 * back to where the numbers begin.  `end` is where the type ends.  Proposal: custom-page-sizes */
static enum vm_status look_for_page_exponent(struct loader_context *context, bool has_maximum, uint8_t *out,
                                             const uint8_t **end) {
    struct loader_reader *const reader = &context->reader;
    const uint8_t *const numbers = reader->at;
    uint64_t number;
    TRY(read_number(context, &number));
    if (has_maximum)
        TRY(read_number(context, &number));
    const uint32_t offset = loader_offset(reader);
    uint32_t exponent;
    TRY(loader_read_u32(reader, &exponent));
    if (exponent > 63)
        return vm_fail(reader->error, VM_ERROR_PAGE_EXPONENT, offset, "2 to the power of %" PRIu32, exponent);
    if (exponent != 0 && exponent != VM_PAGE_EXPONENT)
        return vm_fail(reader->error, VM_ERROR_PAGE_SIZE, offset, "%" PRIu64 " bytes; it may be 1 or 65536",
                       UINT64_C(1) << exponent);
    *out = (uint8_t)exponent;
    *end = reader->at;
    reader->at = numbers;
    return VM_OK;
}

enum vm_status loader_read_table_type(struct loader_context *context, struct vm_table_type *out) {
    const struct loader_reader *const reader = &context->reader;
    if (reader->at != reader->end && *reader->at == 0x40)
        return loader_fail_feature(context, VM_FEATURE_FUNCTION_REFERENCES, loader_offset(reader),
                                   "a table with an initial value");
    TRY(loader_read_reference_type(context, &out->element));
    bool has_page_size;
    TRY(read_limits_flags(context, false, &out->limits.has_maximum, &has_page_size));
    const uint32_t offset = loader_offset(&context->reader);
    TRY(read_sizes(context, UINT32_MAX, VM_ERROR_TABLE_SIZE, &out->limits));
    return LOADER_CHECK_LIMIT(context, table_elements, out->limits.minimum, offset);
}

enum vm_status loader_read_memory_type(struct loader_context *context, struct vm_memory_type *out) {
    bool has_page_size;
    TRY(read_limits_flags(context, true, &out->limits.has_maximum, &has_page_size));
    const uint32_t offset = loader_offset(&context->reader);
    const uint8_t *end = NULL;
    out->page_exponent = VM_PAGE_EXPONENT;
    if (has_page_size)
        TRY(look_for_page_exponent(context, out->limits.has_maximum, &out->page_exponent, &end));
    TRY(read_sizes(context, vm_most_pages(out->page_exponent), VM_ERROR_MEMORY_SIZE, &out->limits));
    if (has_page_size)
        context->reader.at = end;
    return LOADER_CHECK_LIMIT(context, memory_initial_pages, vm_started_pages(out, out->limits.minimum), offset);
}

enum vm_status loader_read_global_type(struct loader_context *context, struct vm_global_type *out) {
    TRY(loader_read_value_type(context, &out->value));
    const uint32_t offset = loader_offset(&context->reader);
    uint8_t mutability;
    TRY(loader_read_byte(&context->reader, &mutability));
    if (mutability > 1)
        return vm_fail(context->reader.error, VM_ERROR_MUTABILITY, offset, "0x%02x", mutability);
    out->mutable = mutability == 1;
    return VM_OK;
}

/* A result type: its members are appended to the `used` ones in the operand stack, which nobody else needs yet. */
static enum vm_status read_result_type(struct loader_context *context, size_t *used, uint32_t *count, bool parameters) {
    const uint32_t offset = loader_offset(&context->reader);
    TRY(loader_read_size(&context->reader, count));
    if (parameters)
        TRY(LOADER_CHECK_LIMIT(context, function_params, *count, offset));
    else
        TRY(LOADER_CHECK_LIMIT(context, function_results, *count, offset));
    TRY(loader_reserve(context, &context->operands, *used + *count, 1));
    for (uint32_t i = 0; i < *count; i++)
        TRY(loader_read_value_type(context, (uint8_t *)context->operands.data + (*used)++));
    return VM_OK;
}

/* Refuses what stands where 0x60 should: by name if it is a form of a later proposal. */
static enum vm_status read_form(struct loader_context *context) {
    const uint32_t offset = loader_offset(&context->reader);
    uint8_t form;
    TRY(loader_read_byte(&context->reader, &form));
    switch (form) {
    case 0x60:
        return VM_OK;
    case 0x5F:
        return loader_fail_feature(context, VM_FEATURE_GC, offset, "a struct type");
    case 0x5E:
        return loader_fail_feature(context, VM_FEATURE_GC, offset, "an array type");
    case 0x50:
    case 0x4F:
        return loader_fail_feature(context, VM_FEATURE_GC, offset, "a subtype");
    case 0x4E:
        return loader_fail_feature(context, VM_FEATURE_GC, offset, "a recursive type group");
    default:
        /* The form is a one-byte signed LEB128. */
        return vm_fail(context->reader.error, form < 0x80 ? VM_ERROR_DEFINITION_TYPE : VM_ERROR_LEB128_TOO_LONG, offset,
                       "the form of a type is 0x%02x", form);
    }
}

enum vm_status loader_read_type_section(struct loader_context *context) {
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t count;
    TRY(loader_read_size(&context->reader, &count));
    TRY(LOADER_CHECK_LIMIT(context, types, count, offset));
    struct vm_function_type *types;
    uint8_t *members;
    size_t used = 0;
    TRY(LOADER_ALLOCATE(context, types, count));
    context->module->types = types;
    for (uint32_t i = 0; i < count; i++) {
        TRY(read_form(context));
        TRY(read_result_type(context, &used, &types[i].param_count, true));
        TRY(read_result_type(context, &used, &types[i].result_count, false));
        context->module->type_count++;
    }
    TRY(LOADER_ALLOCATE(context, members, used));
    memcpy(members, context->operands.data, used);
    for (uint32_t i = 0; i < count; i++) {
        types[i].types = members;
        members += types[i].param_count + types[i].result_count;
    }
    return VM_OK;
}
