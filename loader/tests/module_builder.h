/* loader/tests/module_builder.h - binaries for tests, in a short notation.
 *
 *   hex digits   bytes, two digits each
 *   [ ... ]      what is inside, behind its size: sections, bodies
 *   'text'       a name: its size, then the text
 *   spaces       nothing
 *
 * build_module(&b, "01[01 60 00 00] 03[01 00] 0a[01 [00 0b]]") is a module of one empty function.  Parts of any size
 * are added by build_text(), build_u32(), build_repeat() between build_open() and build_close(). */
#ifndef DELAVM_LOADER_TESTS_MODULE_BUILDER_H
#define DELAVM_LOADER_TESTS_MODULE_BUILDER_H

#include <stdlib.h>
#include <string.h>

#include "loader/loader.h"
#include "vm/bytes.h"

struct builder {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t open[16]; /* where the contents begin whose sizes are not known yet */
    size_t open_count;
};

static inline void build_bytes(struct builder *builder, const void *bytes, size_t size) {
    if (builder->capacity - builder->size < size) {
        builder->capacity = (builder->size + size) * 2 + 64;
        builder->data = realloc(builder->data, builder->capacity);
        if (builder->data == NULL)
            abort();
    }
    if (size != 0)
        memcpy(builder->data + builder->size, bytes, size);
    builder->size += size;
}

static inline void build_byte(struct builder *builder, uint8_t byte) {
    build_bytes(builder, &byte, 1);
}

static inline void build_u32(struct builder *builder, uint32_t value) {
    for (; value >= 0x80; value >>= 7)
        build_byte(builder, (uint8_t)(value | 0x80));
    build_byte(builder, (uint8_t)value);
}

static inline void build_open(struct builder *builder) {
    if (builder->open_count == sizeof builder->open / sizeof *builder->open)
        abort();
    builder->open[builder->open_count++] = builder->size;
}

/* Puts the size of what was added since build_open() in front of it. */
static inline void build_close(struct builder *builder) {
    const size_t start = builder->open[--builder->open_count];
    const size_t size = builder->size - start;
    build_u32(builder, (uint32_t)size);
    uint8_t length[5];
    const size_t length_size = builder->size - start - size;
    memcpy(length, builder->data + start + size, length_size);
    memmove(builder->data + start + length_size, builder->data + start, size);
    memcpy(builder->data + start, length, length_size);
}

static inline uint8_t build_digit(char digit) {
    const char *const digits = "0123456789abcdef";
    const char *const at = strchr(digits, digit);
    if (digit == '\0' || at == NULL)
        abort();
    return (uint8_t)(at - digits);
}

static inline void build_text(struct builder *builder, const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == ' ')
            continue;
        if (*text == '[') {
            build_open(builder);
        } else if (*text == ']') {
            build_close(builder);
        } else if (*text == '\'') {
            const char *const end = strchr(text + 1, '\'');
            build_u32(builder, (uint32_t)(end - text - 1));
            build_bytes(builder, text + 1, (size_t)(end - text - 1));
            text = end;
        } else {
            build_byte(builder, (uint8_t)(build_digit(text[0]) << 4 | build_digit(text[1])));
            text++;
        }
    }
}

static inline void build_repeat(struct builder *builder, const char *text, size_t count) {
    for (size_t i = 0; i < count; i++)
        build_text(builder, text);
}

static inline void build_header(struct builder *builder) {
    builder->size = 0;
    build_bytes(builder, "\0asm\1\0\0", 8);
}

static inline void build_module(struct builder *builder, const char *text) {
    build_header(builder);
    build_text(builder, text);
}

static inline struct vm_bytes built(const struct builder *builder) {
    return vm_bytes(builder->data, builder->size);
}

static inline void build_free(struct builder *builder) {
    free(builder->data);
    *builder = (struct builder){.data = NULL};
}

/* What a module is judged by, with storage for it. */
struct judge {
    struct vm_limits limits;
    struct vm_features features;
    struct vm_schedule schedule;
    struct loader_options options;
};

static inline void judge_init(struct judge *judge, enum vm_profile profile, enum loader_policy policy) {
    judge->limits = vm_profile_limits(profile);
    judge->features = vm_profile_features(profile);
    judge->schedule = vm_default_schedule();
    judge->options = (struct loader_options){&judge->limits, &judge->features, &judge->schedule, policy};
}

/* Loads from a copy of exactly the module's size, so that a sanitizer sees every byte read past it. */
static inline enum vm_status judge_load(const struct judge *judge, struct vm_bytes bytes, struct vm_module **out,
                                        struct vm_error *error) {
    const struct vm_allocator allocator = vm_system_allocator();
    uint8_t *const copy = malloc(bytes.size == 0 ? 1 : bytes.size);
    if (copy == NULL)
        abort();
    if (bytes.size != 0)
        memcpy(copy, bytes.data, bytes.size);
    const enum vm_status status = loader_load(vm_bytes(copy, bytes.size), &judge->options, &allocator, out, error);
    free(copy);
    return status;
}

#endif
