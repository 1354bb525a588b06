/* vm/fast/fast.h - the fast engine: translation of checked modules, and what the machine asks of it. */
#ifndef DELAVM_VM_FAST_FAST_H
#define DELAVM_VM_FAST_FAST_H

#include <stdio.h>

#include "vm/config.h"
#include "vm/error.h"
#include "vm/fast/cell.h"
#include "vm/module.h"

/* How modules are translated.
 * fold   several wasm instructions become one cell; false: each becomes its own, to find out where a difference is
 * words  what a module's internal code may take, in units of 8 bytes; functions beyond it are left to the plain engine.
 *        0: 16 for each byte of the module
 * listing  it is also kept from which instruction each cell came, for vm_fast_list(); not with lazy
 * lazy   functions are translated when they are first called, which is not seen but by the clock: the module may be
 *        shared by then, and where memory is short the plain engine runs them */
struct vm_fast_options {
    bool fold;
    uint64_t words;
    bool listing;
    bool lazy;
};

/* Translates all functions of a checked module and hangs the code in the module, in place of any there was, from where
 * machines whose engine is VM_ENGINE_FAST take it.  Before the module is shared.  Never refuses: what it does not take
 * is run by the plain engine.  Linear in the module's size.
 * schedule   what instructions cost; copied.  Under any other the module is run by the plain engine
 * Returns VM_OK, or VM_RESOURCE when memory is short: the module is then as before. */
enum vm_status vm_translate(struct vm_module *module, const struct vm_schedule *schedule,
                            const struct vm_fast_options *options);

/* Translation that rides on the validation of a module, function by function, while its code is at hand.
 *
 *   new        when all before the code section is known, if vm_translates(); NULL: memory is short
 *   function   for each function once its body was checked; if that is to be lazy, it is only noted
 *   finish     when the module is good: hangs the code in it, as vm_translate() does, and frees the translator
 *   free       instead, when it is not */
struct translator *vm_translator_new(struct vm_module *module, const struct vm_schedule *schedule,
                                     const struct vm_fast_options *options);
void vm_translator_function(struct translator *translator, uint32_t function);
enum vm_status vm_translator_finish(struct translator *translator, struct vm_module *module);
void vm_translator_free(struct translator *translator);

/* Cells know one memory; modules with more of them are rare, and the plain engine's. */
static inline bool vm_translates(const struct vm_module *module) {
    return module->memory_count <= 1;
}

/* Translates a function of a lazily translated module, unless it was or another thread is at it.  Returns its code, or
 * vm_fast_later or vm_fast_never (vm/fast/cell.h). */
const union vm_word *vm_fast_make(const struct vm_module *module, uint32_t function);

/* Gives back what was made after the module was loaded; all else lies in the module.  NULL is fine. */
void vm_fast_free(struct vm_fast_code *code);

/* Bytes of internal code of a module, 0 if it was not translated.  Grows while functions are first called. */
size_t vm_fast_bytes(const struct vm_module *module);

/* One cell of a module's internal code, for listings.  text: the name, then operands: slots a, b, c of sources and d of
 * the destination, counted from the frame's first local; constant k; for each edge the position it leads to, and the
 * cost, need and potential that vm/fast/translator.h tells of. */
struct vm_fast_cell_info {
    uint32_t function;
    uint32_t position; /* in words, from the function's first */
    uint32_t words;
    uint32_t offset; /* of the last of the instructions it stands for, in the module's bytes */
    uint32_t token;  /* enum vm_cell */
    const char *name;
    const char *text; /* good during the call */
};

/* Calls `each` for every cell of one function, in order.  Nothing happens for a function that was not translated (then
 * the plain engine runs it), or if no listing was asked for. */
void vm_fast_list(const struct vm_module *module, uint32_t function,
                  void (*each)(void *context, const struct vm_fast_cell_info *cell), void *context);

#endif
