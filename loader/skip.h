/* loader/skip.h - passes over instructions of any proposal without judging them. */
#ifndef DELAVM_LOADER_SKIP_H
#define DELAVM_LOADER_SKIP_H

#include "loader/reader.h"
#include "vm/opcode.h"

/* Reads an opcode; *op is its row.  VM_ERROR_ILLEGAL_OPCODE if there is no such row. */
enum vm_status loader_skip_op(struct loader_reader *reader, uint32_t *op);

/* Moves the cursor behind the immediates of `op`.  Work is linear in the bytes passed. */
enum vm_status loader_skip_immediate(struct loader_reader *reader, uint32_t op);

/* Moves the cursor behind a value type, which may be a reference with a heap type; *type is its first byte. */
enum vm_status loader_skip_value_type(struct loader_reader *reader, uint8_t *type);

#endif
