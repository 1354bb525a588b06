# spec-tests/spec.mk - the official suite, foreign machines, and fuzzing.
.PHONY: spec spec-lists arch fuzz differential
spec: programs ## the official WebAssembly test suite: every command of 2.0 and 3.0 accounted for
	@BUILD=$(BUILD) spec-tests/run.sh

spec-lists: programs ## make the expected lists of the suite anew, after a change of prices or features
	@BUILD=$(BUILD) spec-tests/run.sh --write

arch: ## the suite's digests on other machines (cross compilers, qemu-user), compilers and optimizations
	@BUILD=$(BUILD) MAKE='$(MAKE)' CLANG='$(notdir $(CLANG))' spec-tests/arch.sh

FUZZ_SECONDS ?= 30
fuzz: ## fuzz decoding, assembling, running and lowering for FUZZ_SECONDS (30) each; needs clang with libFuzzer
	@BUILD=$(BUILD) MAKE='$(MAKE)' CLANG='$(notdir $(CLANG))' SECONDS_EACH=$(FUZZ_SECONDS) spec-tests/fuzz/fuzz.sh

DIFFERENTIAL_SECONDS ?= 60
differential: programs $(BUILD)/spec-tests/differential/generate ## verdicts and results against wabt and V8, for DIFFERENTIAL_SECONDS (60)
	@BUILD=$(BUILD) DIFFERENTIAL_SECONDS=$(DIFFERENTIAL_SECONDS) spec-tests/differential.sh

$(BUILD)/spec-tests/differential/generate: $(BUILD)/spec-tests/differential/generate.o $(LIBRARY)
	$(SAY) LD $@
	$(Q)$(CC) -pthread $(CFLAGS) $(LDFLAGS) $< -o $@ $(LIBRARY) $(if $(filter host/%,$(LIBRARY_SOURCES)),-lsodium)

# delavm-spec stands on vm and loader alone, so that a bare cross compiler can build it.
SPEC_OBJECTS := $(call objects,$(wildcard vm/*.c vm/fast/*.c loader/*.c loader/text/*.c loader/lower/*.c spec-tests/*.c)) \
                $(BUILD)/loader/lower/routines.o
$(BUILD)/delavm-spec-bare: $(SPEC_OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

# `delavm selftest` alone, with a BLAKE2b of its own instead of libsodium's.
FOREIGN := spec-tests/foreign/selftest.c host/selftest.c host/hash.c
$(BUILD)/delavm-selftest-bare: $(FOREIGN) $(call objects,$(wildcard vm/*.c vm/fast/*.c loader/*.c loader/text/*.c loader/lower/*.c)) \
                                 $(BUILD)/loader/lower/routines.o
	$(CC) $(filter-out -MMD -MP,$(FLAGS)) -Ispec-tests/foreign $(CFLAGS) $(LDFLAGS) $^ -o $@

# The fuzz targets, each with a driver that replays files, so that every compiler and sanitizer can run the corpora.
FUZZ_REPLAYS := $(patsubst %_fuzz.c,$(BUILD)/%_replay,$(wildcard spec-tests/fuzz/*_fuzz.c))
$(FUZZ_REPLAYS): %_replay: %_fuzz.o $(BUILD)/spec-tests/fuzz/replay.o $(LIBRARY)
	$(CC) -pthread $(CFLAGS) $(LDFLAGS) $(filter %.o,$^) -o $@ $(LIBRARY) $(if $(filter host/%,$(LIBRARY_SOURCES)),-lsodium)
tests: $(FUZZ_REPLAYS)
