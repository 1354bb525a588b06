# Contracts in Rust: one package, each contract an example of it, and a second one for programs.  Included by languages.mk.
#
# NAME.wasm is built without the standard library, NAME_std.wasm is the same with it, those with _compiled in their names
# have the curve from crates.io, NAME_command.wasm are programs.
RUST_NAMES := $(patsubst contracts/rust/%/,%,$(filter-out %/dela/ %/src/ %/program/ %/crates/,$(wildcard contracts/rust/*/)))
RUST_CURVE := $(filter ed25519%,$(RUST_NAMES))
rust_files = $(patsubst %,$(BUILD)/contracts/rust/%.wasm,$(1))
# What needs no packages but Debian's, and what needs the standard library.
RUST_OFFLINE := $(call rust_files,$(RUST_NAMES) $(RUST_NAMES:%=%_std) counter_command)
RUST_STD := $(call rust_files,$(RUST_NAMES:%=%_std) $(RUST_CURVE:%=%_compiled_std) counter_command increaseCounter_command)
RUST_CONTRACTS := $(RUST_OFFLINE) $(RUST_STD) $(call rust_files,$(RUST_CURVE:%=%_compiled))

# What this machine can: asked when one of these goals is to be reached, as it takes a moment.
ifneq ($(filter contracts tests test-languages charts charts-% dela delachain test-dela $(RUST_CONTRACTS),$(MAKECMDGOALS)),)
rust_route = $(shell contracts/rust/dela/cargo $(1) --which)
rust_here := $(call rust_route)
rust_std_here := $(call rust_route,--std) and $(call rust_route,--program)
ifneq ($(filter no,$(rust_std_here))$(if $(SLOW),,$(findstring source,$(rust_std_here))),)
RUST_OFFLINE := $(filter-out $(RUST_STD),$(RUST_OFFLINE))
RUST_CONTRACTS := $(filter-out $(RUST_STD),$(RUST_CONTRACTS))
RUST_STD :=
SKIPPED += "rust-std: $(if $(findstring source,$(rust_std_here)),the standard library would be compiled for minutes.  SLOW=1 does it; )Debian has it in rustc cargo libstd-rust-dev-wasm32, rustup in the targets wasm32-unknown-unknown and wasm32-wasip1"
endif
ifneq ($(filter no,$(rust_here)),)
RUST_OFFLINE :=
RUST_CONTRACTS :=
SKIPPED += "rust: $(subst `,',$(rust_here))"
endif
# Tested with the rest, where nothing has to be compiled or fetched first.  The modules are the same in all variants.
ifeq ($(BUILD)$(findstring source,$(rust_here)),build)
tests unit-tests: $(RUST_OFFLINE)
endif
endif

# $(call rust,MODE): cargo, in the copy; $(call rust_out,MODE): the folder of what it built
rust = MAKEFLAGS= && cd $(BUILD)/rust && dela/cargo $(1)
rust_out = $(BUILD)/rust/target/$$($(call rust,$(1)) --target)/release
# $(call rust_examples,MODE,CARGO'S WORDS,NAMES,ENDING)
define rust_examples
	$(Q)$(call rust,$(1)) build -q --release --locked $(2) $(3:%=--example %)
	@mkdir -p $(BUILD)/contracts/rust
	$(Q)for n in $(3); do cp $(call rust_out,$(1))/examples/$$n.wasm $(BUILD)/contracts/rust/$${n}$(4).wasm || exit; done
	@touch $@
endef

$(BUILD)/rust/copied: $(call folder,rust) $(BUILD)/sdk/dela.rs
	@mkdir -p $(BUILD)/rust
	$(Q)cp -Rp contracts/rust/. $(BUILD)/rust
	$(Q)cp $(BUILD)/sdk/dela.rs $(BUILD)/rust/dela/src/host.rs
	@touch $@

RUST_CRATES := --manifest-path crates/Cargo.toml --target-dir target
# One after the other, as each leaves its modules under the same names.
$(BUILD)/rust/built: $(BUILD)/rust/copied
	$(SAY) CARGO $(BUILD)/contracts/rust
	$(call rust_examples,,,$(RUST_NAMES))
$(BUILD)/rust/built-std: $(BUILD)/rust/built
	$(SAY) CARGO $(BUILD)/contracts/rust, with the standard library
	$(call rust_examples,--std,--features std,$(RUST_NAMES),_std)
$(BUILD)/rust/built-compiled: $(BUILD)/rust/built $(if $(RUST_STD),$(BUILD)/rust/built-std)
	$(SAY) CARGO $(BUILD)/contracts/rust, with curve25519-dalek
	$(call rust_examples,,$(RUST_CRATES) --features compiled-in,$(RUST_CURVE),_compiled)
$(BUILD)/rust/built-compiled-std: $(BUILD)/rust/built-compiled
	$(SAY) CARGO $(BUILD)/contracts/rust, with the standard library and curve25519-dalek
	$(call rust_examples,--std,$(RUST_CRATES) --features std --features compiled-in,$(RUST_CURVE),_compiled_std)

RUST_PROGRAM = $(call rust,--program) build -q --release --locked
$(call rust_files,counter_command): $(BUILD)/rust/copied
	@mkdir -p $(@D)
	$(SAY) CARGO $@
	$(Q)$(RUST_PROGRAM) -p program
	$(Q)cp $(call rust_out,--program)/counter_command.wasm $@
# Floats are in what serde_json would say of a number that it did not expect.
$(call rust_files,increaseCounter_command): $(call rust_files,counter_command) $(BUILD)/delavm
	$(SAY) CARGO $@
	$(Q)$(RUST_PROGRAM) $(RUST_CRATES) --features std --features serde_json --bin increaseCounter_command
	$(Q)$(BUILD)/delavm lower $(call rust_out,--program)/increaseCounter_command.wasm -o $@ >/dev/null

$(call rust_files,$(RUST_NAMES)): $(BUILD)/rust/built ;
$(call rust_files,$(RUST_NAMES:%=%_std)): $(BUILD)/rust/built-std ;
$(call rust_files,$(RUST_CURVE:%=%_compiled)): $(BUILD)/rust/built-compiled ;
$(call rust_files,$(RUST_CURVE:%=%_compiled_std)): $(BUILD)/rust/built-compiled-std ;
