# The assembler in Forth, and the contracts written for it.  Included by contracts.mk.  BUILD/sdk/forth is the assembler as
# it is used: our sources, and beside them the tables as Forth words.

FORTH := $(shell command -v gforth)
FORTH_SDK := $(patsubst contracts/forth/%,$(BUILD)/sdk/forth/%,$(wildcard contracts/forth/*.fs) contracts/forth/assemble) \
             $(BUILD)/sdk/forth/opcodes.fs $(BUILD)/sdk/forth/dela.fs
# A folder is a contract when it has a file of its name.
FORTH_CONTRACTS := $(foreach n,$(notdir $(patsubst %/,%,$(wildcard contracts/forth/*/))),\
                     $(if $(wildcard contracts/forth/$(n)/$(n).fs),$(BUILD)/contracts/forth/$(n).wasm \
                       $(patsubst ed25519%,$(BUILD)/contracts/forth/ed25519%_compiled.wasm,$(filter ed25519%,$(n)))))
FORTH_GAS := $(BUILD)/gas/instructions.wasm $(BUILD)/gas/proposals.wasm
ifeq ($(FORTH),)
$(call skip,"forth: gforth is not installed.  Debian's package: gforth")
FORTH_CONTRACTS :=
FORTH_GAS :=
endif

all: $(FORTH_SDK) $(FORTH_GAS)

$(BUILD)/sdk/forth/%: contracts/forth/%
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(BUILD)/sdk/forth/generate: $(BUILD)/contracts/forth/opcodes.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $< -o $@
$(BUILD)/sdk/forth/opcodes.fs: $(BUILD)/sdk/forth/generate
	$(SAY) SDK $@
	$(Q)$< >$@.new
	$(Q)mv $@.new $@
$(BUILD)/sdk/forth/dela.fs: $(BUILD)/sdk/dela.fs
	@mkdir -p $(@D)
	$(Q)cp $< $@

.SECONDEXPANSION:
forth_source = contracts/forth/$(patsubst %_compiled,%,$(1))/$(patsubst %_compiled,%,$(1)).fs
$(FORTH_CONTRACTS): $(BUILD)/contracts/forth/%.wasm: $$(call forth_source,$$*) $(FORTH_SDK)
	@mkdir -p $(@D)
	$(SAY) WASM $@
	$(Q)COMPILED_IN=$(if $(compiled_in),yes) $(BUILD)/sdk/forth/assemble $< $@


# ---- What an instruction costs

$(FORTH_GAS): $(BUILD)/gas/%.wasm: contracts/forth/gas/%.fs contracts/forth/gas/measure.fs $(FORTH_SDK)
	@mkdir -p $(@D)
	$(SAY) WASM $@
	$(Q)$(BUILD)/sdk/forth/assemble $< $@

.PHONY: gas
gas: $(FORTH_GAS) programs ## what each instruction costs, in fuel and in nanoseconds of each engine (5 minutes)
	@$(if $(FORTH_GAS),,echo "skipped: gforth is not installed; on Debian: apt-get install gforth")
	@for module in $(FORTH_GAS); do for engine in plain fast; do echo "$$module, engine $$engine"; \
	    BUILD=$(BUILD) contracts/forth/gas/measure $$module --engine $$engine || exit; done; done
