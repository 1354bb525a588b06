# Programs for the tests of preview1: BUILD/wasi/NAME.wasm, by clang and wasi-libc of Debian.  Included by the Makefile.
# echo is compiled as anybody would, the others to what the strict profile admits.  clang runs wasm-opt over all if it finds
# one: what is tested shall not depend on that.
WASI_DIR := server/tests/cases
WASI_PROGRAMS := echo counter world
WASI_LIBRARIES := increaseCounter library
WASI_TESTED := $(patsubst %,$(BUILD)/wasi/%.wasm,$(WASI_PROGRAMS) $(WASI_LIBRARIES))
ifeq ($(WASM_CC)$(wildcard /usr/lib/wasm32-wasi/libc.a),$(WASM_CC))
WASI_TESTED :=
endif
ifeq ($(WASM_CC),)
WASI_TESTED :=
endif

WASI_FLAGS := --target=wasm32-wasi -Wno-deprecated $(NO_WASM_OPT) -std=gnu17 -O2 -Wall -Wextra -I$(BUILD)/sdk -Wl,--strip-debug
WASI_STRICT := -mcpu=mvp -mmutable-globals -msign-ext -mbulk-memory
$(BUILD)/wasi/echo.wasm: WASI_STRICT :=
$(BUILD)/wasi/increaseCounter.wasm: WASI_STRICT += -mexec-model=reactor -Wl,--export=malloc,--export=free,--export=increaseCounter
$(BUILD)/wasi/library.wasm: WASI_STRICT += -mexec-model=reactor

$(BUILD)/wasi/%.wasm: $(WASI_DIR)/%.c $(BUILD)/sdk/dela.h $(WASI_DIR)/cases.mk
	@mkdir -p $(@D)
	$(SAY) WASI $@
	$(Q)$(WASM_CC) $(WASI_FLAGS) $(WASI_STRICT) $< -o $@

# C++ with all of iostream, and so with floats, which are lowered when it is deployed; where libc++ for wasm32 is installed.
ifneq ($(and $(WASI_TESTED),$(filter cpp/,$(patsubst $(BUILD)/contracts/%,%,$(dir $(CPP_CONTRACTS))))),)
WASI_TESTED += $(BUILD)/wasi/float/stream.wasm
endif
$(BUILD)/wasi/float/%.wasm: $(WASI_DIR)/%.cpp $(WASI_DIR)/cases.mk
	@mkdir -p $(@D)
	$(SAY) WASI $@
	$(Q)$(WASM_CXX) --target=wasm32-wasi -Wno-deprecated $(NO_WASM_OPT) -std=c++20 -O2 -Wall -Wextra -fno-exceptions \
	    -Wl,--strip-debug $< -o $@

tests unit-tests: $(WASI_TESTED)

# Go's runtime, as a program and as a library.  Needs Go 1.24 or newer, which Debian 12 does not have.
GO ?= go
GO_VERSION := $(shell $(GO) env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
GO_BUILD := cd $(WASI_DIR)/go && GOOS=wasip1 GOARCH=wasm GOFLAGS=-buildvcs=false GOTOOLCHAIN=local $(GO) build -trimpath -ldflags='-s -w'
.PHONY: test-wasi-go
test-wasi-go: $(if $(GO_VERSION),all) ## run a program and a library of Go in the server, if there is Go 1.24 or newer
ifeq ($(shell test 0$(GO_VERSION) -ge 24 && echo yes),yes)
	@mkdir -p $(BUILD)/wasi/go
	$(SAY) GO $(BUILD)/wasi/go
	$(Q)$(GO_BUILD) -o $(abspath $(BUILD))/wasi/go/world.wasm .
	$(Q)$(GO_BUILD) -buildmode=c-shared -o $(abspath $(BUILD))/wasi/go/greet.wasm .
	@BUILD=$(BUILD) $(WASI_DIR)/go/run.sh
else
	@echo "Go 1.24 or newer is not installed: skipped.  https://go.dev/dl has it"
	@echo "0 passed, 0 failed"
endif

# Rust's standard library; run.sh says with which toolchain.
.PHONY: test-wasi-rust
test-wasi-rust: all ## run a program of Rust in the server; SLOW=1 may build Rust's standard library first
	@BUILD=$(BUILD) $(WASI_DIR)/rust/run.sh
