/* loader/lower/lowering.h - what the parts of the stage share during one lowering; not for anyone outside loader/lower.
 *
 * plan.c goes through the checked module once and decides what is needed; sections.c writes the new module in one more
 * pass, with code.c for bodies, link.c for the routines and names.c for the name section. */
#ifndef DELAVM_LOADER_LOWER_LOWERING_H
#define DELAVM_LOADER_LOWER_LOWERING_H

#include "loader/inspect.h"
#include "loader/lower/lower.h"
#include "loader/reader.h"
#include "loader/writer.h"

#define LOWER_NONE UINT32_MAX

struct lowering {
    struct vm_module *module;   /* the input, validated with floats */
    struct vm_module *routines; /* the routines' module */
    struct vm_arena arena;      /* of everything below */
    struct loader_writer out;
    struct loader_writer section; /* the content of the section at hand */
    struct loader_writer body;
    uint64_t most; /* bytes of the result */
    bool traps;    /* computing with a float shall trap */
    struct vm_error *error;

    /* The plan.  Indices are those of the new module. */
    bool has_floats;
    bool has_marks;             /* references to, or indirect calls of, functions of marked types */
    bool has_tail_call;         /* return_call_indirect of a marked type: wrappers must not keep a frame either */
    uint32_t *marked_types;     /* [type_count] index of the marked type, or LOWER_NONE */
    uint32_t marked_type_count; /* those there are */
    uint32_t *wrappers;         /* [function_count] function index of the wrapper, or LOWER_NONE */
    uint32_t wrapper_count;
    uint8_t *declared;         /* [function_count] 1: an element segment or global refers to the function */
    uint32_t undeclared_count; /* functions that only ref.func in code refers to, and have wrappers */
    uint32_t *routine_of_op; /* [VM_OP_COUNT] the routine's function index in routines, or LOWER_NONE: bits are moved */
    uint32_t *routine_index; /* [routines->function_count] function index in the new module, or LOWER_NONE */
    uint32_t routine_count;
    uint32_t *routine_types; /* [routines->type_count] type index in the new module, or LOWER_NONE */
    uint32_t routine_type_count;
};

#define LOWER_ALLOCATE(lowering, pointer, count)                                                                       \
    (((pointer) = vm_arena_allocate(&(lowering)->arena, count, sizeof *(pointer))) != NULL                             \
         ? VM_OK                                                                                                       \
         : lower_fail_memory(lowering))

enum vm_status lower_fail_memory(struct lowering *lowering);

/* VM_LIMIT once more is written than the result may have; checked after each thing that has no bound of its own. */
enum vm_status lower_check_size(struct lowering *lowering, const struct loader_writer *writer);

/* The integer type that carries a value of this type: i32 for f32, i64 for f64, else the type itself. */
static inline uint8_t lower_type(uint8_t type) {
    return type == VM_F32 ? VM_I32 : type == VM_F64 ? VM_I64 : type;
}

static inline bool lower_is_float(uint8_t type) {
    return type == VM_F32 || type == VM_F64;
}

/* Whether a routine's instruction shall trap instead.  copysign has a routine, but moves bits. */
static inline bool lower_traps(const struct lowering *lowering, uint32_t op) {
    return lowering->traps && op != VM_OP_F32_COPYSIGN && op != VM_OP_F64_COPYSIGN;
}

/* types.c */

/* Whether functions of this type go through marked types where they are referred to. */
bool lower_is_marked(const struct vm_function_type *type);

/* How many parameters the marked type has more. */
uint32_t lower_mark_count(const struct vm_function_type *type);

/* Writes each of them, a reference type, with `write`. */
void lower_write_marks(const struct vm_function_type *type, struct loader_writer *writer,
                       void (*write)(struct loader_writer *writer, uint8_t mark));

/* plan.c: fills the plan. */
enum vm_status lower_plan(struct lowering *lowering);

/* link.c */

/* Loads the routines and finds the one of each instruction. */
enum vm_status lower_find_routines(struct lowering *lowering, const struct vm_allocator *allocator);

/* The routine of an instruction is needed, and all it calls. */
enum vm_status lower_need_routine(struct lowering *lowering, uint32_t op);

/* Gives the routines that are needed, and their types, their indices. */
void lower_place_routines(struct lowering *lowering, uint32_t first_function, uint32_t first_type);

/* Appends the types of the routines, their type indices, their bodies. */
void lower_write_routine_types(struct lowering *lowering);
void lower_write_routine_functions(struct lowering *lowering);
enum vm_status lower_write_routine_bodies(struct lowering *lowering);

/* code.c */

/* A constant expression of the module. */
void lower_write_constant(struct lowering *lowering, struct loader_writer *writer, struct vm_constant constant);

/* The content of the code section: bodies, wrappers, routines. */
enum vm_status lower_write_code(struct lowering *lowering);

/* names.c: the content of the name section, made of that of the old one, or of nothing. */
enum vm_status lower_write_names(struct lowering *lowering, struct vm_bytes section);

/* restore.c: the content of LOADER_FLOAT_SECTION; and whether a module has one that fits it. */
void lower_write_float_section(struct lowering *lowering);
bool lower_is_lowered(struct vm_module *module);

/* sections.c: the whole module. */
enum vm_status lower_write_module(struct lowering *lowering);

/* The content of a module's code section, behind its count; empty if there is none. */
struct vm_bytes lower_find_bodies(const struct vm_module *module);

/* The index of the first function that is added. */
static inline uint32_t lower_first_added(const struct lowering *lowering) {
    return lowering->module->function_count;
}

#endif
