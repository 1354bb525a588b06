/* server/memory.h - where modules lie: what is large, on large pages.
 *
 * Loading a module of a megabyte takes several times that in fresh memory, and one page of 2 MiB costs less than the 512
 * small ones in its place, when it is touched first and when code runs in it. */
#ifndef DELAVM_SERVER_MEMORY_H
#define DELAVM_SERVER_MEMORY_H

#include "vm/arena.h"

/* The C library's allocator, but multiples of VM_LARGE_CHUNK come from the system, aligned to that, with the advice to
 * use large pages; where it has none, or does not follow, they are memory as any other. */
struct vm_allocator server_memory_for_modules(void);

#endif
