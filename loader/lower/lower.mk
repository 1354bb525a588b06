# loader/lower: floats lowered to integer code.  Included by the Makefile.
#
# The routines (loader/lower/soft) are compiled to wasm by clang and stand in the library as a table of bytes; where there
# is no clang the table is empty, and lowering says so.  They use nothing but the integer core, so that every engine runs
# what they are linked into.
ROUTINES := $(BUILD)/loader/lower/routines
ROUTINE_SOURCES := $(wildcard loader/lower/soft/*.c)
ROUTINE_CC ?= $(CLANG)
ROUTINE_FLAGS := --target=wasm32 $(NO_WASM_OPT) -mcpu=mvp -std=c17 -O2 -ffreestanding -nostdlib -Wall -Wextra -Wshadow -Wconversion \
                 -Wsign-conversion $(WERROR) -Wl,--no-entry -Wl,--strip-all -I.

ifneq ($(ROUTINE_CC),)
$(ROUTINES).wasm: $(ROUTINE_SOURCES) $(wildcard loader/lower/soft/*.h) loader/lower/lower.mk
	@mkdir -p $(@D)
	$(SAY) WASM $@
	$(Q)$(ROUTINE_CC) $(ROUTINE_FLAGS) $(ROUTINE_SOURCES) -o $@
else
$(call note,clang 19 or newer is not installed: floats can not be lowered.  `make deps` as root installs it.)
$(ROUTINES).wasm: loader/lower/lower.mk
	@mkdir -p $(@D)
	@: >$@
endif

# The zero at the end is not part of it: an empty table is no C.
$(ROUTINES).c: $(ROUTINES).wasm
	@{ echo '#include "loader/lower/routines.h"'; echo 'const uint8_t loader_routine_bytes[] = {'; \
	   od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; echo '0};'; \
	   echo 'const size_t loader_routine_size = sizeof loader_routine_bytes - 1;'; } >$@
$(ROUTINES).o: $(ROUTINES).c $(BUILD)/flags
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -c $< -o $@
$(LIBRARY): $(ROUTINES).o

# What compares the routines with the hardware's floating point, tests and bench: the one place where they are compiled natively.
HARDWARE_OBJECTS := $(call objects,$(filter-out %/traps.c,$(ROUTINE_SOURCES)) loader/lower/tests/hardware.c loader/lower/tests/operands.c)
HARDWARE_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard loader/lower/tests/hardware*_test.c))
$(HARDWARE_TESTS) $(BUILD)/delavm-bench: $(HARDWARE_OBJECTS)
$(HARDWARE_TESTS): LDLIBS := -lm

.PHONY: soft-float
PAIRS ?= 100000000
soft-float: $(BUILD)/loader/lower/tests/hardware_test ## each float routine against the hardware on PAIRS (100,000,000) pairs of operands
	@$< $(PAIRS)
