# delavm.  `make help` lists the targets.
BUILD ?= build
CC := $(or $(shell command -v clang-22 clang-21 clang-20 clang-19 2>/dev/null | head -n 1),$(CC))
CFLAGS ?= -O2 -g
AR := ar

# -ffp-contract and friends do not matter: there is no floating point in vm, loader and host (make no-float proves it).
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wwrite-strings \
            -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla -Wundef -Wformat=2
FLAGS := -std=c17 -D_POSIX_C_SOURCE=200809L $(WARNINGS) $(WERROR) -I. -MMD -MP -pthread

objects = $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_test.c %_fuzz.c,$(1)))

LIBRARY_SOURCES := $(wildcard vm/*.c loader/*.c loader/*/*.c host/*.c)
LIBRARY_SOURCES := $(filter-out %/tests/%,$(LIBRARY_SOURCES))
TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard vm/tests/*_test.c loader/tests/*_test.c host/tests/*_test.c))

.PHONY: all library unit-tests clean
all: library

library: $(BUILD)/libdelavm.a

$(BUILD)/libdelavm.a: $(call objects,$(LIBRARY_SOURCES))
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/%_test: %_test.c $(BUILD)/libdelavm.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) $< -o $@ $(BUILD)/libdelavm.a -lsodium

unit-tests: $(TESTS) ## build and run the unit tests
	@for t in $(TESTS); do echo "$$t"; $$t || exit 1; done

clean: ## remove all that was built
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
