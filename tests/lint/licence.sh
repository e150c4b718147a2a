#!/bin/sh
# SPDX-License-Identifier: ISC
# Every source file says its licence in its first lines. Data, prose and what
# another format leaves no room for are covered by LICENSE. Run at the root of
# the tree.
set -u
bad=0
list=$(mktemp) || exit 1
trap 'rm -f "$list"' EXIT

find . \( -path ./build -o -name node_modules -o -name .git \) -prune -o \
    -type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.js' -o \
    -name '*.mk' -o -name '*.[1-9]' -o -name '*.awk' -o -name '*.zsh' -o \
    -name '*.fish' -o -name '*.bash' -o -name '*.rb' -o -name '*.nix' -o \
    -name '*.spec' -o -name '*BUILD' -o -name Makefile -o \
    -path './packaging/debian/tests/[il]*' -o -name rules \) -print > "$list"
while read -r file; do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ISC' || {
		echo "$file: no licence in its first lines"
		bad=1
	}
done < "$list"
exit $bad
