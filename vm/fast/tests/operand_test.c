/* Every instruction on every kind of operand, with every use of its result, on edge values, in both engines; and every
 * pair of operations of which the second takes the result of the first.
 *
 * Programs are made from the signatures in vm/opcodes.def, so rows that are added come by themselves.  All that the
 * translator makes of them is listed: each cell of vm/fast/cells.def must come up, or stand among the exceptions below
 * with the reason.  What needs more than an instruction or two is in vm/fast/tests/cells.wat.
 * Argument: 1 in how many programs is run; default 1, with sanitizers 16. */
#include "loader/text/text.h"
#include "vm/fast/tests/duel.h"
#include "vm/opcode.h"

/* Functions have four operands of each type as parameters: operand n of type t (0 i32, 1 i64) is local 2 n + t, and
 * global 2 n + t takes a copy.  Then come a local for a result of each type, and one for a copy of each operand. */
enum { OPERANDS = 4, PARAMETERS = 2 * OPERANDS, RESULT = PARAMETERS, COPY = RESULT + 2, PROGRAMS = 700 };

/* Where an operand comes from. */
enum form {
    LOCAL,    /* local.get */
    FIRST,    /* local.get of operand 0, whichever this is */
    CONSTANT, /* a constant */
    MADE,     /* global.get: only the accumulator has it */
    EQUAL,    /* the same, with a local.tee: a local that the accumulator equals */
    KEPT,     /* made, then pushed out of the accumulator */
    SUM,      /* local.get, constant, add */
    FORMS
};

/* What is done with a result. */
enum use {
    TOP,    /* it is returned */
    SET,    /* local.set, then read */
    TEE,    /* local.tee, and both are used */
    OVER,   /* set over the local it was computed from */
    STAYS,  /* something else is computed meanwhile */
    UNDER,  /* it is the right operand of what comes next */
    BRANCH, /* br_if */
    IF,     /* if */
    ZERO,   /* eqz */
    ZERO_BRANCH,
    ZERO_IF,
    STORED, /* to a constant address */
    GLOBAL,
    USES
};

static const uint64_t edges[2][16] = {
    {0, 1, 0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 31, 32, 63, 0x8000, 0x7FFF, 0xFFFF, 0xFFFF8000, 64, 65528, 65535, 8},
    {0, 1, UINT64_MAX, UINT64_C(1) << 63, INT64_MAX, 32, 63, 64, 0x80000000, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF80000000,
     0xFFFFFFFF7FFFFFFF, 0x123456789ABCDEF0, 0x8000, 31}};
enum { EDGES = 16 };

/* At the limits of what cells hold: 16 and 32 bits, signed and not. */
static const int64_t constants[2][14] = {
    {0, 1, -1, 5, 31, 32767, 32768, -32768, -32769, 65535, 65536, INT32_MAX, INT32_MIN, 33},
    {0, 1, -1, 63, 32767, -32769, INT32_MAX, INT64_C(2147483648), INT32_MIN, INT64_C(-2147483649), UINT32_MAX,
     INT64_MAX, INT64_MIN, 65}};
enum { CONSTANTS = 14 };

struct corpus {
    struct duel duel;
    struct loader_writer code, bodies;
    uint32_t count;
    unsigned long programs, stride;
    unsigned rounds; /* arguments of each program */
    bool covered[VM_CELL_COUNT];
    bool over;
};

static void byte(struct corpus *c, unsigned value) {
    loader_write_byte(&c->code, (uint8_t)value);
}

static void with_index(struct corpus *c, unsigned op, unsigned index) {
    byte(c, op);
    loader_write_unsigned(&c->code, index);
}

static void constant(struct corpus *c, unsigned type, int64_t value) {
    byte(c, type == 0 ? 0x41 : 0x42);
    loader_write_signed(&c->code, value);
}

static void operand(struct corpus *c, enum form form, unsigned number, unsigned type, int64_t value) {
    const unsigned index = 2 * number + type;
    switch (form) {
    case LOCAL:
        with_index(c, 0x20, index);
        return;
    case FIRST:
        with_index(c, 0x20, type);
        return;
    case CONSTANT:
        constant(c, type, value);
        return;
    case MADE:
        with_index(c, 0x23, index);
        return;
    case EQUAL:
        with_index(c, 0x23, index);
        with_index(c, 0x22, COPY + index);
        return;
    case KEPT:
        with_index(c, 0x23, index);
        with_index(c, 0x23, index);
        byte(c, 0x1A);
        return;
    case SUM:
        with_index(c, 0x20, index);
        constant(c, type, value);
        byte(c, type == 0 ? 0x6A : 0x7C);
        return;
    case FORMS:
        return;
    }
}

static void begin(struct corpus *c, enum use use) {
    loader_writer_reset(&c->code);
    byte(c, 2 + PARAMETERS);
    for (unsigned i = 0; i < 2 + PARAMETERS; i++)
        with_index(c, 1, i % 2 == 0 ? VM_I32 : VM_I64);
    for (unsigned i = 0; i < PARAMETERS; i++) {
        with_index(c, 0x20, i);
        with_index(c, 0x24, i);
    }
    if (use == BRANCH || use == ZERO_BRANCH)
        with_index(c, 0x02, 0x40);
    if (use == STORED)
        constant(c, 0, 24);
    if (use == UNDER)
        with_index(c, 0x20, 2);
}

static void truth(struct corpus *c) {
    constant(c, 1, 1);
    byte(c, 0x0F);
    byte(c, 0x0B);
    constant(c, 1, 2);
}

/* Leaves an i64 of whatever the instruction gave. */
static void finish(struct corpus *c, enum use use, unsigned type) {
    const unsigned result = RESULT + type;
    switch (use) {
    case TOP:
    case USES:
        break;
    case SET:
        with_index(c, 0x21, result);
        with_index(c, 0x20, result);
        break;
    case TEE:
        with_index(c, 0x22, result);
        with_index(c, 0x20, result);
        byte(c, type == 0 ? 0x6A : 0x7C);
        break;
    case OVER:
        with_index(c, 0x21, type);
        with_index(c, 0x20, type);
        break;
    case STAYS:
        with_index(c, 0x23, 2 + type);
        byte(c, type == 0 ? 0x6B : 0x7D);
        break;
    case UNDER:
        if (type == 1)
            byte(c, 0xA7);
        byte(c, 0x6B);
        type = 0;
        break;
    case ZERO_BRANCH:
        byte(c, type == 0 ? 0x45 : 0x50);
        with_index(c, 0x0D, 0);
        truth(c);
        type = 1;
        break;
    case BRANCH:
        if (type == 1)
            byte(c, 0xA7);
        with_index(c, 0x0D, 0);
        truth(c);
        type = 1;
        break;
    case ZERO_IF:
    case IF:
        if (use == ZERO_IF)
            byte(c, type == 0 ? 0x45 : 0x50);
        else if (type == 1)
            byte(c, 0xA7);
        with_index(c, 0x04, VM_I64);
        constant(c, 1, 1);
        byte(c, 0x05);
        constant(c, 1, 2);
        byte(c, 0x0B);
        type = 1;
        break;
    case ZERO:
        byte(c, type == 0 ? 0x45 : 0x50);
        type = 0;
        break;
    case STORED:
        byte(c, type == 0 ? 0x36 : 0x37);
        byte(c, 0);
        byte(c, 0);
        constant(c, 1, 3);
        type = 1;
        break;
    case GLOBAL:
        with_index(c, 0x24, 2 + type);
        with_index(c, 0x23, 2 + type);
        break;
    }
    if (type == 0)
        byte(c, 0xAD);
    byte(c, 0x0B);
}

static void cover(void *context, const struct vm_fast_cell_info *cell) {
    ((struct corpus *)context)->covered[cell->token] = true;
}

static void cover_module(struct corpus *c) {
    for (int side = 1; side < 3; side++)
        for (uint32_t i = 0; i < c->duel.sides[side].module->function_count; i++)
            vm_fast_list(c->duel.sides[side].module, i, cover, c);
}

/* Enough is known when much has failed. */
static bool too_bad(struct corpus *c) {
    c->over = c->over || check_state.failed > 20;
    return c->over;
}

static void run_function(struct corpus *c, uint32_t index, unsigned long number) {
    uint64_t used = 0, ignored;
    vm_value arguments[PARAMETERS];
    for (unsigned round = 0; round < c->rounds; round++) {
        unsigned long at = number * 7 + round;
        for (unsigned i = 0; i < OPERANDS; i++, at /= EDGES) {
            arguments[2 * i] = edges[0][(at + i * 5) % EDGES];
            arguments[2 * i + 1] = edges[1][(at + i * 3) % EDGES];
        }
        if (!duel_run(&c->duel, index, arguments, 1000, UINT64_MAX, &used))
            return;
    }
    if (number % 8 != 0)
        return;
    for (uint64_t fuel = 0; fuel < used && fuel < 100; fuel++)
        if (!duel_run(&c->duel, index, arguments, fuel, UINT64_MAX, &ignored))
            return;
    duel_run(&c->duel, index, arguments, 1000, 3, &ignored);
}

static void run_batch(struct corpus *c) {
    if (c->count == 0 || too_bad(c))
        return;
    struct loader_writer module, content;
    loader_writer_init(&module, &c->duel.allocator);
    loader_writer_init(&content, &c->duel.allocator);
    loader_write_header(&module);
    static const uint8_t types[] = {1,      0x60,   PARAMETERS, VM_I32, VM_I64, VM_I32, VM_I64,
                                    VM_I32, VM_I64, VM_I32,     VM_I64, 1,      VM_I64};
    loader_write_section(&module, LOADER_SECTION_TYPE, vm_bytes(types, sizeof types));
    loader_write_unsigned(&content, c->count);
    for (uint32_t i = 0; i < c->count; i++)
        loader_write_byte(&content, 0);
    loader_write_section(&module, LOADER_SECTION_FUNCTION, loader_written(&content));
    static const uint8_t memory[] = {1, 1, 1, 1};
    loader_write_section(&module, LOADER_SECTION_MEMORY, vm_bytes(memory, sizeof memory));
    loader_writer_reset(&content);
    loader_write_byte(&content, PARAMETERS);
    for (unsigned i = 0; i < PARAMETERS; i++) {
        const uint8_t global[] = {i % 2 == 0 ? VM_I32 : VM_I64, 1, i % 2 == 0 ? 0x41 : 0x42, 0, 0x0B};
        loader_write_bytes(&content, vm_bytes(global, sizeof global));
    }
    loader_write_section(&module, LOADER_SECTION_GLOBAL, loader_written(&content));
    loader_writer_reset(&content);
    loader_write_unsigned(&content, c->count);
    loader_write_bytes(&content, loader_written(&c->bodies));
    loader_write_section(&module, LOADER_SECTION_CODE, loader_written(&content));
    loader_writer_reset(&content);
    static const uint8_t start[] = {2, 0, 0x41, 0, 0x0B, 64}, end[] = {0, 0x41, 0xC0, 0xFF, 0x03, 0x0B, 64};
    loader_write_bytes(&content, vm_bytes(start, sizeof start));
    for (unsigned i = 0; i < 64; i++)
        loader_write_byte(&content, (uint8_t)(i * 37 + 128));
    loader_write_bytes(&content, vm_bytes(end, sizeof end));
    for (unsigned i = 0; i < 64; i++)
        loader_write_byte(&content, (uint8_t)(i * 91 + 5));
    loader_write_section(&module, LOADER_SECTION_DATA, loader_written(&content));
    if (duel_load(&c->duel, loader_written(&module))) {
        duel_instantiate(&c->duel);
        cover_module(c);
        for (uint32_t i = 0; i < c->count && !too_bad(c); i++)
            run_function(c, i, c->programs - c->count + i);
    } else {
        c->over = true;
    }
    duel_unload(&c->duel);
    loader_writer_clear(&module);
    loader_writer_clear(&content);
    loader_writer_reset(&c->bodies);
    c->count = 0;
}

static void take(struct corpus *c) {
    if (c->programs++ % c->stride != 0)
        return;
    loader_write_vector(&c->bodies, loader_written(&c->code));
    if (++c->count == PROGRAMS)
        run_batch(c);
}

/* ---- Programs --------------------------------------------------------------------------------------------------- */

static unsigned type_of(char letter) {
    return letter == 'i' ? 0 : 1;
}

static bool is_integer(const char *letters) {
    return letters[strspn(letters, "iI")] == '\0';
}

/* An instruction that takes integers and gives integers, from the stack alone or with an address. */
static bool is_computation(const struct corpus *c, const struct vm_opcode *row) {
    const bool access = row->immediate == VM_IMM_MEMARG;
    return (access || row->immediate == VM_IMM_NONE) && row->in[0] != '\0' && is_integer(row->in) &&
           is_integer(row->out) && c->duel.features.on[row->feature] && row->feature != VM_FEATURE_FLOAT;
}

static const uint32_t offsets[] = {0, 4, 65528, UINT32_MAX};
enum { OFFSETS = 4 };

static void instruction(struct corpus *c, const struct vm_opcode *row, unsigned offset) {
    loader_write_code(&c->code, row->code);
    if (row->immediate != VM_IMM_MEMARG)
        return;
    byte(c, 0);
    loader_write_unsigned(&c->code, offsets[offset % OFFSETS]);
}

/* Makes one value of what an instruction gave; returns its type. */
static unsigned join(struct corpus *c, const struct vm_opcode *row) {
    if (row->out[0] == '\0')
        constant(c, 0, 9);
    if (row->out[0] != '\0' && row->out[1] != '\0')
        byte(c, 0x85); /* i64.xor */
    return row->out[0] == '\0' ? 0 : type_of(row->out[0]);
}

static void one_instruction(struct corpus *c, const struct vm_opcode *row, const enum form *forms, enum use use,
                            unsigned value, unsigned offset) {
    begin(c, use);
    for (unsigned i = 0; row->in[i] != '\0'; i++) {
        const unsigned type = type_of(row->in[i]);
        operand(c, forms[i], i, type, constants[type][(value + 5 * i) % CONSTANTS]);
    }
    instruction(c, row, offset);
    finish(c, use, join(c, row));
    take(c);
}

/* All forms of all operands, with all uses; all constants and offsets where the use is the simplest. */
static void one_by_one(struct corpus *c, const struct vm_opcode *row) {
    const size_t count = strlen(row->in);
    const unsigned uses = count > 2 ? 2 : USES;
    unsigned turn = 0, all = 1;
    for (size_t i = 0; i < count; i++)
        all *= FORMS;
    for (unsigned number = 0; number < all; number++) {
        enum form forms[OPERANDS];
        bool varies = false, odd = false;
        for (unsigned i = 0, rest = number; i < count; i++, rest /= FORMS) {
            forms[i] = (enum form)(rest % FORMS);
            varies |= forms[i] == CONSTANT || forms[i] == SUM;
            odd |= count > 2 && (forms[i] == FIRST || forms[i] == EQUAL || forms[i] == SUM);
        }
        for (unsigned use = 0; use < uses && !odd; use++) {
            const unsigned values = varies && count < 3 ? (use == TOP ? CONSTANTS : 2) : 1;
            const unsigned places = row->immediate == VM_IMM_MEMARG && use == TOP ? OFFSETS : 1;
            for (unsigned i = 0; i < values * places; i++, turn++)
                one_instruction(c, row, forms, (enum use)use, use == TOP ? i / places : turn, use == TOP ? i : turn);
        }
    }
}

/* Two instructions, of which the second takes what the first gave.
 * place  on which side
 * x, y   the operands of the first, y a constant or a local; z: the other one of the second
 * kind   of constants; turn: which of them */
struct pair {
    const struct vm_opcode *first, *second;
    unsigned place;
    enum form x, y, z;
    unsigned kind, turn;
    enum use use;
};

static uint32_t mix(uint32_t number) {
    number = (number ^ number >> 15) * 0x2C1B3C6Du;
    number = (number ^ number >> 12) * 0x297A2D39u;
    return number ^ number >> 15;
}

/* Short ones, then any, then those that make xor a complement. */
static int64_t pair_constant(unsigned type, unsigned kind, unsigned turn) {
    static const int64_t small[] = {1, 7, 31, -2, 2048};
    return kind == 0 ? small[mix(turn) % 5] : kind == 1 ? constants[type][mix(turn) % CONSTANTS] : -1;
}

static void one_pair(struct corpus *c, const struct pair *pair) {
    const struct vm_opcode *const first = pair->first, *const second = pair->second;
    const bool two = second->in[1] != '\0';
    const unsigned other = two ? type_of(second->in[1 - pair->place]) : 0;
    begin(c, pair->use);
    if (two && pair->place == 1)
        operand(c, pair->z, 2, other, pair_constant(other, pair->kind % 2, pair->turn));
    operand(c, pair->x, 0, type_of(first->in[0]), 8);
    if (first->in[1] != '\0')
        operand(c, pair->y, 1, type_of(first->in[1]), pair_constant(type_of(first->in[1]), pair->kind, pair->turn + 1));
    instruction(c, first, mix(pair->turn) % 2);
    if (two && pair->place == 0)
        operand(c, pair->z, 2, other, pair_constant(other, pair->kind % 2, pair->turn));
    instruction(c, second, mix(pair->turn) / 2 % 2);
    finish(c, pair->use, join(c, second));
    take(c);
}

static void all_pairs(struct corpus *c, const struct vm_opcode *first, const struct vm_opcode *second) {
    static unsigned turn;
    static const enum form xs[] = {LOCAL, MADE, SUM}, ys[] = {LOCAL, CONSTANT}, zs[] = {LOCAL, CONSTANT, MADE};
    static const enum use others[] = {STAYS, BRANCH, ZERO_IF, STORED, UNDER};
    const bool load = first->immediate == VM_IMM_MEMARG;
    for (unsigned number = 0; number < 3 * 3 * 2 * 2; number++) {
        struct pair pair = {.first = first,
                            .second = second,
                            .place = number % 2,
                            .x = xs[number / 12],
                            .y = ys[number / 2 % 2],
                            .z = zs[number / 4 % 3]};
        if (second->in[pair.place] != first->out[0] || (pair.x == SUM && !load) ||
            (pair.y == CONSTANT && first->in[1] == '\0') || (pair.z != LOCAL && second->in[1] == '\0') ||
            (pair.z == MADE && pair.place == 0))
            continue;
        const unsigned turns = pair.y == CONSTANT ? 3 : pair.z == CONSTANT ? 2 : 1;
        for (unsigned i = 0; i < turns * 3; i++, turn++) {
            pair.kind = i / 3;
            pair.turn = turn;
            pair.use = i % 3 == 0 ? SET : i % 3 == 1 ? TOP : others[mix(turn) % (sizeof others / sizeof *others)];
            one_pair(c, &pair);
        }
    }
}

static void pairs(struct corpus *c, const struct vm_opcode *first) {
    if (first->out[0] == '\0' || first->out[1] != '\0' || strlen(first->in) > 2)
        return;
    for (uint32_t op = 0; op < VM_OP_COUNT; op++)
        if (is_computation(c, &vm_opcodes[op]) && strlen(vm_opcodes[op].in) <= 2)
            all_pairs(c, first, &vm_opcodes[op]);
}

/* Spec: exec-select */
static void selects(struct corpus *c) {
    static const enum use uses[] = {TOP, SET, STAYS};
    unsigned turn = 0;
    for (unsigned number = 0; number < FORMS * FORMS * FORMS; number++)
        for (unsigned type = 0; type < 2; type++, turn++) {
            const enum use use = uses[turn % 3];
            begin(c, use);
            operand(c, (enum form)(number % FORMS), 0, type, constants[type][turn % CONSTANTS]);
            operand(c, (enum form)(number / FORMS % FORMS), 1, type, constants[type][turn / 3 % CONSTANTS]);
            operand(c, (enum form)(number / FORMS / FORMS), 2, 0, turn % 2);
            byte(c, 0x1B);
            finish(c, use, type);
            take(c);
        }
}

/* All comparisons choose between two locals, or a local and something else. */
static void compared_selects(struct corpus *c) {
    static const enum form lefts[] = {LOCAL, MADE, KEPT}, rights[] = {LOCAL, CONSTANT},
                           values[] = {LOCAL, LOCAL, MADE, CONSTANT};
    static const enum use uses[] = {TOP, SET, STAYS, OVER};
    unsigned turn = 0;
    for (unsigned type = 0; type < 2; type++)
        for (unsigned comparison = 0; comparison < 10; comparison++)
            for (unsigned way = 0; way < 6 * 4 * 4; way++, turn++) {
                const unsigned value = mix(turn) % 2;
                begin(c, uses[way / 6 % 4]);
                operand(c, values[way / 24], 2, value, constants[value][turn % CONSTANTS]);
                operand(c, values[turn % 4], 3, value, constants[value][turn / 3 % CONSTANTS]);
                operand(c, lefts[way % 3], 0, type, 7);
                operand(c, rights[way / 3 % 2], 1, type, constants[type][mix(turn) / 2 % CONSTANTS]);
                byte(c, (type == 0 ? 0x46u : 0x51u) + comparison);
                byte(c, 0x1B);
                finish(c, uses[way / 6 % 4], value);
                take(c);
            }
}

/* A counter goes up, is compared and branched on, as loops end: with all comparisons, on either side. */
static void counters(struct corpus *c) {
    unsigned turn = 0;
    for (unsigned type = 0; type < 2; type++)
        for (unsigned comparison = 0; comparison < 12; comparison++)
            for (unsigned way = 0; way < 192; way++, turn++) {
                const enum use use =
                    comparison == 11 ? ((way & 1) != 0 ? ZERO_BRANCH : ZERO_IF) : ((way & 1) != 0 ? BRANCH : IF);
                const enum form other = (way & 2) != 0 ? CONSTANT : (way & 16) != 0 ? MADE : LOCAL;
                begin(c, use);
                if (comparison < 10 && (way & 4) != 0)
                    operand(c, other, 1, type, constants[type][turn % CONSTANTS]);
                /* Other counters go up in front of it. */
                for (unsigned i = 0; i < (way >= 128 ? 2 : way / 32 % 2); i++) {
                    operand(c, SUM, 2 + i, 0, 3);
                    with_index(c, 0x21, 4 + 2 * i);
                }
                if (way < 128 && (way & 64) != 0) { /* it goes up by a local */
                    operand(c, LOCAL, 0, type, 0);
                    operand(c, LOCAL, 3, type, 0);
                    byte(c, type == 0 ? 0x6A : 0x7C);
                } else {
                    operand(c, SUM, 0, type, constants[type][turn / 2 % CONSTANTS]);
                }
                with_index(c, (way & 8) != 0 ? 0x22 : 0x21, type);
                if ((way & 8) == 0)
                    with_index(c, 0x20, type);
                if (comparison < 10 && (way & 4) == 0)
                    operand(c, other, 1, type, constants[type][turn % CONSTANTS]);
                if (comparison < 10)
                    byte(c, (type == 0 ? 0x46u : 0x51u) + comparison);
                finish(c, use, comparison < 10 ? 0 : type);
                take(c);
            }
}

/* What is loaded is compared for a branch: kept in a local or not, with a local or a constant. */
static void loaded_conditions(struct corpus *c) {
    static const uint8_t loads[] = {0x28, 0x2D, 0x2F, 0x2C};
    static const enum form others[] = {LOCAL, CONSTANT, MADE, FIRST};
    unsigned turn = 0;
    for (unsigned load = 0; load < sizeof loads; load++)
        for (unsigned comparison = 0; comparison < 12; comparison++)
            for (unsigned way = 0; way < 64; way++, turn++) {
                const enum use use =
                    comparison == 11 ? ((way & 1) != 0 ? ZERO_BRANCH : ZERO_IF) : ((way & 1) != 0 ? BRANCH : IF);
                const enum form other = others[way / 4 % 4];
                const int64_t number = mix(turn) % 3 != 0 ? (int64_t)(mix(turn) % 256) : constants[0][turn % CONSTANTS];
                begin(c, use);
                if (other == MADE && comparison < 10)
                    operand(c, MADE, 1, 0, 0);
                operand(c, (way & 2) != 0 ? LOCAL : MADE, 0, 0, 0);
                byte(c, loads[load]);
                byte(c, 0);
                loader_write_unsigned(&c->code, offsets[mix(turn) % 8 == 0 ? 2 : turn % 2]);
                if ((way & 48) == 16)
                    with_index(c, 0x22, RESULT);
                else if ((way & 48) == 32)
                    with_index(c, 0x22, 0);
                else if ((way & 48) == 48) {
                    with_index(c, 0x22, 2);
                    byte(c, 0x1A);
                    with_index(c, 0x20, 2);
                }
                if (other != MADE && comparison < 10)
                    operand(c, other, 1, 0, number);
                if (comparison < 10)
                    byte(c, 0x46u + comparison);
                finish(c, use, 0);
                take(c);
            }
}

/* Tables: what is loaded lies at a field of bits, times a power of two, with or without a local that is added. */
static void tables(struct corpus *c) {
    static const uint8_t loads[] = {0x28, 0x29, 0x2D, 0x2F, 0x2C, 0x31, 0x33, 0x35};
    static const struct {
        uint8_t first, by, second, by_second; /* opcodes; 0: none */
    } indices[] = {{0x71, 15, 0, 0},     {0x76, 3, 0, 0},      {0x74, 2, 0, 0},    {0x71, 7, 0x74, 2},
                   {0x76, 33, 0x71, 15}, {0x71, 255, 0x74, 0}, {0x72, 3, 0x74, 1}, {0x6C, 3, 0x71, 12}};
    static const enum use uses[] = {TOP, SET, STAYS, OVER, UNDER};
    unsigned turn = 0;
    for (unsigned load = 0; load < sizeof loads; load++)
        for (unsigned index = 0; index < sizeof indices / sizeof *indices; index++)
            for (unsigned way = 0; way < 36; way++, turn++) {
                const enum use use = uses[mix(turn) % 5];
                const unsigned base = way / 2 % 3;
                begin(c, use);
                if (base == 1)
                    operand(c, LOCAL, way / 6 % 2, 0, 0);
                operand(c, (way & 1) != 0 ? LOCAL : MADE, 2, 0, 0);
                constant(c, 0, indices[index].by);
                byte(c, indices[index].first);
                if (indices[index].second != 0) {
                    constant(c, 0, indices[index].by_second);
                    byte(c, indices[index].second);
                }
                if (base == 2)
                    operand(c, LOCAL, way / 6 % 2, 0, 0);
                if (base != 0)
                    byte(c, 0x6A);
                byte(c, loads[load]);
                byte(c, 0);
                loader_write_unsigned(&c->code, offsets[way / 12 == 2 ? mix(turn) % OFFSETS : way / 12]);
                finish(c, use, loads[load] == 0x28 || (loads[load] >= 0x2C && loads[load] <= 0x2F) ? 0 : 1);
                take(c);
            }
}

/* Carries: whether one is less than the other, added to a third. */
static void carries(struct corpus *c) {
    static const enum form xs[] = {LOCAL, MADE}, others[] = {LOCAL, CONSTANT}, zs[] = {LOCAL, CONSTANT, MADE};
    static const enum use uses[] = {TOP, SET};
    unsigned turn = 0;
    for (unsigned comparison = 0x51; comparison < 0x5B; comparison++)
        for (unsigned way = 0; way < 2 * 2 * 3 * 2 * 2 * 3; way++, turn++) {
            const enum use use = uses[way / 12 % 2];
            const bool under = way / 24 % 2 != 0;
            const int64_t third = way % 3 == 0 ? 7 : constants[1][turn % CONSTANTS];
            begin(c, use);
            if (under)
                operand(c, zs[way / 4 % 3], 2, 1, third);
            operand(c, xs[way % 2], 0, 1, 0);
            operand(c, others[way / 2 % 2], 1, 1, way / 48 == 0 ? 8 : constants[1][turn / 3 % CONSTANTS]);
            byte(c, comparison);
            byte(c, 0xAD);
            if (!under)
                operand(c, zs[way / 4 % 3], 2, 1, third);
            byte(c, 0x7C);
            finish(c, use, 1);
            take(c);
        }
}

/* The address is a sum that a local keeps. */
static void kept_addresses(struct corpus *c) {
    static const uint8_t loads[] = {0x28, 0x29, 0x2D, 0x2F, 0x2C, 0x35};
    static const unsigned locals[] = {RESULT, 0, 2};
    unsigned turn = 0;
    for (unsigned load = 0; load < sizeof loads; load++)
        for (unsigned way = 0; way < 3 * USES * 2; way++, turn++) {
            const enum use use = (enum use)(way / 3 % USES);
            const unsigned local = locals[way % 3];
            begin(c, use);
            operand(c, SUM, 0, 0, mix(turn) % 4 != 0 ? (int64_t)(mix(turn) % 32) : constants[0][turn % CONSTANTS]);
            with_index(c, way / 3 / USES == 0 ? 0x22 : 0x21, local);
            if (way / 3 / USES != 0)
                with_index(c, 0x20, local);
            byte(c, loads[load]);
            byte(c, 0);
            loader_write_unsigned(&c->code, offsets[mix(turn) % 5 == 0 ? 2 : turn % 2]);
            const unsigned type = loads[load] == 0x29 || loads[load] == 0x35;
            if (mix(turn) % 3 == 0)
                with_index(c, 0x22, type == 0 ? local : (unsigned)RESULT + 1);
            with_index(c, 0x20, local);
            if (type == 1)
                byte(c, 0xAD);
            byte(c, type == 0 ? 0x6B : 0x7D);
            finish(c, use, type);
            take(c);
        }
}

/* ---- Texts ------------------------------------------------------------------------------------------------------ */

/* Functions of vm/fast/tests/cells.wat: each at every fuel, with small and edge arguments. */
static void run_texts(struct corpus *c) {
    static const vm_value arguments[][2] = {{0, 0}, {1, 2}, {2, 1}, {3, 0xFFFFFFFF}, {7, 7}, {0x80000000, 31}};
    struct loader_writer text;
    struct vm_bytes bytes = {NULL, 0};
    struct text_error error;
    loader_writer_init(&text, &c->duel.allocator);
    if (!CHECK(duel_read("vm/fast/tests/cells.wat", &text)))
        return;
    if (text_assemble(loader_written(&text), NULL, &c->duel.allocator, &bytes, &error) != VM_OK) {
        check_report(false, "cells.wat", (int)error.line, "%s", error.message);
        return;
    }
    if (duel_load(&c->duel, bytes)) {
        duel_instantiate(&c->duel);
        cover_module(c);
        const struct vm_module *const module = c->duel.sides[0].module;
        for (uint32_t i = 0; i < module->export_count && !too_bad(c); i++) {
            const struct vm_export *const export = &module->exports[i];
            check_context("cells.wat, %.*s", (int)export->name.size, (const char *)export->name.data);
            for (size_t j = 0; j < sizeof arguments / sizeof *arguments; j++) {
                uint64_t used = 0, ignored;
                bool same = duel_run(&c->duel, export->index, arguments[j], 3000, UINT64_MAX, &used) &&
                            duel_run(&c->duel, export->index, arguments[j], 3000, 1, &ignored) &&
                            duel_run(&c->duel, export->index, arguments[j], 3000, 7, &ignored);
                for (uint64_t fuel = 0; same && fuel < used; fuel++)
                    same = duel_run(&c->duel, export->index, arguments[j], fuel, UINT64_MAX, &ignored);
            }
        }
    }
    duel_unload(&c->duel);
    text_free(&c->duel.allocator, bytes);
    loader_writer_clear(&text);
}

/* ---- Coverage --------------------------------------------------------------------------------------------------- */

/* Cells that no program has, and why.  A * in a name stands for anything. */
#define LEFT_ONLY "what waits in the accumulator was pushed first, and this operation takes it from the right"
static const struct {
    const char *name, *why;
} exceptions[] = {
    {"EXIT", "stands behind the outermost call, in no function"},
    {"I32_AND_I32_SHL_S*A*", LEFT_ONLY},
    {"I32_XOR_I32_ROTL_S*A*", LEFT_ONLY},
    {"I64_XOR_I64_ROTL_S*A*", LEFT_ONLY},
};

static bool matches(const char *name, const char *pattern) {
    if (*pattern == '*')
        return matches(name, pattern + 1) || (*name != '\0' && matches(name + 1, pattern));
    return *name == *pattern && (*name == '\0' || matches(name + 1, pattern + 1));
}

static void check_coverage(const struct corpus *c) {
    bool needed[sizeof exceptions / sizeof *exceptions] = {false};
    check_context("coverage of vm/fast/cells.def");
    for (uint32_t token = 0; token < VM_CELL_COUNT; token++) {
        bool excepted = false;
        for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
            if (matches(vm_cells[token].name, exceptions[i].name)) {
                excepted = true;
                needed[i] |= !c->covered[token];
            }
        check_report(c->covered[token] || excepted, __FILE__, __LINE__, "no program has a cell %s",
                     vm_cells[token].name);
    }
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        check_report(needed[i], __FILE__, __LINE__, "the exception %s is not needed: %s", exceptions[i].name,
                     exceptions[i].why);
}

int main(int count, char **words) {
    static struct corpus c;
    c.stride = count > 1 ? strtoul(words[1], NULL, 10) : DUEL_SANITIZED ? 16 : 1;
    if (c.stride == 0)
        return 2;
    duel_init(&c.duel, duel_limits());
    c.duel.listing = true;
    loader_writer_init(&c.code, &c.duel.allocator);
    loader_writer_init(&c.bodies, &c.duel.allocator);
    c.rounds = 24;
    run_texts(&c);
    selects(&c);
    compared_selects(&c);
    counters(&c);
    loaded_conditions(&c);
    tables(&c);
    kept_addresses(&c);
    carries(&c);
    for (uint32_t op = 0; op < VM_OP_COUNT; op++)
        if (is_computation(&c, &vm_opcodes[op])) {
            check_context("programs with %s", vm_opcodes[op].text);
            c.rounds = 24;
            one_by_one(&c, &vm_opcodes[op]);
            run_batch(&c);
            c.rounds = 10;
            pairs(&c, &vm_opcodes[op]);
            run_batch(&c);
        }
    CHECK(c.programs > 10000);
    if (c.stride == 1 && !c.over)
        check_coverage(&c);
    loader_writer_clear(&c.code);
    loader_writer_clear(&c.bodies);
    duel_clear(&c.duel);
    return check_done();
}
