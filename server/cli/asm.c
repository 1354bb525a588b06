/* server/cli/asm.c - delavm asm: text to a binary module. */
#include "loader/text/text.h"

#include <stdlib.h>

#include "server/cli/cli.h"

enum cli_exit cli_asm(struct cli *cli) {
    const char *const path = cli->arguments[0], *const output = cli_value(cli, "output");
    if (output == NULL)
        return cli_usage(cli, "say with -o where the module goes (-o - is standard output)");
    struct vm_bytes source, module;
    if (!cli_read_file(path, &source))
        return CLI_USAGE;
    const struct vm_allocator allocator = vm_system_allocator();
    const struct text_options options = {.no_names = cli_given(cli, "no-names")};
    struct text_error error;
    const enum vm_status status = text_assemble(source, &options, &allocator, &module, &error);
    free((void *)(uintptr_t)source.data);
    if (status != VM_OK) {
        cli_show_text_error(path, error.line, error.column, error.message);
        return cli_exit_of(status);
    }
    const bool written = cli_write_file(output, module);
    text_free(&allocator, module);
    return written ? CLI_OK : CLI_USAGE;
}
