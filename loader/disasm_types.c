/* loader/disasm_types.c - types, from bytes to words.  Spec: binary-types, text-types */
#include "loader/disasm_text.h"
#include "loader/skip.h"
#include "loader/text/type_words.h"

static enum vm_status bad_type(struct disasm *disasm, enum vm_error_code code) {
    return vm_fail(disasm->reader.error, code, loader_offset(&disasm->reader), NULL);
}

/* A byte that decides, without taking it; 0 at the end. */
static uint8_t peek(const struct disasm *disasm) {
    return disasm->reader.at == disasm->reader.end ? (uint8_t)0 : *disasm->reader.at;
}

enum vm_status disasm_heap_type(struct disasm *disasm) {
    const char *const word = text_type_word(text_heap_types, peek(disasm));
    int64_t index;
    unsigned width;
    if (word != NULL) {
        disasm->reader.at++;
        disasm_put(disasm, word);
        return VM_OK;
    }
    const uint32_t offset = loader_offset(&disasm->reader);
    TRY(disasm_read_signed(disasm, 33, &index, &width));
    if (index < 0)
        return vm_fail(disasm->reader.error, VM_ERROR_HEAP_TYPE, offset, NULL);
    disasm_width(disasm, width);
    disasm_number(disasm, (uint64_t)index);
    return VM_OK;
}

enum vm_status disasm_value_type(struct disasm *disasm) {
    const uint8_t code = peek(disasm);
    const char *word = text_type_word(text_number_types, code);
    if (word == NULL)
        word = text_type_word(text_reference_types, code);
    if (word != NULL) {
        disasm->reader.at++;
        disasm_put(disasm, word);
        return VM_OK;
    }
    if (code != TEXT_CODE_REF && code != TEXT_CODE_REF_NULL)
        return bad_type(disasm, VM_ERROR_VALUE_TYPE);
    disasm->reader.at++;
    /* What has a short form but was written in full. */
    if (code == TEXT_CODE_REF_NULL && text_type_word(text_heap_types, peek(disasm)) != NULL)
        disasm_width(disasm, 2);
    disasm_put(disasm, code == TEXT_CODE_REF ? "(ref " : "(ref null ");
    TRY(disasm_heap_type(disasm));
    disasm_put(disasm, ")");
    return VM_OK;
}

enum vm_status disasm_reference_type(struct disasm *disasm) {
    return text_type_word(text_number_types, peek(disasm)) != NULL ? bad_type(disasm, VM_ERROR_REFERENCE_TYPE)
                                                                   : disasm_value_type(disasm);
}

enum vm_status disasm_block_type(struct disasm *disasm) {
    const uint8_t code = peek(disasm);
    int64_t index;
    unsigned width;
    if (code == 0x40) {
        disasm->reader.at++;
        return VM_OK;
    }
    if ((code >= 0x40 && code < 0x80)) {
        disasm_put(disasm, " (result ");
        TRY(disasm_value_type(disasm));
        disasm_put(disasm, ")");
        return VM_OK;
    }
    TRY(disasm_read_signed(disasm, 33, &index, &width));
    if (index < 0 || index > UINT32_MAX)
        return bad_type(disasm, VM_ERROR_VALUE_TYPE);
    disasm_put(disasm, " ");
    return disasm_type_use(disasm, (uint32_t)index, width, false);
}

/* Flags: 1 maximum, 2 shared, 4 64-bit, 8 page size.  Spec: binary-limits */
static enum vm_status limits(struct disasm *disasm, uint8_t allowed) {
    uint8_t flags;
    uint32_t exponent;
    uint64_t number;
    unsigned width;
    const uint32_t offset = loader_offset(&disasm->reader);
    TRY(loader_read_byte(&disasm->reader, &flags));
    if ((flags & ~allowed) != 0)
        return vm_fail(disasm->reader.error, VM_ERROR_LIMITS_FLAGS, offset, NULL);
    if ((flags & 4) != 0)
        disasm_put(disasm, "i64 ");
    for (int bound = 0; bound <= (flags & 1); bound++) {
        disasm_put(disasm, bound == 0 ? "" : " ");
        TRY(disasm_read_u64(disasm, &number, &width));
        disasm_width(disasm, width);
        disasm_number(disasm, number);
    }
    if ((flags & 2) != 0)
        disasm_put(disasm, " shared");
    if ((flags & 8) == 0)
        return VM_OK;
    const uint32_t exponent_offset = loader_offset(&disasm->reader);
    TRY(disasm_read_u32(disasm, &exponent, &width));
    if (exponent > 63)
        return vm_fail(disasm->reader.error, VM_ERROR_PAGE_EXPONENT, exponent_offset, NULL);
    disasm_put(disasm, " (pagesize ");
    disasm_width(disasm, width);
    disasm_number(disasm, UINT64_C(1) << exponent);
    disasm_put(disasm, ")");
    return VM_OK;
}

/* The element type stands first in the bytes and last in the text. */
enum vm_status disasm_table_type(struct disasm *disasm) {
    const uint8_t *const start = disasm->reader.at;
    uint8_t type;
    TRY(loader_skip_value_type(&disasm->reader, &type));
    TRY(limits(disasm, 5));
    const uint8_t *const end = disasm->reader.at;
    disasm_put(disasm, " ");
    disasm->reader.at = start;
    TRY(disasm_reference_type(disasm));
    disasm->reader.at = end;
    return VM_OK;
}

enum vm_status disasm_memory_type(struct disasm *disasm) {
    return limits(disasm, 15);
}

/* A type, then whether it is mutable: the text says that first.  `packed`: i8 and i16 are allowed. */
static enum vm_status mutable_type(struct disasm *disasm, bool packed) {
    const char *const word = packed ? text_type_word(text_packed_types, peek(disasm)) : NULL;
    const uint8_t *const start = disasm->reader.at;
    uint8_t type, mutable;
    if (word != NULL)
        disasm->reader.at++;
    else
        TRY(loader_skip_value_type(&disasm->reader, &type));
    const uint32_t offset = loader_offset(&disasm->reader);
    TRY(loader_read_byte(&disasm->reader, &mutable));
    if (mutable > 1)
        return vm_fail(disasm->reader.error, VM_ERROR_MUTABILITY, offset, NULL);
    const uint8_t *const end = disasm->reader.at;
    disasm->reader.at = start;
    disasm_put(disasm, mutable == 1 ? "(mut " : "");
    if (word != NULL)
        disasm_put(disasm, word);
    else
        TRY(disasm_value_type(disasm));
    disasm_put(disasm, mutable == 1 ? ")" : "");
    disasm->reader.at = end;
    return VM_OK;
}

enum vm_status disasm_global_type(struct disasm *disasm) {
    return mutable_type(disasm, false);
}

/* A vector of value types as "(param t t)"; local names from `first` on, if there are any. */
static enum vm_status type_list(struct disasm *disasm, const char *word, bool named) {
    uint32_t count;
    unsigned width;
    const uint8_t *const start = disasm->reader.at;
    TRY(disasm_read_u32(disasm, &count, &width));
    disasm->reader.at = start;
    TRY(loader_read_size(&disasm->reader, &count));
    bool open = false;
    if (width != 0) {
        disasm_put(disasm, " ");
        disasm_width(disasm, width);
        disasm_put(disasm, "(");
        disasm_put(disasm, word);
        disasm_put(disasm, ")");
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct vm_bytes name =
            named && disasm->locals != NULL && i < disasm->local_count ? disasm->locals[i] : (struct vm_bytes){NULL, 0};
        if (open && name.size != 0)
            disasm_put(disasm, ")");
        if (!open || name.size != 0) {
            disasm_put(disasm, " (");
            disasm_put(disasm, word);
        }
        disasm_put(disasm, " ");
        if (name.size != 0) {
            disasm_id(disasm, name);
            disasm_put(disasm, " ");
        }
        TRY(disasm_value_type(disasm));
        open = name.size == 0;
        if (!open)
            disasm_put(disasm, ")");
    }
    if (open)
        disasm_put(disasm, ")");
    return VM_OK;
}

enum vm_status disasm_type_use(struct disasm *disasm, uint32_t type, unsigned width, bool named_params) {
    disasm_put(disasm, "(type ");
    disasm_width(disasm, width);
    disasm_number(disasm, type);
    disasm_put(disasm, ")");
    if (type >= disasm->type_count || disasm->types[type].params == NULL)
        return VM_OK;
    struct disasm_type *const found = &disasm->types[type];
    /* They are there to be read; a module that repeats a huge type again and again goes without. */
    if (disasm->locals_left < found->value_count) {
        if (named_params)
            disasm->locals = NULL;
        return VM_OK;
    }
    disasm->locals_left -= found->value_count;
    const struct loader_reader saved = disasm->reader;
    disasm->reader.at = found->params;
    disasm->reader.end = found->end;
    TRY(type_list(disasm, "param", named_params));
    TRY(type_list(disasm, "result", false));
    disasm->reader = saved;
    return VM_OK;
}

static enum vm_status function_type(struct disasm *disasm, struct disasm_type *type) {
    uint32_t count;
    disasm_put(disasm, "(func");
    type->params = disasm->reader.at;
    for (int list = 0; list < 2; list++) {
        const struct loader_reader saved = disasm->reader;
        TRY(loader_read_size(&disasm->reader, &count));
        type->value_count += count;
        if (list == 0)
            type->param_count = count;
        disasm->reader = saved;
        TRY(type_list(disasm, list == 0 ? "param" : "result", false));
    }
    type->end = disasm->reader.at;
    disasm_put(disasm, ")");
    return VM_OK;
}

static enum vm_status struct_type(struct disasm *disasm) {
    uint32_t count;
    TRY(loader_read_size(&disasm->reader, &count));
    disasm_put(disasm, "(struct");
    for (uint32_t i = 0; i < count; i++) {
        disasm_put(disasm, " (field ");
        TRY(mutable_type(disasm, true));
        disasm_put(disasm, ")");
    }
    disasm_put(disasm, ")");
    return VM_OK;
}

static enum vm_status composite_type(struct disasm *disasm, struct disasm_type *type) {
    uint8_t code;
    const uint32_t offset = loader_offset(&disasm->reader);
    TRY(loader_read_byte(&disasm->reader, &code));
    if (code == TEXT_CODE_FUNCTION)
        return function_type(disasm, type);
    if (code == TEXT_CODE_STRUCT)
        return struct_type(disasm);
    if (code != TEXT_CODE_ARRAY)
        return vm_fail(disasm->reader.error, VM_ERROR_DEFINITION_TYPE, offset, NULL);
    disasm_put(disasm, "(array ");
    TRY(mutable_type(disasm, true));
    disasm_put(disasm, ")");
    return VM_OK;
}

/* Spec: binary-subtype */
static enum vm_status type_definition(struct disasm *disasm, uint32_t indent) {
    struct disasm_type *const type = &disasm->types[disasm->type_count];
    const uint8_t code = peek(disasm);
    const bool sub = code == TEXT_CODE_SUB || code == TEXT_CODE_SUB_FINAL;
    uint32_t supers;
    disasm_newline(disasm, indent);
    disasm_put(disasm, "(type (;");
    disasm_number(disasm, disasm->type_count);
    disasm_put(disasm, ";) ");
    if (sub) {
        disasm->reader.at++;
        TRY(loader_read_size(&disasm->reader, &supers));
        /* What has a short form but was written in full. */
        disasm_width(disasm, code == TEXT_CODE_SUB_FINAL && supers == 0 ? 2 : 0);
        disasm_put(disasm, code == TEXT_CODE_SUB ? "(sub " : "(sub final ");
        for (; supers > 0; supers--) {
            TRY(disasm_copy_index(disasm, 0));
            disasm_put(disasm, " ");
        }
    }
    TRY(composite_type(disasm, type));
    disasm_put(disasm, sub ? "))" : ")");
    disasm->type_count++;
    return VM_OK;
}

enum vm_status disasm_types(struct disasm *disasm) {
    uint32_t count, group;
    /* Every type takes two bytes or more. */
    disasm->types = vm_arena_allocate(&disasm->arena, loader_rest(&disasm->reader) / 2 + 1, sizeof *disasm->types);
    if (disasm->types == NULL)
        return vm_fail(disasm->reader.error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    TRY(loader_read_size(&disasm->reader, &count));
    for (; count > 0; count--) {
        if (peek(disasm) != TEXT_CODE_REC) {
            TRY(type_definition(disasm, 1));
            continue;
        }
        disasm->reader.at++;
        TRY(loader_read_size(&disasm->reader, &group));
        disasm_newline(disasm, 1);
        disasm_put(disasm, "(rec");
        for (; group > 0; group--)
            TRY(type_definition(disasm, 2));
        disasm_put(disasm, ")");
    }
    return VM_OK;
}
