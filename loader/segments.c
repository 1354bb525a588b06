/* loader/segments.c - element and data segments.  Spec: binary-elemsec, binary-datasec, valid-elem, valid-data */
#include "loader/context.h"

/* Bits of an element segment's flags. */
enum { NOT_ACTIVE = 1, EXPLICIT = 2, EXPRESSIONS = 4 };

static enum vm_status check_memory(struct loader_context *context, uint32_t memory, uint32_t offset) {
    if (memory >= context->module->memory_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_MEMORY, offset, memory);
    return VM_OK;
}

/* The table, and where in it an active segment goes. */
static enum vm_status read_element_place(struct loader_context *context, uint32_t flags,
                                         struct vm_element_segment *segment) {
    const uint32_t offset = loader_offset(&context->reader);
    if ((flags & EXPLICIT) != 0)
        TRY(loader_read_u32(&context->reader, &segment->table));
    if (segment->table >= context->module->table_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_TABLE, offset, segment->table);
    return loader_read_constant(context, VM_I32, &segment->offset);
}

/* The segment's type: implied, an element kind or a reference type. */
static enum vm_status read_element_type(struct loader_context *context, uint32_t flags,
                                        struct vm_element_segment *segment) {
    const uint32_t offset = loader_offset(&context->reader);
    segment->type = VM_FUNCREF;
    if ((flags & (NOT_ACTIVE | EXPLICIT)) == 0) {
        ;
    } else if ((flags & EXPRESSIONS) != 0) {
        TRY(loader_read_reference_type(context, &segment->type));
    } else {
        uint8_t kind;
        TRY(loader_read_byte(&context->reader, &kind));
        if (kind != 0)
            return vm_fail(context->reader.error, VM_ERROR_ELEMENT_KIND, offset, "0x%02x", kind);
    }
    if (segment->mode != VM_SEGMENT_ACTIVE || context->module->tables[segment->table].element == segment->type)
        return VM_OK;
    return vm_fail(context->reader.error, VM_ERROR_TYPE_MISMATCH, offset, "a segment of %s for a table of %s",
                   vm_value_type_name(segment->type),
                   vm_value_type_name(context->module->tables[segment->table].element));
}

static enum vm_status read_element_functions(struct loader_context *context, struct vm_element_segment *segment) {
    uint32_t *functions;
    TRY(LOADER_ALLOCATE(context, functions, segment->count));
    segment->functions = functions;
    for (uint32_t i = 0; i < segment->count; i++) {
        const uint32_t offset = loader_offset(&context->reader);
        TRY(loader_read_u32(&context->reader, &functions[i]));
        if (functions[i] >= context->module->function_count)
            return loader_fail_index(context, VM_ERROR_UNKNOWN_FUNCTION, offset, functions[i]);
        context->declared_functions[functions[i]] = 1;
    }
    return VM_OK;
}

static enum vm_status read_element_values(struct loader_context *context, struct vm_element_segment *segment) {
    struct vm_constant *values;
    TRY(LOADER_ALLOCATE(context, values, segment->count));
    segment->values = values;
    for (uint32_t i = 0; i < segment->count; i++)
        TRY(loader_read_constant(context, segment->type, &values[i]));
    return VM_OK;
}

static enum vm_status read_element_segment(struct loader_context *context, struct vm_element_segment *segment) {
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t flags;
    TRY(loader_read_u32(&context->reader, &flags));
    if (flags > (NOT_ACTIVE | EXPLICIT | EXPRESSIONS))
        return vm_fail(context->reader.error, VM_ERROR_ELEMENT_FLAGS, offset, "%lu", (unsigned long)flags);
    if (flags != 0 && !loader_admits(context->options, VM_FEATURE_BULK_MEMORY) &&
        !loader_admits(context->options, VM_FEATURE_REFERENCE_TYPES))
        return loader_fail_feature(context, VM_FEATURE_BULK_MEMORY, offset, "an element segment with flags");
    segment->mode = (flags & NOT_ACTIVE) == 0 ? VM_SEGMENT_ACTIVE
                    : (flags & EXPLICIT) == 0 ? VM_SEGMENT_PASSIVE
                                              : VM_SEGMENT_DECLARATIVE;
    if (segment->mode == VM_SEGMENT_ACTIVE)
        TRY(read_element_place(context, flags, segment));
    TRY(read_element_type(context, flags, segment));
    TRY(loader_read_size(&context->reader, &segment->count));
    if ((flags & EXPRESSIONS) != 0)
        return read_element_values(context, segment);
    return read_element_functions(context, segment);
}

enum vm_status loader_read_element_section(struct loader_context *context) {
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t count;
    struct vm_element_segment *elements;
    TRY(loader_read_size(&context->reader, &count));
    TRY(LOADER_CHECK_LIMIT(context, element_segments, count, offset));
    TRY(LOADER_ALLOCATE(context, elements, count));
    context->module->elements = elements;
    for (uint32_t i = 0; i < count; i++) {
        TRY(read_element_segment(context, &elements[i]));
        context->module->element_count++;
    }
    return VM_OK;
}

enum vm_status loader_read_data_count_section(struct loader_context *context) {
    const uint32_t offset = loader_offset(&context->reader);
    if (!loader_admits(context->options, VM_FEATURE_BULK_MEMORY))
        return loader_fail_feature(context, VM_FEATURE_BULK_MEMORY, offset, "the data count section");
    TRY(loader_read_u32(&context->reader, &context->declared_data));
    context->has_data_count = true;
    return LOADER_CHECK_LIMIT(context, data_segments, context->declared_data, offset);
}

static enum vm_status read_data_segment(struct loader_context *context, struct vm_data_segment *segment) {
    uint32_t offset = loader_offset(&context->reader);
    uint32_t flags;
    uint32_t size;
    TRY(loader_read_u32(&context->reader, &flags));
    if (flags > 2)
        return vm_fail(context->reader.error, VM_ERROR_DATA_FLAGS, offset, "%lu", (unsigned long)flags);
    if (flags != 0 && !loader_admits(context->options, VM_FEATURE_BULK_MEMORY))
        return loader_fail_feature(context, VM_FEATURE_BULK_MEMORY, offset, "a data segment with flags");
    segment->mode = flags == 1 ? VM_SEGMENT_PASSIVE : VM_SEGMENT_ACTIVE;
    if (flags != 1) {
        if (flags == 2) {
            offset = loader_offset(&context->reader);
            TRY(loader_read_u32(&context->reader, &segment->memory));
        }
        TRY(check_memory(context, segment->memory, offset));
        TRY(loader_read_constant(context, VM_I32, &segment->offset));
    }
    TRY(loader_read_size(&context->reader, &size));
    return loader_read_bytes(&context->reader, size, &segment->bytes);
}

enum vm_status loader_read_data_section(struct loader_context *context) {
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t count;
    struct vm_data_segment *data;
    TRY(loader_read_size(&context->reader, &count));
    if (context->has_data_count && count != context->declared_data)
        return vm_fail(context->reader.error, VM_ERROR_DATA_COUNT_MISMATCH, offset, NULL);
    TRY(LOADER_CHECK_LIMIT(context, data_segments, count, offset));
    TRY(LOADER_ALLOCATE(context, data, count));
    context->module->data = data;
    for (uint32_t i = 0; i < count; i++) {
        TRY(read_data_segment(context, &data[i]));
        context->module->data_count++;
    }
    return VM_OK;
}
