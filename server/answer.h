/* server/answer.h - from a host_outcome, or a refusal, to JSON.  Shared by the HTTP interface and the command line. */
#ifndef DELAVM_SERVER_ANSWER_H
#define DELAVM_SERVER_ANSWER_H

#include "host/host.h"
#include "server/buffer.h"
#include "server/error.h"

/* Writes one object:
 *
 *   {"status": "accepted", "result": "<base64>", "result_text": "42", "message": "<base64>", "message_text": "…",
 *    "writes": [{"key": "<base64>", "value": "<base64>" or null}], "reads": [the same], "needed": ["<base64>"],
 *    "needed_read": "<base64>",
 *    "events": [{"name": "<base64>", "name_text": "…", "data": "<base64>"}],
 *    "logs": ["<base64>"], "logs_text": ["…"], "logs_dropped": 0,
 *    "fuel": {"limit": "…", "used": "…", "instantiation": "…", "minimum": "…"},
 *    "usage": {"memory_pages": 2, "frames": 3, "operands": 20},
 *    "trap": {"code": "…", "words": "…", "function": 3, "name": "…", "offset": 120, "price": "…", "depth": 2,
 *             "stack": [{"function": 3, "name": "…", "offset": 120}]},
 *    "footprint": {"keys": ["<base64>"]},
 *    "receipt": "<hex>", "module": "<hex>", "schedule": "<hex>", "limits": "<hex>", "engine": 2}
 *
 * needed_read, the key whose read ended the run, stands only with need_keys; …_text members only where the bytes are UTF-8 (those of logs always, with U+FFFD for other bytes); trap only if
 * there was one; footprint (all keys that were read, missed or written: what to bring) and fuel.minimum (the least
 * limit with the same outcome) only for simulations, the latter not after out_of_fuel.  64-bit integers are strings. */
void server_answer_outcome(struct server_buffer *buffer, const struct host_config *config,
                           const struct host_request *request, const struct host_outcome *outcome);

/* "name": [{"key": …, "value": …}] as a member of an object. */
void server_answer_entries(struct server_buffer *buffer, const char *name, const struct host_entry *entries,
                           uint32_t count);

/* {"reads": ["balance:{from}"], "access": "{command}"}, access null where there is no such line; null where there is no
 * manifest. */
void server_answer_manifest(struct server_buffer *buffer, const struct host_manifest *manifest);

/* {"error": {"code": "…", "message": "…", "path": "…", "offset": 12, "kind": "invalid", "detail": "type_mismatch",
 * "function": 3, "function_name": "…"}}; only the first two are always there. */
void server_answer_error(struct server_buffer *buffer, const struct server_error *error);

/* The same members without the outer braces, after others. */
void server_answer_error_field(struct server_buffer *buffer, const struct server_error *error);

/* Turns what loader or host said about a module into a refusal: VM_RESOURCE becomes OUT_OF_MEMORY, all others
 * MODULE_REFUSED.  Returns false. */
bool server_fail_module(struct server_error *error, enum vm_status status, const struct vm_error *from);

#endif
