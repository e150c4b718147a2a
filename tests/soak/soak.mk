# SPDX-License-Identifier: ISC
# Long runs: `make soak` (SOAK_MINUTES=30, SOAK_BRIDGES=50), `make kills` (KILLS=1000).

KILLS ?= 1000
.PHONY: soak kills
soak: deps-test all
	@SOAK_MINUTES='$(SOAK_MINUTES)' SOAK_BRIDGES='$(SOAK_BRIDGES)' \
	    node tests/soak/run.js

kills: deps-test all
	@node tests/soak/kills.js $(KILLS)
