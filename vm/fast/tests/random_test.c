/* Random valid programs in both engines: results, traps, fuel and effects must agree, at any fuel and in any slices.
 * Programs follow from the number of their seed and their depth alone.  Arguments: first seed, count, depth (5); default
 * is a short run.  A module on which the engines differ is kept in a file; a smaller depth finds a smaller one. */
#include "vm/fast/tests/duel.h"

enum { FUNCTIONS = 5, GREATEST_SIZE = 1500 };

struct label {
    uint8_t types[2]; /* what a branch to it takes */
    uint32_t count;
};

struct generator {
    uint64_t state;
    struct loader_writer code;
    struct label labels[64];
    uint32_t label_count;
    uint8_t locals[12];
    uint32_t local_count;
    uint8_t results[2];
    uint32_t result_count;
    int depth; /* of expressions and statements in each other */
};

struct signature {
    const uint8_t *params, *results;
    uint8_t param_count, result_count;
};
static const uint8_t ii[] = {VM_I32, VM_I32}, iI[] = {VM_I32, VM_I64};
/* The types of the module.  0 is the host function's; function f has type 1 + f % 4. */
static const struct signature signatures[] = {
    {iI + 1, ii, 1, 1}, {ii, iI, 2, 1}, {iI, iI + 1, 2, 1}, {ii, NULL, 1, 0}, {iI, iI, 2, 2}, {NULL, ii, 0, 1},
};
enum { TYPES = 6 };

static uint32_t pick(struct generator *g, uint32_t count) {
    g->state = g->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t x = g->state ^ g->state >> 31;
    x *= UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)((x >> 33) % count);
}

static void byte(struct generator *g, unsigned value) {
    loader_write_byte(&g->code, (uint8_t)value);
}
static void number(struct generator *g, uint64_t value) {
    loader_write_unsigned(&g->code, value);
}

static void expression(struct generator *g, uint8_t type, int depth);
static void statement(struct generator *g, int depth);

static void constant(struct generator *g, uint8_t type) {
    static const int64_t edges[] = {
        0,     1,     2,         -1,        7,         8,         31,         32,         63,           64, 255,
        65535, 65536, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFF00, -5, 100};
    int64_t value = edges[pick(g, sizeof edges / sizeof *edges)];
    if (type == VM_I32)
        value = (int32_t)(uint32_t)((uint64_t)value & 0xFFFFFFFF);
    byte(g, type == VM_I32 ? 0x41 : 0x42);
    loader_write_signed(&g->code, value);
}

/* A local of this type; UINT32_MAX if there is none. */
static uint32_t local_of(struct generator *g, uint8_t type) {
    for (int tries = 0; tries < 8; tries++) {
        const uint32_t local = pick(g, g->local_count);
        if (g->locals[local] == type)
            return local;
    }
    return UINT32_MAX;
}

static void memarg(struct generator *g) {
    static const uint32_t offsets[] = {0, 0, 1, 4, 8, 100, 65528, 65535, 65536, 4294967295u};
    number(g, 0);
    number(g, pick(g, 8) == 0 ? offsets[pick(g, 10)] : offsets[pick(g, 6)]);
}

static void address(struct generator *g, int depth) {
    if (pick(g, 3) == 0) {
        byte(g, 0x41);
        loader_write_signed(&g->code, (int64_t)pick(g, pick(g, 6) == 0 ? 70000 : 64));
        return;
    }
    expression(g, VM_I32, depth - 1);
    if (pick(g, 6) != 0) {
        byte(g, 0x41);
        loader_write_signed(&g->code, 63);
        byte(g, 0x71);
    }
    if (pick(g, 3) == 0) {
        byte(g, 0x41);
        loader_write_signed(&g->code, (int64_t)pick(g, 40) - 8);
        byte(g, 0x6A);
    }
}

static void push_label(struct generator *g, const uint8_t *types, uint32_t count) {
    struct label *const label = &g->labels[g->label_count++];
    label->count = count;
    for (uint32_t i = 0; i < count; i++)
        label->types[i] = types[i];
}

static void statements(struct generator *g, int depth) {
    for (uint32_t i = pick(g, 3); i != 0 && g->code.size < GREATEST_SIZE; i--)
        statement(g, depth - 1);
}

static void values(struct generator *g, const uint8_t *types, uint32_t count, int depth) {
    for (uint32_t i = 0; i < count; i++)
        expression(g, types[i], depth - 1);
}

static void call(struct generator *g, uint32_t function, int depth) {
    const struct signature *const type = &signatures[function == 0 ? 0 : 1 + (function - 1) % 4];
    values(g, type->params, type->param_count, depth);
    byte(g, 0x10);
    number(g, function);
}

static void call_indirect(struct generator *g, uint32_t type, int depth) {
    values(g, signatures[type].params, signatures[type].param_count, depth);
    expression(g, VM_I32, depth - 1);
    if (pick(g, 4) != 0) {
        byte(g, 0x41);
        byte(g, 7);
        byte(g, 0x71);
    }
    byte(g, 0x11);
    number(g, type);
    byte(g, 0);
}

/* A block, loop or if with one result (or none, type 0), perhaps with a parameter. */
static void block(struct generator *g, uint8_t type, int depth) {
    const uint32_t kind = pick(g, 4); /* block, loop, if, block with parameter */
    const uint32_t results = type == 0 ? 0 : 1;
    if (g->label_count > 50) {
        if (type != 0)
            constant(g, type);
        return;
    }
    if (kind == 2)
        expression(g, VM_I32, depth - 1);
    byte(g, kind == 0 || kind == 3 ? 0x02 : kind == 1 ? 0x03 : 0x04);
    byte(g, type == 0 ? 0x40 : type);
    push_label(g, &type, kind == 1 ? 0 : results);
    statements(g, depth);
    if (type != 0)
        expression(g, type, depth - 1);
    if (kind == 2 && (type != 0 || pick(g, 2) == 0)) {
        byte(g, 0x05);
        statements(g, depth);
        if (type != 0)
            expression(g, type, depth - 1);
    }
    byte(g, 0x0B);
    g->label_count--;
}

/* Takes two values into a block and leaves two: i32, i64. */
static void pair_block(struct generator *g, int depth) {
    const uint32_t loop = pick(g, 2);
    expression(g, VM_I32, depth - 1);
    expression(g, VM_I64, depth - 1);
    byte(g, loop != 0 ? 0x03 : 0x02);
    number(g, 4); /* type 4: i32 i64 -> i32 i64 */
    push_label(g, iI, 2);
    for (uint32_t i = pick(g, 3); i != 0; i--) {
        statements(g, depth);
        expression(g, VM_I32, depth - 1);
        byte(g, 0x0D);
        byte(g, 0);
    }
    byte(g, 0x0B);
    g->label_count--;
    byte(g, 0x1A);
    byte(g, 0x1A);
}

static void branch(struct generator *g, int depth) {
    const uint32_t target = pick(g, g->label_count), kind = pick(g, 5);
    const struct label label = g->labels[g->label_count - 1 - target];
    values(g, label.types, label.count, depth);
    if (kind < 3) {
        expression(g, VM_I32, depth - 1);
        byte(g, 0x0D);
        number(g, target);
        for (uint32_t i = 0; i < label.count; i++)
            byte(g, 0x1A);
    } else if (kind == 3) {
        byte(g, 0x0C);
        number(g, target);
        if (pick(g, 2) == 0)
            statements(g, depth);
        byte(g, 0x00);
    } else {
        expression(g, VM_I32, depth - 1);
        byte(g, 0x0E);
        uint32_t others[4], count = 0;
        for (uint32_t i = 0; i < 4; i++) {
            const uint32_t other = pick(g, g->label_count);
            const struct label *const also = &g->labels[g->label_count - 1 - other];
            if (also->count == label.count && memcmp(also->types, label.types, label.count) == 0)
                others[count++] = other;
        }
        number(g, count);
        for (uint32_t i = 0; i < count; i++)
            number(g, others[i]);
        number(g, target);
    }
}

static void binary(struct generator *g, uint8_t type, int depth) {
    expression(g, type, depth - 1);
    if (pick(g, 3) == 0)
        constant(g, type);
    else
        expression(g, type, depth - 1);
    byte(g, (type == VM_I32 ? 0x6A : 0x7C) + pick(g, 15));
}

static void comparison(struct generator *g, int depth) {
    const uint8_t type = pick(g, 2) == 0 ? VM_I32 : VM_I64;
    expression(g, type, depth - 1);
    if (pick(g, 3) == 0) {
        byte(g, type == VM_I32 ? 0x45 : 0x50);
        return;
    }
    if (pick(g, 3) == 0)
        constant(g, type);
    else
        expression(g, type, depth - 1);
    byte(g, (type == VM_I32 ? 0x46 : 0x51) + pick(g, 10));
}

static void unary(struct generator *g, uint8_t type, int depth) {
    static const uint8_t narrow[] = {0x67, 0x68, 0x69, 0xC0, 0xC1}, wide[] = {0x79, 0x7A, 0x7B, 0xC2, 0xC3, 0xC4};
    const uint32_t convert = pick(g, 3);
    if (type == VM_I32) {
        expression(g, convert == 0 ? VM_I64 : VM_I32, depth - 1);
        byte(g, convert == 0 ? 0xA7u : narrow[pick(g, 5)]);
    } else {
        expression(g, convert == 0 ? VM_I32 : VM_I64, depth - 1);
        byte(g, convert == 0 ? 0xACu + pick(g, 2) : wide[pick(g, 6)]);
    }
}

static void load(struct generator *g, uint8_t type, int depth) {
    static const uint8_t narrow[] = {0x28, 0x2C, 0x2D, 0x2E, 0x2F}, wide[] = {0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35};
    address(g, depth);
    byte(g, type == VM_I32 ? narrow[pick(g, 5)] : wide[pick(g, 7)]);
    memarg(g);
}

static void wide_arithmetic(struct generator *g, int depth) {
    const uint32_t op = pick(g, 4);
    for (uint32_t i = 0; i < (op < 2 ? 4u : 2u); i++)
        expression(g, VM_I64, depth - 2);
    byte(g, 0xFC);
    number(g, 0x13 + op);
    byte(g, 0x85); /* xor */
}

static void expression(struct generator *g, uint8_t type, int depth) {
    const uint32_t local = local_of(g, type);
    if (depth <= 0 || g->code.size >= GREATEST_SIZE) {
        if (local != UINT32_MAX && pick(g, 4) != 0) {
            byte(g, 0x20);
            number(g, local);
        } else
            constant(g, type);
        return;
    }
    if (pick(g, 8) == 0) /* something happens while operands wait */
        statement(g, depth - 2);
    switch (pick(g, 16)) {
    case 0:
    case 1:
    case 2:
        if (local != UINT32_MAX) {
            byte(g, 0x20);
            number(g, local);
        } else
            constant(g, type);
        return;
    case 3:
        constant(g, type);
        return;
    case 4:
    case 5:
    case 6:
        binary(g, type, depth);
        return;
    case 7:
        unary(g, type, depth);
        return;
    case 8:
        if (type == VM_I32)
            comparison(g, depth);
        else
            wide_arithmetic(g, depth);
        return;
    case 9:
        load(g, type, depth);
        return;
    case 10:
        expression(g, type, depth - 1);
        if (local != UINT32_MAX) {
            byte(g, 0x22);
            number(g, local);
        }
        return;
    case 11:
        expression(g, type, depth - 1);
        expression(g, type, depth - 1);
        expression(g, VM_I32, depth - 1);
        byte(g, 0x1B);
        return;
    case 12:
        block(g, type, depth);
        return;
    case 13:
        if (type == VM_I32)
            call(g, pick(g, 3) == 0 ? 0 : 1, depth);
        else
            call(g, 2, depth);
        return;
    case 14:
        if (pick(g, 2) == 0)
            call_indirect(g, type == VM_I32 ? 1 + 4 * pick(g, 2) : 2, depth);
        else {
            byte(g, 0x23);
            byte(g, type == VM_I32 ? 0 : 1);
        }
        return;
    default:
        if (type == VM_I32 && pick(g, 4) == 0) {
            address(g, 1);
            byte(g, 0x40);
            byte(g, 0);
        } else if (type == VM_I32) {
            byte(g, 0x3F);
            byte(g, 0);
        } else
            binary(g, type, depth);
        return;
    }
}

static void statement(struct generator *g, int depth) {
    const uint8_t type = pick(g, 2) == 0 ? VM_I32 : VM_I64;
    const uint32_t local = local_of(g, type);
    switch (pick(g, 15)) {
    case 0:
    case 1:
    case 2:
        if (local == UINT32_MAX)
            return;
        expression(g, type, depth - 1);
        byte(g, 0x21);
        number(g, local);
        return;
    case 3:
        expression(g, type, depth - 1);
        byte(g, 0x24);
        byte(g, type == VM_I32 ? 0 : 1);
        return;
    case 4:
    case 5: {
        static const uint8_t narrow[] = {0x36, 0x3A, 0x3B}, wide[] = {0x37, 0x3C, 0x3D, 0x3E};
        address(g, depth);
        expression(g, type, depth - 1);
        byte(g, type == VM_I32 ? narrow[pick(g, 3)] : wide[pick(g, 4)]);
        memarg(g);
        return;
    }
    case 6:
    case 7:
        block(g, 0, depth);
        return;
    case 8:
    case 9:
        branch(g, depth);
        return;
    case 10:
        pair_block(g, depth - 1);
        return;
    case 11:
        call(g, 3, depth);
        return;
    case 12:
        if (pick(g, 6) == 0) {
            values(g, g->results, g->result_count, depth);
            byte(g, 0x0F);
        } else if (pick(g, 4) == 0) { /* memory.fill or memory.copy */
            for (int i = 0; i < 3; i++)
                address(g, depth - 1);
            byte(g, 0xFC);
            const uint32_t copy = pick(g, 2);
            byte(g, copy != 0 ? 10 : 11);
            byte(g, 0);
            if (copy != 0)
                byte(g, 0);
        }
        return;
    case 13:
        expression(g, type, depth - 1);
        byte(g, 0x1A);
        return;
    default: /* x = x + k, as loops do, and a bounded jump back */
        if (local == UINT32_MAX)
            return;
        byte(g, 0x20);
        number(g, local);
        constant(g, type);
        byte(g, (type == VM_I32 ? 0x6A : 0x7C) + pick(g, 2));
        byte(g, 0x21 + pick(g, 2));
        number(g, local);
        if (g->code.data[g->code.size - 2] == 0x22)
            byte(g, 0x1A);
        return;
    }
}

static void function_body(struct generator *g, uint32_t function, struct loader_writer *out) {
    const struct signature *const type = &signatures[1 + function % 4];
    loader_writer_reset(&g->code);
    g->local_count = 0;
    for (uint32_t i = 0; i < type->param_count; i++)
        g->locals[g->local_count++] = type->params[i];
    const uint32_t narrow = 1 + pick(g, 3), wide = 1 + pick(g, 3);
    number(g, 2);
    number(g, narrow);
    byte(g, VM_I32);
    number(g, wide);
    byte(g, VM_I64);
    for (uint32_t i = 0; i < narrow; i++)
        g->locals[g->local_count++] = VM_I32;
    for (uint32_t i = 0; i < wide; i++)
        g->locals[g->local_count++] = VM_I64;
    g->result_count = type->result_count;
    for (uint32_t i = 0; i < type->result_count; i++)
        g->results[i] = type->results[i];
    g->label_count = 0;
    push_label(g, g->results, g->result_count);
    for (uint32_t i = 1 + pick(g, 4); i != 0; i--)
        statement(g, g->depth);
    if (pick(g, 8) == 0) { /* a tail call to itself */
        values(g, type->params, type->param_count, 2);
        byte(g, 0x12);
        number(g, 1 + function);
    } else {
        values(g, g->results, g->result_count, g->depth);
    }
    byte(g, 0x0B);
    loader_write_vector(out, loader_written(&g->code));
}

static void section(struct loader_writer *module, enum loader_section id, struct loader_writer *content) {
    loader_write_section(module, id, loader_written(content));
    loader_writer_reset(content);
}

static void write_module(struct generator *g, struct loader_writer *module) {
    static const uint8_t import[] = {1, 3, 'e', 'n', 'v', 3, 'l', 'o', 'g', 0, 0};
    static const uint8_t table[] = {1, VM_FUNCREF, 0, 7}, memory[] = {1, 1, 1, 4};
    static const uint8_t globals[] = {2, VM_I32, 1, 0x41, 5, 0x0B, VM_I64, 1, 0x42, 9, 0x0B};
    static const uint8_t elements[] = {1, 0, 0x41, 0, 0x0B, 6, 0, 1, 2, 3, 4, 5};
    struct loader_writer content;
    loader_writer_init(&content, &module->allocator);
    loader_writer_reset(module);
    loader_write_header(module);
    loader_write_unsigned(&content, TYPES);
    for (uint32_t i = 0; i < TYPES; i++) {
        loader_write_byte(&content, 0x60);
        loader_write_vector(&content, vm_bytes(signatures[i].params, signatures[i].param_count));
        loader_write_vector(&content, vm_bytes(signatures[i].results, signatures[i].result_count));
    }
    section(module, LOADER_SECTION_TYPE, &content);
    loader_write_section(module, LOADER_SECTION_IMPORT, vm_bytes(import, sizeof import));
    loader_write_unsigned(&content, FUNCTIONS);
    for (uint32_t i = 0; i < FUNCTIONS; i++)
        loader_write_unsigned(&content, 1 + i % 4);
    section(module, LOADER_SECTION_FUNCTION, &content);
    loader_write_section(module, LOADER_SECTION_TABLE, vm_bytes(table, sizeof table));
    loader_write_section(module, LOADER_SECTION_MEMORY, vm_bytes(memory, sizeof memory));
    loader_write_section(module, LOADER_SECTION_GLOBAL, vm_bytes(globals, sizeof globals));
    loader_write_section(module, LOADER_SECTION_ELEMENT, vm_bytes(elements, sizeof elements));
    loader_write_unsigned(&content, FUNCTIONS);
    for (uint32_t i = 0; i < FUNCTIONS; i++)
        function_body(g, i, &content);
    section(module, LOADER_SECTION_CODE, &content);
    loader_writer_clear(&content);
}

/* Each function, with plenty of fuel, then with less than it took. */
static bool fight(struct duel *duel, struct generator *g) {
    static const vm_value arguments[][2] = {{0, 0}, {1, 7}, {100, 0xFFFFFFFF}, {0xFFFFFFFF, 3}};
    for (uint32_t f = 1; f <= FUNCTIONS; f++) {
        const vm_value *const given = arguments[pick(g, 4)];
        uint64_t used, ignored;
        duel_instantiate(duel);
        if (!duel_run(duel, f, given, 3000, UINT64_MAX, &used))
            return false;
        for (uint32_t i = 0; i < 4; i++) {
            const uint64_t fuel = used == 0 ? 0 : pick(g, (uint32_t)used + 1);
            duel_instantiate(duel);
            if (!duel_run(duel, f, given, fuel, UINT64_MAX, &ignored))
                return false;
        }
        duel_instantiate(duel);
        if (!duel_run(duel, f, given, 3000, 1 + pick(g, 50), &ignored))
            return false;
    }
    return true;
}

int main(int count, char **arguments) {
    const uint64_t first = count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
    const uint64_t seeds = count > 2 ? strtoull(arguments[2], NULL, 10) : 4000;
    const int depth = count > 3 ? (int)strtoul(arguments[3], NULL, 10) : 5;
    static struct duel duel;
    static struct generator g;
    g.depth = depth;
    duel_init(&duel, duel_limits());
    struct loader_writer module;
    loader_writer_init(&module, &duel.allocator);
    loader_writer_init(&g.code, &duel.allocator);
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        check_context("seed %" PRIu64, seed);
        g.state = seed * UINT64_C(0x9E3779B97F4A7C15);
        write_module(&g, &module);
        duel.listing = seed % 2 == 0; /* cells are appended in a way of their own then */
        if (duel_load(&duel, loader_written(&module)) && !fight(&duel, &g))
            duel_keep(loader_written(&module), "random", seed);
        duel_unload(&duel);
    }
    loader_writer_clear(&module);
    loader_writer_clear(&g.code);
    duel_clear(&duel);
    return check_done();
}
