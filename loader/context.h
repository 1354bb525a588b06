/* loader/context.h - what the parts of the loader share during one load; not for anyone outside loader.
 *
 * One struct holds the module under construction, the cursor, and the validator's stacks, which are plain growing
 * buffers: nothing here recurses on the input. */
#ifndef DELAVM_LOADER_CONTEXT_H
#define DELAVM_LOADER_CONTEXT_H

#include "loader/loader.h"
#include "loader/reader.h"
#include "vm/fast/fast.h"

/* A growing piece of memory, of `capacity` bytes. */
struct loader_buffer {
    void *data;
    size_t capacity;
};

/* How an instruction is judged, made from its row in vm/opcodes.def, the features and the schedule. */
enum loader_rule_kind {
    LOADER_RULE_TABLE,    /* typed by the columns in and out */
    LOADER_RULE_HAND,     /* a column has "*": typed by a case of its own */
    LOADER_RULE_PREFIX,   /* the byte is no opcode, but may begin one */
    LOADER_RULE_REFUSED,  /* its feature is off */
    LOADER_RULE_UNPRICED, /* the schedule has no price for it */
};

enum { LOADER_MOST_IN = 4, LOADER_MOST_OUT = 2 };

struct loader_rule {
    uint8_t in[LOADER_MOST_IN];
    uint8_t out[LOADER_MOST_OUT];
    uint8_t in_count;
    uint8_t out_count;
    uint8_t kind;
    uint8_t immediate; /* enum vm_immediate */
    uint8_t align;
};

/* Instructions of loader/common.c: one by one, */
#define LOADER_COMMON_OPS(X)                                                                                           \
    X(LOCAL_GET)                                                                                                       \
    X(LOCAL_SET)                                                                                                       \
    X(LOCAL_TEE)                                                                                                       \
    X(GLOBAL_GET)                                                                                                      \
    X(GLOBAL_SET)                                                                                                      \
    X(SELECT)                                                                                                          \
    X(CALL)                                                                                                            \
    X(RETURN)                                                                                                          \
    X(UNREACHABLE)                                                                                                     \
    X(BLOCK)                                                                                                           \
    X(LOOP)                                                                                                            \
    X(IF)                                                                                                              \
    X(END)                                                                                                             \
    X(BR)                                                                                                              \
    X(BR_IF)

/* and all that have these columns in vm/opcodes.def: immediate, in, out. */
#define LOADER_COMMON_ROWS(X)                                                                                          \
    X(NOTHING, NONE, "", "")                                                                                           \
    X(I32_TO_I32, NONE, "i", "i")                                                                                      \
    X(I32_TO_I64, NONE, "i", "I")                                                                                      \
    X(I64_TO_I32, NONE, "I", "i")                                                                                      \
    X(I64_TO_I64, NONE, "I", "I")                                                                                      \
    X(TWO_I32_TO_I32, NONE, "ii", "i")                                                                                 \
    X(TWO_I64_TO_I32, NONE, "II", "i")                                                                                 \
    X(TWO_I64_TO_I64, NONE, "II", "I")                                                                                 \
    X(I32_CONST, I32, "", "i")                                                                                         \
    X(I64_CONST, I64, "", "I")                                                                                         \
    X(I32_LOAD, MEMARG, "i", "i")                                                                                      \
    X(I64_LOAD, MEMARG, "i", "I")                                                                                      \
    X(I32_STORE, MEMARG, "ii", "")                                                                                     \
    X(I64_STORE, MEMARG, "iI", "")

enum loader_common_kind {
    LOADER_COMMON_NONE, /* not common, not admitted, or one with a memory in a module without */
#define OP(name) LOADER_COMMON_##name,
#define ROW(name, immediate, in, out) OP(name)
    LOADER_COMMON_OPS(OP) LOADER_COMMON_ROWS(ROW)
#undef OP
#undef ROW
};

struct loader_common {
    uint8_t kind; /* enum loader_common_kind */
    uint8_t align;
};

/* A result type, by its members. */
struct loader_types {
    const uint8_t *data;
    uint32_t count;
};

#define LOADER_NO_BRANCH UINT32_MAX

/* A control frame.  Spec: algo-valid.  The branches that wait for the frame's end hang on a chain through their `next`
 * fields, so that an end settles each of them once. */
struct loader_frame {
    struct loader_types start; /* what enters the block */
    struct loader_types end;   /* what leaves it */
    uint32_t height;           /* operands below the block's own */
    uint32_t chain;            /* newest branch that waits for the end, or LOADER_NO_BRANCH */
    uint32_t if_branch;        /* VM_OP_IF: the branch taken on 0, until else or end settles it */
    uint32_t loop_target;      /* VM_OP_LOOP: where a branch to the label leads */
    uint32_t loop_next;
    uint32_t checked; /* offset of the last br_table that was checked against this label */
    uint16_t op;      /* VM_OP_BLOCK, VM_OP_LOOP, VM_OP_IF, VM_OP_ELSE; VM_OP_CALL for the body */
    bool unreachable;
};

/* Declared locals of one type, up to but not including local index `end` (parameters count). */
struct loader_local_run {
    uint32_t end;
    uint8_t type;
};

enum { LOADER_FLAT_LOCALS = 256 };

/* Bytes behind those of the module that can be read, each an `end`. */
enum { LOADER_PADDING = 16 };

struct loader_context {
    struct loader_reader reader;
    const struct loader_options *options;
    struct vm_allocator allocator;
    struct vm_module *module;

    /* Module-wide facts that the checked module does not keep. */
    uint64_t section_end;   /* as the section's size says; may lie past the module's end */
    uint32_t declared_data; /* the data count section's word */
    bool has_data_count;
    uint32_t bodies;             /* in the code section */
    uint8_t *declared_functions; /* [function_count] 1 where ref.func may name the function */
    struct vm_bytes name_section;
    bool has_name_section;

    /* The code under validation. */
    const struct vm_fast_options *translation; /* how the module is to be translated, or NULL */
    struct translator *translator;             /* rides on the validation, or NULL */
    uint32_t function;                         /* function index, or VM_NO_FUNCTION */
    uint32_t instruction;                      /* offset of the instruction */
    uint32_t op;                               /* its row */
    uint32_t height;                           /* operands on the stack */
    uint32_t floor;                            /* height of the top frame */
    uint32_t highest;
    uint32_t room; /* so many operands may there be before more memory is needed, or the limit is reached */
    uint32_t frame_count;
    uint32_t branch_count;
    uint32_t run_count;
    uint32_t local_count; /* parameters included */
    struct loader_types parameters;
    struct loader_types results;
    struct loader_buffer operands;           /* uint8_t: enum vm_value_type, behind LOADER_MOST_IN bytes */
    struct loader_buffer frames;             /* struct loader_frame */
    struct loader_buffer branches;           /* struct vm_branch */
    struct loader_buffer runs;               /* struct loader_local_run */
    uint8_t flat_locals[LOADER_FLAT_LOCALS]; /* types of the first locals: almost all accesses are to these */

    struct loader_common common[256];          /* by the first byte */
    struct loader_rule rules[VM_OP_COUNT + 1]; /* the last one is for bytes that are no opcodes */
};

/* The operand stack, from its bottom.  LOADER_MOST_IN bytes lie in front of it, for steps that look at more than there
 * is. */
static inline uint8_t *loader_operands(const struct loader_context *context) {
    return (uint8_t *)context->operands.data + LOADER_MOST_IN;
}

static inline struct loader_frame *loader_top_frame(const struct loader_context *context) {
    return (struct loader_frame *)context->frames.data + context->frame_count - 1;
}

/* loader/loader.c */

/* loader_load() of the bytes as they are: nothing is lowered, and types are those that stand there. */
enum vm_status loader_load_as_is(struct vm_bytes bytes, const struct loader_options *options,
                                 const struct vm_allocator *allocator, struct vm_module **out, struct vm_error *error);

/* Makes room for `count` members of `size` bytes, at least doubling.  VM_OK or VM_RESOURCE. */
enum vm_status loader_grow(struct loader_context *context, struct loader_buffer *buffer, size_t count, size_t size);

static inline enum vm_status loader_reserve(struct loader_context *context, struct loader_buffer *buffer, size_t count,
                                            size_t size) {
    return (uint64_t)count * size <= buffer->capacity ? VM_OK : loader_grow(context, buffer, count, size);
}

/* Zeroed memory of the module's arena for `count` objects that `pointer` points to; VM_OK or VM_RESOURCE. */
#define LOADER_ALLOCATE(context, pointer, count)                                                                       \
    (((pointer) = vm_arena_allocate(&(context)->module->arena, count, sizeof *(pointer))) != NULL                      \
         ? VM_OK                                                                                                       \
         : loader_fail_memory(context))

enum vm_status loader_fail_memory(struct loader_context *context);

/* "unknown function 7" and the like, at `offset`. */
enum vm_status loader_fail_index(struct loader_context *context, enum vm_error_code code, uint32_t offset,
                                 uint32_t index);

/* As vm_fail(), but the details follow the words without a colon: "illegal opcode ff". */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
enum vm_status
loader_fail_words(struct loader_context *context, enum vm_error_code code, uint32_t offset, const char *details, ...);

/* Refuses what needs a feature that is off: names the construct, the place, the reason and the compiler's flag. */
enum vm_status loader_fail_feature(struct loader_context *context, enum vm_feature feature, uint32_t offset,
                                   const char *construct);

/* VM_LIMIT if value > limits->name. */
#define LOADER_CHECK_LIMIT(context, name, value, offset)                                                               \
    loader_check_limit(context, #name, (context)->options->limits->name, value, offset)
enum vm_status loader_fail_limit(struct loader_context *context, const char *name, uint64_t limit, uint64_t value,
                                 uint32_t offset);

static inline enum vm_status loader_check_limit(struct loader_context *context, const char *name, uint64_t limit,
                                                uint64_t value, uint32_t offset) {
    return value <= limit ? VM_OK : loader_fail_limit(context, name, limit, value, offset);
}

/* True if the feature may be used in this module. */
bool loader_admits(const struct loader_options *options, enum vm_feature feature);

/* True if limits and offsets are read as the third edition has them: 64 bits wide for memories and tables of any kind.
 * The memory64 proposal brought that, so its switch decides, and may be set for that alone where 64-bit memories
 * themselves are still refused. */
bool loader_reads_wide(const struct loader_options *options);

/* The value type of a letter of the columns in and out; VM_BOTTOM: it is none. */
static inline uint8_t loader_type_of_letter(char letter) {
    switch (letter) {
    case 'i':
        return VM_I32;
    case 'I':
        return VM_I64;
    case 'f':
        return VM_F32;
    case 'F':
        return VM_F64;
    default:
        return VM_BOTTOM;
    }
}

/* loader/rules.c: fills context->rules; and ->common, when the module's memories are known. */
void loader_make_rules(struct loader_context *context);
void loader_make_common(struct loader_context *context);

/* loader/types.c */
enum vm_status loader_read_value_type(struct loader_context *context, uint8_t *out);
enum vm_status loader_read_reference_type(struct loader_context *context, uint8_t *out);
enum vm_status loader_read_heap_type(struct loader_context *context, uint8_t *out);
enum vm_status loader_read_block_type(struct loader_context *context, struct loader_types *start,
                                      struct loader_types *end);
enum vm_status loader_read_table_type(struct loader_context *context, struct vm_table_type *out);
enum vm_status loader_read_memory_type(struct loader_context *context, struct vm_memory_type *out);
enum vm_status loader_read_global_type(struct loader_context *context, struct vm_global_type *out);
enum vm_status loader_read_type_section(struct loader_context *context);

/* The feature that would give a meaning to this byte where a value type stands; VM_FEATURE_COUNT: none would. */
enum vm_feature loader_type_feature(uint8_t byte, const char **name);

/* loader/sections.c: everything between the header and the end of the module. */
enum vm_status loader_read_sections(struct loader_context *context);

/* loader/segments.c */
enum vm_status loader_read_element_section(struct loader_context *context);
enum vm_status loader_read_data_count_section(struct loader_context *context);
enum vm_status loader_read_data_section(struct loader_context *context);

/* loader/code.c */
enum vm_status loader_read_code_section(struct loader_context *context);

/* loader/constant.c: a constant expression that gives one value of `type`.  Spec: valid-constant */
enum vm_status loader_read_constant(struct loader_context *context, uint8_t type, struct vm_constant *out);

/* Reads an opcode: context->instruction and ->op are set and the op's rule is admitted. */
enum vm_status loader_read_op(struct loader_context *context);

/* loader/common.c: types instructions up to the first that is not common or not right, of which nothing is done, or up to
 * the end of the body.  The reader may come to lie behind that end: then the body is not right, and what was made of it is
 * void. */
void loader_type_common(struct loader_context *context);

/* loader/validate.c: reads and types the body's instructions up to and with its final end.  reader.end is the body's;
 * parameters, results and locals are set. */
enum vm_status loader_read_body(struct loader_context *context);

/* loader/instructions.c: types context->op, a row with "*". */
enum vm_status loader_type_by_hand(struct loader_context *context);

/* loader/control.c: the operand stack and the control stack.  Spec: algo-valid */

/* Makes room for `count` more operands, within the limit. */
enum vm_status loader_reserve_operands(struct loader_context *context, uint32_t count);
enum vm_status loader_push_slow(struct loader_context *context, uint8_t type);
enum vm_status loader_pop_slow(struct loader_context *context, uint8_t type);

/* The common cases of the two verbs that almost every instruction needs: there was room before, and the operand is what
 * it should be. */
static inline enum vm_status loader_push(struct loader_context *context, uint8_t type) {
    if (context->height == context->highest)
        return loader_push_slow(context, type);
    loader_operands(context)[context->height++] = type;
    return VM_OK;
}

static inline enum vm_status loader_pop(struct loader_context *context, uint8_t type) {
    if (context->height == context->floor || loader_operands(context)[context->height - 1] != type)
        return loader_pop_slow(context, type);
    context->height--;
    return VM_OK;
}

/* The same verbs for a whole type.  Most blocks and labels have none. */
enum vm_status loader_push_some(struct loader_context *context, struct loader_types types);
enum vm_status loader_check_some(struct loader_context *context, struct loader_types types);
enum vm_status loader_pop_any(struct loader_context *context, uint8_t *type);

static inline enum vm_status loader_push_types(struct loader_context *context, struct loader_types types) {
    return types.count == 0 ? VM_OK : loader_push_some(context, types);
}

static inline enum vm_status loader_check_types(struct loader_context *context, struct loader_types types) {
    return types.count == 0 ? VM_OK : loader_check_some(context, types);
}

static inline enum vm_status loader_pop_types(struct loader_context *context, struct loader_types types) {
    TRY(loader_check_types(context, types));
    const uint32_t own = context->height - context->floor;
    context->height -= own < types.count ? own : types.count;
    return VM_OK;
}

enum vm_status loader_push_frame(struct loader_context *context, uint32_t op, struct loader_types start,
                                 struct loader_types end);

/* *out points to the frame until the next one is pushed. */
enum vm_status loader_pop_frame(struct loader_context *context, struct loader_frame **out);
void loader_set_unreachable(struct loader_context *context);

static inline struct loader_types loader_label_types(const struct loader_frame *frame) {
    return frame->op == VM_OP_LOOP ? frame->start : frame->end;
}

/* Makes room for `count` more branches. */
enum vm_status loader_reserve_branches(struct loader_context *context, uint32_t count);

/* loader/names.c */

/* Takes names of functions from the content of a name section into *out, made in `arena`; garbage only loses names, and
 * names over `longest` bytes are dropped.  *out stays as it is if there are none.  VM_OK or VM_RESOURCE. */
enum vm_status loader_take_names(struct vm_bytes section, uint32_t function_count, uint64_t longest,
                                 struct vm_arena *arena, const struct vm_bytes **out, struct vm_error *error);

/* Gives error->function its name: by the name section, which may still lie ahead, else by an export. */
void loader_name_error(struct loader_context *context);

#endif
