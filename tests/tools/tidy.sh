#!/bin/sh
# SPDX-License-Identifier: ISC
# The static analysers, as one suite.
if make --no-print-directory tidy; then
	echo "tidy: 1 passed, 0 failed"
else
	echo "tidy: 0 passed, 1 failed"
	exit 1
fi
