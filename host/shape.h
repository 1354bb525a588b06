/* host/shape.h - the four shapes of contracts, and how they are told apart: by their exports alone.
 *
 * The first that fits:
 *
 *   command   exports `_start` of type [] -> []: a program.  It is entered there.  (wasi-libc, Rust, Go main)
 *   call      exports `call` of type [] -> []: entered there unless a request names another entry
 *   text      exports `malloc` of type [i32] -> [i32] and another function of that type: name(const char *) ->
 *             const char *, the shape of the old environment.  The request's text is put where malloc says, the function
 *             called with its address, and the text it points to is the answer (host/answer.h)
 *   reactor   exports another function of type [] -> []: a library whose functions are entered by name
 *
 * Where the request names no entry, a text or reactor with a single function that fits is entered there; the server tries
 * the contract's own name first.  Before a contract is entered its start function is run, if it has one, and then the
 * `_initialize` of type [] -> [] that any shape but command may export; both in a world without a request: no arguments,
 * no input, no storage, no caller, time 0.
 * Nothing is freed after a call: the instance ends with it. */
#ifndef DELAVM_HOST_SHAPE_H
#define DELAVM_HOST_SHAPE_H

#include "vm/error.h"
#include "vm/module.h"

enum host_shape { HOST_SHAPE_CALL, HOST_SHAPE_COMMAND, HOST_SHAPE_TEXT, HOST_SHAPE_REACTOR };

/* "call", "command", "text", "reactor". */
const char *host_shape_name(enum host_shape shape);

/* How an export can be entered. */
enum host_entry_kind {
    HOST_ENTRY_NONE,  /* not at all */
    HOST_ENTRY_PLAIN, /* [] -> [] */
    HOST_ENTRY_TEXT,  /* [i32] -> [i32], with malloc */
};

#define HOST_START "_start"
#define HOST_INITIALIZE "_initialize"
#define HOST_ALLOCATE "malloc"
#define HOST_CALL "call"

/* What was recognised.  default_entry: entered unless a request names another; empty: it has to.
 * starts: it has a start function; initializes: it exports _initialize. */
struct host_form {
    enum host_shape shape;
    struct vm_bytes default_entry;
    bool starts;
    bool initializes;
};

/* Recognises the shape of a module.  VM_OK; or VM_UNSUPPORTED, with words about what to export. */
enum vm_status host_form_recognise(const struct vm_module *module, struct host_form *form, struct vm_error *error);

/* How the export of that name can be entered. */
enum host_entry_kind host_entry_kind(const struct vm_module *module, struct vm_bytes name);

#endif
