#!/bin/sh
# SPDX-License-Identifier: ISC
# All tests of one build: unit programs (the arguments), lint, completions,
# integration, conformance. Ends with the sum, "N passed, N failed".
#   check.sh [--no-lint] PROGRAM ...
set -u
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0
failed=0

# Runs one suite; adds up its closing line.
suite() {
	name=$1
	shift
	"$@" > "$log" 2>&1
	status=$?
	line=$(grep -Eo '[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	ok=${line%% *}
	bad=${line#*, }
	bad=${bad%% *}
	ok=${ok:-0}
	bad=${bad:-0}
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	printf '%-12s %4d passed, %d failed\n' "$name" "$ok" "$bad"
	[ "$bad" -eq 0 ] || grep -v '^ok ' "$log" | tail -n 200
}

lint=true
if [ "${1:-}" = --no-lint ]; then
	lint=false
	shift
fi
suite unit sh tests/tools/unit.sh "$@"
if $lint; then
	suite lint sh tests/tools/lint.sh
	suite tidy sh tests/tools/tidy.sh
	suite completion sh tests/tools/completion.sh
	suite fuzz sh tests/tools/fuzz-short.sh
	suite faults sh tests/tools/faults-short.sh
	suite portable sh tests/tools/portable.sh
fi
suite integration node tests/integration/run.js
suite sandbox env MCP_BRIDGE_SANDBOX=1 node tests/integration/run.js auth-login
suite conformance node tests/conformance/run.js login-free auth extensions
suite adversary node tests/adversary/run.js --quick
suite kills node tests/soak/kills.js 50
suite older-host node tests/conformance/run.js login-free auth \
    --host asking --version 2026-07-28
suite newer-host node tests/conformance/run.js login-free auth \
    --host modern --version 2025-11-25
suite dual-host node tests/conformance/run.js login-free auth \
    --host dual --version 2025-11-25
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
