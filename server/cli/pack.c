/* server/cli/pack.c - delavm pack: a module ready to be deployed, with a manifest. */
#include "loader/pack.h"

#include <stdlib.h>

#include "loader/writer.h"
#include "server/cli/cli.h"

/* What comes out must load as a module, with a manifest that can be read. */
static enum vm_status check(struct vm_bytes packed, const struct loader_options *options, uint64_t longest_key,
                            uint32_t *segments, struct vm_error *error) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct host_manifest manifest;
    struct vm_module *module;
    enum vm_status status = loader_load(packed, options, &allocator, &module, error);
    if (status != VM_OK)
        return status;
    *segments = module->data_count;
    status = host_manifest_read(module, longest_key, &manifest, error);
    vm_module_free(module);
    return status;
}

/* The manifest of a module, as it stands. */
static enum vm_status show_manifest(struct vm_bytes bytes, const struct loader_options *options,
                                    struct vm_error *error) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_module *module;
    const enum vm_status status = loader_load(bytes, options, &allocator, &module, error);
    if (status != VM_OK)
        return status;
    for (uint32_t i = 0; i < module->custom_count; i++)
        if (vm_bytes_equal(module->custom[i].name, vm_bytes_of_text(HOST_MANIFEST_SECTION)))
            (void)fwrite(module->custom[i].content.data, 1, module->custom[i].content.size, stdout);
    vm_module_free(module);
    return VM_OK;
}

static enum cli_exit pack(const struct cli *cli, const struct host_config *config, struct vm_bytes bytes,
                          struct vm_bytes manifest) {
    const char *const path = cli->arguments[0], *const output = cli_value(cli, "output");
    const struct loader_options options = {&config->limits, &config->features, &config->schedule.vm, config->policy};
    const struct loader_options strict = {&config->limits, &config->features, &config->schedule.vm, LOADER_STRICT};
    uint64_t gap = 0;
    if (!cli_number(cli, "gap", LOADER_PACK_GAP, &gap))
        return CLI_USAGE;
    const struct loader_packing packing = {.section = vm_bytes_of_text(HOST_MANIFEST_SECTION),
                                           .content = manifest,
                                           .names = cli_given(cli, "names"),
                                           .gap = (uint32_t)gap};
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_bytes packed = {NULL, 0};
    struct vm_error error;
    uint32_t segments = 0;
    const char *at_fault = path;
    enum vm_status status = output == NULL ? show_manifest(bytes, &options, &error)
                                           : loader_pack(bytes, &options, &packing, &allocator, &packed, &error);
    if (status == VM_OK && output != NULL) {
        at_fault = output;
        status = check(packed, &strict, config->limits.key_bytes, &segments, &error);
    }
    enum cli_exit end = CLI_OK;
    if (status != VM_OK) {
        cli_show_error(stderr, at_fault, &error);
        end = cli_exit_of(status);
    } else if (output != NULL && !cli_write_file(output, packed)) {
        end = CLI_USAGE;
    } else if (output != NULL && strcmp(output, "-") != 0) {
        printf("%s: bytes %zu, were %zu, data segments %lu\n", output, packed.size, bytes.size,
               (unsigned long)segments);
    }
    loader_bytes_free(&allocator, packed);
    return end;
}

enum cli_exit cli_pack(struct cli *cli) {
    const char *const file = cli_value(cli, "manifest");
    struct host_config config;
    struct vm_bytes bytes, manifest = {NULL, 0};
    if (file != NULL && cli_value(cli, "output") == NULL)
        return cli_usage(cli, "say with -o where the module with that manifest goes (-o - is standard output)");
    enum cli_exit end = cli_config(cli, VM_COMPAT, &config);
    if (end == CLI_OK && file != NULL && !cli_read_file(file, &manifest))
        end = CLI_USAGE;
    if (end == CLI_OK)
        end = cli_read_module(cli->arguments[0], &bytes);
    if (end == CLI_OK) {
        end = pack(cli, &config, bytes, manifest);
        free((void *)(uintptr_t)bytes.data);
    }
    free((void *)(uintptr_t)manifest.data);
    return end;
}
