# Contracts: from each language to wasm.  Included by the Makefile.
#
# contracts/LANGUAGE/NAME is a contract, BUILD/contracts/LANGUAGE/NAME.wasm what becomes of it, which the server loads;
# those with a compiled-in curve end in _compiled.  BUILD/refused/NAME.wasm are there to be refused.  BUILD/sdk has the
# host functions in each language, made from host/imports.def.  What a machine can't build is left out, and
# `make contracts` says why.

WASM_CC ?= $(CLANG)
WASM_CXX ?= $(subst clang-,clang++-,$(WASM_CC))
# What the strict profile admits and no more, so that a newer compiler changes nothing: integers, bulk memory, one small
# stack in front of the data (running over it traps instead of overwriting).
WASM_FLAGS := $(NO_WASM_OPT) -mcpu=mvp -mmutable-globals -msign-ext -mbulk-memory -O2 \
              -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wcast-qual $(WERROR) \
              -Wl,--no-entry -Wl,--stack-first -Wl,--strip-debug -I$(BUILD)/sdk -Icontracts/sdk
# C has no library, and a stack that leaves most of one page of memory to the data.
C_FLAGS = --target=wasm32 -std=c17 $(WASM_FLAGS) -ffreestanding -nostdlib -Wl,-z,stack-size=$(STACK)
# The name of Debian's target is an old one that newer compilers warn of.
CPP_FLAGS := --target=wasm32-wasi -Wno-deprecated -std=c++20 $(WASM_FLAGS) -fno-exceptions -fno-rtti -nostartfiles \
             -Wl,-z,stack-size=16384

# $(call contracts,LANGUAGE,WITH COMPILED-IN CURVE): what is to be made of the folders below contracts/LANGUAGE
contracts = $(foreach n,$(patsubst contracts/$(1)/%/,%,$(wildcard contracts/$(1)/*/)),$(BUILD)/contracts/$(1)/$(n).wasm \
              $(if $(2),$(patsubst ed25519%,$(BUILD)/contracts/$(1)/ed25519%_compiled.wasm,$(filter ed25519%,$(n)))))
C_CONTRACTS := $(call contracts,c,yes)
CPP_CONTRACTS := $(call contracts,cpp,yes)
WAT_CONTRACTS := $(call contracts,wat,yes)
REFUSED := $(patsubst contracts/refused/%,$(BUILD)/refused/%.wasm,$(wildcard contracts/refused/*))
CONTRACT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard contracts/tests/*_test.c))

SKIPPED :=
skip = $(eval SKIPPED += $(1))
ifeq ($(WASM_CC),)
$(call note,clang 19 or newer is not installed: building no contracts.  `make deps` as root installs it.)
$(call skip,"c: there is no clang 19 or newer.  Debian's packages: clang-19 lld-19 or newer")
$(call skip,"cpp: there is no clang 19 or newer.  Debian's packages: clang-19 lld-19 libc++-19-dev-wasm32 libclang-rt-19-dev-wasm32 wasi-libc or newer")
C_CONTRACTS :=
CPP_CONTRACTS :=
REFUSED :=
CONTRACT_TESTS :=
else ifeq ($(shell printf '\043include <string>\n' | $(WASM_CXX) $(CPP_FLAGS) -E -x c++ - >/dev/null 2>&1 && echo yes),)
CPP_CONTRACTS :=
$(call skip,"cpp: there is no C++ library for wasm32.  Debian's packages: libc++$(LLVM)-dev-wasm32 libclang-rt$(LLVM)-dev-wasm32 wasi-libc")
endif
ifeq ($(PROGRAMS),)
WAT_CONTRACTS :=
$(call skip,"wat: it is assembled by delavm, which needs libsodium and libcjson to be built")
endif
ifeq ($(filter host/%,$(LIBRARY_SOURCES)),)
CONTRACT_TESTS :=
endif
include contracts/forth/forth.mk
CONTRACTS := $(C_CONTRACTS) $(CPP_CONTRACTS) $(WAT_CONTRACTS) $(FORTH_CONTRACTS)

.PHONY: contracts bundled
all: bundled
bundled: $(CONTRACTS) $(REFUSED) # what needs no package manager
include contracts/languages.mk contracts/charts/charts.mk
contracts: bundled ## build/contracts/LANGUAGE/NAME.wasm; says what this machine can't build
	@$(foreach d,$(sort $(dir $(CONTRACTS) $(LANGUAGE_CONTRACTS))),\
	    echo "$(words $(filter $(d)%,$(CONTRACTS) $(LANGUAGE_CONTRACTS))) contracts in $(d)";)
	@$(if $(strip $(SKIPPED)),printf 'skipped %s\n' $(SKIPPED))

# ---- The SDK

SDKS := dela.h:c dela.rs:rust dela.go:go dela.ts:assemblyscript dela.wat:wat dela.fs:forth
$(BUILD)/sdk/generate: $(BUILD)/contracts/sdk/generate.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $< -o $@

$(foreach s,$(SDKS),$(BUILD)/sdk/$(firstword $(subst :, ,$(s)))): $(BUILD)/sdk/generate
	$(SAY) SDK $@
	$(Q)$< $(patsubst $(@F):%,%,$(filter $(@F):%,$(SDKS))) >$@.new
	$(Q)mv $@.new $@

# What `delavm new` writes, compiled into it.
$(BUILD)/sdk/embed: $(BUILD)/contracts/sdk/embed.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $< -o $@

TEMPLATES := $(shell sed -n 's/^[a-z-]* [^ .][^ ]* \([^ ]*\)$$/\1/p; s/^[a-z-]* \.[^ ][^ ]* \([^ ]*\)$$/\1/p' contracts/templates/LIST)
$(BUILD)/sdk/templates.c: $(BUILD)/sdk/embed contracts/templates/LIST $(TEMPLATES:BUILD/%=$(BUILD)/%)
	$(SAY) SDK $@
	$(Q)$< contracts/templates/LIST $(BUILD) >$@.new
	$(Q)mv $@.new $@

$(BUILD)/sdk/templates.o: $(BUILD)/sdk/templates.c $(BUILD)/flags
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -c $< -o $@
$(BUILD)/delavm: $(BUILD)/sdk/templates.o

# ---- C, C++

SDK_C := $(BUILD)/sdk/dela.h contracts/sdk/contract.h contracts/sdk/manifest.h contracts/sdk/group.h contracts/sdk/curve.h
SDK_CPP := $(SDK_C) contracts/sdk/contract.hpp contracts/sdk/contract.cpp

.SECONDEXPANSION:
# The source of a contract: without _compiled, and the endings.
source = contracts/$(1)/$(patsubst %_compiled,%,$(2))/$(patsubst %_compiled,%,$(2)).$(1)
compiled_in = $(if $(filter %_compiled.wasm,$@),-DCOMPILED_IN)

STACK := 8192
$(filter %_compiled.wasm,$(C_CONTRACTS)): STACK := 16384
$(C_CONTRACTS): $(BUILD)/contracts/c/%.wasm: $$(call source,c,$$*) $(SDK_C) contracts/contracts.mk
	@mkdir -p $(@D)
	$(SAY) WASM $@
	$(Q)$(WASM_CC) $(C_FLAGS) $(compiled_in) $< -o $@

$(REFUSED): $(BUILD)/refused/%.wasm: contracts/refused/$$*/$$*.c $(SDK_C) contracts/contracts.mk
	@mkdir -p $(@D)
	$(SAY) WASM $@
	$(Q)$(WASM_CC) $(C_FLAGS) $< -o $@

$(CPP_CONTRACTS): $(BUILD)/contracts/cpp/%.wasm: $$(call source,cpp,$$*) $(SDK_CPP) contracts/contracts.mk
	@mkdir -p $(@D)
	$(SAY) WASM $@
	$(Q)$(WASM_CXX) $(CPP_FLAGS) $(compiled_in) $< contracts/sdk/contract.cpp -o $@

# ---- The text format, through our own assembler

SDK_WAT := $(BUILD)/sdk/dela.wat $(patsubst %,contracts/sdk/%.wat,contract point group)
$(WAT_CONTRACTS): $(BUILD)/contracts/wat/%.wasm: $$(call source,wat,$$*) $(SDK_WAT) contracts/sdk/curve.wat \
                  contracts/sdk/wat $(BUILD)/delavm
	@mkdir -p $(@D) $(BUILD)/wat
	$(SAY) WASM $@
	$(Q)contracts/sdk/wat $< $(if $(compiled_in),$(SDK_WAT:%/group.wat=%/curve.wat),$(SDK_WAT)) >$(BUILD)/wat/$*.wat
	$(Q)$(BUILD)/delavm asm $(BUILD)/wat/$*.wat -o $@

# ---- Tests

$(CONTRACT_TESTS): $(BUILD)/%: $(BUILD)/%.o $(LIBRARY) $(CONTRACTS) $(REFUSED)
	$(SAY) LD $@
	$(Q)$(CC) -pthread $(CFLAGS) $(LDFLAGS) $< -o $@ $(LIBRARY) -lsodium

# The recipe of unit-tests runs all of TESTS.
TESTS += $(CONTRACT_TESTS)
unit-tests tests: $(CONTRACT_TESTS)
