/* bench/floats.c - what each float operation costs once it is lowered: fuel and time of one, in a loop over operands. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "loader/loader.h"
#include "loader/lower/lower.h"
#include "loader/lower/tests/hardware.h"
#include "loader/text/text.h"
#include "vm/fast/fast.h"
#include "vm/machine.h"

/* PAIRS of operands lie in memory, 16 bytes each; a run goes over them all again and again. */
enum { PAIRS = 256, PAIR_BYTES = 16, TEXT_ROOM = 1 << 16 };

/* One module under measurement. */
struct subject {
    struct vm_schedule schedule;
    struct vm_module *module;
    struct vm_store *store;
    struct vm_machine *machine;
    vm_value run;
};

struct measurement {
    uint64_t value;
    uint64_t fuel;
    double seconds;
};

static const char *word_of(char type) {
    return type == 'i' ? "i32" : type == 'I' ? "i64" : type == 'f' ? "f32" : "f64";
}

/* Numbers as programs have them, of magnitudes from 2^-16 to 2^15 and either sign; where that would trap, as integers. */
static uint64_t operand_of(char type, uint64_t random, bool positive) {
    const uint64_t sign = positive ? 0 : random >> 63;
    switch (type) {
    case 'f':
        return sign << 31 | (111 + (random >> 32 & 31)) << 23 | (random & 0x7FFFFF);
    case 'F':
        return sign << 63 | (1007 + (random >> 52 & 31)) << 52 | (random & 0xFFFFFFFFFFFFF);
    case 'i':
        return random >> (32 + (random & 15));
    default:
        return random >> (random & 31);
    }
}

static void make_operands(const struct hardware_row *row, uint64_t pairs[PAIRS][2]) {
    const size_t size = strlen(row->text);
    const bool positive = strstr(row->text, "sqrt") != NULL || strcmp(row->text + size - 2, "_u") == 0;
    uint64_t state = 1;
    for (uint32_t i = 0; i < PAIRS; i++)
        for (uint32_t k = 0; k < 2; k++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            pairs[i][k] = operand_of(row->in, state ^ state >> 29, positive);
        }
}

/* run(n): n times the operation, or if not `operates` its first operand alone, summed as bits. */
static void write_text(const struct hardware_row *row, uint64_t pairs[PAIRS][2], bool operates, char *text) {
    const char *const in = word_of(row->in);
    const char result = operates ? row->out : row->in;
    size_t size = 0;
#define PUT(...) (size += (size_t)snprintf(text + size, TEXT_ROOM - size, __VA_ARGS__))
    PUT("(module (memory 1) (data (i32.const 0) \"");
    for (uint32_t i = 0; i < PAIRS * PAIR_BYTES; i++)
        PUT("\\%02x", (unsigned)(pairs[i / PAIR_BYTES][i / 8 % 2] >> (8 * (i % 8)) & 0xFF));
    PUT("\") (func (export \"run\") (param $n i32) (result i64) (local $sum i64) (local $at i32) loop local.get $sum ");
    PUT("local.get $at %s.load ", in);
    if (row->binary)
        PUT("local.get $at %s.load offset=8 %s", in, operates ? "" : "drop ");
    if (operates)
        PUT("%s ", row->text);
    PUT("%s", result == 'f'   ? "i32.reinterpret_f32 i64.extend_i32_u "
              : result == 'F' ? "i64.reinterpret_f64 "
              : result == 'i' ? "i64.extend_i32_u "
                              : "");
    PUT("i64.add local.set $sum local.get $at i32.const %d i32.add i32.const %d i32.and local.set $at ", PAIR_BYTES,
        PAIRS * PAIR_BYTES - 1);
    PUT("local.get $n i32.const 1 i32.sub local.tee $n br_if 0 end local.get $sum))");
#undef PUT
}

static void close_subject(struct subject *subject) {
    vm_machine_free(subject->machine);
    vm_store_free(subject->store);
    vm_module_free(subject->module);
}

static bool open_subject(struct subject *subject, const char *text) {
    static struct vm_limits limits;
    static struct vm_features features;
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_fast_options fast = {.fold = true};
    struct vm_bytes bytes;
    struct text_error text_error;
    struct vm_error error;
    struct vm_instantiation made = {0};
    uint64_t fuel = UINT64_MAX;
    limits = vm_profile_limits(VM_COMPAT);
    features = vm_profile_features(VM_COMPAT);
    *subject = (struct subject){.schedule = vm_default_schedule()};
    const struct loader_options options = {&limits, &features, &subject->schedule, LOADER_LOWER};
    if (text_assemble(vm_bytes_of_text(text), NULL, &allocator, &bytes, &text_error) != VM_OK)
        return false;
    bool good = loader_load_translated(bytes, &options, &fast, &allocator, &subject->module, &error) == VM_OK;
    text_free(&allocator, bytes);
    if (!good)
        return false;
    subject->store = vm_store_new(&allocator, &limits);
    subject->machine = subject->store == NULL ? NULL : vm_machine_new(subject->store);
    good = subject->machine != NULL && vm_instantiate(subject->store, subject->module, &subject->schedule, NULL, NULL,
                                                      &fuel, &made, &error) == VM_OK;
    if (good) {
        vm_machine_set_engine(subject->machine, VM_ENGINE_FAST);
        subject->run = vm_instance_function(made.instance, subject->module->exports[0].index);
    }
    return good;
}

static bool measure(struct subject *subject, uint32_t rounds, struct measurement *out) {
    const double start = bench_now();
    enum vm_run_state state =
        vm_machine_begin(subject->machine, subject->run, &(vm_value){rounds}, 1, &subject->schedule, UINT64_MAX);
    while (state == VM_RUN_PAUSED)
        state = vm_machine_run(subject->machine, UINT64_MAX);
    const double seconds = bench_now() - start;
    if (state != VM_RUN_DONE)
        return false;
    out->value = vm_machine_results(subject->machine)[0];
    out->fuel = vm_machine_usage(subject->machine).fuel;
    out->seconds = out->seconds == 0 || seconds < out->seconds ? seconds : out->seconds;
    return true;
}

/* The operation and the loop without it take turns; the least of each counts. */
static bool measure_both(const struct hardware_row *row, const struct bench_options *options, struct measurement *with,
                         struct measurement *without, uint32_t rounds) {
    static char text[TEXT_ROOM];
    uint64_t pairs[PAIRS][2];
    struct subject subjects[2] = {{.module = NULL}, {.module = NULL}};
    bool good = true;
    make_operands(row, pairs);
    for (uint32_t i = 0; i < 2 && good; i++) {
        write_text(row, pairs, i == 0, text);
        good = open_subject(&subjects[i], text);
    }
    for (uint32_t turn = 0; turn < (options->quick ? 3 : 7) && good; turn++)
        good = measure(&subjects[0], rounds, with) && measure(&subjects[1], rounds, without);
    close_subject(&subjects[0]);
    close_subject(&subjects[1]);
    uint64_t wanted = 0;
    for (uint32_t i = 0; i < rounds; i++)
        wanted += row->hard(pairs[i % PAIRS][0], pairs[i % PAIRS][1]);
    if (good && with->value == wanted)
        return true;
    bench_fail("%s: lowered, it %s", row->text, good ? "gave a wrong sum" : "could not be run");
    return false;
}

/* Fuel that the loop without the operation has in place of it: for the second operand, which it drops, and for making an
 * i64 of the first one instead of the result.  Reinterpreting costs nothing once it is lowered. */
static double fuel_in_place(const struct hardware_row *row) {
    const struct vm_schedule schedule = vm_default_schedule();
    const double drop = schedule.instruction[VM_OP_DROP], extend = schedule.instruction[VM_OP_I64_EXTEND_I32_U];
    const double first = row->in == 'f' || row->in == 'i' ? extend : 0;
    const double result = row->out == 'f' || row->out == 'i' ? extend : 0;
    return first - result + (row->binary ? drop : 0);
}

void bench_floats(const struct bench_options *options) {
    const uint32_t rounds = options->quick ? 20000 : 1000000;
    if (loader_routines().size == 0 || !hardware_is_usable()) {
        bench_warn("floats are left out: this build has no routines to lower them to, or no hardware to compare with");
        return;
    }
    for (uint32_t i = 0; i < hardware_row_count; i++) {
        const struct hardware_row *const row = &hardware_rows[i];
        struct measurement with = {0}, without = {0};
        bench_progress("floats: %s", row->text);
        if (!measure_both(row, options, &with, &without, rounds))
            continue;
        char name[BENCH_NAME_ROOM];
        const double fuel = ((double)with.fuel - (double)without.fuel) / rounds + fuel_in_place(row);
        (void)snprintf(name, sizeof name, "%s: %.1f fuel", row->text, fuel);
        bench_result("floats, lowered: one operation in the fast engine", name,
                     (with.seconds - without.seconds) / rounds * 1e9, "ns");
    }
    bench_progress(NULL);
}
