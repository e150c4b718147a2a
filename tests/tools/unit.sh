#!/bin/sh
# SPDX-License-Identifier: ISC
# Runs cmocka programs, shows what failed, and ends with "N passed, N failed"
# over all their tests.
set -u
passed=0
failed=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

for program in "$@"; do
	CMOCKA_MESSAGE_OUTPUT=TAP timeout 120 "$program" > "$log" 2>&1
	status=$?
	ok=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	# a program that died says so by its status alone
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	if [ "$bad" -ne 0 ]; then
		echo "FAIL $program (status $status)"
		grep -v '^ok ' "$log" | head -40
	fi
done
echo "unit: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
