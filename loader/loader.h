/* loader/loader.h - bytes to checked module: decode and validate in one linear pass.  Spec: binary-module, valid-module
 */
#ifndef DELAVM_LOADER_LOADER_H
#define DELAVM_LOADER_LOADER_H

#include "vm/config.h"
#include "vm/error.h"
#include "vm/fast/fast.h"
#include "vm/module.h"

/* What to do with floating point (types, constants, instructions, wherever they stand).
 * LOADER_STRICT  refuse the module and name the first one
 * LOADER_LAZY    admit float types and code; moving bits works, the first float computation traps float_executed
 * LOADER_LOWER   load what loader_lower() (loader/lower/lower.h) makes of the module: integer code that computes with
 *                floats.  module->bytes are those of the lowered module then, and so are offsets in it */
enum loader_policy { LOADER_STRICT, LOADER_LAZY, LOADER_LOWER };

/* "strict", "lazy", "lower"; and the policy of such a name: false if there is none. */
const char *loader_policy_name(enum loader_policy policy);
bool loader_policy_of(const char *name, enum loader_policy *out);

/* What a module is judged by.  All pointers must be non-NULL and are only read during the call. */
struct loader_options {
    const struct vm_limits *limits;     /* MODULE rows */
    const struct vm_features *features; /* others are refused by name */
    const struct vm_schedule *schedule; /* instructions without a price are refused */
    enum loader_policy policy;
};

/* Decodes and validates one module.
 *
 * bytes      the whole module; copied, not kept
 * options    what it is judged by
 * allocator  where its memory comes from; copied into the module
 * out        the module, to be given to vm_module_free(); NULL on failure
 * error      filled on failure: code, offset in bytes, function index and name, words
 *
 * A module that was lowered has its float types again where it meets others: those of imports, exports and globals.
 *
 * Returns VM_OK, VM_MALFORMED, VM_INVALID, VM_UNSUPPORTED, VM_LIMIT, or VM_RESOURCE (memory short: no verdict).
 * Work is linear in bytes.size; memory is bounded by a fixed multiple of it; nothing recurses on the input. */
enum vm_status loader_load(struct vm_bytes bytes, const struct loader_options *options,
                           const struct vm_allocator *allocator, struct vm_module **out, struct vm_error *error);

/* The same, and the module is translated for the fast engine in the same pass.
 *
 * translation   how; only read during the call.  NULL: it is not, as with loader_load()
 *
 * What is said of the module does not depend on the translation, and neither does what it does. */
enum vm_status loader_load_translated(struct vm_bytes bytes, const struct loader_options *options,
                                      const struct vm_fast_options *translation, const struct vm_allocator *allocator,
                                      struct vm_module **out, struct vm_error *error);

#endif
