/* All small programs over an alphabet of instructions, in both engines.
 *
 * Random programs miss what needs three exact instructions in a row; here every well-typed sequence up to a length is
 * run, at full fuel and at every fuel below: from nothing with the first letters of the alphabet, and with all of it
 * behind each of some beginnings, where operands wait and blocks are open.  Operands are i32.  What is open at the end
 * of a sequence is closed, with what is on the stack as its result.
 * Arguments: the length from nothing, and the length behind a beginning; the default takes seconds. */
#include "vm/fast/tests/duel.h"

enum { GREATEST_LENGTH = 10, GREATEST_DEPTH = 20, PROGRAMS = 900 };

/* How a letter changes the operand stack, in the innermost block. */
enum effect { PLAIN, BLOCK, LOOP, IF, ELSE, END, BRANCH, BRANCH_IF, TABLE, RETURN };

/* in, out: operands; of BLOCK, LOOP and IF the parameters and results. */
static const struct letter {
    const char *code;
    uint8_t size, in, out, effect;
} alphabet[] = {
    {"\x20\x00", 2, 0, 1, PLAIN},     /* local.get 0 */
    {"\x20\x01", 2, 0, 1, PLAIN},     /* local.get 1 */
    {"\x21\x00", 2, 1, 0, PLAIN},     /* local.set 0 */
    {"\x22\x01", 2, 1, 1, PLAIN},     /* local.tee 1 */
    {"\x41\x03", 2, 0, 1, PLAIN},     /* i32.const 3 */
    {"\x6A", 1, 2, 1, PLAIN},         /* i32.add */
    {"\x73", 1, 2, 1, PLAIN},         /* i32.xor */
    {"\x48", 1, 2, 1, PLAIN},         /* i32.lt_s */
    {"\x45", 1, 1, 1, PLAIN},         /* i32.eqz */
    {"\x28\x00\x02", 3, 1, 1, PLAIN}, /* i32.load */
    {"\x10\x00", 2, 1, 1, PLAIN},     /* call 0 */
    {"\x02\x40", 2, 0, 0, BLOCK},     /* block */
    {"\x02\x7F", 2, 0, 1, BLOCK},     /* block (result i32) */
    {"\x03\x40", 2, 0, 0, LOOP},      /* loop */
    {"\x04\x40", 2, 0, 0, IF},        /* if */
    {"\x04\x7F", 2, 0, 1, IF},        /* if (result i32) */
    {"\x05", 1, 0, 0, ELSE},          /* else */
    {"\x0B", 1, 0, 0, END},           /* end */
    {"\x0D\x00", 2, 1, 0, BRANCH_IF}, /* br_if 0 */
    {"\x0D\x01", 2, 1, 0, BRANCH_IF}, /* br_if 1 */
    {"\x0C\x01", 2, 0, 0, BRANCH},    /* br 1 */
#define FIRST_LETTERS 21
    {"\x0C\x00", 2, 0, 0, BRANCH},        /* br 0 */
    {"\x0E\x01\x01\x00", 4, 1, 0, TABLE}, /* br_table 1 0 */
    {"\x0F", 1, 0, 0, RETURN},            /* return */
    {"\x02\x00", 2, 1, 1, BLOCK},         /* block (param i32) (result i32) */
    {"\x03\x00", 2, 1, 1, LOOP},          /* loop (param i32) (result i32) */
    {"\x04\x00", 2, 1, 1, IF},            /* if (param i32) (result i32) */
    {"\x02\x01", 2, 2, 1, BLOCK},         /* block (param i32 i32) (result i32) */
    {"\x3A\x00\x01", 3, 2, 0, PLAIN},     /* i32.store8 offset=1 */
    {"\x6D", 1, 2, 1, PLAIN},             /* i32.div_s */
    {"\x1B", 1, 3, 1, PLAIN},             /* select */
    {"\x1A", 1, 1, 0, PLAIN},             /* drop */
    {"\x23\x00", 2, 0, 1, PLAIN},         /* global.get 0 */
    {"\x24\x00", 2, 1, 0, PLAIN},         /* global.set 0 */
    {"\x40\x00", 2, 1, 1, PLAIN},         /* memory.grow, which the plain engine does */
};
enum { LETTERS = sizeof alphabet / sizeof *alphabet };

/* Beginnings, as codes of the alphabet. */
static const struct beginning {
    const char *code;
    uint8_t size;
} beginnings[] = {
    {"\x20\x00\x20\x01\x02\x7F\x41\x03", 8},                  /* two wait, in a block with a result a third */
    {"\x20\x00\x02\x7F\x20\x01\x20\x00", 8},                  /* a branch out of the block moves what it keeps */
    {"\x23\x00\x20\x00\x03\x00\x22\x01", 8},                  /* a loop with a parameter */
    {"\x20\x00\x41\x03\x6A\x20\x01\x04\x7F\x23\x00\x05", 12}, /* local + constant waits, in an else */
    {"\x02\x7F\x02\x7F\x20\x01\x20\x00\x48", 9},              /* a comparison in two blocks with results */
    {"\x20\x01\x23\x00\x22\x01", 6}, /* a local that the accumulator equals, and its old value */
};
enum { BEGINNINGS = sizeof beginnings / sizeof *beginnings };

struct block {
    uint8_t effect, height, params, results;
    bool dead;
};

struct search {
    struct duel duel;
    struct loader_writer bodies;
    uint32_t count;
    uint8_t code[128]; /* of the program so far */
    uint32_t size;
    uint32_t length, greatest, letters;
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
    static const uint8_t global[] = {1, VM_I32, 1, 0x41, 9, 0x0B};
    loader_write_section(&module, LOADER_SECTION_GLOBAL, vm_bytes(global, sizeof global));
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

/* What lies on the stack becomes what is wanted: added up, dropped, or local 0 in front of nothing. */
static void adjust(uint8_t *body, size_t *size, uint32_t have, uint32_t want) {
    for (; have > want && have > 1; have--)
        body[(*size)++] = 0x6A;
    for (; have > want; have--)
        body[(*size)++] = 0x1A;
    for (; have < want; have++) {
        body[(*size)++] = 0x20;
        body[(*size)++] = 0;
    }
}

/* The program so far, with all that is open closed. */
static void take_program(struct search *s, const struct block *blocks, uint32_t depth, uint32_t height) {
    uint8_t body[256];
    size_t size = 0;
    body[size++] = 0;
    memcpy(body + size, s->code, s->size);
    size += s->size;
    for (; depth > 0; depth--) {
        const struct block *const top = &blocks[depth - 1];
        if (!top->dead)
            adjust(body, &size, height - top->height, top->results);
        if (top->effect == IF && top->results != top->params) {
            body[size++] = 0x05;
            adjust(body, &size, top->params, top->results);
        }
        body[size++] = 0x0B;
        height = top->height + top->results;
    }
    loader_write_vector(&s->bodies, vm_bytes(body, size));
    s->programs++;
    if (++s->count == PROGRAMS)
        run_batch(s);
}

/* What a branch to the label takes. */
static uint32_t arity_of(const struct block *blocks, uint32_t depth, uint32_t target) {
    const struct block *const label = &blocks[depth - 1 - target];
    return label->effect == LOOP ? label->params : label->results;
}

/* Does what a letter does to the blocks and the height; false if it may not stand here. */
static bool step(const struct letter *letter, struct block *blocks, uint32_t *depth, uint32_t *height) {
    struct block *const top = &blocks[*depth - 1];
    const bool opens = letter->effect == BLOCK || letter->effect == LOOP || letter->effect == IF;
    const uint32_t in = letter->in + (letter->effect == IF ? 1u : 0u);
    if (top->dead) { /* what the block gives is there, whatever it is */
        if (letter->effect != END && letter->effect != ELSE)
            return false;
        *height = top->height + top->results;
        top->dead = false;
    }
    if (*height - top->height < in)
        return false;
    *height -= in;
    if (opens) {
        blocks[(*depth)++] = (struct block){letter->effect, (uint8_t)*height, letter->in, letter->out, false};
        *height += letter->in;
        return *depth < GREATEST_DEPTH;
    }
    *height += letter->out;
    uint32_t arity = 0, target;
    switch ((enum effect)letter->effect) {
    case ELSE:
        if (top->effect != IF || *height != (uint32_t)top->height + top->results)
            return false;
        *height = top->height + top->params;
        top->effect = BLOCK;
        return true;
    case END:
        if (*depth == 1 || (top->effect == IF && top->results != top->params) ||
            *height != (uint32_t)top->height + top->results)
            return false;
        --*depth;
        return true;
    case BRANCH:
    case BRANCH_IF:
    case TABLE:
    case RETURN:
        target = letter->effect == RETURN ? *depth - 1 : letter->effect == TABLE ? 1 : (uint32_t)letter->code[1];
        if (target >= *depth)
            return false;
        arity = arity_of(blocks, *depth, target);
        if ((letter->effect == TABLE && arity_of(blocks, *depth, 0) != arity) || *height - top->height < arity)
            return false;
        if (letter->effect != BRANCH_IF) {
            top->dead = true;
            *height = top->height;
        }
        return true;
    case PLAIN:
    case BLOCK:
    case LOOP:
    case IF:
        break;
    }
    return true;
}

static void extend(struct search *s, const struct block *before, uint32_t depth, uint32_t height) {
    if (s->size > 0)
        take_program(s, before, depth, height);
    if (s->length == s->greatest)
        return;
    for (uint32_t i = 0; i < s->letters; i++) {
        struct block blocks[GREATEST_DEPTH];
        uint32_t now = depth, high = height;
        memcpy(blocks, before, depth * sizeof *blocks);
        if (!step(&alphabet[i], blocks, &now, &high))
            continue;
        memcpy(s->code + s->size, alphabet[i].code, alphabet[i].size);
        s->size += alphabet[i].size;
        s->length++;
        extend(s, blocks, now, high);
        s->length--;
        s->size -= alphabet[i].size;
    }
}

/* Everything up to a length behind a beginning, which is a sequence of letters. */
static void search(struct search *s, const struct beginning *beginning, uint32_t letters, uint32_t length) {
    struct block blocks[GREATEST_DEPTH] = {{.effect = BLOCK, .results = 1}};
    uint32_t depth = 1, height = 0;
    s->size = s->length = 0;
    for (uint32_t at = 0; at < beginning->size;) {
        uint32_t i = 0;
        while (i < LETTERS && (alphabet[i].size > beginning->size - at ||
                               memcmp(alphabet[i].code, beginning->code + at, alphabet[i].size) != 0))
            i++;
        if (!CHECK(i < LETTERS && step(&alphabet[i], blocks, &depth, &height)))
            return;
        at += alphabet[i].size;
    }
    memcpy(s->code, beginning->code, beginning->size);
    s->size = beginning->size;
    s->letters = letters;
    s->greatest = length;
    extend(s, blocks, depth, height);
    run_batch(s);
}

int main(int count, char **words) {
    static const struct beginning nothing = {"", 0};
    static struct search s;
    const uint32_t length = count > 1 ? (uint32_t)strtoul(words[1], NULL, 10) : DUEL_SANITIZED ? 4 : 5;
    const uint32_t behind = count > 2 ? (uint32_t)strtoul(words[2], NULL, 10) : DUEL_SANITIZED ? 2 : 3;
    if (length > GREATEST_LENGTH || behind > GREATEST_LENGTH)
        return 2;
    struct vm_limits limits = duel_limits();
    limits.operand_stack = 60;
    duel_init(&s.duel, limits);
    loader_writer_init(&s.bodies, &s.duel.allocator);
    check_context("all programs of up to %" PRIu32 " instructions", length);
    search(&s, &nothing, FIRST_LETTERS, length);
    check_context("all programs of up to %" PRIu32 " instructions of all kinds", length - 1);
    search(&s, &nothing, LETTERS, length - 1);
    for (uint32_t i = 0; i < BEGINNINGS; i++) {
        check_context("all programs of up to %" PRIu32 " instructions behind beginning %" PRIu32, behind, i);
        search(&s, &beginnings[i], LETTERS, behind);
    }
    loader_writer_clear(&s.bodies);
    duel_clear(&s.duel);
    CHECK(s.programs > 1000);
    return check_done();
}
