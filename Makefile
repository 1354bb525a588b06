# delavm.  `make` builds everything this machine can; `make help` lists the targets.
#
# A variant is a build directory: make BUILD=build/gcc CC=gcc.  Objects lie there as the sources lie here, and are built
# anew when the compiler or the flags change.
BUILD ?= build
PREFIX ?= /usr/local
PORT ?= 3000
CFLAGS ?= -O2 -g
JOBS ?= $(shell nproc 2>/dev/null || echo 1)

# The newest clang from 19 on, else gcc; CC=... decides otherwise.
CLANG := $(firstword $(foreach n,29 28 27 26 25 24 23 22 21 20 19,$(shell command -v clang-$n)))
LLVM := $(patsubst clang-%,-%,$(notdir $(CLANG)))
# clang hands what it linked for wasm to a wasm-opt if it finds one, and what becomes of a contract shall not depend on
# that.  Release 19 does not link at all when told not to, and says nothing: it finds one that does nothing.
NO_WASM_OPT = $(if $(filter %-19,$(LLVM)),-B$(BUILD)/no-wasm-opt,--no-wasm-opt)
ifeq ($(origin CC),default)
CC := $(or $(notdir $(CLANG)),gcc)
endif
AR := ar
# What is done, in short; V=1 shows the commands.
Q := $(if $(V),,@)
SAY := @$(if $(V),:,echo " ")

# There is no floating point in vm, loader and host (make no-float proves it), so no flags to tame it.
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wwrite-strings \
            -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla -Wundef -Wformat=2
FLAGS := -std=c17 -D_POSIX_C_SOURCE=200809L $(WARNINGS) $(WERROR) -I. -MMD -MP -pthread
SANITIZE := -O1 -g -DVM_DEBUG=1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
have = $(shell printf '\043include <$(1)>\n' | $(CC) -E -x c - >/dev/null 2>&1 && echo yes)

# vm, loader and host make the library.  server needs cJSON besides, and everything but its main() is an archive of its
# own, from which the command line and the tests take what they call.
LIBRARY := $(BUILD)/libdelavm.a
SERVER := $(BUILD)/libserver.a
LIBRARY_SOURCES := $(wildcard vm/*.c vm/fast/*.c loader/*.c loader/text/*.c loader/lower/*.c host/*.c)
SERVER_SOURCES := $(filter-out server/main.c,$(wildcard server/*.c))
TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard $(foreach d,vm vm/fast loader loader/text loader/lower host,$(d)/tests/*_test.c)))
SERVER_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard server/tests/*_test.c server/cli/tests/*_test.c))

PROGRAMS := $(if $(wildcard server/cli/main.c),$(BUILD)/delavm) $(if $(wildcard server/main.c),$(BUILD)/delavm-server) \
            $(if $(wildcard bench/bench.c),$(BUILD)/delavm-bench) $(if $(wildcard spec-tests/*.c),$(BUILD)/delavm-spec)

# Goals that build nothing themselves, or begin with installing, need not be told what is missing.
BUILDS_NOTHING := help clean format format-check layers deps run test
note = $(if $(filter $(BUILDS_NOTHING),$(MAKECMDGOALS)),,$(info $(1)))
ifeq ($(shell command -v $(firstword $(CC)) 2>/dev/null),)
$(call note,there is no C compiler ($(CC)).  `make deps` as root installs one.)
else ifneq ($(call have,sodium.h),yes)
$(call note,libsodium is not installed: building without host and what stands on it.  `make deps` as root installs it.)
LIBRARY_SOURCES := $(filter-out host/%,$(LIBRARY_SOURCES))
TESTS := $(filter-out $(BUILD)/host/%,$(TESTS))
PROGRAMS :=
else ifneq ($(call have,cjson/cJSON.h),yes)
$(call note,libcjson is not installed: building the library only.  `make deps` as root installs it.)
PROGRAMS :=
endif
ifeq ($(PROGRAMS),)
SERVER_TESTS :=
endif

.PHONY: all library programs tests unit-tests list-tests deps run test asan check layers no-float format format-check tidy \
        clean install help
.DELETE_ON_ERROR:
all: library programs ## build everything this machine can (the default)

library: $(LIBRARY) ## build/libdelavm.a: vm, loader and host
programs: $(PROGRAMS) ## build/delavm, delavm-server, delavm-spec, delavm-bench

# Rewritten only when it differs, so that objects follow compiler and flags.
$(if $(filter $(BUILDS_NOTHING),$(MAKECMDGOALS)),,$(shell mkdir -p $(BUILD); \
    echo '$(CC) $(FLAGS) $(CFLAGS)' >$(BUILD)/flags.$$$$; \
    if cmp -s $(BUILD)/flags.$$$$ $(BUILD)/flags; then rm -f $(BUILD)/flags.$$$$; else mv $(BUILD)/flags.$$$$ $(BUILD)/flags; fi; \
    mkdir -p $(BUILD)/no-wasm-opt; ln -sf /bin/true $(BUILD)/no-wasm-opt/wasm-opt))

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -c $< -o $@

$(LIBRARY): $(call objects,$(LIBRARY_SOURCES))
$(SERVER): $(call objects,$(SERVER_SOURCES))
$(LIBRARY) $(SERVER):
	@mkdir -p $(@D)
	$(SAY) AR $@
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/delavm: $(call objects,$(wildcard server/cli/*.c))
$(BUILD)/delavm-server: $(BUILD)/server/main.o
$(BUILD)/delavm-bench: $(call objects,$(wildcard bench/*.c))
$(BUILD)/delavm-spec: $(call objects,$(wildcard spec-tests/*.c))
$(BUILD)/delavm-bench: LDLIBS += -lm
$(BUILD)/delavm $(BUILD)/delavm-server $(BUILD)/delavm-bench $(BUILD)/delavm-spec: $(SERVER) $(LIBRARY)
	$(SAY) LD $@
	$(Q)$(CC) -pthread $(CFLAGS) $(LDFLAGS) $(filter %.o,$^) -o $@ $(SERVER) $(LIBRARY) -lcjson -lsodium $(LDLIBS)

# A test program is its own source and the archive it tests.
$(TESTS): $(BUILD)/%: $(BUILD)/%.o $(LIBRARY)
	$(SAY) LD $@
	$(Q)$(CC) -pthread $(CFLAGS) $(LDFLAGS) $(filter %.o,$^) -o $@ $(LIBRARY) $(LDLIBS) $(if $(filter host/%,$(LIBRARY_SOURCES)),-lsodium)
$(SERVER_TESTS): $(BUILD)/%: $(BUILD)/%.o $(SERVER) $(LIBRARY)
	$(SAY) LD $@
	$(Q)$(CC) -pthread $(CFLAGS) $(LDFLAGS) $< -o $@ $(SERVER) $(LIBRARY) -lcjson -lsodium

tests: $(TESTS) $(SERVER_TESTS) ## build the unit tests without running them
unit-tests: tests ## build and run the unit tests of all folders
	@.ci/count $(TESTS) $(SERVER_TESTS)
# Those that look at the clock have the machine to themselves.
TIMED := $(filter %/durable_test %/hostile_test,$(SERVER_TESTS))
list-tests: # for .ci/test and .ci/run: as .ci/count wants them
	@printf '%s\n' $(filter-out $(TIMED),$(TESTS) $(SERVER_TESTS)) $(TIMED:%='alone: %')

# contracts: the .wasm files and their tests; spec-tests: the official suite; bench; loader/lower: floats as integer code.
# Each folder brings its own rules.
-include vm/fast/fast.mk
-include contracts/contracts.mk
-include server/tests/cases/cases.mk
-include spec-tests/spec.mk
-include bench/bench.mk
-include loader/lower/lower.mk
-include server/dela/dela.mk

deps: ## say what is missing and, as root or with sudo, install it (Debian packages only)
	@.ci/deps build test

run: ## install what is missing, build, serve on 127.0.0.1:3000 (PORT), send a first request
	@.ci/deps build
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) PORT=$(PORT) server/run.sh

test: ## build and run every test; ends with "N passed, N failed"
	@.ci/deps build test
	@MAKE='$(MAKE)' BUILD='$(BUILD)' CC='$(CC)' JOBS='$(JOBS)' .ci/test

asan: ## run the unit tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan CFLAGS='$(SANITIZE)' unit-tests

check: layers format-check ## both compilers with warnings as errors, layers, formatting
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/check-clang CC=$(notdir $(CLANG)) WERROR=-Werror all tests
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/check-gcc CC=gcc WERROR=-Werror all tests

layers: ## includes go server -> host -> loader -> vm only, and only server meets the system
	@.ci/layers

no-float: library ## disassemble the library and prove that nothing in it computes with floating point
	@.ci/no-float $(call objects,$(LIBRARY_SOURCES))

# Versions of clang-format differ in what they find beautiful: one decides.
FORMAT ?= clang-format-19
FORMATTED = $(shell find vm loader host server contracts spec-tests bench -name '*.[ch]' | sort)
format: ## clang-format all sources
	$(FORMAT) -i $(FORMATTED)
format-check: ## say which sources clang-format would change
	@$(FORMAT) --dry-run -Werror $(FORMATTED) && echo "format: $(words $(FORMATTED)) files are as $(FORMAT) wants them"

tidy: ## clang-tidy over all sources; .clang-tidy gives the reason of each exclusion
	@printf '%s\n' $(filter-out contracts/% bench/cases/% bench/more/% bench/peers/% server/tests/cases/%,$(filter %.c,$(FORMATTED))) | xargs -P $(JOBS) -n 4 \
	    sh -c 'clang-tidy$(LLVM) --quiet "$$@" -- $(filter-out -MMD -MP,$(FLAGS))' tidy 2>/dev/null

install: all ## copy programs, library and contracts below PREFIX (/usr/local)
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin lib share/delavm)
	install -m 755 $(BUILD)/delavm $(BUILD)/delavm-server $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(LIBRARY) $(DESTDIR)$(PREFIX)/lib
	for f in $(CONTRACTS:$(BUILD)/%=%); do install -D -m 644 $(BUILD)/$$f $(DESTDIR)$(PREFIX)/share/delavm/$$f; done

clean: ## remove all that was built
	rm -rf $(BUILD)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Not those of other variants below this one, which another make may be writing just now.
-include $(shell find $(addprefix $(BUILD)/,vm loader host server contracts spec-tests bench sdk dispatch) -name '*.d' 2>/dev/null)
