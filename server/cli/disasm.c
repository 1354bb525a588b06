/* server/cli/disasm.c - delavm disasm: a module as text, and with --internal what the fast engine makes of it. */
#include "loader/disasm.h"

#include <stdlib.h>

#include "server/cli/cli.h"
#include "vm/fast/fast.h"

/* The text of a module under way. */
struct listing {
    struct cli *cli;
    const char *path;
    struct host_config config;
    struct vm_bytes bytes;
    struct vm_module *module; /* with --internal: translated; else NULL */
    bool alone;               /* one function is asked for: */
    uint32_t function;
    /* The cells of the function at hand, and the next to be shown. */
    bool entered;
    uint32_t at;
    struct cell {
        uint32_t position, offset;
        char *text;
    } *cells;
    uint32_t count, capacity, next;
    bool failed; /* memory was short */
};

static void take_cell(void *context, const struct vm_fast_cell_info *info) {
    struct listing *const listing = context;
    if (listing->count == listing->capacity) {
        const uint32_t capacity = listing->capacity == 0 ? 256 : 2 * listing->capacity;
        struct cell *const grown = realloc(listing->cells, capacity * sizeof *grown);
        listing->failed |= grown == NULL;
        if (grown == NULL)
            return;
        listing->cells = grown;
        listing->capacity = capacity;
    }
    const size_t size = strlen(info->text) + 1;
    char *const text = malloc(size);
    listing->failed |= text == NULL;
    if (text == NULL)
        return;
    memcpy(text, info->text, size);
    listing->cells[listing->count++] = (struct cell){info->position, info->offset, text};
}

static void drop_cells(struct listing *listing) {
    for (uint32_t i = 0; i < listing->count; i++)
        free(listing->cells[i].text);
    listing->count = listing->next = 0;
}

/* The cells of the function that the offset lies in.  Functions come in order. */
static void enter_function(struct listing *listing, uint32_t offset) {
    const struct vm_module *const module = listing->module;
    const uint32_t defined = module->function_count - module->imported_functions;
    uint32_t at = listing->at;
    while (at < defined && offset >= module->functions[at].code_end)
        at++;
    if (at == listing->at && listing->entered)
        return;
    listing->entered = true;
    listing->at = at;
    drop_cells(listing);
    vm_fast_list(module, module->imported_functions + at, take_cell, listing);
}

/* How long the line is that is being written. */
static size_t line_width(const struct loader_writer *out) {
    size_t width = 0;
    while (width < out->size && out->data[out->size - width - 1] != '\n')
        width++;
    return width;
}

/* Behind an instruction: the cells that it completed, one on a line. */
static void show_cells(void *context, uint32_t offset, struct loader_writer *out) {
    enum { COLUMN = 44 };
    struct listing *const listing = context;
    enter_function(listing, offset);
    bool fresh = offset + 1 == listing->module->functions[listing->at].code_end; /* the last end has no line yet */
    for (; listing->next < listing->count && listing->cells[listing->next].offset <= offset; listing->next++) {
        const struct cell *const cell = &listing->cells[listing->next];
        char text[32];
        if (fresh)
            loader_write_byte(out, '\n');
        for (size_t width = fresh ? 0 : line_width(out); width < COLUMN; width++)
            loader_write_byte(out, ' ');
        loader_write_bytes(
            out, vm_bytes(text, (size_t)snprintf(text, sizeof text, " ;; +%-4lu ", (unsigned long)cell->position)));
        loader_write_bytes(out, vm_bytes_of_text(cell->text));
        fresh = true;
    }
}

/* A function by its index, its name or the name of an export.  False: explained on stderr. */
static bool find_function(struct listing *listing, const char *word) {
    const struct vm_module *const module = listing->module;
    const struct vm_bytes name = vm_bytes_of_text(word);
    const struct vm_export *const export = vm_module_find_export(module, name);
    uint64_t index = UINT64_MAX;
    if (cli_integer(word, 32, &index) != NULL && export != NULL && export->kind == VM_EXTERN_FUNCTION)
        index = export->index;
    for (uint32_t i = 0; index == UINT64_MAX && i < module->function_count; i++)
        if (vm_bytes_equal(vm_module_function_name(module, i), name))
            index = i;
    if (index >= module->function_count)
        cli_say("%s: there is no function %s: give an index, a name or an export", listing->path, word);
    else if (index < module->imported_functions)
        cli_say("%s: function %s is imported: it has no code here", listing->path, word);
    else
        listing->alone = true;
    listing->function = (uint32_t)index;
    return listing->alone;
}

/* Loads and translates the module for --internal. */
static enum cli_exit translate(struct listing *listing) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct loader_options options = {.limits = &listing->config.limits,
                                           .features = &listing->config.features,
                                           .schedule = &listing->config.schedule.vm,
                                           .policy = listing->config.policy};
    const struct vm_fast_options fast = {.fold = listing->config.fold, .listing = true};
    struct vm_error error;
    const enum vm_status status =
        loader_load_translated(listing->bytes, &options, &fast, &allocator, &listing->module, &error);
    if (status != VM_OK) {
        cli_show_error(stderr, listing->path, &error);
        return cli_exit_of(status);
    }
    if (listing->cli->count == 2 && !find_function(listing, listing->cli->arguments[1]))
        return CLI_USAGE;
    return CLI_OK;
}

static enum cli_exit disassemble(struct listing *listing) {
    struct cli *const cli = listing->cli;
    const char *const output = cli_value(cli, "output");
    const struct loader_disasm_options options = {.offsets = cli_given(cli, "offsets"),
                                                  .schedule =
                                                      cli_given(cli, "prices") ? &listing->config.schedule.vm : NULL,
                                                  .function = listing->alone ? &listing->function : NULL,
                                                  .remark = listing->module == NULL ? NULL : show_cells,
                                                  .context = listing};
    const struct vm_allocator allocator = vm_system_allocator();
    struct loader_writer text;
    struct vm_error error;
    loader_writer_init(&text, &allocator);
    enum cli_exit end = CLI_OK;
    const enum vm_status status = loader_disassemble(listing->bytes, &options, &allocator, &text, &error);
    if (status != VM_OK) {
        cli_show_error(stderr, listing->path, &error);
        end = cli_exit_of(status);
    } else if (listing->failed) {
        cli_say("this machine ran out of memory");
        end = CLI_FAILED;
    } else if (!cli_write_file(output == NULL ? "-" : output, loader_written(&text))) {
        end = CLI_USAGE;
    }
    loader_writer_clear(&text);
    return end;
}

enum cli_exit cli_disasm(struct cli *cli) {
    struct listing listing = {.cli = cli, .path = cli->arguments[0]};
    const bool internal = cli_given(cli, "internal");
    if (cli->count == 2 && !internal)
        return cli_usage(cli, "a FUNCTION is for --internal");
    enum cli_exit end = cli_config(cli, VM_COMPAT, &listing.config);
    if (end == CLI_OK)
        end = cli_read_module(listing.path, &listing.bytes);
    if (end != CLI_OK)
        return end;
    if (internal)
        end = translate(&listing);
    if (end == CLI_OK)
        end = disassemble(&listing);
    drop_cells(&listing);
    free(listing.cells);
    vm_module_free(listing.module);
    free((void *)(uintptr_t)listing.bytes.data);
    return end;
}
