/* loader/lower/lower.h - floats as integer code: a module with scalar floats becomes one of the integer subset.
 *
 * The lowered module runs on any engine.  What becomes of each thing:
 *
 *   values        an f32 is an i32, an f64 an i64: its bits.  Locals, globals, constants, block and select types, loads and
 *                 stores, parameters and results are those of the integer type
 *   instructions  moves of bits (const, load, store, reinterpret, abs, neg) are integer instructions, and leave NaNs as they
 *                 are; so does copysign.  Every other one is a call of a routine (loader/lower/soft) that is linked in; the
 *                 NaNs it computes are the positive canonical one.  A conversion of a NaN to an integer traps in a routine
 *                 named "invalid conversion to integer", by `unreachable`; of what does not fit, by an integer overflow
 *   indices       stay: types, functions and locals that are added stand behind all others.  Names of what is added are in
 *                 the name section; other custom sections are kept as they are
 *   signatures    direct calls, imports and exports have integers for floats.  The section "delavm.float" says which they
 *                 were; by it, loader_load() gives imports, exports and globals their float types again, so that linking
 *                 tells (f32) -> () from (i32) -> ().  Other engines see integers there
 *   references    call_indirect compares types by their structure, on every engine, and must tell them apart as well.  So
 *                 a function whose type has floats never stands in a table itself, but a wrapper of a marked type does,
 *                 and call_indirect with such a type asks for the marked one.  A marked type has parameters after its own,
 *                 always null: a funcref, an externref, and for each i32, i64, f32, f64 of the type, parameters first, then
 *                 results, an externref if it is a float, else a funcref.  A type without floats whose parameters end so is
 *                 marked too; so no two types become one (spec: the least n references at the end of the parameters, n
 *                 the numbers in the type, are the marks, and only then)
 *
 * What the module does is what the spec says it does with floats; where the spec leaves a choice (the bits of computed
 * NaNs), it is made as above.  Fuel is that of the lowered module. */
#ifndef DELAVM_LOADER_LOWER_LOWER_H
#define DELAVM_LOADER_LOWER_LOWER_H

#include "loader/loader.h"

/* Raised whenever a module would be lowered to other bytes than before, for all else but the compiled routines. */
#define LOADER_LOWERING_VERSION 1

/* The custom section of a lowered module.  Content: the version (u32), the index of the first added function (u32); a
 * vector of types with floats: type index, count of parameters, count of results, then their value types as they were; a
 * vector of globals with floats: global index, value type. */
#define LOADER_FLOAT_SECTION "delavm.float"

/* The names of routines that trap, in the words of the official suite. */
#define LOADER_TRAP_INVALID_CONVERSION "invalid conversion to integer"
#define LOADER_TRAP_FLOAT_EXECUTED "floating point executed"

/* The compiled routines, a wasm module; its bytes and the version name what a module is lowered to.  Empty if this build
 * has none. */
struct vm_bytes loader_routines(void);

/* Lowers one module.
 *
 * bytes      the module
 * options    features and MODULE limits to judge it by; the schedule does not matter.  With the policy LOADER_LAZY each
 *            instruction that is not a move of bits becomes a call of the routine "floating point executed", which traps
 * out        the lowered module, to be given to loader_bytes_free() of loader/writer.h.  A module without floats comes
 *            out as it is, and so does one that was lowered before
 * error      offsets are those of `bytes`
 *
 * Returns VM_OK; what loader_load() says about the module itself; VM_LIMIT also if the lowered module would be over
 * limits->module_bytes; VM_UNSUPPORTED if this build has no routines; or VM_RESOURCE.  Work is linear in the size of the
 * module and of the result, which is at most that limit; memory is a fixed multiple of both.  The result is valid, but may
 * be over other limits. */
enum vm_status loader_lower(struct vm_bytes bytes, const struct loader_options *options,
                            const struct vm_allocator *allocator, struct vm_bytes *out, struct vm_error *error);

/* Gives a module with a good section LOADER_FLOAT_SECTION its float types again: those of its function types, imported
 * and own globals.  Its code was validated with integers and is not touched.  A section that fits the module in no way is
 * passed over.  VM_OK or VM_RESOURCE. */
enum vm_status loader_restore_floats(struct vm_module *module, struct vm_error *error);

#endif
