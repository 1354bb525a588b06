/* loader/walk.h - the tolerant walk over a module that loader/reach.c searches; not for anyone outside loader.
 *
 * It reads what names functions and what they call, of any proposal, and judges nothing else.  Counts are held to the
 * limits that the loader has for them, so memory stays a fixed multiple of the module's size. */
#ifndef DELAVM_LOADER_WALK_H
#define DELAVM_LOADER_WALK_H

#include "loader/reach.h"
#include "loader/reader.h"

#define LOADER_NONE UINT32_MAX

/* A function of the index space. */
struct loader_node {
    struct vm_bytes body;          /* own functions, behind the size */
    uint32_t type;                 /* index in types */
    uint32_t class_next;           /* the next function of the same type that a table may hold */
    struct loader_finding finding; /* count == 0: nothing refused */
    struct loader_step step;       /* how the search came here */
    uint32_t parent;               /* from which function; LOADER_NONE for a root */
    uint32_t depth;                /* steps from the root, itself included; 0: not reached */
    bool referenced;               /* in an element segment or ref.func */
};

/* A function type by its bytes: parameters and results as they stand in the module. */
struct loader_walk_type {
    struct vm_bytes bytes;
    struct loader_finding finding; /* what is refused in it, looked for once: many functions may be of one long type */
    uint32_t class;                /* equal types have the same */
    uint32_t first;                /* of the class: functions that a table may hold */
    bool class_expanded;           /* the search has entered these */
};

struct loader_walk {
    struct loader_reader reader; /* start is the module's; at and end move */
    const struct loader_options *options;
    struct loader_report *report;
    struct vm_arena scratch;
    struct loader_walk_type *types;
    uint32_t type_count;
    struct loader_node *nodes;
    uint32_t node_count;
    uint32_t imported;
    struct vm_bytes exports; /* content of the export section */
    struct vm_bytes names;
    uint32_t start;
    uint32_t *queue;
    uint32_t queue_count;
};

#define LOADER_WALK_ALLOCATE(walk, arena, pointer, count)                                                              \
    (((pointer) = vm_arena_allocate(arena, count, sizeof *(pointer))) != NULL                                          \
         ? VM_OK                                                                                                       \
         : vm_fail((walk)->reader.error, VM_ERROR_OUT_OF_MEMORY, 0, NULL))

/* Reads the module in walk->reader: types, nodes with their findings, exports, names and start.  scratch, report,
 * options and reader are set before; start is LOADER_NONE.  VM_OK, the refusal if the bytes can't be followed, or
 * VM_RESOURCE. */
enum vm_status loader_walk_module(struct loader_walk *walk);

#endif
