/* vm/fast/handlers.h - what each cell does; included by run.c alone, which says what OP, STOP, NEXT, GO and JUMP are.
 *
 * The registers are
 *   pc       the cell                         fuel     what is left, plus the potential of this place in the code
 *   fp       the frame's first local          frame    the innermost frame record
 *   acc      the value produced last          machine  everything else
 *   memory, limit   linear memory and its length in bytes */

/* clang-format off */
#define SLOT(x) fp[pc[1].x]
#define SIGNED_K ((uint64_t)(int64_t)pc[1].sk)

STOP(REDO) LEAVE(REDO)
#define REDO() { pc += 2; GO(REDO); }
STOP(DEEPER) {
    const uint64_t used = machine->fast.wanted;
    if (used > machine->value_capacity || frame == machine->fast.last) REDO();
    if (used > machine->peak_operands) machine->peak_operands = used;
    if (frame == machine->fast.highest) machine->fast.highest = frame + 1;
    JUMP(); /* the same cell again */
}
STOP(SHORT_EDGE) LEAVE(SHORT_EDGE)
STOP(SHORT_RETURN) LEAVE(SHORT_RETURN)
STOP(TRAPPED) LEAVE(TRAPPED)
#define TRAP(kind) { acc = VM_TRAP_##kind; GO(TRAPPED); }

/* A value for the accumulator, and the same for a slot too. */
#define PRODUCE(name, words, prepare, result)                         \
    OP(name) { prepare acc = (result); NEXT(words); }                 \
    OP(name##_D) { prepare acc = (result); SLOT(d) = acc; NEXT(words); }

#define EACH_BINARY_CLASS(X, name, type, result)                      \
    X(name##_SS, type, SLOT(a), SLOT(b), result)                      \
    X(name##_AS, type, acc, SLOT(a), result)                          \
    X(name##_SA, type, SLOT(a), acc, result)                          \
    X(name##_SK, type, SLOT(a), SIGNED_K, result)                     \
    X(name##_AK, type, acc, SIGNED_K, result)                         \
    X(name##_KS, type, SIGNED_K, SLOT(a), result)                     \
    X(name##_KA, type, SIGNED_K, acc, result)

#define BINARY_CLASS(name, type, left, right, result)                 \
    PRODUCE(name, 2, const type a = (type)(left); const type b = (type)(right);, (type)(result))
#define BINARY(name, type, result) EACH_BINARY_CLASS(BINARY_CLASS, name, type, result)
#define EACH_COMPARISON_CLASS(X, name, type, result)                  \
    X(name##_SS, type, SLOT(a), SLOT(b), result)                      \
    X(name##_AS, type, acc, SLOT(a), result)                          \
    X(name##_SK, type, SLOT(a), SIGNED_K, result)                     \
    X(name##_AK, type, acc, SIGNED_K, result)
#define COMPARISON(name, type, result) EACH_COMPARISON_CLASS(BINARY_CLASS, name, type, result)

#define DIVISION_CLASS(name, type, left, right, function)             \
    PRODUCE(name, 2, type quotient = 0;                               \
            const enum vm_trap_kind kind = function((type)(left), (type)(right), &quotient); \
            if (kind != VM_TRAP_NONE) { acc = kind; GO(TRAPPED); }, quotient)
#define DIVISION(name, type, function) EACH_BINARY_CLASS(DIVISION_CLASS, name, type, function)

#define UNARY(name, type, result)                                     \
    PRODUCE(name##_S, 2, const type a = (type)SLOT(a);, (type)(result)) \
    PRODUCE(name##_A, 2, const type a = (type)acc;, (type)(result))

/* Leaves by the edge at this word: settles, and goes on only if the fuel covers all that comes up to the next edge,
 * call or return.  Else the plain engine goes on from the edge's target, and finds out where the fuel ends. */
#define TAKE(word)                                                    \
    {                                                                 \
        const union vm_word *const edge = (word);                     \
        fuel -= (uint64_t)(int64_t)edge[1].cost;                      \
        if (UNLIKELY(fuel < edge[1].need)) { pc = edge; GO(SHORT_EDGE); } \
        pc = edge->target;                                            \
        JUMP();                                                       \
    }

#define BRANCH_CLASS(name, type, left, right, result)                 \
    OP(BR_##name) {                                                   \
        const type a = (type)(left);                                  \
        const type b = (type)(right);                                 \
        if (result) TAKE(pc + 2);                                     \
        NEXT(5);                                                      \
    }
#define BRANCH(name, type, result) EACH_COMPARISON_CLASS(BRANCH_CLASS, name, type, result)

#define ADD_TO(word) (uint32_t)(fp[(word).a] + (word).k)
/* Accesses.  The cell has the offset of the byte behind the access: one sum serves the check and the access. */
#define ADDRESS_S SLOT(a) + pc[1].k
#define ADDRESS_A acc + pc[1].k
#define ADDRESS_P (uint64_t)(uint32_t)(SLOT(a) + pc[1].k) + pc[2].more
#define ADDRESS_K pc[1].k
#define ADDRESS_X (uint64_t)(uint32_t)(SLOT(a) + SLOT(b)) + pc[2].more
#define ADDRESS_Y (uint64_t)(uint32_t)(acc + SLOT(a)) + pc[2].more
#define ADDRESS_Z (uint64_t)vm_shl32((uint32_t)SLOT(a), pc[1].b) + pc[2].more
#define ADDRESS_W (uint64_t)(uint32_t)(vm_shl32((uint32_t)SLOT(a), pc[1].b) + SLOT(c)) + pc[2].more
#define ACCESS(address)                                               \
    const uint64_t end = (address);                                   \
    if (UNLIKELY(end > limit)) TRAP(OUT_OF_BOUNDS_MEMORY_ACCESS)

#define LOAD_CLASS(name, words, width, result, address)               \
    PRODUCE(name, words, ACCESS(address); const uint8_t *const p = memory + (end - (width));, result)
#define LOAD(name, width, result)                                     \
    LOAD_CLASS(name##_S, 2, width, result, ADDRESS_S)                 \
    LOAD_CLASS(name##_A, 2, width, result, ADDRESS_A)                 \
    LOAD_CLASS(name##_P, 3, width, result, ADDRESS_P)                 \
    LOAD_CLASS(name##_K, 2, width, result, ADDRESS_K)                 \
    LOAD_CLASS(name##_X, 3, width, result, ADDRESS_X)                 \
    LOAD_CLASS(name##_Y, 3, width, result, ADDRESS_Y)                 \
    LOAD_CLASS(name##_Z, 3, width, result, ADDRESS_Z)                 \
    LOAD_CLASS(name##_W, 3, width, result, ADDRESS_W)

#define INDEX(x) vm_shl32(vm_shr_u32((uint32_t)(x), pc[1].b) & pc[2].value, pc[1].c)
#define TABLE_LOAD(name, width, result)                               \
    LOAD_CLASS(name##_IS, 3, width, result, (uint64_t)INDEX(SLOT(a)) + pc[2].more) \
    LOAD_CLASS(name##_IA, 3, width, result, (uint64_t)INDEX(acc) + pc[2].more) \
    LOAD_CLASS(name##_JS, 4, width, result, (uint64_t)(uint32_t)(INDEX(SLOT(a)) + fp[pc[3].a]) + pc[2].more) \
    LOAD_CLASS(name##_JA, 4, width, result, (uint64_t)(uint32_t)(INDEX(acc) + fp[pc[3].a]) + pc[2].more) \
    LOAD_CLASS(name##_T, 3, width, result, (fp[pc[2].value] = ADD_TO(pc[1])) + pc[2].more)

#define LOAD_PAIR(first, second, width, result)                       \
    LOAD_PAIR_CLASS(first##_##second##_S, width, result, SLOT(a) + pc[2].more, fp[pc[2].value]) \
    LOAD_PAIR_CLASS(first##_##second##_P, width, result, ADDRESS_P, fp[pc[2].value]) \
    LOAD_PAIR_CLASS(first##_##second##_SA, width, result, SLOT(a) + pc[2].more, acc) \
    LOAD_PAIR_CLASS(first##_##second##_PA, width, result, ADDRESS_P, acc)
#define LOAD_PAIR_CLASS(name, width, result, address, other)          \
    PRODUCE(name, 3, ACCESS(address); const uint8_t *const p = memory + (end - (width)); \
            const uint64_t x = (other);, result)
#define LONG(name, result)                                            \
    PRODUCE(name##_SL, 3, const uint64_t a = SLOT(a); const uint64_t b = pc[2].bits;, result) \
    PRODUCE(name##_AL, 3, const uint64_t a = acc; const uint64_t b = pc[2].bits;, result)

#define WIDE_CLASS(name, ...)                                         \
    PRODUCE(name, 3, const struct vm_wide wide = __VA_ARGS__; fp[pc[2].a] = wide.low;, wide.high)
#define HALVES(low, high) (struct vm_wide){low, high}
#define WIDE(name, function)                                          \
    WIDE_CLASS(name, function(HALVES(SLOT(a), SLOT(b)), HALVES(SLOT(c), fp[pc[2].d]))) \
    WIDE_CLASS(name##_Z, function(HALVES(SLOT(a), SLOT(b)), HALVES(SLOT(c), 0))) \
    WIDE_CLASS(name##_ZZ, function(HALVES(SLOT(a), 0), HALVES(SLOT(c), 0)))
#define WIDE_PRODUCT(name, function) WIDE_CLASS(name, function(SLOT(a), SLOT(b)))

#define VALUE_K vm_extend32_64(pc[2].value)
#define STORE_CLASS(name, words, width, action, address, source)      \
    OP(name) {                                                        \
        ACCESS(address);                                              \
        uint8_t *const p = memory + (end - (width));                  \
        const uint64_t value = (source);                              \
        action;                                                       \
        vm_dirty_mark(memory, end);                                   \
        NEXT(words);                                                  \
    }
#define STORE(name, width, action)                                    \
    STORE_CLASS(name##_SS, 2, width, action, ADDRESS_S, SLOT(d))      \
    STORE_CLASS(name##_SA, 2, width, action, ADDRESS_S, acc)          \
    STORE_CLASS(name##_SK, 3, width, action, ADDRESS_S, VALUE_K)      \
    STORE_CLASS(name##_AS, 2, width, action, ADDRESS_A, SLOT(d))      \
    STORE_CLASS(name##_AK, 3, width, action, ADDRESS_A, VALUE_K)      \
    STORE_CLASS(name##_PS, 3, width, action, ADDRESS_P, SLOT(d))      \
    STORE_CLASS(name##_PA, 3, width, action, ADDRESS_P, acc)          \
    STORE_CLASS(name##_PK, 3, width, action, ADDRESS_P, VALUE_K)      \
    STORE_CLASS(name##_KS, 2, width, action, ADDRESS_K, SLOT(d))      \
    STORE_CLASS(name##_KA, 2, width, action, ADDRESS_K, acc)          \
    STORE_CLASS(name##_KK, 3, width, action, ADDRESS_K, VALUE_K)

#define PAIR_CLASS(name, type, left, middle, right, result)           \
    PRODUCE(name, 2, const type x = (type)(left); const type y = (type)(middle); const type z = (type)(right);, (type)(result))
#define SHORT_B ((uint64_t)(int64_t)pc[1].sb)
#define SHORT_C ((uint64_t)(int64_t)pc[1].sc)
#define PAIR(first, second, type, result)                             \
    PAIR_CLASS(first##_##second##_SSS, type, SLOT(a), SLOT(b), SLOT(c), result) \
    PAIR_CLASS(first##_##second##_SSK, type, SLOT(a), SLOT(b), SHORT_C, result) \
    PAIR_CLASS(first##_##second##_SKS, type, SLOT(a), SHORT_B, SLOT(c), result) \
    PAIR_CLASS(first##_##second##_SKK, type, SLOT(a), SHORT_B, SHORT_C, result) \
    PAIR_CLASS(first##_##second##_ASS, type, acc, SLOT(b), SLOT(c), result) \
    PAIR_CLASS(first##_##second##_ASK, type, acc, SLOT(b), SHORT_C, result) \
    PAIR_CLASS(first##_##second##_AKS, type, acc, SHORT_B, SLOT(c), result) \
    PAIR_CLASS(first##_##second##_AKK, type, acc, SHORT_B, SHORT_C, result) \
    PAIR_CLASS(first##_##second##_SSA, type, SLOT(a), SLOT(b), acc, result) \
    PAIR_CLASS(first##_##second##_SKA, type, SLOT(a), SHORT_B, acc, result)

#define ADD_FIRST SLOT(d) = ADD_TO(pc[1]);
#define ADD_SECOND fp[pc[2].d] = ADD_TO(pc[2]);
/* What a cell of `words` words does, and a branch on the value that it leaves in the accumulator. */
#define BRANCH_BEHIND(name, words, work, right, result)               \
    OP(name) {                                                        \
        work                                                          \
        const uint32_t a = (uint32_t)acc;                             \
        const uint32_t b = (uint32_t)(right);                         \
        if (result) TAKE(pc + (words) + 1);                           \
        NEXT((words) + 4);                                            \
    }
#define ADD_BRANCH_CLASS(name, last, before, sum, result)             \
    BRANCH_BEHIND(name##_K, (last) + 1, before acc = (sum); fp[pc[last].d] = acc;, pc[(last) + 1].k, result) \
    BRANCH_BEHIND(name##_S, (last) + 1, before acc = (sum); fp[pc[last].d] = acc;, fp[pc[(last) + 1].a], result)
#define ADD_BRANCH(name, type, result)                                \
    ADD_BRANCH_CLASS(ADD_BR_##name, 1, , ADD_TO(pc[1]), result)       \
    ADD_BRANCH_CLASS(ADD_ADD_BR_##name, 2, ADD_FIRST, ADD_TO(pc[2]), result) \
    ADD_BRANCH_CLASS(ADD_ADD_ADD_BR_##name, 3, ADD_FIRST ADD_SECOND, ADD_TO(pc[3]), result) \
    ADD_BRANCH_CLASS(ADD_SLOTS_BR_##name, 1, , (uint32_t)(SLOT(a) + SLOT(b)), result)
#define LOAD_BRANCH_CLASS(name, width, value, address, store)         \
    LOAD_BRANCH_PAIR(name##_BR_EQ, width, value, address, store, a == b) \
    LOAD_BRANCH_PAIR(name##_BR_NE, width, value, address, store, a != b)
#define LOAD_BRANCH_PAIR(name, width, value, address, store, result)  \
    BRANCH_BEHIND(name##_K, 2, LOADED(width, value, address) store, pc[2].k, result) \
    BRANCH_BEHIND(name##_S, 2, LOADED(width, value, address) store, fp[pc[2].a], result)
#define LOADED(width, value, address) ACCESS(address); const uint8_t *const p = memory + (end - (width)); acc = (value);
#define LOAD_BRANCH(name, width, value)                               \
    LOAD_BRANCH_CLASS(name##_S, width, value, ADDRESS_S, )            \
    LOAD_BRANCH_CLASS(name##_S_D, width, value, ADDRESS_S, SLOT(d) = acc;) \
    LOAD_BRANCH_CLASS(name##_A, width, value, ADDRESS_A, )            \
    LOAD_BRANCH_CLASS(name##_A_D, width, value, ADDRESS_A, SLOT(d) = acc;)

VM_FAST_COMPARISONS(COMPARISON)
VM_FAST_PAIRS(PAIR)
VM_FAST_COMPARED_PAIRS(PAIR)
PAIR_CLASS(I64_CHOOSE_SSS, uint64_t, SLOT(a), SLOT(b), SLOT(c), (~x & y) ^ z)
PAIR_CLASS(I64_CHOOSE_SSA, uint64_t, SLOT(a), SLOT(b), acc, (~x & y) ^ z)
VM_FAST_I32_COMPARISONS(ADD_BRANCH)
VM_FAST_ARITHMETIC(BINARY)
VM_FAST_DIVISIONS(DIVISION)
VM_FAST_LOAD_PAIRS(LOAD_PAIR)
VM_FAST_LONG(LONG)
VM_FAST_WIDE(WIDE)
VM_FAST_WIDE_PRODUCTS(WIDE_PRODUCT)
VM_FAST_COMPARISONS(BRANCH)
VM_FAST_TESTS(BRANCH)
VM_FAST_BRANCHING_LOADS(LOAD_BRANCH)
VM_FAST_UNARY(UNARY)
VM_FAST_LOADS(LOAD)
VM_FAST_TABLE_LOADS(TABLE_LOAD)
VM_FAST_STORES(STORE)

OP(MOVE_S) { SLOT(d) = SLOT(a); NEXT(2); }
OP(MOVE_A) { SLOT(d) = acc; NEXT(2); }
OP(MOVE_K) { SLOT(d) = pc[1].k; NEXT(2); }
OP(MOVE_N) { SLOT(d) = SIGNED_K; NEXT(2); }
OP(MOVE_K64) { SLOT(d) = pc[2].bits; NEXT(3); }
#define MOVE_FIRST(word) fp[(word).d] = fp[(word).a];
#define MOVE_BOTH(word) MOVE_FIRST(word) fp[(word).c] = fp[(word).b];
OP(MOVE_SS) { MOVE_BOTH(pc[1]) NEXT(2); }
OP(MOVE_SSS) { MOVE_BOTH(pc[1]) MOVE_FIRST(pc[2]) NEXT(3); }
OP(MOVE_SSSS) { MOVE_BOTH(pc[1]) MOVE_BOTH(pc[2]) NEXT(3); }
OP(I32_WRAP_WRAP) { SLOT(d) = (uint32_t)SLOT(a); acc = (uint32_t)fp[pc[2].a]; fp[pc[2].d] = acc; NEXT(3); }
OP(I32_ADD_ADD) { ADD_FIRST acc = ADD_TO(pc[2]); fp[pc[2].d] = acc; NEXT(3); }
OP(I32_ADD_ADD_ADD) { ADD_FIRST ADD_SECOND acc = ADD_TO(pc[3]); fp[pc[3].d] = acc; NEXT(4); }
OP(ADD_BR) { acc = ADD_TO(pc[1]); SLOT(d) = acc; TAKE(pc + 2); }
OP(ADD_ADD_BR) { ADD_FIRST acc = ADD_TO(pc[2]); fp[pc[2].d] = acc; TAKE(pc + 3); }
PRODUCE(CONSTANT, 3, , pc[2].bits)
#define FIRST_K ((uint64_t)(int64_t)pc[2].first)
#define SECOND_K ((uint64_t)(int64_t)pc[2].second)
#define SELECT(name, condition)                                       \
    PRODUCE(name, 2, , choose((uint32_t)(condition) != 0, SLOT(b), SLOT(c))) \
    PRODUCE(name##_SK, 3, , choose((uint32_t)(condition) != 0, SLOT(b), SECOND_K)) \
    PRODUCE(name##_KS, 3, , choose((uint32_t)(condition) != 0, FIRST_K, SLOT(c))) \
    PRODUCE(name##_KK, 3, , choose((uint32_t)(condition) != 0, FIRST_K, SECOND_K))
SELECT(SELECT_S, SLOT(a))
SELECT(SELECT_A, acc)
#define SELECT_CLASS(name, type, left, right, result)                 \
    PRODUCE(SELECT_##name, 3, const type a = (type)(left); const type b = (type)(right);, \
            choose(result, fp[pc[2].a], fp[pc[2].d]))
#define SELECT_COMPARED(name, type, result) EACH_COMPARISON_CLASS(SELECT_CLASS, name, type, result)
VM_FAST_COMPARISONS(SELECT_COMPARED)
PRODUCE(GLOBAL_GET, 2, , machine->fast.globals[pc[1].k]->value)
OP(GLOBAL_SET_S) { machine->fast.globals[pc[1].k]->value = SLOT(a); NEXT(2); }
OP(GLOBAL_SET_A) { machine->fast.globals[pc[1].k]->value = acc; NEXT(2); }
PRODUCE(MEMORY_SIZE, 2, , machine->fast.memory->pages)

OP(BR) TAKE(pc + 1)

#define BR_TABLE(source)                                              \
    {                                                                 \
        const uint32_t wanted = (uint32_t)(source), count = pc[1].k;  \
        const union vm_word *const edges = pc + 2;                    \
        uint16_t label;                                               \
        memcpy(&label, (const uint8_t *)(edges + 3 * (size_t)pc[1].d) + 2 * (size_t)(wanted < count ? wanted : count), 2); \
        TAKE(edges + 3 * (size_t)label);                              \
    }
OP(BR_TABLE_S) BR_TABLE(SLOT(a))
OP(BR_TABLE_A) BR_TABLE(acc)

/* A function's results go where its arguments were; the accumulator keeps the only one. */
#define RETURN()                                                      \
    {                                                                 \
        fuel -= pc[1].k;                                              \
        pc = frame->resume;                                           \
        fp = frame->outer;                                            \
        frame--;                                                      \
        if (UNLIKELY(fuel < pc[-4].need)) GO(SHORT_RETURN);           \
        JUMP();                                                       \
    }
OP(RETURN_0) RETURN()
OP(RETURN_S) { acc = SLOT(a); fp[0] = acc; RETURN(); }
OP(RETURN_A) { fp[0] = acc; RETURN(); }
OP(RETURN_K) { acc = pc[2].bits; fp[0] = acc; RETURN(); }
OP(RETURN_N) {
    const vm_value *const results = &SLOT(a);
    for (uint32_t i = 0; i < pc[1].d; i++) { fp[i] = results[i]; VM_KEEP_LOOP(); }
    RETURN();
}

/* What is not right for a plain call within the module is left to the plain engine, from the start.  Only a call that
 * goes deeper than all before it needs its peaks noted and compared with the caps: that is done apart (DEEPER). */
#define ENTER(callee)                                                 \
    {                                                                 \
        const struct vm_fast_function *const function = (callee);     \
        const union vm_word *const start = vm_fast_start(function);   \
        const uint64_t used = frame->used_operands + function->operands; \
        const uint64_t left = fuel - (uint64_t)(int64_t)pc[2].cost;   \
        if (UNLIKELY(left < start[-1].bits)) REDO();                  \
        if (UNLIKELY(used > machine->peak_operands || frame == machine->fast.highest)) { \
            machine->fast.wanted = used;                              \
            GO(DEEPER);                                               \
        }                                                             \
        fuel = left;                                                  \
        frame++;                                                      \
        frame->used_operands = used;                                  \
        frame->translated = function;                                 \
        frame->resume = pc + 6;                                       \
        frame->outer = fp;                                            \
        fp += pc[5].delta;                                            \
        vm_value *local = fp + function->param_count;                 \
        for (uint32_t i = function->local_count; i != 0; i--) { *local++ = 0; VM_KEEP_LOOP(); } \
        pc = start;                                                   \
        JUMP();                                                       \
    }
OP(CALL) ENTER(pc[1].function)

#define CALL_INDIRECT(source)                                         \
    {                                                                 \
        const struct vm_table *const table = machine->fast.tables[pc[1].more]; \
        const uint32_t element = (uint32_t)(source);                  \
        if (UNLIKELY(element >= table->size)) REDO();                 \
        const vm_value reference = table->elements[element];          \
        if (UNLIKELY(reference >> 32 != machine->fast.owner)) REDO(); \
        const struct vm_fast_function *const target = &machine->fast.code->functions[(uint32_t)reference - 1]; \
        if (UNLIKELY(target->type != pc[1].value)) REDO();            \
        ENTER(target);                                                \
    }
OP(CALL_INDIRECT_S) CALL_INDIRECT(fp[pc[5].slot])
OP(CALL_INDIRECT_A) CALL_INDIRECT(acc)

/* Bulk instructions whose fuel, bounds and next line are all fine; the plain engine sees to the others. */
#define BULK(work)                                                    \
    {                                                                 \
        const vm_value *const operands = &SLOT(a);                    \
        uint64_t rest = fuel;                                         \
        if (UNLIKELY(!pay_bulk(machine, pc, &rest, (uint32_t)operands[2]) || (work) != VM_TRAP_NONE)) LEAVE(ESCAPE); \
        fuel = rest;                                                  \
        NEXT(6);                                                      \
    }
OP(MEMORY_COPY)
BULK(vm_memory_copy(machine->fast.memory, (uint32_t)operands[0], machine->fast.memory, (uint32_t)operands[1], (uint32_t)operands[2]))
OP(MEMORY_FILL)
BULK(vm_memory_fill(machine->fast.memory, (uint32_t)operands[0], (uint8_t)operands[1], (uint32_t)operands[2]))

OP(UNREACHABLE) TRAP(UNREACHABLE)
OP(ESCAPE) LEAVE(ESCAPE)
OP(EXIT) LEAVE(EXIT)
    /* clang-format on */
