
# The program that assembles, tests and deploys.
DELAVM ?= @DELAVM@

.PHONY: test deploy clean
test: build/@NAME@.wasm
	$(DELAVM) test $(TEST_FLAGS) $< calls.json
deploy: build/@NAME@.wasm
	$(DELAVM) deploy $< @LANGUAGE@/@NAME@
clean:
	rm -rf build
