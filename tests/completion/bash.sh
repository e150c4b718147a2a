#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Completes every option of every command in bash. Run at the root of the tree;
# prints TAP.
set -u

# shellcheck source=completions/mcp-bridge.bash
. completions/mcp-bridge.bash
count=0
failed=0

check() { # NAME, wanted words (sorted, one a line), the command line's words…
	local name=$1 wanted=$2 got
	shift 2
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_mcp_bridge
	got=$(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort)
	count=$((count + 1))
	if [[ $got == "$wanted" ]]; then
		echo "ok $count - bash: $name"
	else
		echo "not ok $count - bash: $name"
		diff <(echo "$wanted") <(echo "$got") | sed 's/^/# /'
		failed=1
	fi
}

rows=$(awk -f tests/lint/options.awk src/cli/option_*.c)

for command in run login logout status doctor config import call tools; do
	words=(mcp-bridge)
	[[ $command != run ]] && words+=("$command")
	accepted=$(awk -v c="$command" \
	    '("," $5 ",") ~ ("," c ",") { print "--" $1 }' <<< "$rows" |
	    LC_ALL=C sort)
	check "options of $command" "$accepted" "${words[@]}" --
	while read -r option; do
		matching=$(grep -e "^$option" <<< "$accepted")
		check "$command $option" "$matching" "${words[@]}" "$option"
	done <<< "$accepted"
done

check 'commands' \
    $'call\nconfig\ndoctor\nhttps://\nimport\nlogin\nlogout\nmcp-remote\nstatus\ntools' mcp-bridge ''
check 'a command begun' $'login\nlogout' mcp-bridge lo
check 'a method after the URL' $'tools/call\ntools/list' \
    mcp-bridge call https://a tools/
check 'a URL after a command' 'https://' mcp-bridge login ''
check 'values' $'auto\nhttp\nsse' mcp-bridge --transport ''
check 'a value begun' 'debug' mcp-bridge --log-level d
check 'a value behind =' 'slash' mcp-bridge --issuer-match = s
check 'all values behind =' $'exact\nslash' mcp-bridge --issuer-match =
check 'no words where any text may stand' '' mcp-bridge --client-id ''
check 'files' 'Makefile' mcp-bridge --ca-file Makef
echo "1..$count"
exit $failed
