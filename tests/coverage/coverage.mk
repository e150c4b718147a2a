# SPDX-License-Identifier: ISC
# Lines executed: `make coverage` by unit, integration and fuzz tests together,
# `make fuzz-coverage` by each fuzz target on its seeds and what it found so far.

coverage_flags = VARIANT=coverage CC='$(CLANG)' CFLAGS='-O1 -g' \
	SAN='-fprofile-instr-generate -fcoverage-mapping'

.PHONY: coverage fuzz-coverage coverage-programs
coverage: deps-test coverage-programs
	@node tests/coverage/run.js all $(unit_tests:$(out)/%=build/coverage/%)

fuzz-coverage: deps-test coverage-programs
	@node tests/coverage/run.js fuzz

coverage-programs:
	@$(MAKE) --no-print-directory $(coverage_flags) \
	    build/coverage/mcp-bridge unit-programs fuzz-programs
