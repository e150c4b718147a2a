#!/bin/sh
# SPDX-License-Identifier: ISC
# A few seconds for each fuzz target.
exec make --no-print-directory fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-3}"
