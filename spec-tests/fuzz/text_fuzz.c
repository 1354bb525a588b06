/* spec-tests/fuzz/text_fuzz.c - any bytes as module text and as a test script.
 *
 * What assembles must be well-formed: the validator may refuse it, but not as malformed. */
#include <string.h>

#include "loader/loader.h"
#include "loader/text/script.h"
#include "spec-tests/fuzz/fuzz.h"

static void check_module(struct vm_bytes source, const struct text_options *text) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_bytes bytes, again;
    struct text_error error, other;
    const enum vm_status status = text_assemble(source, text, &allocator, &bytes, &error);
    EXPECT(status == VM_OK || status == VM_MALFORMED);
    EXPECT(text_assemble(source, text, &allocator, &again, &other) == status);
    if (status == VM_MALFORMED) {
        EXPECT(error.offset <= source.size && error.message[0] != '\0' && error.line > 0 && error.column > 0);
        EXPECT(error.offset == other.offset && strcmp(error.message, other.message) == 0);
        return;
    }
    EXPECT(vm_bytes_equal(bytes, again));
    const struct vm_limits limits = vm_profile_limits(VM_COMPAT);
    const struct vm_features features = vm_profile_features(VM_STRICT);
    const struct vm_schedule schedule = vm_default_schedule();
    const struct loader_options options = {&limits, &features, &schedule, LOADER_LAZY};
    struct vm_module *module;
    struct vm_error refusal;
    const enum vm_status loaded = loader_load(bytes, &options, &allocator, &module, &refusal);
    EXPECT(loaded != VM_RESOURCE && loaded != VM_MALFORMED);
    vm_module_free(module);
    text_free(&allocator, bytes);
    text_free(&allocator, again);
}

static void read_script(struct vm_bytes source, const struct text_options *text) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct text_script *script;
    struct text_command command;
    struct text_error error;
    if (text_script_new(source, text, &allocator, &script) != VM_OK)
        return;
    for (uint32_t commands = 0; text_script_next(script, &command); commands++)
        EXPECT(commands < source.size && text_command_name(command.kind) != NULL);
    const enum vm_status status = text_script_error(script, &error);
    EXPECT(status == VM_OK || status == VM_MALFORMED);
    text_script_free(script);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    const struct text_options options = {.version = data[0] & 1 ? TEXT_2_0 : TEXT_3_0, .no_names = (data[0] & 2) != 0};
    const struct vm_bytes source = vm_bytes(data + 1, size - 1);
    check_module(source, &options);
    read_script(source, &options);
    return 0;
}
