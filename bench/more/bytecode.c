/* An interpreter for a small register machine: a switch in a loop, br_table as compilers write it. */
#include "bench/cases/kern.h"

enum { LOAD, ADD, SUB, MUL, XOR, SHIFT, LESS, JUMP, BRANCH, STORE, FETCH, MOVE, STOP };
struct instruction {
    uint8_t code, a, b, c;
};
static uint32_t memory[1024];

static NOINLINE uint32_t interpret(const struct instruction *program, uint32_t argument) {
    uint32_t registers[16] = {argument};
    for (const struct instruction *at = program;; at++) {
        uint32_t *const a = &registers[at->a & 15];
        const uint32_t b = registers[at->b & 15], c = registers[at->c & 15];
        switch (at->code) {
        case LOAD:
            *a = (uint32_t)at->b << 8 | at->c;
            break;
        case ADD:
            *a = b + c;
            break;
        case SUB:
            *a = b - c;
            break;
        case MUL:
            *a = b * c;
            break;
        case XOR:
            *a = b ^ c;
            break;
        case SHIFT:
            *a = b >> (c & 31);
            break;
        case LESS:
            *a = b < c;
            break;
        case JUMP:
            at += (int8_t)at->b;
            break;
        case BRANCH:
            if (*a != 0)
                at += (int8_t)at->b;
            break;
        case STORE:
            memory[b & 1023] = *a;
            break;
        case FETCH:
            *a = memory[b & 1023];
            break;
        case MOVE:
            *a = b;
            break;
        default:
            return *a;
        }
    }
}

EXPORT int64_t run(int32_t n) {
    /* r1 = counter, r2 = 1, r3 = sum, r4 = limit, r5 = 7 */
    static const struct instruction program[] = {
        {LOAD, 1, 0, 0},  {LOAD, 2, 0, 1},
        {MOVE, 3, 0, 0},  {LOAD, 4, 16, 0},
        {LOAD, 5, 0, 7},  {MUL, 6, 1, 3},
        {SHIFT, 7, 6, 5}, {XOR, 3, 3, 7},
        {STORE, 3, 1, 0}, {FETCH, 8, 3, 0},
        {ADD, 3, 3, 8},   {ADD, 1, 1, 2},
        {LESS, 9, 1, 4},  {BRANCH, 9, (uint8_t)-9, 0},
        {STOP, 3, 0, 0},
    };
    uint64_t sum = 0;
    for (int32_t round = 0; round < n; round++)
        sum = mix64(sum, interpret(program, (uint32_t)round));
    return (int64_t)sum;
}
