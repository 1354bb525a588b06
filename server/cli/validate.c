/* server/cli/validate.c - delavm validate: verdicts, and where the floats are. */
#include <stdlib.h>

#include "loader/reach.h"
#include "server/cli/cli.h"

/* Functions shown by default before the rest is only counted; JSON shows all. */
#define FINDINGS_SHOWN 20

static void show_name(FILE *stream, const struct loader_report *report, uint32_t function) {
    fprintf(stream, "function %lu", (unsigned long)function);
    if (report->function_names != NULL && function < report->function_count &&
        report->function_names[function].size > 0) {
        fputs(" \"", stream);
        cli_safe_text(stream, report->function_names[function]);
        fputc('"', stream);
    }
}

static void show_finding(const struct loader_report *report, const struct loader_finding *finding) {
    const struct cli_colours colour = cli_colours(stdout);
    printf("  %s", colour.strong);
    show_name(stdout, report, finding->function);
    printf("%s: %s at offset 0x%llx", colour.none, finding->instruction, (unsigned long long)finding->offset);
    if (finding->count > 1)
        printf(", and %lu more", (unsigned long)finding->count - 1);
    printf(" (%s)\n", vm_feature_rows[finding->feature].name);
    if (finding->path_length == 0) {
        printf("    not reached from any export: it may be dead code\n");
        return;
    }
    if (finding->export.size > 0) {
        printf("    reached from export \"");
        cli_safe_text(stdout, finding->export);
        printf("\"");
    } else {
        printf("    reached from the start function");
    }
    for (uint32_t i = 0; i < finding->path_length; i++) {
        printf("%s", i == 0 ? ": " : finding->path[i].indirect ? " -> (through a table) " : " -> ");
        show_name(stdout, report, finding->path[i].function);
    }
    printf("\n");
}

static void json_name(const struct loader_report *report, uint32_t function) {
    printf("\"function\":%lu,\"name\":", (unsigned long)function);
    const bool named = report->function_names != NULL && function < report->function_count;
    cli_json_text(stdout, named ? report->function_names[function] : vm_bytes(NULL, 0));
}

static void json_finding(const struct loader_report *report, const struct loader_finding *finding) {
    printf("{");
    json_name(report, finding->function);
    printf(",\"instruction\":\"%s\",\"offset\":%llu,\"count\":%lu,\"feature\":\"%s\",\"reachable\":%s",
           finding->instruction, (unsigned long long)finding->offset, (unsigned long)finding->count,
           vm_feature_rows[finding->feature].name, finding->path_length > 0 ? "true" : "false");
    if (finding->path_length > 0 && finding->export.size > 0) {
        printf(",\"export\":");
        cli_json_text(stdout, finding->export);
    }
    printf(",\"path\":[");
    for (uint32_t i = 0; i < finding->path_length; i++) {
        printf("%s{", i == 0 ? "" : ",");
        json_name(report, finding->path[i].function);
        printf(",\"indirect\":%s,\"offset\":%lu}", finding->path[i].indirect ? "true" : "false",
               (unsigned long)finding->path[i].offset);
    }
    printf("]}");
}

/* "Which function has the float, and how is it reached?" */
static void explain(struct vm_bytes bytes, const struct loader_options *options, bool json) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct loader_report report;
    struct vm_error error;
    if (loader_explain(bytes, options, &allocator, &report, &error) != VM_OK)
        return; /* the verdict itself was given already */
    if (json)
        printf(",\"findings\":[");
    for (uint32_t i = 0; i < report.count; i++) {
        if (json) {
            printf("%s", i == 0 ? "" : ",");
            json_finding(&report, &report.findings[i]);
        } else if (i < FINDINGS_SHOWN) {
            show_finding(&report, &report.findings[i]);
        }
    }
    if (json)
        printf("]");
    else if (report.count > FINDINGS_SHOWN)
        printf("  ... and %lu more functions: --json shows all\n", (unsigned long)(report.count - FINDINGS_SHOWN));
    loader_report_clear(&report);
}

/* The hint that a refused feature's row gives. */
static void show_flag(const struct vm_error *error) {
    if (error->code != VM_ERROR_UNSUPPORTED)
        return;
    for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++) {
        const struct vm_feature_row *const row = &vm_feature_rows[i];
        if (row->flag[0] != '\0' && strstr(error->message, row->words) != NULL &&
            strstr(error->message, row->flag) == NULL)
            printf("  clang leaves this out with %s\n", row->flag);
    }
    if (strstr(error->message, vm_feature_rows[VM_FEATURE_FLOAT].words) != NULL)
        printf("  `delavm lower` makes integer code of it; so does deploying with --policy lower\n");
}

/* What kind of contract it is; `form` is NULL if that was not asked. */
static void show_form(const struct host_form *form, bool json) {
    if (form == NULL)
        return;
    printf(json ? ",\"shape\":\"%s\",\"entry\":" : ", shape %s", host_shape_name(form->shape));
    if (json && form->default_entry.data == NULL) {
        printf("null");
    } else if (json) {
        cli_json_text(stdout, form->default_entry);
    } else if (form->default_entry.data != NULL) {
        printf(" entered at ");
        cli_safe_text(stdout, form->default_entry);
    }
}

static void show_good(const char *path, const struct vm_module *module, const struct host_form *form,
                      const struct host_config *config, bool json) {
    const struct cli_colours colour = cli_colours(stdout);
    const unsigned long functions = module->function_count - module->imported_functions;
    const unsigned long long price = vm_instantiation_price(module, &config->schedule.vm);
    if (json)
        printf(",\"functions\":%lu,\"imports\":%lu,\"exports\":%lu,\"instantiationFuel\":%llu", functions,
               (unsigned long)module->import_count, (unsigned long)module->export_count, price);
    else
        printf("%s: %sok%s: bytes %zu, functions %lu, imports %lu, exports %lu, fuel to instantiate %llu", path,
               colour.good, colour.none, module->bytes.size, functions, (unsigned long)module->import_count,
               (unsigned long)module->export_count, price);
    show_form(form, json);
    if (!json)
        printf("\n");
}

/* Loads as module, then, if asked, as contract; *form, which points into the module, is then what kind of one it is. */
static enum vm_status judge(struct vm_bytes bytes, const struct host_config *config, bool contract,
                            struct vm_module **module, struct host_form *form, struct vm_error *error) {
    const struct loader_options options = {&config->limits, &config->features, &config->schedule.vm, config->policy};
    const struct vm_allocator allocator = vm_system_allocator();
    enum vm_status status = loader_load(bytes, &options, &allocator, module, error);
    if (status != VM_OK || !contract)
        return status;
    struct host_contract loaded;
    status = host_contract_load(bytes, config, &allocator, &loaded, error);
    if (status == VM_OK) {
        host_contract_free(&loaded);
        return host_form_recognise(*module, form, error);
    }
    vm_module_free(*module);
    *module = NULL;
    return status;
}

static enum cli_exit validate_file(const struct cli *cli, const char *path, const struct host_config *config) {
    const bool json = cli_given(cli, "json");
    struct vm_bytes bytes;
    const enum cli_exit end = cli_read_module(path, &bytes);
    if (json) {
        printf("{\"file\":");
        cli_json_text(stdout, vm_bytes_of_text(path));
    }
    if (end != CLI_OK) {
        if (json)
            printf(",\"verdict\":\"%s\"}\n", end == CLI_REFUSED ? "malformed" : "unread");
        return end;
    }
    struct vm_module *module;
    struct vm_error error;
    const bool contract = cli_given(cli, "contract");
    struct host_form form;
    const enum vm_status status = judge(bytes, config, contract, &module, &form, &error);
    if (json)
        printf(",\"verdict\":\"%s\",\"bytes\":%zu", vm_status_name(status), bytes.size);
    if (status == VM_OK) {
        show_good(path, module, contract ? &form : NULL, config, json);
        vm_module_free(module);
    } else if (json) {
        printf(",\"error\":");
        cli_json_error(stdout, &error);
    } else {
        cli_show_error(stdout, path, &error);
        show_flag(&error);
    }
    if (status == VM_UNSUPPORTED) {
        const struct loader_options options = {&config->limits, &config->features, &config->schedule.vm,
                                               config->policy};
        explain(bytes, &options, json);
    }
    if (json)
        printf("}\n");
    free((void *)(uintptr_t)bytes.data);
    return cli_exit_of(status);
}

enum cli_exit cli_validate(struct cli *cli) {
    struct host_config config;
    enum cli_exit worst = cli_config(cli, cli_given(cli, "contract") ? VM_STRICT : VM_COMPAT, &config);
    if (worst != CLI_OK)
        return worst;
    struct cli_progress progress;
    cli_progress_begin(&progress);
    for (int i = 0; i < cli->count; i++) {
        cli_progress(&progress, "%d of %d files", i, cli->count);
        const enum cli_exit end = validate_file(cli, cli->arguments[i], &config);
        /* An unreadable file or a failure of this machine outweighs a refusal: the list of verdicts is not complete. */
        const bool worse = worst == CLI_OK || (worst == CLI_REFUSED && end != CLI_OK);
        worst = worse ? end : worst;
    }
    cli_progress_end(&progress);
    return worst;
}
