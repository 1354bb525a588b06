/* server/cli/run.c - delavm run: calls an exported function of a module. */
#include <stdlib.h>

#include "server/cli/cli.h"
#include "server/cli/trace.h"
#include "vm/fast/fast.h"

/* Everything of one run.  fuel is what is left of `limit`. */
struct run {
    struct cli *cli;
    const char *path;
    bool json;
    bool trace;
    struct host_config config;
    struct vm_module *module;
    struct vm_store *store;
    struct vm_instance *instance;
    struct vm_machine *machine;
    uint64_t limit;
    uint64_t fuel;
    uint32_t depth; /* greatest number of active functions */
    uint32_t operands;
    struct vm_trap trap;
    /* With --check: the same run in the other engine, which comes first and shows nothing itself. */
    struct run *other;
    bool silent;
};

/* What is called when no -i says so. */
static const char *const default_exports[] = {"run", "_start", "main", "call"};

static uint32_t function_export_count(const struct vm_module *module) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < module->export_count; i++)
        count += module->exports[i].kind == VM_EXTERN_FUNCTION;
    return count;
}

/* "name [i32 i64] -> [i32]" */
static void show_export(FILE *stream, const struct vm_module *module, const struct vm_export *export) {
    const struct vm_function_type *const type = vm_module_function_type(module, export->index);
    cli_safe_text(stream, export->name);
    fputs(" [", stream);
    for (uint32_t i = 0; i < type->param_count; i++)
        fprintf(stream, "%s%s", i == 0 ? "" : " ", vm_value_type_name(type->types[i]));
    fputs("] -> [", stream);
    for (uint32_t i = 0; i < type->result_count; i++)
        fprintf(stream, "%s%s", i == 0 ? "" : " ", vm_value_type_name(type->types[type->param_count + i]));
    fputc(']', stream);
}

/* Lists at most a screenful: a compiler's output may export thousands. */
static void list_exports(const struct vm_module *module) {
    uint32_t left = 20;
    for (uint32_t i = 0; i < module->export_count && left > 0; i++) {
        if (module->exports[i].kind != VM_EXTERN_FUNCTION)
            continue;
        fputs("  ", stderr);
        show_export(stderr, module, &module->exports[i]);
        fputc('\n', stderr);
        left--;
    }
    if (left == 0 && function_export_count(module) > 20)
        fprintf(stderr, "  ... and %lu more: `delavm inspect` shows all\n",
                (unsigned long)function_export_count(module) - 20);
}

/* The export to call, or NULL: explained on stderr. */
static const struct vm_export *choose_export(const struct run *run) {
    const struct vm_module *const module = run->module;
    const char *const wanted = cli_value(run->cli, "invoke");
    if (wanted != NULL) {
        const struct vm_export *const export = vm_module_find_export(module, vm_bytes_of_text(wanted));
        if (export != NULL && export->kind == VM_EXTERN_FUNCTION)
            return export;
        if (export != NULL)
            cli_say("%s: export \"%s\" is a %s, not a function.  It exports these functions:", run->path, wanted,
                    vm_extern_kind_name(export->kind));
        else
            cli_say("%s: there is no export \"%s\".  It exports these functions:", run->path, wanted);
        list_exports(module);
        return NULL;
    }
    const struct vm_export *only = NULL;
    for (size_t i = 0; i < sizeof default_exports / sizeof *default_exports; i++) {
        const struct vm_export *const export = vm_module_find_export(module, vm_bytes_of_text(default_exports[i]));
        if (export != NULL && export->kind == VM_EXTERN_FUNCTION)
            return export;
    }
    for (uint32_t i = 0; i < module->export_count; i++)
        if (module->exports[i].kind == VM_EXTERN_FUNCTION)
            only = &module->exports[i];
    if (function_export_count(module) == 1)
        return only;
    if (only == NULL) {
        cli_say("%s exports no function that could be called", run->path);
        return NULL;
    }
    cli_say("%s exports several functions: say which one with -i EXPORT", run->path);
    list_exports(module);
    return NULL;
}

/* One argument by its parameter's type; NULL, or what is wrong with it. */
static const char *read_value(const char *text, uint8_t type, vm_value *out) {
    if (type == VM_I32 || type == VM_F32)
        return cli_integer(text, 32, out);
    if (type == VM_I64 || type == VM_F64)
        return cli_integer(text, 64, out);
    if (strcmp(text, "null") == 0) {
        *out = VM_NULL_REFERENCE;
        return NULL;
    }
    return "can't be given: only null is a reference on the command line";
}

/* CLI_OK and *out (to be freed), or explained on stderr. */
static enum cli_exit read_arguments(const struct run *run, const struct vm_export *export, vm_value **out) {
    const struct vm_function_type *const type = vm_module_function_type(run->module, export->index);
    const uint32_t given = (uint32_t)run->cli->count - 1;
    if (given != type->param_count) {
        fprintf(stderr, "delavm: %s takes %lu argument%s, %lu given: ", run->path, (unsigned long)type->param_count,
                type->param_count == 1 ? "" : "s", (unsigned long)given);
        show_export(stderr, run->module, export);
        fputc('\n', stderr);
        return CLI_USAGE;
    }
    vm_value *const values = calloc(given + 1, sizeof *values);
    if (values == NULL)
        return CLI_FAILED;
    for (uint32_t i = 0; i < given; i++) {
        const char *const wrong = read_value(run->cli->arguments[i + 1], type->types[i], &values[i]);
        if (wrong != NULL) {
            cli_say("argument %lu (%s): %s %s", (unsigned long)i + 1, vm_value_type_name(type->types[i]),
                    run->cli->arguments[i + 1], wrong);
            free(values);
            return CLI_USAGE;
        }
    }
    *out = values;
    return CLI_OK;
}

static void print_value(uint8_t type, vm_value value, bool json) {
    const char *const name = vm_value_type_name(type);
    const bool narrow = type == VM_I32 || type == VM_F32;
    const unsigned long long bits = narrow ? value & UINT32_MAX : value;
    if (!json && vm_is_reference_type(type)) {
        printf("%s:%s\n", name, value == VM_NULL_REFERENCE ? "null" : "a reference");
    } else if (!json) {
        const bool is_float = type == VM_F32 || type == VM_F64;
        printf(is_float ? "%s:0x%llx\n" : "%s:%llu\n", name, bits);
    } else if (vm_is_reference_type(type)) {
        printf("{\"type\":\"%s\",\"null\":%s}", name, value == VM_NULL_REFERENCE ? "true" : "false");
    } else {
        /* The signed reading without an implementation-defined conversion: negative is minus the complement. */
        const unsigned long long sign = narrow ? UINT64_C(1) << 31 : UINT64_C(1) << 63;
        const unsigned long long size = narrow ? (UINT64_C(1) << 32) - bits : 0 - bits;
        printf("{\"type\":\"%s\",\"value\":\"%llu\",\"signed\":\"%s%llu\",\"hex\":\"0x%llx\"}", name, bits,
               bits & sign ? "-" : "", bits & sign ? size : bits, bits);
    }
}

static void print_trap(const struct run *run, const struct vm_trap *trap, uint64_t used) {
    const struct cli_colours colour = cli_colours(stderr);
    fprintf(stderr, "%strap%s: %s [%s]\n", colour.bad, colour.none, vm_trap_words(trap->kind),
            vm_trap_name(trap->kind));
    const uint32_t depth = run->machine == NULL ? 0 : vm_machine_depth(run->machine);
    for (uint32_t i = 0; i < depth && i < HOST_FRAMES_SHOWN; i++) {
        const struct vm_frame_info frame = vm_machine_frame(run->machine, i);
        fputs(i == 0 ? "  in " : "  called from ", stderr);
        cli_show_function(stderr, vm_instance_module(frame.instance), frame.function);
        fprintf(stderr, " at offset 0x%lx\n", (unsigned long)(i == 0 ? trap->offset : frame.offset));
    }
    if (depth > HOST_FRAMES_SHOWN)
        fprintf(stderr, "  ... and %lu more\n", (unsigned long)(depth - HOST_FRAMES_SHOWN));
    if (trap->kind == VM_TRAP_OUT_OF_FUEL && trap->price > 1)
        fprintf(stderr, "  the next step costs %llu\n", (unsigned long long)trap->price);
    fprintf(stderr, "  fuel used: %llu\n", (unsigned long long)used);
}

static void json_trap(const struct run *run, const struct vm_trap *trap) {
    printf("{\"kind\":\"%s\",\"message\":\"%s\"", vm_trap_name(trap->kind), vm_trap_words(trap->kind));
    const uint32_t depth = run->machine == NULL ? 0 : vm_machine_depth(run->machine);
    if (depth > 0)
        printf(",\"function\":%lu,\"offset\":%lu", (unsigned long)trap->function, (unsigned long)trap->offset);
    printf(",\"stack\":[");
    for (uint32_t i = 0; i < depth && i < HOST_FRAMES_SHOWN; i++) {
        const struct vm_frame_info frame = vm_machine_frame(run->machine, i);
        printf("%s{\"function\":%lu,\"name\":", i == 0 ? "" : ",", (unsigned long)frame.function);
        cli_json_text(stdout, vm_module_function_name(vm_instance_module(frame.instance), frame.function));
        printf(",\"offset\":%lu}", (unsigned long)(i == 0 ? trap->offset : frame.offset));
    }
    printf("]}");
}

/* What --json says at the end of a run: results of a function of this type, or the trap. */
static void json_outcome(const struct run *run, const struct vm_function_type *type, const struct vm_trap *trap) {
    const struct vm_memory *const memory = run->instance == NULL ? NULL : vm_instance_memory(run->instance, 0);
    printf("{\"status\":\"%s\",\"results\":[", trap == NULL                        ? "returned"
                                               : trap->kind == VM_TRAP_OUT_OF_FUEL ? "out_of_fuel"
                                                                                   : "trapped");
    for (uint32_t i = 0; trap == NULL && type != NULL && i < type->result_count; i++) {
        fputs(i == 0 ? "" : ",", stdout);
        print_value(type->types[type->param_count + i], vm_machine_results(run->machine)[i], true);
    }
    printf("],\"fuel\":%llu", (unsigned long long)(run->limit - run->fuel));
    if (cli_given(run->cli, "fuel"))
        printf(",\"fuelLimit\":%llu", (unsigned long long)run->limit);
    printf(",\"pages\":%lu,\"depth\":%lu,\"operands\":%lu,\"trap\":",
           memory == NULL ? 0 : (unsigned long)vm_started_pages(&memory->type, memory->pages),
           (unsigned long)run->depth, (unsigned long)run->operands);
    if (trap == NULL)
        printf("null");
    else
        json_trap(run, trap);
    printf("}\n");
}

/* ---- Two engines ------------------------------------------------------------------------------------------------ */

static uint32_t pages(const struct run *run) {
    const struct vm_memory *const memory = run->instance == NULL ? NULL : vm_instance_memory(run->instance, 0);
    return memory == NULL ? 0 : memory->pages;
}

/* True if the other run ended as this one: in everything that can be shown of a run.  References are compared by
 * whether they are null. */
static bool agrees(const struct run *a, const struct run *b, const struct vm_function_type *type) {
    const struct vm_trap *const s = &a->trap, *const t = &b->trap;
    bool equal = a->fuel == b->fuel && a->depth == b->depth && a->operands == b->operands && pages(a) == pages(b) &&
                 s->kind == t->kind && s->function == t->function && s->offset == t->offset && s->price == t->price;
    for (uint32_t i = 0; equal && type != NULL && i < type->result_count; i++) {
        const vm_value x = vm_machine_results(a->machine)[i], y = vm_machine_results(b->machine)[i];
        const bool reference = vm_is_reference_type(type->types[type->param_count + i]);
        equal = reference ? (x == VM_NULL_REFERENCE) == (y == VM_NULL_REFERENCE) : x == y;
    }
    return equal;
}

static void show_end(const struct run *run, const struct vm_function_type *type) {
    fprintf(stderr, "  %s: trap %s in function %lu at 0x%lx, fuel %llu, pages %lu, depth %lu, operands %lu, results",
            run->config.engine == VM_ENGINE_FAST ? "fast" : "plain",
            run->trap.kind == VM_TRAP_NONE ? "none" : vm_trap_name(run->trap.kind), (unsigned long)run->trap.function,
            (unsigned long)run->trap.offset, (unsigned long long)(run->limit - run->fuel), (unsigned long)pages(run),
            (unsigned long)run->depth, (unsigned long)run->operands);
    for (uint32_t i = 0; type != NULL && run->trap.kind == VM_TRAP_NONE && i < type->result_count; i++)
        fprintf(stderr, " 0x%llx", (unsigned long long)vm_machine_results(run->machine)[i]);
    fputc('\n', stderr);
}

/* At the end of a run, before anything of it is shown; type: of the function that returned, or NULL.  CLI_OK, or the
 * engines differ, explained on stderr. */
static enum cli_exit compare(const struct run *run, const struct vm_function_type *type) {
    if (run->other == NULL || agrees(run, run->other, type))
        return CLI_OK;
    cli_say("the two engines differ, which is a fault of this program; nothing was decided.  Please report it");
    show_end(run, type);
    show_end(run->other, type);
    return CLI_FAILED;
}

static enum cli_exit trapped(struct run *run, const struct vm_trap *trap) {
    run->trap = *trap;
    if (run->silent)
        return CLI_TRAPPED;
    if (compare(run, NULL) != CLI_OK)
        return CLI_FAILED;
    if (run->json)
        json_outcome(run, NULL, trap);
    else
        print_trap(run, trap, run->limit - run->fuel);
    return CLI_TRAPPED;
}

/* Calls one function to its end, and counts what it used.  CLI_OK: the machine holds the results. */
static enum cli_exit call(struct run *run, vm_value function, const vm_value *arguments, uint32_t count) {
    enum vm_run_state state =
        vm_machine_begin(run->machine, function, arguments, count, &run->config.schedule.vm, run->fuel);
    struct cli_progress progress;
    cli_progress_begin(&progress);
    while (state == VM_RUN_PAUSED) {
        if (run->trace) {
            cli_trace(run->machine);
            state = vm_machine_step(run->machine);
        } else {
            state = vm_machine_run(run->machine, progress.on ? 20000000 : UINT64_MAX);
            cli_progress(&progress, "%llu million fuel used, %lu functions active",
                         (unsigned long long)(run->limit - vm_machine_fuel_left(run->machine)) / 1000000,
                         (unsigned long)vm_machine_depth(run->machine));
        }
    }
    cli_progress_end(&progress);
    if (state == VM_RUN_FAILED) {
        cli_say("this machine ran out of memory: nothing was decided, try again");
        return CLI_FAILED;
    }
    const struct vm_usage usage = vm_machine_usage(run->machine);
    run->fuel -= usage.fuel;
    run->depth = usage.frames > run->depth ? usage.frames : run->depth;
    run->operands = usage.operands > run->operands ? usage.operands : run->operands;
    return state == VM_RUN_DONE ? CLI_OK : trapped(run, vm_machine_trap(run->machine));
}

/* A plain module has nobody to import from; one that asks for "dela" is in the wrong place. */
static enum cli_exit refuse_imports(const struct run *run) {
    for (uint32_t i = 0; i < run->module->import_count; i++) {
        const struct vm_import *const import = &run->module->imports[i];
        struct vm_error error;
        const bool dela = vm_bytes_equal(import->module, vm_bytes_of_text("dela"));
        vm_fail(&error, VM_ERROR_UNKNOWN_IMPORT, import->offset, "%.*s.%.*s%s", (int)import->module.size,
                (const char *)import->module.data, (int)import->name.size, (const char *)import->name.data,
                dela ? "; this is a contract: `delavm execute` runs it" : "; `delavm run` offers no imports");
        if (run->json) {
            printf("{\"status\":\"refused\",\"error\":");
            cli_json_error(stdout, &error);
            printf("}\n");
        } else {
            cli_show_error(stderr, run->path, &error);
        }
        return CLI_REFUSED;
    }
    return CLI_OK;
}

static enum cli_exit instantiate(struct run *run) {
    struct vm_instantiation made;
    struct vm_error error;
    const enum vm_status status =
        vm_instantiate(run->store, run->module, &run->config.schedule.vm, NULL, NULL, &run->fuel, &made, &error);
    if (status != VM_OK) {
        if (run->json) {
            printf("{\"status\":\"refused\",\"error\":");
            cli_json_error(stdout, &error);
            printf("}\n");
        } else {
            cli_show_error(stderr, run->path, &error);
        }
        return cli_exit_of(status);
    }
    run->instance = made.instance;
    if (made.trap == VM_TRAP_NONE)
        return CLI_OK;
    if (made.trap != VM_TRAP_OUT_OF_FUEL)
        cli_say("%s segment %lu does not fit", made.data_segment ? "data" : "element", (unsigned long)made.segment);
    const struct vm_trap trap = {.kind = made.trap,
                                 .instance = UINT32_MAX,
                                 .price = vm_instantiation_price(run->module, &run->config.schedule.vm)};
    return trapped(run, &trap);
}

static enum cli_exit run_export(struct run *run, const struct vm_export *export, const vm_value *arguments) {
    enum cli_exit end = instantiate(run);
    if (end != CLI_OK)
        return end;
    run->machine = vm_machine_new(run->store);
    if (run->machine == NULL)
        return CLI_FAILED;
    vm_machine_set_engine(run->machine, run->config.engine);
    if (run->module->start != VM_NO_FUNCTION)
        end = call(run, vm_instance_function(run->instance, run->module->start), NULL, 0);
    if (end != CLI_OK)
        return end;
    const struct vm_function_type *const type = vm_module_function_type(run->module, export->index);
    end = call(run, vm_instance_function(run->instance, export->index), arguments, type->param_count);
    if (end != CLI_OK || run->silent)
        return end;
    if (compare(run, type) != CLI_OK)
        return CLI_FAILED;
    if (run->json)
        json_outcome(run, type, NULL);
    for (uint32_t i = 0; !run->json && i < type->result_count; i++)
        print_value(type->types[type->param_count + i], vm_machine_results(run->machine)[i], false);
    return CLI_OK;
}

/* Runs in a fresh store; run_end() clears it, after what is in it was looked at. */
static enum cli_exit run_fresh(struct run *run, const struct vm_export *export, const vm_value *arguments) {
    const struct vm_allocator allocator = vm_system_allocator();
    run->store = vm_store_new(&allocator, &run->config.limits);
    return run->store == NULL ? CLI_FAILED : run_export(run, export, arguments);
}

static void run_end(struct run *run) {
    vm_machine_free(run->machine);
    vm_store_free(run->store);
}

/* One run; or with --check two, of which the second is shown. */
static enum cli_exit run_all(struct run *run, const struct vm_export *export, const vm_value *arguments) {
    const struct vm_fast_options fast = {.fold = run->config.fold, .lazy = true};
    if ((run->config.engine == VM_ENGINE_FAST || run->config.check) &&
        vm_translate(run->module, &run->config.schedule.vm, &fast) != VM_OK)
        return CLI_FAILED;
    if (!run->config.check)
        return run_fresh(run, export, arguments);
    struct run other = *run;
    other.config.engine = run->config.engine == VM_ENGINE_FAST ? VM_ENGINE_PLAIN : VM_ENGINE_FAST;
    other.silent = true;
    other.trace = false;
    enum cli_exit end = run_fresh(&other, export, arguments);
    run->other = &other;
    if (end == CLI_OK || end == CLI_TRAPPED)
        end = run_fresh(run, export, arguments);
    run_end(&other);
    return end;
}

enum cli_exit cli_run(struct cli *cli) {
    struct run run = {.cli = cli, .path = cli->arguments[0], .json = cli_given(cli, "json"), .limit = UINT64_MAX};
    run.trace = cli_given(cli, "trace");
    if (!cli_number(cli, "fuel", UINT64_MAX, &run.limit))
        return CLI_USAGE;
    run.fuel = run.limit;
    enum cli_exit end = cli_config(cli, VM_COMPAT, &run.config);
    if (end == CLI_OK)
        end = cli_load_module(run.path, &run.config, run.json, &run.module);
    if (end != CLI_OK)
        return end;
    vm_value *arguments = NULL;
    end = refuse_imports(&run);
    if (end == CLI_OK) {
        const struct vm_export *const export = choose_export(&run);
        end = export == NULL ? CLI_USAGE : read_arguments(&run, export, &arguments);
        if (end == CLI_OK)
            end = run_all(&run, export, arguments);
    }
    free(arguments);
    run_end(&run);
    vm_module_free(run.module);
    return end;
}
