/* server/cli/lower.c - delavm lower: floats to integer code. */
#include "loader/lower/lower.h"

#include <stdlib.h>

#include "loader/writer.h"
#include "server/cli/cli.h"

/* What is written must load: it may be over limits that the module itself keeps. */
static enum vm_status check(struct vm_bytes lowered, const struct host_config *config, uint32_t *functions,
                            struct vm_error *error) {
    const struct loader_options options = {&config->limits, &config->features, &config->schedule.vm, LOADER_STRICT};
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_module *module;
    const enum vm_status status = loader_load(lowered, &options, &allocator, &module, error);
    if (status != VM_OK)
        return status;
    *functions = module->function_count - module->imported_functions;
    vm_module_free(module);
    return VM_OK;
}

static void show(const char *output, struct vm_bytes bytes, struct vm_bytes lowered, uint32_t functions) {
    if (strcmp(output, "-") == 0)
        return;
    if (vm_bytes_equal(bytes, lowered))
        printf("%s: no floats: bytes %zu, as they were\n", output, lowered.size);
    else
        printf("%s: integers only: bytes %zu, were %zu, functions %lu\n", output, lowered.size, bytes.size,
               (unsigned long)functions);
}

enum cli_exit cli_lower(struct cli *cli) {
    const char *const path = cli->arguments[0], *const output = cli_value(cli, "output");
    if (output == NULL)
        return cli_usage(cli, "say with -o where the module goes (-o - is standard output)");
    struct host_config config;
    struct vm_bytes bytes, lowered;
    enum cli_exit end = cli_config(cli, VM_COMPAT, &config);
    if (end == CLI_OK)
        end = cli_read_module(path, &bytes);
    if (end != CLI_OK)
        return end;
    const struct loader_options options = {&config.limits, &config.features, &config.schedule.vm, config.policy};
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_error error;
    uint32_t functions = 0;
    const char *at_fault = path;
    enum vm_status status = loader_lower(bytes, &options, &allocator, &lowered, &error);
    if (status == VM_OK) {
        at_fault = output;
        status = check(lowered, &config, &functions, &error);
    }
    if (status != VM_OK) {
        cli_show_error(stderr, at_fault, &error);
        end = cli_exit_of(status);
    } else if (!cli_write_file(output, lowered)) {
        end = CLI_USAGE;
    } else {
        show(output, bytes, lowered, functions);
    }
    loader_bytes_free(&allocator, lowered);
    free((void *)(uintptr_t)bytes.data);
    return end;
}
