#!/bin/sh
# SPDX-License-Identifier: ISC
# Runs every check of tests/lint; ends with "lint: N passed, N failed".
set -u
passed=0
failed=0
for check in tests/lint/*.sh; do
	if sh "$check"; then
		passed=$((passed + 1))
	else
		echo "FAIL $check"
		failed=$((failed + 1))
	fi
done
echo "lint: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
