# Contracts in languages with a package manager of their own: Rust, AssemblyScript, Go.  Included by contracts.mk.
#
# Each is built in a copy below BUILD, where the generated host functions and what the package manager brings lie too, so
# that the sources stay as they are.  They are no part of `make`: `make contracts` builds them where their tools are there,
# and `make test-languages` tests them.

# $(call folder,LANGUAGE): the files to copy, as dependencies
folder = $(shell find contracts/$(1) -type f -not -name README.md)

include contracts/rust/rust.mk

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

# ---- Go: a package for each contract.  Its runtime has floats, which `delavm lower` makes integer code of, and is larger
# than the strict profile allows: these contracts are for servers with --profile compat.  Go's linker writes no sections
# of an author's own and a data segment for each stretch without zeros: `delavm pack` puts in the manifest, which stands in
# comments (//dela:reads KEY), and joins the segments.

GO_NAMES := $(patsubst contracts/go/%/,%,$(filter-out %/dela/ %/group/,$(wildcard contracts/go/*/)))
GO_CONTRACTS := $(foreach n,$(GO_NAMES),$(BUILD)/compat/go/$(n).wasm \
    $(patsubst ed25519%,$(BUILD)/compat/go/ed25519%_compiled.wasm,$(filter ed25519%,$(n))))
# Programs have main(), all others are libraries that export call().
go_mode = $(if $(filter %_command,$(1)),,-buildmode=c-shared)
GO_MANIFEST := sed -n -e 's,^//dela:\(reads .*\),\1,p' -e 's,^//dela:\(access .*\),\1,p'

$(BUILD)/go/copied: $(call folder,go) $(BUILD)/sdk/dela.go
	@mkdir -p $(BUILD)/go
	$(Q)cp -Rp contracts/go/. $(BUILD)/go
	$(Q)cp $(BUILD)/sdk/dela.go $(BUILD)/go/dela/host.go
	@touch $@

$(GO_CONTRACTS): $(BUILD)/compat/go/%.wasm: $(BUILD)/go/copied $(BUILD)/delavm
	@mkdir -p $(@D) $(BUILD)/go/out
	$(SAY) GO $@
	$(Q)cd $(BUILD)/go && GOOS=wasip1 GOARCH=wasm GOFLAGS=-mod=readonly go build -trimpath -ldflags='-s -w' \
	    $(call go_mode,$*) $(if $(filter %_compiled,$*),-tags compiled) -o out/$*.wasm ./$(*:%_compiled=%)
	$(Q)$(GO_MANIFEST) $(BUILD)/go/$(*:%_compiled=%)/*.go >$(BUILD)/go/out/$*.manifest
	$(Q)$(BUILD)/delavm pack --policy lower --gap 32 --manifest $(BUILD)/go/out/$*.manifest $(BUILD)/go/out/$*.wasm -o $@ >/dev/null

# ---- All of them

LANGUAGE_CONTRACTS := $(RUST_CONTRACTS) $(ASC_CONTRACTS) $(GO_CONTRACTS)
# Asked only when it matters, as it takes a while.
ifneq ($(filter contracts test-languages charts charts-% dela delachain test-dela $(LANGUAGE_CONTRACTS),$(MAKECMDGOALS)),)
ifeq ($(shell command -v npm),)
ASC_CONTRACTS :=
SKIPPED += "assemblyscript: there is no npm.  Debian's package: npm, with nodejs 20 or newer"
endif
ifeq ($(shell go version 2>/dev/null | grep -E 'go1\.(2[4-9]|[3-9][0-9])'),)
GO_CONTRACTS :=
SKIPPED += "go: there is no Go 1.24 or newer.  Debian's package: golang-go, from release 14 on; else go.dev"
endif
LANGUAGE_CONTRACTS := $(RUST_CONTRACTS) $(ASC_CONTRACTS) $(GO_CONTRACTS)
endif

.PHONY: test-languages
contracts: $(LANGUAGE_CONTRACTS)
test-languages: contracts programs $(CONTRACT_TESTS) $(BUILD)/charts/measure ## test the contracts and SDKs of all languages, with cargo, npm and go
	@BUILD=$(BUILD) JOBS=$(JOBS) SKIPPED='$(patsubst "%:,%,$(filter "%:,$(SKIPPED)))' contracts/tests/languages.sh
