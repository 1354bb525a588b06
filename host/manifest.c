/* host/manifest.c - reads the section "dela.manifest".  Its bytes are the guest's: nothing of them is repeated in
 * messages, which name lines and offsets instead. */
#include "host/manifest.h"

#include <inttypes.h>

#include "loader/reader.h"

/* One pass over the section; `line` counts from 1 and `at` is the start of what is looked at. */
struct scan {
    const struct vm_module *module;
    struct vm_error *error;
    uint64_t longest_key;
    uint32_t line;
    const uint8_t *at;
};

static enum vm_status fail(const struct scan *scan, const char *words) {
    return vm_fail(scan->error, VM_ERROR_CONTRACT, (uint64_t)(scan->at - scan->module->bytes.data),
                   HOST_MANIFEST_SECTION " line %" PRIu32 ": %s", scan->line, words);
}

static bool is_hex(uint8_t c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* What stands between braces; *size is what it surely adds to a key. */
static enum vm_status check_placeholder(struct scan *scan, struct vm_bytes inside, uint64_t *size) {
    *size = 0;
    if (inside.size == 0)
        return fail(scan, "{} names nothing");
    if (inside.data[0] == '@')
        return vm_bytes_equal(inside, vm_bytes_of_text("@caller")) ? VM_OK : fail(scan, "{@...} can only be {@caller}");
    if (inside.data[0] != '#')
        return VM_OK;
    for (size_t i = 1; i < inside.size; i++) {
        if (!is_hex(inside.data[i]))
            return fail(scan, "{#...} takes hex digits, 0-9 and a-f");
    }
    if (inside.size % 2 == 0 || inside.size == 1)
        return fail(scan, "{#...} takes two hex digits for each byte");
    *size = (inside.size - 1) / 2;
    return VM_OK;
}

static enum vm_status check_template(struct scan *scan, struct vm_bytes text, uint64_t longest) {
    uint64_t least = 0, size;
    if (text.size == 0)
        return fail(scan, "the template is empty");
    for (size_t i = 0; i < text.size; i++) {
        scan->at = text.data + i;
        if (text.data[i] == '}')
            return fail(scan, "} without {");
        if (text.data[i] != '{') {
            least++;
            continue;
        }
        const uint8_t *const close = memchr(scan->at, '}', text.size - i);
        if (close == NULL)
            return fail(scan, "{ without }");
        const struct vm_bytes inside = vm_bytes(scan->at + 1, (size_t)(close - scan->at) - 1);
        if (memchr(inside.data, '{', inside.size) != NULL)
            return fail(scan, "{ inside of {}");
        TRY(check_placeholder(scan, inside, &size));
        least += size;
        i = (size_t)(close - text.data);
    }
    scan->at = text.data;
    return least <= longest ? VM_OK : fail(scan, "longer than a key can be");
}

/* The rest of a line behind its first word, if that is `word`. */
static bool follows(struct vm_bytes line, const char *word, struct vm_bytes *rest) {
    const size_t size = strlen(word);
    if (line.size < size || memcmp(line.data, word, size) != 0)
        return false;
    *rest = vm_bytes(line.data + size, line.size - size);
    return true;
}

static enum vm_status read_line(struct scan *scan, struct vm_bytes line, struct vm_bytes *reads,
                                struct host_manifest *out) {
    struct vm_bytes text;
    if (follows(line, "reads ", &text)) {
        if (out->read_count == HOST_MANIFEST_READS)
            return fail(scan, "more than 64 `reads`");
        TRY(check_template(scan, text, scan->longest_key));
        reads[out->read_count++] = text;
        return VM_OK;
    }
    if (follows(line, "access ", &text)) {
        if (out->access.size != 0)
            return fail(scan, "a second `access`");
        TRY(check_template(scan, text, HOST_MANIFEST_BYTES));
        out->access = text;
        return VM_OK;
    }
    return fail(scan, "a line begins with `reads ` or `access `");
}

static enum vm_status read_section(struct scan *scan, struct vm_bytes text, struct vm_bytes *reads,
                                   struct host_manifest *out) {
    scan->at = text.data;
    scan->line = 1;
    if (text.size > HOST_MANIFEST_BYTES)
        return fail(scan, "more than 4096 bytes");
    if (!loader_is_utf8(text))
        return fail(scan, "not UTF-8");
    for (; text.size > 0; scan->line++) {
        scan->at = text.data;
        const uint8_t *const end = memchr(text.data, '\n', text.size);
        if (end == NULL)
            return fail(scan, "no line feed at its end");
        const size_t size = (size_t)(end - text.data);
        TRY(read_line(scan, vm_bytes(text.data, size), reads, out));
        text = vm_bytes(end + 1, text.size - size - 1);
    }
    return VM_OK;
}

enum vm_status host_manifest_read(struct vm_module *module, uint64_t longest_key, struct host_manifest *out,
                                  struct vm_error *error) {
    struct scan scan = {.module = module, .error = error, .longest_key = longest_key};
    struct host_manifest manifest = {0};
    for (uint32_t i = 0; i < module->custom_count; i++) {
        const struct vm_custom_section *const section = &module->custom[i];
        if (!vm_bytes_equal(section->name, vm_bytes_of_text(HOST_MANIFEST_SECTION)))
            continue;
        scan.at = section->content.data;
        scan.line = 1;
        if (manifest.present)
            return fail(&scan, "a second section of this name");
        struct vm_bytes *const reads = vm_arena_allocate(&module->arena, HOST_MANIFEST_READS, sizeof *reads);
        if (reads == NULL)
            return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
        manifest.present = true;
        manifest.reads = reads;
        TRY(read_section(&scan, section->content, reads, &manifest));
    }
    *out = manifest;
    return VM_OK;
}
