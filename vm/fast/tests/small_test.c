/* All small programs over an alphabet of instructions, in both engines.
 *
 * Random programs miss what needs three exact instructions in a row; here every well-typed sequence up to a length is
 * run, at full fuel and at every fuel below.  Operands are i32; blocks with and without a result nest.
 * Argument: the length; the default takes seconds. */
#include "vm/fast/tests/duel.h"

enum { GREATEST_LENGTH = 10, PROGRAMS = 900 };

/* How a letter changes the operand stack, in the innermost block. */
enum effect { PLAIN, BLOCK, BLOCK_VALUE, LOOP, IF, IF_VALUE, ELSE, END, BRANCH, BRANCH_IF, TABLE };

static const struct letter {
    const char *code;
    uint8_t size, in, out, effect;
} alphabet[] = {
    {"\x20\x00", 2, 0, 1, PLAIN},         /* local.get 0 */
    {"\x20\x01", 2, 0, 1, PLAIN},         /* local.get 1 */
    {"\x21\x00", 2, 1, 0, PLAIN},         /* local.set 0 */
    {"\x22\x01", 2, 1, 1, PLAIN},         /* local.tee 1 */
    {"\x41\x03", 2, 0, 1, PLAIN},         /* i32.const 3 */
    {"\x6A", 1, 2, 1, PLAIN},             /* i32.add */
    {"\x73", 1, 2, 1, PLAIN},             /* i32.xor */
    {"\x48", 1, 2, 1, PLAIN},             /* i32.lt_s */
    {"\x45", 1, 1, 1, PLAIN},             /* i32.eqz */
    {"\x6D", 1, 2, 1, PLAIN},             /* i32.div_s */
    {"\x28\x00\x02", 3, 1, 1, PLAIN},     /* i32.load */
    {"\x3A\x00\x01", 3, 2, 0, PLAIN},     /* i32.store8 */
    {"\x1B", 1, 3, 1, PLAIN},             /* select */
    {"\x1A", 1, 1, 0, PLAIN},             /* drop */
    {"\x10\x00", 2, 1, 1, PLAIN},         /* call 0: another program */
    {"\x02\x40", 2, 0, 0, BLOCK},         /* block */
    {"\x02\x7F", 2, 0, 0, BLOCK_VALUE},   /* block (result i32) */
    {"\x03\x40", 2, 0, 0, LOOP},          /* loop */
    {"\x04\x40", 2, 1, 0, IF},            /* if */
    {"\x04\x7F", 2, 1, 0, IF_VALUE},      /* if (result i32) */
    {"\x05", 1, 0, 0, ELSE},              /* else */
    {"\x0B", 1, 0, 0, END},               /* end */
    {"\x0D\x00", 2, 1, 0, BRANCH_IF},     /* br_if 0 */
    {"\x0D\x01", 2, 1, 0, BRANCH_IF},     /* br_if 1 */
    {"\x0C\x00", 2, 0, 0, BRANCH},        /* br 0 */
    {"\x0E\x01\x01\x00", 4, 1, 0, TABLE}, /* br_table 1 0 */
};
enum { LETTERS = sizeof alphabet / sizeof *alphabet };

struct block {
    uint8_t effect, height, results;
    bool dead;
};

struct search {
    struct duel duel;
    struct loader_writer bodies;
    uint32_t count;
    uint8_t word[GREATEST_LENGTH];
    uint32_t length, greatest;
    unsigned long programs;
};

static void run_batch(struct search *s) {
    static const vm_value arguments[][2] = {{0, 5}, {0xFFFFFFFE, 1}};
    if (s->count == 0)
        return;
    struct loader_writer module, content;
    loader_writer_init(&module, &s->duel.allocator);
    loader_writer_init(&content, &s->duel.allocator);
    loader_write_header(&module);
    /* Type 0 takes one value, so that letters need one operand only; type 1 is that of the programs. */
    static const uint8_t both[] = {2, 0x60, 1, VM_I32, 1, VM_I32, 0x60, 2, VM_I32, VM_I32, 1, VM_I32};
    loader_write_section(&module, LOADER_SECTION_TYPE, vm_bytes(both, sizeof both));
    loader_write_unsigned(&content, s->count + 1);
    loader_write_unsigned(&content, 0);
    for (uint32_t i = 0; i < s->count; i++)
        loader_write_unsigned(&content, 1);
    loader_write_section(&module, LOADER_SECTION_FUNCTION, loader_written(&content));
    static const uint8_t memory[] = {1, 0, 1};
    loader_write_section(&module, LOADER_SECTION_MEMORY, vm_bytes(memory, sizeof memory));
    loader_writer_reset(&content);
    loader_write_unsigned(&content, s->count + 1);
    /* Function 0: local.get 0, i32.const 1, i32.sub */
    static const uint8_t first[] = {7, 0, 0x20, 0, 0x41, 1, 0x6B, 0x0B};
    loader_write_bytes(&content, vm_bytes(first, sizeof first));
    loader_write_bytes(&content, loader_written(&s->bodies));
    loader_write_section(&module, LOADER_SECTION_CODE, loader_written(&content));
    if (duel_load(&s->duel, loader_written(&module))) {
        duel_instantiate(&s->duel);
        for (uint32_t i = 1; i <= s->count; i++) {
            uint64_t used = 0, ignored;
            bool same = duel_run(&s->duel, i, arguments[i % 2], 60, UINT64_MAX, &used);
            for (uint64_t fuel = 0; same && fuel < used && used < 60; fuel++)
                same = duel_run(&s->duel, i, arguments[i % 2], fuel, UINT64_MAX, &ignored);
            if (same)
                same = duel_run(&s->duel, i, arguments[1 - i % 2], 60, 2, &ignored);
            if (!same)
                printf("program %lu of a batch that ends with %lu\n", (unsigned long)i, s->programs);
        }
    }
    duel_unload(&s->duel);
    loader_writer_clear(&module);
    loader_writer_clear(&content);
    loader_writer_reset(&s->bodies);
    s->count = 0;
}

/* The program so far, closed and made to return what is on top, or local 0. */
static void take_program(struct search *s, const struct block *blocks, uint32_t height) {
    uint8_t body[128];
    size_t size = 0;
    body[size++] = 0;
    for (uint32_t i = 0; i < s->length; i++) {
        memcpy(body + size, alphabet[s->word[i]].code, alphabet[s->word[i]].size);
        size += alphabet[s->word[i]].size;
    }
    if (!blocks[0].dead && height == 0) {
        body[size++] = 0x20;
        body[size++] = 0;
    } else if (!blocks[0].dead && height > 1) {
        for (; height > 1; height--)
            body[size++] = 0x6A;
    }
    body[size++] = 0x0B;
    loader_write_vector(&s->bodies, vm_bytes(body, size));
    s->programs++;
    if (++s->count == PROGRAMS)
        run_batch(s);
}

static void extend(struct search *s, struct block *blocks, uint32_t depth, uint32_t height);

static void try_letter(struct search *s, const struct block *before, uint32_t depth, uint32_t height, uint32_t index) {
    const struct letter *const letter = &alphabet[index];
    struct block blocks[GREATEST_LENGTH + 1];
    memcpy(blocks, before, depth * sizeof *blocks);
    struct block *const top = &blocks[depth - 1];
    if (top->dead && letter->effect != END && letter->effect != ELSE)
        return;
    if (!top->dead && height - top->height < letter->in)
        return;
    height = height - (top->dead ? 0u : letter->in) + letter->out;
    uint32_t arity;
    switch ((enum effect)letter->effect) {
    case PLAIN:
        break;
    case BLOCK:
    case LOOP:
    case IF:
    case BLOCK_VALUE:
    case IF_VALUE:
        blocks[depth++] = (struct block){.effect = letter->effect,
                                         .height = (uint8_t)height,
                                         .results = letter->effect == BLOCK_VALUE || letter->effect == IF_VALUE};
        break;
    case ELSE:
        if ((top->effect != IF && top->effect != IF_VALUE) || (!top->dead && height != top->height + top->results))
            return;
        height = top->height;
        top->effect = BLOCK;
        top->dead = false;
        break;
    case END:
        if (depth == 1 || top->effect == IF_VALUE || (!top->dead && height != (uint32_t)top->height + top->results))
            return;
        height = top->height + top->results;
        depth--;
        break;
    case BRANCH:
    case BRANCH_IF:
    case TABLE: {
        const uint32_t target = letter->effect == TABLE ? 1 : (uint32_t)(uint8_t)letter->code[1];
        if (target >= depth)
            return;
        const struct block *const label = &blocks[depth - 1 - target];
        arity = label->effect == LOOP ? 0 : depth - 1 - target == 0 ? 1 : label->results;
        if (letter->effect == TABLE && (top->effect == LOOP ? 0 : depth == 1 ? 1 : top->results) != arity)
            return;
        if (height - top->height < arity)
            return;
        if (letter->effect != BRANCH_IF) {
            top->dead = true;
            height = top->height;
        }
        break;
    }
    }
    s->word[s->length++] = (uint8_t)index;
    extend(s, blocks, depth, height);
    s->length--;
}

static void extend(struct search *s, struct block *blocks, uint32_t depth, uint32_t height) {
    if (depth == 1 && s->length > 0)
        take_program(s, blocks, height);
    if (s->length + depth - 1 >= s->greatest) {
        if (s->length < s->greatest && depth > 1) { /* only ends fit */
            for (uint32_t i = 0; i < LETTERS; i++)
                if (alphabet[i].effect == END)
                    try_letter(s, blocks, depth, height, i);
        }
        return;
    }
    for (uint32_t i = 0; i < LETTERS; i++)
        try_letter(s, blocks, depth, height, i);
}

int main(int count, char **arguments) {
    static struct search s;
    s.greatest = count > 1 ? (uint32_t)strtoul(arguments[1], NULL, 10) : 5;
    if (s.greatest > GREATEST_LENGTH)
        return 2;
    duel_init(&s.duel);
    s.duel.limits.operand_stack = 60;
    loader_writer_init(&s.bodies, &s.duel.allocator);
    struct block outermost[GREATEST_LENGTH + 1] = {{.effect = BLOCK}};
    check_context("programs of up to %" PRIu32 " instructions", s.greatest);
    extend(&s, outermost, 1, 0);
    run_batch(&s);
    loader_writer_clear(&s.bodies);
    duel_clear(&s.duel);
    CHECK(s.programs > 0);
    return check_done();
}
