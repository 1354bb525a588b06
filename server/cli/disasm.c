/* server/cli/disasm.c - delavm disasm: a module as text. */
#include "loader/disasm.h"

#include <stdlib.h>

#include "server/cli/cli.h"

enum cli_exit cli_disasm(struct cli *cli) {
    const char *const path = cli->arguments[0], *const output = cli_value(cli, "output");
    struct host_config config;
    enum cli_exit end = cli_config(cli, VM_COMPAT, &config);
    struct vm_bytes module;
    if (end == CLI_OK)
        end = cli_read_module(path, &module);
    if (end != CLI_OK)
        return end;
    const struct loader_disasm_options options = {cli_given(cli, "offsets"),
                                                  cli_given(cli, "prices") ? &config.schedule.vm : NULL};
    const struct vm_allocator allocator = vm_system_allocator();
    struct loader_writer text;
    struct vm_error error;
    loader_writer_init(&text, &allocator);
    const enum vm_status status = loader_disassemble(module, &options, &allocator, &text, &error);
    if (status != VM_OK) {
        cli_show_error(stderr, path, &error);
        end = cli_exit_of(status);
    } else if (!cli_write_file(output == NULL ? "-" : output, loader_written(&text))) {
        end = CLI_USAGE;
    }
    loader_writer_clear(&text);
    free((void *)(uintptr_t)module.data);
    return end;
}
