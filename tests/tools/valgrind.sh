#!/bin/sh
# SPDX-License-Identifier: ISC
# The given unit programs, and one session of the bridge with a real server,
# under valgrind: no error, no leak. Ends with "N passed, N failed".
set -u
passed=0
failed=0
vg='valgrind --quiet --error-exitcode=99 --leak-check=full
    --errors-for-leak-kinds=definite,indirect'
for program in "$@"; do
	# shellcheck disable=SC2086
	if $vg "$program" > build/valgrind.log 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not ok $program"
		grep '^==' build/valgrind.log | head -30
	fi
done
wrapper=$PWD/build/valgrind-bridge
cat > "$wrapper" <<EOF
#!/bin/sh
exec $(echo "$vg" | tr -d '\n') "$PWD/mcp-bridge" "\$@"
EOF
chmod +x "$wrapper"
if MCP_BRIDGE=$wrapper node tests/integration/run.js smoke; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
fi
echo "valgrind: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
