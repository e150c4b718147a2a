#!/bin/sh
# SPDX-License-Identifier: ISC
# The completions in their real shells; ends with "N passed, N failed".
set -u
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
{
	bash tests/completion/bash.sh
	sh tests/completion/zsh.sh
	sh tests/completion/fish.sh
} > "$log" 2>&1
grep -v '^ok ' "$log"
bad=$(grep -c '^not ok ' "$log")
echo "completion: $(grep -c '^ok ' "$log") passed, $bad failed"
[ "$bad" -eq 0 ]
