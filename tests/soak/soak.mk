# SPDX-License-Identifier: ISC
# Long runs: `make soak` (SOAK_MINUTES=30, SOAK_BRIDGES=50, SOAK_RATE=700 calls a
# second), `make kills` (KILLS=1000).

KILLS ?= 1000
.PHONY: soak kills
soak: deps-test all
	@SOAK_MINUTES='$(SOAK_MINUTES)' SOAK_BRIDGES='$(SOAK_BRIDGES)' \
	    SOAK_RATE='$(SOAK_RATE)' node tests/soak/run.js

kills: deps-test all
	@node tests/soak/kills.js $(KILLS)
