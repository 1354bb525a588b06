/* vm/error.h - outcomes, error codes and traps, expanded from vm/errors.def and vm/traps.def.
 *
 * A status travels as return value; a struct vm_error is filled once, where the fault is seen. */
#ifndef DELAVM_VM_ERROR_H
#define DELAVM_VM_ERROR_H

#include <stdint.h>

/* What kind of answer an operation gives.  VM_RESOURCE says nothing about the module or contract: try again. */
enum vm_status {
    VM_OK,
    VM_MALFORMED,
    VM_INVALID,
    VM_UNSUPPORTED,
    VM_LIMIT,
    VM_UNLINKABLE,
    VM_RESOURCE,
};

enum vm_error_code {
    VM_ERROR_NONE,
#define ERROR(name, outcome, code, words) VM_ERROR_##name,
#include "vm/errors.def"
    VM_ERROR_COUNT
};

enum vm_trap_kind {
    VM_TRAP_NONE,
#define TRAP(name, code, words) VM_TRAP_##name,
#include "vm/traps.def"
    VM_TRAP_COUNT
};

#define VM_NO_FUNCTION UINT32_MAX

/* One refusal, ready to be shown.
 * offset         bytes from the start of the module to the construct at fault (the end of input for truncations)
 * function       function index (imports count) whose body is at fault, or VM_NO_FUNCTION
 * function_name  from the name section if it was seen, cut to fit; empty when there is none
 * message        the code's words, then " 7" for an index or an opcode, or ": " and details where they help; never
 *                machine-dependent, and never bytes of the guest's, so it is always printable */
struct vm_error {
    enum vm_error_code code;
    uint32_t function;
    uint64_t offset;
    char function_name[64];
    char message[256];
};

/* "malformed", "invalid", "unsupported", "limit", "unlinkable", "resource"; "ok" for VM_OK. */
const char *vm_status_name(enum vm_status status);

/* The status a code belongs to; its stable name; its words. */
enum vm_status vm_error_status(enum vm_error_code code);
const char *vm_error_code_name(enum vm_error_code code);
const char *vm_error_words(enum vm_error_code code);

/* The stable name of a trap ("out_of_fuel") and its words ("all fuel consumed"). */
const char *vm_trap_name(enum vm_trap_kind kind);
const char *vm_trap_words(enum vm_trap_kind kind);

/* Fills *error and returns the code's status, so that a reader can `return vm_fail(...)`.  `details` is a printf format
 * for what follows the words, or NULL.  function is set to VM_NO_FUNCTION; a caller that knows better overwrites it. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
enum vm_status
vm_fail(struct vm_error *error, enum vm_error_code code, uint64_t offset, const char *details, ...);

#endif
