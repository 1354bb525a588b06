/* host/tests/wasi.h - contracts for tests that import from host/wasi.def, written as text.
 *
 * wasi_call() wraps the body of a contract as trial_call() does: every function of the table under its own name
 * ($fd_read), dela.result as $result, one page of memory that opens with `data`, $bytes, $word and $long to show things. */
#ifndef DELAVM_HOST_TESTS_WASI_H
#define DELAVM_HOST_TESTS_WASI_H

#include "host/tests/run.h"

/* The import of one row, as $name. */
static size_t wasi_import(char *text, size_t room, uint32_t import) {
    const struct host_import_row *const row = &host_import_rows[import];
    size_t size =
        (size_t)snprintf(text, room, "(import \"%s\" \"%s\" (func $%s (param", row->module, row->name, row->name);
    for (const char *p = row->params; *p != 0; p++)
        size += (size_t)snprintf(text + size, room - size, *p == 'I' ? " i64" : " i32");
    size += (size_t)snprintf(text + size, room - size, ")%s))\n", row->results[0] == 0 ? "" : " (result i32)");
    return size;
}

/* The whole module; `exports`: the name of the function that the body is. */
TRIAL_UNUSED static const char *wasi_module(const char *data, const char *export, const char *body) {
    static char text[65536];
    size_t size = (size_t)snprintf(text, sizeof text, "(module ");
    for (uint32_t i = HOST_DELA_COUNT; i < HOST_IMPORT_COUNT; i++)
        size += wasi_import(text + size, sizeof text - size, i);
    size += wasi_import(text + size, sizeof text - size, HOST_IMPORT_result);
    size +=
        (size_t)snprintf(text + size, sizeof text - size,
                         "(memory 1) (data (i32.const 0) \"%s\")\n"
                         "%s"
                         "(func $show (call $result (i32.const 40000) (i32.sub (global.get $at) (i32.const 40000))))\n"
                         "(func (export \"%s\")\n%s\n))",
                         data, trial_show, export, body);
    if (size >= sizeof text)
        exit(2);
    return text;
}

/* A trial of a program with this body; what it shows is its result. */
TRIAL_UNUSED static void wasi_call(struct trial *trial, const char *data, const char *body) {
    static char shown[32768];
    snprintf(shown, sizeof shown, "%s\n(call $show)", body);
    trial_open(trial, wasi_module(data, "_start", shown));
}

#endif
