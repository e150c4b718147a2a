# SPDX-License-Identifier: ISC
# The benchmark's programs, and the run that prints the table (Linux only).
#	make bench [QUICK=1] [PEER='npx mcp-remote {url}']

bench_programs = driver server floor direct
bench_parts = $(out)/tests/bench/common.o $(out)/tests/bench/proc.o

$(out)/tests/bench/%.o: STD += -D_GNU_SOURCE

$(out)/bench/%: $(out)/tests/bench/%.o $(bench_parts) $(library)
	$(say) LD $@
	@mkdir -p $(dir $@)
	$(quiet)$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ \
	    $(shell $(PKG_CONFIG) --libs libcurl) $(LDLIBS)

.PHONY: bench
bench: mcp-bridge $(bench_programs:%=$(out)/bench/%)
	$(quiet)QUICK='$(QUICK)' PEER='$(PEER)' BENCH='$(out)/bench' \
	    node tests/bench/run.js ./mcp-bridge

-include $(bench_programs:%=$(out)/tests/bench/%.d) $(bench_parts:.o=.d)
