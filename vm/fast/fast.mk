# vm/fast/fast.mk - proving that the fast engine does what the plain one does, however it is threaded together.
.PHONY: fuzz-engines handlers dispatchers mutate tsan
FAST_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard vm/fast/tests/*_test.c))

SECONDS ?= 60
fuzz-engines: $(FAST_TESTS) bundled ## random and changed programs in both engines for SECONDS (60), from new seeds
	@BUILD=$(BUILD) FUZZ_SECONDS=$(SECONDS) vm/fast/tests/fuzz.sh

handlers: $(BUILD)/vm/fast/run.o ## disassemble the handlers: no call, no stack, no float register
	@.ci/handlers $<

# The ways of dispatch (vm/fast/run.c) that this compiler does not choose by itself: unoptimized, for that is compiled in
# seconds, and shows that none of them needs optimization to be right.  (-w: clang looks for long at so many jumps.)
OTHER_WAYS := SWITCH $(if $(findstring clang,$(notdir $(CC))),LABELS)
DISPATCHED := small_test random_test real_test translate_test operand_test
define DISPATCH
$(BUILD)/dispatch/$(1)/run.o: vm/fast/run.c $(BUILD)/flags
	@mkdir -p $$(@D)
	$(SAY) CC $$< with $(1)
	$(Q)$(CC) $(FLAGS) -w -O0 -g -DVM_FAST_DISPATCH=VM_FAST_$(1) -c $$< -o $$@
$(patsubst %,$(BUILD)/dispatch/$(1)/%,$(DISPATCHED)): $(BUILD)/dispatch/$(1)/%: $(BUILD)/vm/fast/tests/%.o $(BUILD)/dispatch/$(1)/run.o $(LIBRARY)
	$(Q)$(CC) -pthread $(CFLAGS) $(LDFLAGS) $$^ -o $$@
$(BUILD)/dispatch/$(1)/delavm-spec: $(call objects,$(wildcard spec-tests/*.c)) $(BUILD)/dispatch/$(1)/run.o $(SERVER) $(LIBRARY)
	$(Q)$(CC) -pthread $(CFLAGS) $(LDFLAGS) $$^ -o $$@ -lcjson -lsodium
endef
$(foreach way,SWITCH LABELS,$(eval $(call DISPATCH,$(way))))

dispatchers: $(foreach way,$(OTHER_WAYS),$(patsubst %,$(BUILD)/dispatch/$(way)/%,$(DISPATCHED) delavm-spec)) ## the engine's tests and the 2.0 suite with the other ways of dispatch
	@.ci/count -q $(foreach way,$(OTHER_WAYS),'$(BUILD)/dispatch/$(way)/small_test 4 2' '$(BUILD)/dispatch/$(way)/random_test 1 2000' \
	    '$(BUILD)/dispatch/$(way)/real_test 1 40' $(BUILD)/dispatch/$(way)/translate_test '$(BUILD)/dispatch/$(way)/operand_test 4' \
	    'SPEC_CLONE=no SPEC_ENGINES=fast SPEC_LISTS="cases strict-2.0" BUILD=$(BUILD)/dispatch/$(way) spec-tests/run.sh')

# Where threads share what one of them makes.
SHARED := vm/fast/tests/late_test server/tests/store_test
tsan: ## run the tests in which threads share modules under ThreadSanitizer
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan CFLAGS='-O1 -g -fsanitize=thread' $(addprefix $(BUILD)/tsan/,$(SHARED))
	@.ci/count -q $(addprefix $(BUILD)/tsan/,$(SHARED))

# All of them take half an hour; EVERY=20 takes one in twenty.
EVERY ?= 1
mutate: $(FAST_TESTS) ## put one fault after another into the fast engine (EVERY-th of them): the tests must notice
	@BUILD=$(BUILD) CC=$(CC) vm/fast/tests/mutate.sh $(EVERY)
