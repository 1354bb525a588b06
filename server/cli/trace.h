/* server/cli/trace.h - shows each instruction before it runs. */
#ifndef DELAVM_SERVER_CLI_TRACE_H
#define DELAVM_SERVER_CLI_TRACE_H

#include "vm/machine.h"

/* One line on stderr for the instruction a paused machine will run next: depth, function, offset, the instruction, its
 * first immediates, and the topmost operands. */
void cli_trace(const struct vm_machine *machine);

#endif
