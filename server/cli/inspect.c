/* server/cli/inspect.c - delavm inspect: what a module is made of, and what its functions cost. */
#include "loader/inspect.h"

#include "server/cli/cli.h"
#include "vm/leb128.h"

/* Sections by id.  Spec: binary-section */
static const char *const section_names[] = {"custom", "type",  "import",  "function", "table", "memory",    "global",
                                            "export", "start", "element", "code",     "data",  "data count"};

/* What a straight run through a piece of code costs. */
struct code_cost {
    uint64_t fuel;
    uint32_t instructions;
};

static struct code_cost code_cost(const struct vm_module *module, const struct vm_function *function,
                                  const struct vm_schedule *schedule) {
    struct code_cost cost = {0, 0};
    for (uint32_t at = function->code_start; at < function->code_end;) {
        const struct loader_instruction instruction = loader_instruction_at(module, at);
        cost.fuel += schedule->instruction[instruction.op];
        cost.instructions++;
        at = instruction.next;
    }
    return cost;
}

static void show_text(struct vm_bytes text, bool json) {
    if (json) {
        cli_json_text(stdout, text);
        return;
    }
    printf("\"");
    cli_safe_text(stdout, text);
    printf("\"");
}

static void show_type(const struct vm_function_type *type) {
    printf("[");
    for (uint32_t i = 0; i < type->param_count; i++)
        printf("%s%s", i == 0 ? "" : " ", vm_value_type_name(type->types[i]));
    printf("] -> [");
    for (uint32_t i = 0; i < type->result_count; i++)
        printf("%s%s", i == 0 ? "" : " ", vm_value_type_name(type->types[type->param_count + i]));
    printf("]");
}

static void show_limits(const struct vm_size_limits *limits) {
    printf("%llu..", (unsigned long long)limits->minimum);
    if (limits->has_maximum)
        printf("%llu", (unsigned long long)limits->maximum);
}

static void show_sections(const struct vm_module *module, bool json) {
    const uint8_t *const start = module->bytes.data, *const end = start + module->bytes.size;
    printf(json ? "\"sections\":[" : "sections\n  %-12s %10s %10s\n", "section", "offset", "bytes");
    bool first = true;
    for (const uint8_t *at = start + 8; at < end; first = false) {
        const uint8_t id = *at++;
        const uint32_t size = vm_read_u32(&at);
        struct vm_bytes name = vm_bytes(NULL, 0);
        if (id == 0) { /* a custom section begins with its name */
            const uint8_t *content = at;
            name.size = vm_read_u32(&content);
            name.data = content;
        }
        const char *const kind = id < sizeof section_names / sizeof *section_names ? section_names[id] : "unknown";
        if (json)
            printf("%s{\"section\":\"%s\",\"offset\":%td,\"bytes\":%lu", first ? "" : ",", kind, at - start,
                   (unsigned long)size);
        else
            printf("  %-12s %10td %10lu", kind, at - start, (unsigned long)size);
        if (id == 0) {
            printf(json ? ",\"name\":" : "  ");
            show_text(name, json);
        }
        printf(json ? "}" : "\n");
        at += size;
    }
    printf(json ? "]" : "");
}

/* The type of an import or export, by its kind. */
static void show_extern(const struct vm_module *module, enum vm_extern_kind kind, uint32_t index) {
    switch (kind) {
    case VM_EXTERN_FUNCTION:
        show_type(vm_module_function_type(module, index));
        return;
    case VM_EXTERN_TABLE:
        show_limits(&module->tables[index].limits);
        printf(" %s", vm_value_type_name(module->tables[index].element));
        return;
    case VM_EXTERN_MEMORY:
        show_limits(&module->memories[index].limits);
        printf(module->memories[index].page_exponent == VM_PAGE_EXPONENT ? " pages" : " pages of one byte");
        return;
    case VM_EXTERN_GLOBAL:
        printf("%s%s", module->globals[index].type.mutable ? "mutable " : "",
               vm_value_type_name(module->globals[index].type.value));
        return;
    }
}

static void show_imports(const struct vm_module *module, bool json) {
    uint32_t next[4] = {0, 0, 0, 0}; /* imports come first in each index space */
    printf(json ? ",\"imports\":[" : module->import_count > 0 ? "imports\n" : "");
    for (uint32_t i = 0; i < module->import_count; i++) {
        const struct vm_import *const import = &module->imports[i];
        printf("%s", json ? (i == 0 ? "{\"module\":" : ",{\"module\":") : "  ");
        show_text(import->module, json);
        printf(json ? ",\"name\":" : " ");
        show_text(import->name, json);
        printf(json ? ",\"kind\":\"%s\",\"type\":\"" : ": %s ", vm_extern_kind_name(import->kind));
        show_extern(module, import->kind, next[import->kind]++);
        printf(json ? "\"}" : "\n");
    }
    printf(json ? "]" : "");
}

static void show_exports(const struct vm_module *module, bool json) {
    printf(json ? ",\"exports\":[" : module->export_count > 0 ? "exports\n" : "");
    for (uint32_t i = 0; i < module->export_count; i++) {
        const struct vm_export *const export = &module->exports[i];
        printf("%s", json ? (i == 0 ? "{\"name\":" : ",{\"name\":") : "  ");
        show_text(export->name, json);
        printf(json ? ",\"kind\":\"%s\",\"index\":%lu,\"type\":\"" : ": %s %lu ", vm_extern_kind_name(export->kind),
               (unsigned long)export->index);
        show_extern(module, export->kind, export->index);
        printf(json ? "\"}" : "\n");
    }
    printf(json ? "]" : "");
}

static void show_function(const struct vm_module *module, uint32_t index, const struct vm_schedule *schedule,
                          bool json) {
    const struct vm_function *const function = &module->functions[index - module->imported_functions];
    const struct code_cost cost = code_cost(module, function, schedule);
    const unsigned long bytes = function->code_end - function->code_start;
    if (json) {
        printf("%s{\"function\":%lu,\"name\":", index == module->imported_functions ? "" : ",", (unsigned long)index);
        cli_json_text(stdout, vm_module_function_name(module, index));
        printf(",\"offset\":%lu,\"bytes\":%lu,\"locals\":%lu,\"operands\":%lu,\"instructions\":%lu,\"fuel\":%llu,"
               "\"type\":\"",
               (unsigned long)function->code_start, bytes, (unsigned long)function->local_count,
               (unsigned long)function->operand_height, (unsigned long)cost.instructions,
               (unsigned long long)cost.fuel);
        show_type(vm_module_function_type(module, index));
        printf("\"}");
        return;
    }
    printf("  %6lu %10lu %8lu %8lu %8lu %8lu %10llu  ", (unsigned long)index, (unsigned long)function->code_start,
           bytes, (unsigned long)function->local_count, (unsigned long)function->operand_height,
           (unsigned long)cost.instructions, (unsigned long long)cost.fuel);
    show_type(vm_module_function_type(module, index));
    printf(" ");
    cli_safe_text(stdout, vm_module_function_name(module, index));
    printf("\n");
}

static void show_functions(const struct vm_module *module, const struct vm_schedule *schedule, bool json) {
    if (json)
        printf(",\"functions\":[");
    else if (module->function_count > module->imported_functions)
        printf("functions\n  %6s %10s %8s %8s %8s %8s %10s  type and name\n", "index", "offset", "bytes", "locals",
               "operands", "instr.", "fuel");
    for (uint32_t i = module->imported_functions; i < module->function_count; i++)
        show_function(module, i, schedule, json);
    printf(json ? "]" : "");
}

enum cli_exit cli_inspect(struct cli *cli) {
    struct host_config config;
    struct vm_module *module;
    const bool json = cli_given(cli, "json");
    enum cli_exit end = cli_config(cli, VM_COMPAT, &config);
    if (end == CLI_OK)
        end = cli_load_module(cli->arguments[0], &config, json, &module);
    if (end != CLI_OK)
        return end;
    const struct host_hash hash = host_hash_of(module->bytes);
    char hash_text[HOST_HASH_TEXT_SIZE];
    host_hash_text(&hash, hash_text);
    const unsigned long long price = vm_instantiation_price(module, &config.schedule.vm);
    printf(json ? "{\"status\":\"ok\",\"bytes\":%zu,\"hash\":\"%s\",\"instantiationFuel\":%llu,"
                : "%zu bytes, hash %s\n%llu fuel to instantiate\n",
           module->bytes.size, hash_text, price);
    show_sections(module, json);
    show_imports(module, json);
    show_exports(module, json);
    if (module->start != VM_NO_FUNCTION)
        printf(json ? ",\"start\":%lu" : "start function %lu\n", (unsigned long)module->start);
    show_functions(module, &config.schedule.vm, json);
    printf(json ? "}\n" : "");
    vm_module_free(module);
    return CLI_OK;
}
