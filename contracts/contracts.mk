# Contracts: C to wasm.  Included by the Makefile.  BUILD/contracts/c/NAME.wasm are the bundled contracts, loaded by the
# server; BUILD/refused/NAME.wasm are there to be refused; BUILD/sdk/dela.h comes from the import table.

WASM_CC ?= $(CLANG)
# What the strict profile admits and no more, so that a newer compiler changes nothing: integers, bulk memory, one small
# stack in front of the data (running over it traps instead of overwriting), one page of memory.
WASM_FLAGS := --target=wasm32 -mcpu=mvp -mmutable-globals -msign-ext -mbulk-memory -std=c17 -O2 -ffreestanding -nostdlib \
              -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wcast-qual $(WERROR) \
              -Wl,--no-entry -Wl,-z,stack-size=8192 -Wl,--stack-first -Wl,--strip-debug \
              -I$(BUILD)/sdk -Icontracts/sdk

CONTRACTS := $(patsubst contracts/c/%,$(BUILD)/contracts/c/%.wasm,$(wildcard contracts/c/*))
REFUSED := $(patsubst contracts/refused/%,$(BUILD)/refused/%.wasm,$(wildcard contracts/refused/*))
CONTRACT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard contracts/tests/*_test.c))
ifeq ($(WASM_CC),)
$(call note,clang 19 or newer is not installed: building no contracts.  `make deps` as root installs it.)
CONTRACTS :=
REFUSED :=
CONTRACT_TESTS :=
endif
ifeq ($(filter host/%,$(LIBRARY_SOURCES)),)
CONTRACT_TESTS :=
endif

.PHONY: contracts
all: contracts
contracts: $(CONTRACTS) $(REFUSED) ## build/contracts/c/*.wasm: the bundled contracts

$(BUILD)/sdk/generate: $(BUILD)/contracts/sdk/generate.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $< -o $@

$(BUILD)/sdk/dela.h: $(BUILD)/sdk/generate
	$< >$@.new
	mv $@.new $@

# contracts/c/NAME/NAME.c -> BUILD/contracts/c/NAME.wasm
.SECONDEXPANSION:
$(CONTRACTS): $(BUILD)/contracts/c/%.wasm: contracts/c/$$*/$$*.c
$(REFUSED): $(BUILD)/refused/%.wasm: contracts/refused/$$*/$$*.c
$(CONTRACTS) $(REFUSED): contracts/sdk/contract.h $(BUILD)/sdk/dela.h contracts/contracts.mk
	@mkdir -p $(@D)
	$(WASM_CC) $(WASM_FLAGS) $(filter contracts/%.c,$^) -o $@

$(CONTRACT_TESTS): $(BUILD)/%: $(BUILD)/%.o $(LIBRARY) $(CONTRACTS) $(REFUSED)
	$(CC) -pthread $(CFLAGS) $(LDFLAGS) $< -o $@ $(LIBRARY) -lsodium

# The recipe of unit-tests runs all of TESTS.
TESTS += $(CONTRACT_TESTS)
unit-tests tests: $(CONTRACT_TESTS)
