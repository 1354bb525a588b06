/* spec-tests/value.h - values of scripts against values of the vm, to the bit. */
#ifndef DELAVM_SPEC_TESTS_VALUE_H
#define DELAVM_SPEC_TESTS_VALUE_H

#include "loader/text/script.h"
#include "vm/store.h"

/* The vm's form of a script's argument for a parameter of that type; false if it is none. */
bool spec_value_argument(const struct text_value *value, uint8_t type, vm_value *out);

/* True if a result of that type is what the script expects. */
bool spec_value_matches(const struct text_value *expected, uint8_t type, vm_value value);

/* Text of a result, and of what was expected, for failure messages. */
void spec_value_show(uint8_t type, vm_value value, char *out, size_t size);
void spec_value_show_expected(const struct text_value *expected, char *out, size_t size);

#endif
