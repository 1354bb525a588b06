/* bench/modules.h - modules that the loader part makes for itself. */
#ifndef DELAVM_BENCH_MODULES_H
#define DELAVM_BENCH_MODULES_H

#include "loader/writer.h"

/* Writes a module with the functions of another as often as it takes to come to `bytes`, or to 8,000 functions: large
 * modules of what compilers really write.  Calls and tables of the copies lead to the first ones.  Custom sections are
 * left out.  False: these bytes are no module. */
bool modules_multiply(struct vm_bytes module, size_t bytes, struct loader_writer *out);

/* The smallest thing that can be called: run(n) is n + 1; one page of memory. */
bool modules_trivial(struct loader_writer *out);

/* 17 pages of memory, 40,000 bytes of data; run(n) writes to four places that are far from each other, and returns what
 * modules_pages_result() says. */
bool modules_pages(struct loader_writer *out);
uint64_t modules_pages_result(uint32_t argument);

#endif
