# bench: ours against other engines.  Included by the Makefile.

.PHONY: bench bench-quick bench-more bench-readme peers
peers: ## build the engines that ours is compared with, from packages: wasm3, wasmi, stitch, tinywasm, V8
	@BUILD=$(BUILD) CC='$(CC)' bench/peers/build

# KERNELS=DIR: other kernels, with a MANIFEST.tsv.  PEERS_DIR=DIR: more peers (bench/README.md).  BENCH='words': what else
# delavm-bench shall be told.
bench: programs ## requests, calls, and all engines on the kernels (KERNELS=DIR: on others) with the peers; some minutes
	@BUILD=$(BUILD) CC='$(CC)' bench/peers/build || echo "no peer could be built: only ours are measured"
	@mkdir -p $(BUILD)/bench/part
	@bash -o pipefail -c "$(BUILD)/delavm-bench $(if $(KERNELS),--kernels '$(KERNELS)' kernels) $(BENCH) | tee $(BUILD)/bench/$(if $(KERNELS),part/)report.txt"
bench-readme: ## put the numbers and the picture of the last make bench into README.md
	@BUILD=$(BUILD) bench/readme
bench-quick: programs ## the same without peers in a minute, to see that it works
	@$(BUILD)/delavm-bench --quick $(if $(KERNELS),--kernels '$(KERNELS)' kernels) $(BENCH)

# Short runs: 42 kernels are many.
bench-more: programs ## all engines on 14 more programs, each compiled for speed, for size, and not optimised
	@BUILD=$(BUILD) CLANG='$(notdir $(CLANG))' bench/more/build
	@BUILD=$(BUILD) CC='$(CC)' bench/peers/build || echo "no peer could be built: only ours are measured"
	@$(BUILD)/delavm-bench --quick --peers $(BUILD)/peers $(if $(PEERS_DIR),--peers '$(PEERS_DIR)') --kernels $(BUILD)/bench/more kernels $(BENCH)
