# Contracts: C to wasm.  Included by the Makefile.  BUILD/contracts/c/NAME.wasm are the bundled contracts, loaded by the
# server; BUILD/contracts/refused/NAME.wasm are there to be refused; BUILD/contracts/sdk/dela.h comes from the import table.

WASM_CC ?= $(CLANG)
# What the strict profile admits and no more, so that a newer compiler changes nothing: integers, bulk memory, one small
# stack in front of the data (running over it traps instead of overwriting), one page of memory.
WASM_FLAGS := --target=wasm32 -mcpu=mvp -mmutable-globals -msign-ext -mbulk-memory -std=c17 -O2 -ffreestanding -nostdlib \
              -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wcast-qual $(WERROR) \
              -Wl,--no-entry -Wl,-z,stack-size=8192 -Wl,--stack-first -Wl,--strip-debug \
              -I$(BUILD)/contracts/sdk -Icontracts/sdk

CONTRACTS := $(patsubst contracts/%,$(BUILD)/contracts/%.wasm,$(foreach d,$(wildcard contracts/c/* contracts/refused/*),$(dir $d)$(notdir $d)))
CONTRACT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard contracts/tests/*_test.c))
ifeq ($(WASM_CC),)
$(info clang 19 or newer is not installed: building no contracts.  `make deps` as root installs it.)
CONTRACTS :=
CONTRACT_TESTS :=
endif
ifeq ($(filter host/%,$(LIBRARY_SOURCES)),)
CONTRACT_TESTS :=
endif

.PHONY: contracts
all: contracts
contracts: $(CONTRACTS) ## build/contracts/c/*.wasm: the bundled contracts

$(BUILD)/contracts/sdk/generate: $(BUILD)/contracts/sdk/generate.o
	$(CC) $(CFLAGS) $(LDFLAGS) $< -o $@

$(BUILD)/contracts/sdk/dela.h: $(BUILD)/contracts/sdk/generate
	$< >$@.new
	mv $@.new $@

# contracts/c/NAME/NAME.c -> BUILD/contracts/c/NAME.wasm
.SECONDEXPANSION:
$(CONTRACTS): $(BUILD)/contracts/%.wasm: contracts/$$*/$$(notdir $$*).c contracts/sdk/contract.h $(BUILD)/contracts/sdk/dela.h \
              contracts/contracts.mk
	@mkdir -p $(@D)
	$(WASM_CC) $(WASM_FLAGS) $< -o $@

$(CONTRACT_TESTS): $(BUILD)/%: $(BUILD)/%.o $(LIBRARY) $(CONTRACTS)
	$(CC) -pthread $(CFLAGS) $(LDFLAGS) $< -o $@ $(LIBRARY) -lsodium

# The recipe of unit-tests runs all of TESTS.
TESTS += $(CONTRACT_TESTS)
unit-tests tests: $(CONTRACT_TESTS)
