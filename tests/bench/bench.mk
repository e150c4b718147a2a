# SPDX-License-Identifier: ISC
# The benchmark's programs, and the run that prints the table, and writes it into
# README.md and docs/benchmark.md where it is a full one (Linux only):
#	make bench [QUICK=1] [PEER='npx -y mcp-remote {url}']
# `make slim static` before it, and those builds are measured, too.

bench_programs = driver server floor direct
bench_parts = $(out)/tests/bench/common.o $(out)/tests/bench/proc.o
bench_objects = $(bench_programs:%=$(out)/tests/bench/%.o) $(bench_parts)

$(bench_objects): STD += -D_GNU_SOURCE

# Unneeded libraries are left out, so that floor and direct are libcurl alone.
$(out)/bench/%: $(out)/tests/bench/%.o $(bench_parts) $(library)
	$(say) LD $@
	@mkdir -p $(dir $@)
	$(quiet)$(CC) $(CFLAGS) $(SAN) $(HARDEN_LDFLAGS) $(LDFLAGS) \
	    -Wl,--as-needed -o $@ $^ $(libs) $(LDLIBS)

.SECONDARY: $(bench_objects)

.PHONY: bench
bench: mcp-bridge $(bench_programs:%=$(out)/bench/%)
	@QUICK='$(QUICK)' PEER='$(PEER)' BENCH='$(out)/bench' \
	    SLIM='$(wildcard build/slim/mcp-bridge)' \
	    STATIC='$(wildcard build/static/mcp-bridge)' \
	    node tests/bench/run.js ./mcp-bridge

-include $(bench_objects:.o=.d)
