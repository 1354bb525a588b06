/* bench/modules.c - modules that the loader part makes for itself. */
#include "bench/modules.h"

#include <string.h>

#include "loader/text/text.h"
#include "vm/leb128.h"

enum { HEADER_BYTES = 8, FUNCTIONS_MOST = 8000, DATA_BYTES = 40000 };

struct section {
    uint8_t id;
    struct vm_bytes content;
};

/* Reads a LEB128 that must end before `end`. */
static bool read_number(const uint8_t **at, const uint8_t *end, uint32_t *out) {
    const uint8_t *last = *at;
    while (last < end && last - *at < 5 && (*last & 0x80) != 0)
        last++;
    if (last == end || (*last & 0x80) != 0)
        return false;
    *out = vm_read_u32(at);
    return true;
}

static bool next_section(const uint8_t **at, const uint8_t *end, struct section *out) {
    uint32_t size;
    if (*at >= end)
        return false;
    out->id = *(*at)++;
    if (!read_number(at, end, &size) || size > (size_t)(end - *at))
        return false;
    out->content = vm_bytes(*at, size);
    *at += size;
    return true;
}

/* A vector `times` times. */
static bool write_again(struct loader_writer *out, const struct section *section, uint32_t times) {
    const uint8_t *at = section->content.data, *const end = at + section->content.size;
    uint32_t count;
    if (!read_number(&at, end, &count))
        return false;
    struct loader_writer content;
    loader_writer_init(&content, &out->allocator);
    loader_write_unsigned(&content, (uint64_t)count * times);
    for (uint32_t i = 0; i < times; i++)
        loader_write_bytes(&content, vm_bytes(at, (size_t)(end - at)));
    loader_write_section(out, section->id, loader_written(&content));
    const bool good = !content.failed;
    loader_writer_clear(&content);
    return good;
}

bool modules_multiply(struct vm_bytes module, size_t bytes, struct loader_writer *out) {
    const uint8_t *const start = module.data + HEADER_BYTES, *const end = module.data + module.size;
    struct section section;
    uint32_t functions = 0;
    size_t code = 0;
    if (module.size < HEADER_BYTES)
        return false;
    for (const uint8_t *at = start; next_section(&at, end, &section);) {
        const uint8_t *content = section.content.data;
        if (section.id == LOADER_SECTION_CODE)
            code = section.content.size;
        if (section.id == LOADER_SECTION_FUNCTION && !read_number(&content, content + section.content.size, &functions))
            return false;
    }
    if (functions == 0 || code == 0)
        return false;
    const size_t wanted = bytes / code + 1, most = FUNCTIONS_MOST / functions + 1;
    const uint32_t times = (uint32_t)(wanted < most ? wanted : most);
    const uint8_t *at = start;
    bool good = true;
    loader_write_header(out);
    while (good && next_section(&at, end, &section))
        if (section.id == LOADER_SECTION_FUNCTION || section.id == LOADER_SECTION_CODE)
            good = write_again(out, &section, times);
        else if (section.id != LOADER_SECTION_CUSTOM)
            loader_write_section(out, section.id, section.content);
    return good && at == end && !out->failed;
}

static bool assemble(struct vm_bytes source, struct loader_writer *out) {
    const struct text_options options = {.no_names = true};
    struct text_error error;
    struct vm_bytes bytes;
    if (text_assemble(source, &options, &out->allocator, &bytes, &error) != VM_OK)
        return false;
    loader_write_bytes(out, bytes);
    text_free(&out->allocator, bytes);
    return !out->failed;
}

bool modules_trivial(struct loader_writer *out) {
    return assemble(vm_bytes_of_text("(memory 1)"
                                     "(func (export \"run\") (param i32) (result i64)"
                                     " (i64.extend_i32_u (i32.add (local.get 0) (i32.const 1))))"),
                    out);
}

bool modules_pages(struct loader_writer *out) {
    static const char code[] = "(memory 17)"
                               "(func (export \"run\") (param i32) (result i64)"
                               " (i32.store (i32.const 0) (local.get 0))"
                               " (i32.store (i32.const 0x40000) (local.get 0))"
                               " (i32.store (i32.const 0x80000) (local.get 0))"
                               " (i32.store (i32.const 0x100000) (local.get 0))"
                               " (i64.add (i64.load (i32.const 0)) (i64.load (i32.const 0x100000))))";
    struct loader_writer text;
    loader_writer_init(&text, &out->allocator);
    loader_write_bytes(&text, vm_bytes_of_text(code));
    loader_write_bytes(&text, vm_bytes_of_text("(data (i32.const 0x200) \""));
    for (unsigned i = 0; i < DATA_BYTES; i++)
        loader_write_byte(&text, (uint8_t)('a' + i % 26));
    loader_write_bytes(&text, vm_bytes_of_text("\")"));
    const bool good = !text.failed && assemble(loader_written(&text), out);
    loader_writer_clear(&text);
    return good;
}

uint64_t modules_pages_result(uint32_t argument) {
    return 2 * (uint64_t)argument;
}
