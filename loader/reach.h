/* loader/reach.h - "which function has the float, and how is it reached?"
 *
 * Answers for a module that was refused as unsupported: a tolerant walk over its functions, independent of the
 * validator, that finds each function with a refused instruction and the shortest chain of calls to it from an export
 * (or the start function).  Names and texts belong to the report.  An indirect call is taken to reach every function of
 * its type that stands in an element segment or ref.func. */
#ifndef DELAVM_LOADER_REACH_H
#define DELAVM_LOADER_REACH_H

#include "loader/loader.h"

/* A step of a path: a function, and how it came to it. */
struct loader_step {
    uint32_t function;
    bool indirect;   /* called through a table */
    uint32_t offset; /* of the call in the caller, 0 for the first step */
};

/* A function that has refused instructions (or refused types in its signature or locals). */
struct loader_finding {
    uint32_t function;
    uint32_t offset;         /* of the first of them */
    uint32_t count;          /* how many there are */
    enum vm_feature feature; /* of the first */
    const char *instruction; /* text name of the first; for a type "f64 parameter", "f32 local", ... */
    uint32_t path_length;    /* 0: not reachable from any export */
    /* path[0] is the exported (or start) function, the last one is `function`.  NULL if it was not reached, or if the
     * report's room for paths, which is linear in the module's size, is used up. */
    const struct loader_step *path;
    struct vm_bytes export; /* name of the export it starts from; empty for the start function */
};

struct loader_report {
    struct vm_arena arena;
    uint32_t count;
    const struct loader_finding *findings; /* by function index */
    const struct vm_bytes *function_names; /* [function_count] may be NULL */
    uint32_t function_count;
};

/* Fills *report, to be given to loader_report_clear().  Features that are on in options are not findings.
 * Returns VM_OK (also with count 0), the decoder's refusal if even the tolerant walk can't follow the bytes, or
 * VM_RESOURCE.  Work is linear in the module's size. */
enum vm_status loader_explain(struct vm_bytes bytes, const struct loader_options *options,
                              const struct vm_allocator *allocator, struct loader_report *report,
                              struct vm_error *error);
void loader_report_clear(struct loader_report *report);

#endif
