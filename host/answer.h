/* host/answer.h - what a contract that speaks text has answered.  Internal to host.
 *
 * A program answers on stdout, a text function by the text it returns.  Nothing at all is no answer: then what dela.result
 * was given is the result.  A text whose first character (blanks aside) is not `{` is the result as it stands.  One
 * that begins with `{` must be one JSON object, by host/json.h, nested at most HOST_ANSWER_DEPTH deep; of its members
 *
 *   "Accepted"  "true", "false", or the same without quotes; if there is none: true
 *   "result"    a string: its text; any other value: its JSON; if there is none: the whole object
 *
 * count, and no others, so that a contract may give back the fields it was called with.  Storage, events and logs are
 * not in it: they go through the functions of host/imports.def, which every language can import; nobody who calls a
 * contract can slip one in as a field that is given back.
 *
 * Accepted with exit status 0: the result stands.  Else the contract has rejected, and the result is its message; if
 * there is none, "exit status N", or "rejected".  What can't be read as an answer is a rejection that says why. */
#ifndef DELAVM_HOST_ANSWER_H
#define DELAVM_HOST_ANSWER_H

#include "host/effects.h"

#define HOST_ANSWER_DEPTH 64

/* Reads an answer and puts result or message into the effects.  False when memory is short; else *accepted says how it
 * went.  `arena` takes what the reading needs. */
bool host_answer_read(struct vm_bytes answer, uint32_t exit_status, struct host_effects *effects,
                      struct vm_arena *arena, bool *accepted);

#endif
