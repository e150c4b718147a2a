#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Completes every option of every command in bash. Run at the root of the tree;
# prints TAP.
set -u

# shellcheck source=completions/mcp-bridge.bash
. completions/mcp-bridge.bash
# shellcheck source=tests/completion/known.sh
. tests/completion/known.sh
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
make_known "$dir"
count=0
failed=0

verdict() { # NAME, wanted, got
	count=$((count + 1))
	if [[ $3 == "$2" ]]; then
		echo "ok $count - bash: $1"
	else
		echo "not ok $count - bash: $1"
		diff <(echo "$2") <(echo "$3") | sed 's/^/# /'
		failed=1
	fi
}

check() { # NAME, wanted words (sorted, one a line), the command line's words…
	local name=$1 wanted=$2
	shift 2
	COMP_WORDBREAKS=$' \t\n"\'@><=;|&(:'
	COMP_LINE=$*
	COMP_POINT=${#COMP_LINE}
	_mcp_bridge mcp-bridge
	verdict "$name" "$wanted" \
	    "$(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort)"
}

check_line() { # NAME, wanted line, the line typed before a Tab
	verdict "$1" "<$2>" "$(bash tests/completion/complete.bash "$3")"
}

rows=$(awk -f tests/lint/options.awk src/cli/option_*.c)

for command in run login logout status doctor config import call tools trace; do
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

urls='http://127.0.0.1:8080/a
https://example.com:8443/mcp
https://example.org/mcp
https://work.example/mcp'
quoted='https://evil.example/\$\(touch\$\{IFS\}expanded\)\?a=b\&c=d'
offered=$(printf '%s\n' "$urls" "$quoted" https:// | LC_ALL=C sort)
behind_colon=$(sed -n 's/^https://p' <<< "$urls"$'\n'"$quoted" | LC_ALL=C sort)

check 'commands and servers' "$(printf '%s\n' call config doctor import login \
    logout mcp-remote status tools trace "$offered" | LC_ALL=C sort)" mcp-bridge ''
check 'a command begun' $'login\nlogout' mcp-bridge lo
check 'a command behind others' $'login\nlogout' 'x=1 mcp-bridge' lo
check 'a method after the URL' $'tools/call\ntools/list' \
    mcp-bridge call https://a tools/
check 'a method of a profile' 'ping' mcp-bridge call --profile work pi
for command in login logout status doctor call tools 'config zed'; do
	check "servers after $command" "$offered" "mcp-bridge $command" ''
	check "servers begun after $command" "$behind_colon" \
	    "mcp-bridge $command" https://
done
check 'one server' '//example.com:8443/mcp' mcp-bridge login https://example.c
check 'a server up to its port' '8443/mcp' \
    mcp-bridge login https://example.com:8
check 'a server nobody knows' '' mcp-bridge login https://nobody
check 'no second server' '' mcp-bridge login https://a.example ''
check 'hosts of config' $'claude-code\nclaude-desktop\ncodex\ncursor' \
    mcp-bridge config c
check 'profiles' $'default\nhome\nwork' mcp-bridge --profile ''
check 'profiles behind =' 'work' mcp-bridge tools --profile=w
check 'values' $'auto\nhttp\nsse' mcp-bridge --transport ''
check 'a value begun' 'debug' mcp-bridge --log-level d
check 'a value behind =' 'slash' mcp-bridge --issuer-match=s
check 'all values behind =' $'exact\nslash' mcp-bridge --issuer-match=
check 'no words where any text may stand' '' mcp-bridge --client-id ''
check 'files' 'Makefile' mcp-bridge --ca-file Makef
check 'files behind =' 'Makefile' mcp-bridge --config=Makef

# What a person gets to see: bash has words of its own.
if command -v script > /dev/null; then
	check_line 'a server on the line' \
	    'mcp-bridge login https://example.com:8443/mcp ' \
	    'mcp-bridge login https://example.c'
	check_line 'a server on the line, from the port on' \
	    'mcp-bridge login https://example.com:8443/mcp ' \
	    'mcp-bridge login https://example.com:8'
	check_line 'a server in quotes' \
	    'mcp-bridge login "https://example.org/mcp" ' \
	    'mcp-bridge login "https://example.o'
	check_line 'a server quoted by bash' "mcp-bridge $quoted " \
	    'mcp-bridge https://ev'
	check_line 'a server that is quoted in part' "mcp-bridge $quoted " \
	    'mcp-bridge https://evil.example/\$\(touch\$\{IFS\}expanded\)\?a=b\&c'
	check_line 'a profile behind = on the line' \
	    'mcp-bridge --profile=work ' 'mcp-bridge --profile=w'
	check_line 'a host of config on the line' \
	    'mcp-bridge config windsurf ' 'mcp-bridge config wi'
	check_line 'a command behind another' 'true; mcp-bridge status ' \
	    'true; mcp-bridge stat'
fi
count=$((count + 1))
if [[ -e expanded ]]; then
	echo "not ok $count - bash: nothing is expanded"
	rm -f expanded
	failed=1
else
	echo "ok $count - bash: nothing is expanded"
fi
echo "1..$count"
exit $failed
