#!/bin/sh
# SPDX-License-Identifier: ISC
# Every header compiles alone and has its guard. Run at the root of the tree;
# CC and CFLAGS as in the Makefile.
set -u
CC=${CC:-cc}
flags="-std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -iquote include"
flags="$flags $(pkg-config --cflags libcurl libcrypto libbsd-overlay)"
bad=0

for header in $(find include src -name '*.h' | sort); do
	# shellcheck disable=SC2086
	printf '#include "%s"\n' "$header" |
	    $CC $flags ${CFLAGS:-} -iquote . -Werror -fsyntax-only -x c - || {
		echo "$header: does not compile alone"
		bad=1
	}
	guard=$(echo "$header" | sed 's:^[a-z]*/::' | tr 'a-z/.' 'A-Z__')
	grep -q "^#ifndef $guard\$" "$header" || {
		echo "$header: the guard is not $guard"
		bad=1
	}
done
exit $bad
