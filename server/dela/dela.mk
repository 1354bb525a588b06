# The Go side: nodes of a Dela chain that have their contracts run by delavm.  Included by the Makefile.  Needs Go from
# 1.24 on, and the Go module proxy or a module cache that is filled; says so and goes on where they are absent.

GO ?= go
# A chain of four nodes and their servers shares the machine with whatever else runs there.
DELA_TIMEOUT ?= 20m
# Empty, or why the Go side can't be built here.
dela_missing = $(shell GO='$(GO)' server/dela/missing.sh)

.PHONY: dela delachain test-dela measure-dela dela-note
delachain: programs contracts # the command line of a small chain
	@missing='$(dela_missing)'; if [ -n "$$missing" ]; then echo "$$missing"; exit 1; fi
	@cd server/dela && $(GO) build -o '$(abspath $(BUILD))/delachain' ./cmd/delachain

dela: delachain ## a chain of 4 Dela nodes on this machine, each and each's delavm-server a process: server/dela/README.md
	@DELACHAIN_DIR='$(BUILD)/dela' $(BUILD)/delachain run

test-dela: programs contracts ## chains of real Dela nodes that run contracts in delavm (needs Go and its module proxy)
	@missing='$(dela_missing)'; if [ -n "$$missing" ]; then echo "test-dela is skipped: $$missing"; else \
	    GO='$(GO)' BUILD='$(abspath $(BUILD))' server/dela/test.sh $(DELA_TIMEOUT); fi

measure-dela: programs contracts ## bytes and round trips of footprints, blocks in one round trip
	@missing='$(dela_missing)'; if [ -n "$$missing" ]; then echo "$$missing"; exit 1; fi
	@cd server/dela && BUILD='$(abspath $(BUILD))' $(GO) test -count=1 -run Measured -v ./chain | \
	    sed -nE 's/^ *[a-z_]+_test\.go:[0-9]+: //p; /^(--- |ok|)FAIL/p'

# The four charts of 2021, from inside of Dela.  Other parts add their goals to `charts` too.
.PHONY: charts charts-dela
charts: charts-dela
charts-dela: programs contracts ## build/charts/dela.csv, SVG and a page: native Go against wasm contracts
	@missing='$(dela_missing)'; if [ -n "$$missing" ]; then echo "charts-dela is skipped: $$missing"; else \
	    cd server/dela && $(GO) run ./cmd/delacharts '$(abspath $(BUILD))' '$(abspath $(BUILD))/charts'; fi

dela-note: # for .ci/test
	@missing='$(dela_missing)'; if [ -n "$$missing" ]; then echo "note: make test-dela is skipped here: $$missing"; \
	    else echo "note: make test-dela tests chains of Dela nodes"; fi
