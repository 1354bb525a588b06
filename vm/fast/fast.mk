# vm/fast/fast.mk - proving that the fast engine does what the plain one does.
.PHONY: fuzz-engines
FAST_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard vm/fast/tests/*_test.c))

SECONDS ?= 60
fuzz-engines: $(FAST_TESTS) contracts ## random and changed programs in both engines for SECONDS (60), from new seeds
	@BUILD=$(BUILD) FUZZ_SECONDS=$(SECONDS) vm/fast/tests/fuzz.sh
