# Contracts in languages with a package manager of their own: Rust, AssemblyScript.  Included by contracts.mk.
#
# Each is built in a copy below BUILD, where the generated host functions and what the package manager brings lie too, so
# that the sources stay as they are.  They are no part of `make`: `make contracts` builds them where their tools are there,
# and `make test-languages` tests them.

# $(call folder,LANGUAGE): the files to copy, as dependencies
folder = $(shell find contracts/$(1) -type f -not -name README.md)

# ---- Rust: one package, each contract an example of it

RUST_NAMES := $(patsubst contracts/rust/%/,%,$(filter-out %/dela/ %/src/,$(wildcard contracts/rust/*/)))
RUST_CURVE := $(filter ed25519%,$(RUST_NAMES))
RUST_CONTRACTS := $(RUST_NAMES:%=$(BUILD)/contracts/rust/%.wasm) $(RUST_CURVE:%=$(BUILD)/contracts/rust/%_compiled.wasm)
RUST_CARGO := MAKEFLAGS= && cd $(BUILD)/rust && dela/cargo
RUST_OUT = $(BUILD)/rust/target/$$($(RUST_CARGO) --target)/release/examples

$(BUILD)/rust/copied: $(call folder,rust) $(BUILD)/sdk/dela.rs
	@mkdir -p $(BUILD)/rust
	$(Q)cp -Rp contracts/rust/. $(BUILD)/rust
	$(Q)cp $(BUILD)/sdk/dela.rs $(BUILD)/rust/dela/src/host.rs
	@touch $@

# Each cargo builds all at once; what depends on packages from crates.io comes apart, so that the rest needs no network.
$(BUILD)/rust/built: $(BUILD)/rust/copied
	$(SAY) CARGO $(BUILD)/contracts/rust
	$(Q)$(RUST_CARGO) build -q --release --locked $(RUST_NAMES:%=--example %)
	@mkdir -p $(BUILD)/contracts/rust
	$(Q)cp $(RUST_NAMES:%=$(RUST_OUT)/%.wasm) $(BUILD)/contracts/rust
	@touch $@

$(BUILD)/rust/built-compiled: $(BUILD)/rust/built
	$(SAY) CARGO $(BUILD)/contracts/rust, with curve25519-dalek
	$(Q)$(RUST_CARGO) build -q --release --locked --features compiled-in $(RUST_CURVE:%=--example %)
	$(Q)for n in $(RUST_CURVE); do cp $(RUST_OUT)/$$n.wasm $(BUILD)/contracts/rust/$${n}_compiled.wasm; done
	@touch $@

$(filter-out %_compiled.wasm,$(RUST_CONTRACTS)): $(BUILD)/rust/built ;
$(filter %_compiled.wasm,$(RUST_CONTRACTS)): $(BUILD)/rust/built-compiled ;

# ---- AssemblyScript: asc and what it needs come from npm, by the lock file

ASC_CONTRACTS := $(foreach n,$(patsubst contracts/assemblyscript/%/,%,$(filter-out %/dela/,$(wildcard contracts/assemblyscript/*/))),\
    $(BUILD)/contracts/assemblyscript/$(n).wasm \
    $(patsubst ed25519%,$(BUILD)/contracts/assemblyscript/ed25519%_compiled.wasm,$(filter ed25519%,$(n))))

$(BUILD)/assemblyscript/copied: $(call folder,assemblyscript) $(BUILD)/sdk/dela.ts
	@mkdir -p $(BUILD)/assemblyscript
	$(Q)cp -Rp contracts/assemblyscript/. $(BUILD)/assemblyscript
	$(Q)cp $(BUILD)/sdk/dela.ts $(BUILD)/assemblyscript/dela/host.ts
	@touch $@

$(BUILD)/assemblyscript/installed: contracts/assemblyscript/package-lock.json $(BUILD)/assemblyscript/copied
	$(SAY) NPM $(BUILD)/assemblyscript
	$(Q)cd $(BUILD)/assemblyscript && { [ installed -nt package-lock.json ] || npm ci --silent --no-audit --no-fund; }
	@touch $@

$(ASC_CONTRACTS): $(BUILD)/contracts/assemblyscript/%.wasm: $(BUILD)/assemblyscript/installed
	@mkdir -p $(@D)
	$(SAY) ASC $@
	$(Q)cd $(BUILD)/assemblyscript && npm exec -- asc $(call folder_and_file,$*).ts --transform ./dela/manifest.mjs \
	    $(if $(filter %_compiled,$*),--use COMPILED_IN=1) -o $(abspath $@)
folder_and_file = $(1:%_compiled=%)/$(1:%_compiled=%)

# ---- All of them

LANGUAGE_CONTRACTS := $(RUST_CONTRACTS) $(ASC_CONTRACTS)
# Asked only when it matters, as it takes a while.
ifneq ($(filter contracts test-languages charts $(LANGUAGE_CONTRACTS),$(MAKECMDGOALS)),)
rust_reason := $(shell contracts/rust/dela/cargo --which >/dev/null || contracts/rust/dela/cargo --which)
ifneq ($(rust_reason),)
RUST_CONTRACTS :=
SKIPPED += "rust: $(subst `,',$(rust_reason))"
endif
ifeq ($(shell command -v npm),)
ASC_CONTRACTS :=
SKIPPED += "assemblyscript: there is no npm.  Debian's package: npm, with nodejs 20 or newer"
endif
LANGUAGE_CONTRACTS := $(RUST_CONTRACTS) $(ASC_CONTRACTS)
endif

.PHONY: test-languages
contracts: $(LANGUAGE_CONTRACTS)
test-languages: contracts programs $(CONTRACT_TESTS) ## test the contracts and SDKs of all languages, with cargo, npm and go
	@BUILD=$(BUILD) JOBS=$(JOBS) contracts/tests/languages.sh
