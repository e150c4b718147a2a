# SPDX-License-Identifier: ISC
# What a hostile remote, network or clock can do: `make adversary` for all cases,
# ADVERSARY='h2 tls-' for those whose names begin so. `make adversary-table`
# prints what each does and what must come of it.

.PHONY: adversary adversary-table
adversary: deps-test all
	@node tests/adversary/run.js $(ADVERSARY)

adversary-table:
	@node tests/adversary/run.js --list
