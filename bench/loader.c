/* bench/loader.c - how fast modules are decoded and validated: a large synthetic one, and a compiler's. */
#include <stdlib.h>

#include "bench/bench.h"
#include "host/config.h"
#include "loader/writer.h"

/* A loop that sums memory cells into a local: what compilers write most of, in one body, `times` times. */
static void write_body(struct loader_writer *body, unsigned times) {
    static const uint8_t block[] = {
        0x02, 0x40, 0x03, 0x40,                                     /* block loop */
        0x20, 0x00, 0x45, 0x0D, 0x01,                               /* local.get 0; i32.eqz; br_if 1 */
        0x20, 0x02, 0x20, 0x01, 0x28, 0x02, 0x10, 0x6A, 0x21, 0x02, /* local 2 += i32.load offset=16 (local 1) */
        0x20, 0x01, 0x41, 0x04, 0x6A, 0x21, 0x01,                   /* local 1 += 4 */
        0x20, 0x00, 0x41, 0x7F, 0x6A, 0x21, 0x00,                   /* local 0 -= 1 */
        0x0C, 0x00, 0x0B, 0x0B,                                     /* br 0; end; end */
    };
    static const uint8_t locals[] = {1, 1, 0x7F};
    loader_write_bytes(body, vm_bytes(locals, sizeof locals));
    for (unsigned i = 0; i < times; i++)
        loader_write_bytes(body, vm_bytes(block, sizeof block));
    static const uint8_t tail[] = {0x20, 0x02, 0x0B};
    loader_write_bytes(body, vm_bytes(tail, sizeof tail));
}

/* A module of about `functions` KiB. */
static void write_module(struct loader_writer *module, unsigned functions) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct loader_writer section, body;
    loader_writer_init(&section, &allocator);
    loader_writer_init(&body, &allocator);
    loader_write_header(module);
    static const uint8_t types[] = {1, 0x60, 2, 0x7F, 0x7F, 1, 0x7F}, memory[] = {1, 0, 1};
    loader_write_section(module, LOADER_SECTION_TYPE, vm_bytes(types, sizeof types));
    loader_write_unsigned(&section, functions);
    for (unsigned i = 0; i < functions; i++)
        loader_write_byte(&section, 0);
    loader_write_section(module, LOADER_SECTION_FUNCTION, loader_written(&section));
    loader_write_section(module, LOADER_SECTION_MEMORY, vm_bytes(memory, sizeof memory));
    loader_writer_reset(&section);
    loader_write_unsigned(&section, functions);
    write_body(&body, 27);
    for (unsigned i = 0; i < functions; i++)
        loader_write_vector(&section, loader_written(&body));
    loader_write_section(module, LOADER_SECTION_CODE, loader_written(&section));
    loader_writer_clear(&section);
    loader_writer_clear(&body);
}

static void time_load(const char *name, struct vm_bytes bytes, const struct bench_options *options) {
    struct host_config config;
    host_config_init(&config, VM_COMPAT);
    const struct loader_options loading = {&config.limits, &config.features, &config.schedule.vm, config.policy};
    const struct vm_allocator allocator = vm_system_allocator();
    double seconds = 0;
    unsigned rounds = 0;
    for (const double start = bench_now(); seconds < options->seconds || rounds < 3; rounds++) {
        struct vm_module *module;
        struct vm_error error;
        if (loader_load(bytes, &loading, &allocator, &module, &error) != VM_OK) {
            bench_fail("%s: %s", name, error.message);
            return;
        }
        vm_module_free(module);
        seconds = bench_now() - start;
    }
    bench_result("decode and validate", name, (double)bytes.size * rounds / seconds / 1e6, "MB/s");
}

void bench_loader(const struct bench_options *options) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct loader_writer large;
    loader_writer_init(&large, &allocator);
    write_module(&large, 3000);
    if (large.failed)
        bench_fail("out of memory");
    else
        time_load("3 MB of loops", loader_written(&large), options);
    loader_writer_clear(&large);
    const struct vm_bytes small = bench_read_file(options->cases, "json.wasm");
    if (small.data == NULL)
        bench_fail("json.wasm can't be read");
    else
        time_load("json.wasm, 6 KB", small, options);
    free((void *)(uintptr_t)small.data);
}
