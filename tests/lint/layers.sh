#!/bin/sh
# SPDX-License-Identifier: ISC
# The layers and fences: who may include what, and where stdout, libcurl and
# OpenSSL may appear. Run at the root of the tree.
set -u
LC_ALL=C
export LC_ALL

files=$(find bridge.c src include -name '*.[ch]' | sort)
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# A layer includes what is below it and itself; mcp and auth stand side by side,
# and the relay alone knows both.
# shellcheck disable=SC2086
awk '
BEGIN {
	n = split("base wire io mcp auth cli", names, " ")
	for (i = 1; i <= n; i++)
		rank[names[i]] = i
	rank["auth"] = rank["mcp"]
	rank["top"] = 9
}
FNR == 1 {
	split(FILENAME, parts, "/")
	layer = parts[2] in rank ? parts[2] : "top"
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	split(quoted[2], target, "/")
	to = target[1]
	if (!(to in rank)) {
		print FILENAME ":" FNR ": \"" quoted[2] "\" is in no layer"
	} else if (to != layer && rank[to] >= rank[layer]) {
		if (FILENAME ~ /^(src|include)\/mcp\/relay[a-z_]*\.[ch]$/ && \
		    quoted[2] ~ /^auth\/(broker|config)\.h$/)
			next
		print FILENAME ":" FNR ": " layer " may not include " to
	}
}
/^[ \t]*#[ \t]*include[ \t]*<curl\// {
	if (FILENAME !~ /^(src|include)\/io\// && FILENAME != "src/wire/url.c")
		print FILENAME ":" FNR ": libcurl is used in io/ and url.c only"
}
/^[ \t]*#[ \t]*include[ \t]*<openssl\// {
	if (FILENAME !~ /^src\/base\/(crypto|signing)\.c$/)
		print FILENAME ":" FNR ": OpenSSL is for base/crypto.c and signing.c"
}
' $files > "$dir/found"

# No header of io/ shows libcurl to the layers above: found by letting the set of
# headers that include it grow until it stays.
exposing='curl/[a-z]*'
count=-1
while [ "$(printf '%s' "$exposing" | wc -c)" -ne "$count" ]; do
	count=$(printf '%s' "$exposing" | wc -c)
	more=$(grep -lE "^#include [<\"]($exposing)[.>\"]" include/io/*.h \
	    2> /dev/null | sed 's:^include/::; s:\.h$::' | sort | paste -sd '|' -)
	exposing="curl/[a-z]*${more:+|$more}"
done
# shellcheck disable=SC2086
grep -nE "^#include \"($exposing)\.h\"" $files |
    grep -Ev '^(src|include)/io/' |
    sed 's/^\([^:]*:[0-9]*\):.*/\1: this header shows libcurl/' \
    >> "$dir/found"

# shellcheck disable=SC2086
awk -f tests/lint/code.awk $files > "$dir/code"

# The protocol owns stdout.
grep -E '(^|[^A-Za-z0-9_])(stdout|STDOUT_FILENO|v?printf *\(|puts *\(|putchar *\()' \
    "$dir/code" |
    grep -Ev '^(src/io/(channel|os)\.c|src/cli/[a-z_]*\.c|bridge\.c):' |
    sed 's/^\([^:]*:[0-9]*\):.*/\1: stdout belongs to the protocol/' \
    >> "$dir/found"

# wire/ is pure: no descriptor, no clock, no environment, no state.
grep -E '^(src|include)/wire/' "$dir/code" > "$dir/wire"
grep -E '(^|[^A-Za-z0-9_>.])(open|read|write|close|socket|poll|select|time|clock_gettime|gettimeofday|getenv|f(open|read|write|puts|printf)) *\(' \
    "$dir/wire" |
    sed 's/^\([^:]*:[0-9]*\):.*/\1: wire is pure: no descriptor, clock or environment/' \
    >> "$dir/found"
grep -E ':[ 	]*static ' "$dir/wire" | grep -Ev '\(|[ 	*]const[ 	]' |
    grep -E '[;={]$|=' |
    sed 's/^\([^:]*:[0-9]*\):.*/\1: wire is pure: no variable that stays/' \
    >> "$dir/found"

sort "$dir/found"
test ! -s "$dir/found"
