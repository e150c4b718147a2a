#!/bin/sh
# SPDX-License-Identifier: ISC
# The manual's DIAGNOSTICS list the error codes and kinds of the fault table, and
# its EXIT STATUS those the program returns. Run at the root of the tree.
set -u
LC_ALL=C
export LC_ALL

man=man/mcp-bridge.1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bad=0

agree() { # what is compared
	if ! diff "$dir/wanted" "$dir/there" > "$dir/diff"; then
		sed -n "s@^< @$man lacks the $1 @p; s@^> @$man has a stray $1 @p" \
		    "$dir/diff"
		bad=1
	fi
}

sed -n 's/.*\.rpc_code = \(-[0-9]*\),.*/code \1/p
	s/.*\.kind = "\(.*\)",.*/kind \1/p' src/base/fault.c |
    awk '$1 == "code" { code = $2 } $1 == "kind" && code { print code, $2 }' |
    sort > "$dir/wanted"
sed -n 's/^\.It \(-3[0-9]*\) Ta \([a-z_.]*\) Ta .*/\1 \2/p' $man |
    sort > "$dir/there"
agree 'error'

grep -rohE 'EX_[A-Z]+' src | sort -u | sed 's/.*/&= &/' |
    { echo '#include <sysexits.h>'; cat; } | "${CC:-cc}" -E -P -x c - |
    sed -n 's/^.*= *\([0-9]*\)$/\1/p' > "$dir/statuses"
sed -n 's/.*CLIENT_REFUSED = \([0-9]*\).*/\1/p' include/cli/client.h \
    >> "$dir/statuses"
sort -u "$dir/statuses" > "$dir/wanted"
sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/s/^\.It \([0-9]*\)$/\1/p' $man |
    sort -u > "$dir/there"
agree 'exit status'
exit $bad
