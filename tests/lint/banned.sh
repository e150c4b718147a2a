#!/bin/sh
# SPDX-License-Identifier: ISC
# Calls and constructs that are not used here, in C code of the program and its
# tests. Run at the root of the tree.
set -u
LC_ALL=C
export LC_ALL

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
find bridge.c src include tests -name node_modules -prune -o -name '*.[ch]' -print |
    sort | xargs awk -f tests/lint/code.awk > "$dir/code"

# says PATTERN, what is wrong
says() {
	grep -E ":.*(^|[^A-Za-z0-9_])($1)" "$dir/code" |
	    sed "s@^\([^:]*:[0-9]*\):.*@\1: $2@"
}
{
	says '(strcpy|strcat|sprintf|vsprintf|strncpy|strncat|gets|stpcpy) *\(' \
	    'unbounded or unterminated copies: use snprintf or strlcpy'
	says '(atoi|atol|atoll|atof) *\(' \
	    'numbers without range: use strtonum'
	says '(strtok|strtok_r|asctime|ctime|gmtime|localtime|strerror_r) *\(' \
	    'static state or surprises: use strsep, gmtime_r'
	says '(rand|srand|random|srandom|drand48) *\(' 'use os_random'
	says '(system|popen) *\(' 'no shell: use the spawn module'
	says '(v?fork|execv?p?e?|execlp?e?) *\(' \
	    'no fork: use the spawn module' | grep -E '^(src|include)/' |
	    grep -v '^src/auth/starter\.c:'
	says '(alloca|setjmp|longjmp|mktemp|tmpnam) *\(' 'not used here'
	says '(malloc|calloc|realloc|reallocarray|strdup|strndup|v?asprintf) *\(' \
	    'use base/mem' | grep -E '^(src|include)/' |
	    grep -v '^src/base/mem\.c:'
	sed 's/[=!<>]=//g' "$dir/code" |
	    grep -E '^(src|include)/[^:]*:[0-9]*:.*(if|while) \(.*=' |
	    sed 's/^\([^:]*:[0-9]*\):.*/\1: no assignment in a condition/'
	says 'goto [a-z]' 'goto goes forward to out only' |
	    while IFS=: read -r file line rest; do
		sed -n "${line}p" "$file" | grep -q 'goto out;' ||
		    echo "$file:$line:$rest"
	    done
} > "$dir/found"
find bridge.c src include tests -name node_modules -prune -o -name '*.[ch]' -print |
    sort | xargs grep -nE 'TODO|FIXME' |
    sed 's/^\([^:]*:[0-9]*\):.*/\1: unfinished/' \
    >> "$dir/found"
for file in $(find bridge.c src include tests -name node_modules -prune -o \
    -name '*.[ch]' -print | sort); do
	head -n 1 "$file" | grep -q '^/\* SPDX-License-Identifier: ISC \*/$' ||
	    echo "$file:1: the licence line is missing" >> "$dir/found"
done

cat "$dir/found"
test ! -s "$dir/found"
