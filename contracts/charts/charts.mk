# make charts: pictures and tables below BUILD/charts.  Other parts add their own goals as prerequisites of `charts`.
CHART_SECONDS ?= 0.3

.PHONY: charts charts-languages
charts: charts-languages ## pages, tables and pictures in build/charts: contracts of all languages in V8 and in delavm

$(BUILD)/charts/measure: $(BUILD)/contracts/charts/measure.o $(LIBRARY)
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) -pthread $(CFLAGS) $(LDFLAGS) $< -o $@ $(LIBRARY) -lsodium

charts-languages: contracts $(BUILD)/charts/measure
	@command -v node >/dev/null || { echo "node is not installed: it is the V8 to compare with.  Debian's package: nodejs"; exit 1; }
	@$(BUILD)/charts/measure $(BUILD) $(CHART_SECONDS) >$(BUILD)/charts/delavm.csv
	@node contracts/charts/v8.mjs $(BUILD)/charts $(CHART_SECONDS) <$(BUILD)/charts/delavm.csv
