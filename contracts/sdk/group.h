/* group.h - the group edwards25519 under one set of names: the host's functions, or curve.h if COMPILED_IN is defined.
 *
 * A contract that is built both ways shows what a host function saves. */
#ifndef GROUP_H
#define GROUP_H

#ifdef COMPILED_IN
#include "curve.h"
#define group_add curve_add
#define group_multiply curve_multiply
#define group_base_multiply curve_base_multiply
#define group_is_valid_point curve_is_valid_point
#define group_scalar_multiply curve_scalar_multiply
#else
#include "dela.h"
#define group_add dela_ed25519_add
#define group_multiply dela_ed25519_multiply
#define group_base_multiply dela_ed25519_base_multiply
#define group_is_valid_point dela_ed25519_is_valid_point
#define group_scalar_multiply dela_ed25519_scalar_multiply
#endif

#endif
