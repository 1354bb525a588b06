/* server/text.h - what a contract that reads text is given where the request brings none.
 *
 * A contract of shape text, or one that imports fd_read, reads the request as a text: the body of POST / as it came, or
 * the `input` of a transaction.  A transaction without input is shown to it as the old protocol would have sent it, one
 * object without blanks: contractName and contractLanguage, if the target is a name, then the arguments in key order.
 * Values are strings; those that are not UTF-8 are {"base64": "…"}.  An argument takes the place of a field of its name.
 *
 *   {"contractName":"counter","contractLanguage":"c","counter":"41"} */
#ifndef DELAVM_SERVER_TEXT_H
#define DELAVM_SERVER_TEXT_H

#include "server/request.h"

/* Fits a transaction to the contract that was found for it: makes the text, if it wants one and has none; and where the
 * request names no entry and the contract has no default one, chooses the function of the contract's own name, if there
 * is one.  False, and *error filled, when memory is short. */
bool server_transaction_fit(struct server_transaction *transaction, struct vm_arena *arena, struct server_error *error);

#endif
