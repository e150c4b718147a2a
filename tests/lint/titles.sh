#!/bin/sh
# SPDX-License-Identifier: ISC
# SECURITY.md and docs/reliability.md say which test shows what: each file they
# name in a table is a test, and each title they quote behind it is in it. Run at
# the root of the tree.
set -u
LC_ALL=C
export LC_ALL

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# One line for each name and title, in their order: "file NAME", "title TEXT".
names_and_titles() {
	# shellcheck disable=SC2016 # backticks of Markdown
	sed -n 's/^|.*| *\([^|]*\) *|$/\1/p' "$1" |
	    grep -oE '`[a-z_-]+(\.test)?\.(js|c|sh)`|"[^"]*"' |
	    sed 's/^`\(.*\)`$/file \1/; s/^"\(.*\)"$/title \1/'
}

for page in SECURITY.md docs/reliability.md; do
	names_and_titles "$page" > "$dir/list"
	[ -s "$dir/list" ] || echo "$page names no test"
	path=
	while read -r kind text; do
		if [ "$kind" = file ]; then
			path=$(find tests -name node_modules -prune -o \
			    -name "$text" -print)
			[ -n "$path" ] || echo "$page: there is no test $text"
		elif [ -n "$path" ] && ! tr '\n' ' ' < "$path" |
		    sed "s@ // @ @g; s@\\\\'@'@g" | grep -qF -- "$text"; then
			echo "$page: $path has no '$text'"
		fi
	done < "$dir/list"
done > "$dir/found"
cat "$dir/found"
test ! -s "$dir/found"
