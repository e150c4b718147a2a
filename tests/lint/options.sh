#!/bin/sh
# SPDX-License-Identifier: ISC
# The option table, the manual pages, the three completions and, once the program
# is built, its --help name the same options, variables and keys. Run at the root of
# the tree; BRIDGE names the program.
set -u
LC_ALL=C
export LC_ALL

bridge=${BRIDGE:-./mcp-bridge}
man=man/mcp-bridge.1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# agree PLACE: the words on stdin are those of the table, each once or more. At
# the end of a pipeline it is a process of its own, so it leaves a mark.
agree() {
	sort -u > "$dir/there"
	if ! diff "$dir/wanted" "$dir/there" > "$dir/diff"; then
		sed -n "s@^< @$1 lacks @p; s@^> @$1 has a stray @p" "$dir/diff"
		: > "$dir/bad"
	fi
}

awk -f tests/lint/options.awk src/cli/option_*.c > "$dir/table"
test -s "$dir/table" || {
	echo "src/cli/option_*.c: no rows found"
	exit 1
}

sed 's/^\([^ ]*\) .*/--\1/' "$dir/table" | sort -u > "$dir/wanted"
sed -n 's/^\.It .*Fl -\([a-z0-9.-]*\).*/--\1/p' $man | agree "$man"
grep -oE -e '--[a-z][a-z0-9.-]*' completions/mcp-bridge.bash |
    sed 's/^--option$//' | grep . | agree completions/mcp-bridge.bash
grep -oE -e '--[a-z][a-z0-9.-]*[]=[}]' completions/_mcp-bridge |
    sed 's/.$//' | agree completions/_mcp-bridge
sed -n 's/^complete .* -l \([^ ]*\).*/--\1/p' completions/mcp-bridge.fish |
    agree completions/mcp-bridge.fish
if [ -x "$bridge" ]; then
	for command in '' login logout status doctor config import call tools \
	    trace; do
		# shellcheck disable=SC2086
		"$bridge" $command --help
	done | grep -oE '^ +(-[A-Za-z], )?--[a-z][a-z0-9.-]*' |
	    grep -oE -e '--.*' | agree "$bridge --help"
fi

# What a command accepts is the same in the table and in the program.
if [ -x "$bridge" ]; then
	for command in run login logout status doctor config import call tools \
	    trace; do
		awk -v c="$command" '("," $5 ",") ~ ("," c ",") { print "--" $1 }' \
		    "$dir/table" | sort -u > "$dir/wanted"
		word=$command
		[ "$word" = run ] && word=
		# shellcheck disable=SC2086
		"$bridge" $word --help |
		    grep -oE '^ +(-[A-Za-z], )?--[a-z][a-z0-9.-]*' |
		    grep -oE -e '--.*' | agree "$bridge $word --help"
	done
fi

awk '$2 != "-" { print "-" $2 }' "$dir/table" | sort -u > "$dir/wanted"
sed -n 's/^\.It Fl \([A-Za-z]\) .*/-\1/p; s/^\.It Fl \([A-Za-z]\)$/-\1/p' $man |
    agree "$man"
sed -n 's/^complete .* -s \([^ ]*\).*/-\1/p' completions/mcp-bridge.fish |
    agree completions/mcp-bridge.fish
grep -oE '[{]-[A-Za-z],' completions/_mcp-bridge | tr -d '{,' |
    agree completions/_mcp-bridge

{
	awk '$4 != "-" { print $4 }' "$dir/table"
	echo MCP_BRIDGE_URL
} | sort -u > "$dir/wanted"
sed -n 's/^\.It Ev \(MCP_BRIDGE_[A-Z0-9_]*\).*/\1/p' $man | agree "$man"

awk '$6 == "key" { print $1 }' "$dir/table" | sort -u > "$dir/wanted"
sed -n '/^\.Ss Options/,/^\.Sh/s/^\.It Ic \([a-z0-9.-]*\).*/\1/p' \
    man/mcp-bridge-config.5 | agree man/mcp-bridge-config.5

sed -n 's/^[^.]*\.id = "\(.*\)",/\1/p' src/cli/hosts.c | while read -r id; do
	for file in "$man" completions/*; do
		grep -qw -e "$id" "$file" && continue
		echo "$file lacks the host $id"
		: > "$dir/bad"
	done
done

test ! -e "$dir/bad"
