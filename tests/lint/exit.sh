#!/bin/sh
# SPDX-License-Identifier: ISC
# The statuses the program exits with are those of EXIT STATUS in the manual. Run
# at the root of the tree.
set -u
LC_ALL=C
export LC_ALL
man=man/mcp-bridge.1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# Names of sysexits.h, and what the server's own refusal is called here.
{
	cat src/*/*.c bridge.c | grep -oE '\bEX_[A-Z]+\b' | sort -u |
	    sed 's/.*/echo & = &/'
	sed -n 's/.*CLIENT_REFUSED = \([0-9]*\).*/echo CLIENT_REFUSED = \1/p' \
	    include/cli/client.h
} > "$dir/names"
{
	echo '#include <sysexits.h>'
	sed 's/^echo \(.*\) = \(.*\)/status \2/' "$dir/names"
} | ${CC:-cc} -E -P - | sed -n 's/^status \([0-9]*\)$/\1/p' |
    sort -n > "$dir/program"
test -s "$dir/program" || exit 1
sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It \([0-9]*\)$/\1/p' $man |
    sort -n > "$dir/manual"
diff "$dir/program" "$dir/manual" > "$dir/diff" || {
	sed -n "s@^< @$man lacks exit status @p
	    s@^> @$man has a stray exit status @p" "$dir/diff"
	exit 1
}
