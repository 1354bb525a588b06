/* loader/lower/routines.h - the compiled routines: a wasm module made of loader/lower/soft at build time, as bytes in the
 * library.  Each export is named after the instruction it stands for.  Empty where no clang built it. */
#ifndef DELAVM_LOADER_LOWER_ROUTINES_H
#define DELAVM_LOADER_LOWER_ROUTINES_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t loader_routine_bytes[];
extern const size_t loader_routine_size;

#endif
