# Programs for the tests of preview1: BUILD/wasi/NAME.wasm, by clang and wasi-libc of Debian.  Included by the Makefile.
# echo is compiled as anybody would, the others to what the strict profile admits.
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

WASI_FLAGS := --target=wasm32-wasi -Wno-deprecated -std=gnu17 -O2 -Wall -Wextra -I$(BUILD)/sdk -Wl,--strip-debug
WASI_STRICT := -mcpu=mvp -mmutable-globals -msign-ext -mbulk-memory
$(BUILD)/wasi/echo.wasm: WASI_STRICT :=
$(BUILD)/wasi/increaseCounter.wasm: WASI_STRICT += -mexec-model=reactor -Wl,--export=malloc,--export=free,--export=increaseCounter
$(BUILD)/wasi/library.wasm: WASI_STRICT += -mexec-model=reactor

$(BUILD)/wasi/%.wasm: $(WASI_DIR)/%.c $(BUILD)/sdk/dela.h $(WASI_DIR)/cases.mk
	@mkdir -p $(@D)
	$(SAY) WASI $@
	$(Q)$(WASM_CC) $(WASI_FLAGS) $(WASI_STRICT) $< -o $@

tests unit-tests: $(WASI_TESTED)
