#!/bin/sh
# SPDX-License-Identifier: ISC
# Sizes: a function has at most 60 lines between its braces, a file of the
# program 600. Run at the root of the tree.
set -u
LC_ALL=C
export LC_ALL

# shellcheck disable=SC2016
find bridge.c src include -name '*.[ch]' | sort | xargs awk '
FNR == 1 {
	if (last_lines > 600)
		print last ": " last_lines " lines, over 600"
	open = 0
	before = ""
}
{
	last = FILENAME
	last_lines = FNR
}
# In this style a function begins with "{" alone in the first column.
/^\{$/ {
	open = FNR
	name = before
	sub(/\(.*/, "", name)
}
/^\}$/ && open {
	if (FNR - open - 1 > 60)
		print FILENAME ":" open ": " name " has " FNR - open - 1 \
		    " lines, over 60"
	open = 0
}
/^[a-z_]+\(/ { before = $0 }
END {
	if (last_lines > 600)
		print last ": " last_lines " lines, over 600"
}
' | { ! grep .; }
