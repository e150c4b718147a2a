#!/bin/sh
# SPDX-License-Identifier: ISC
# The source archive of this tree: the same files make the same bytes.
#   dist.sh ARCHIVE
# With its signature where SIGNING_KEY names a key. Takes what git knows, or, outside of git, all but what was built. TAR names
# GNU tar; SOURCE_DATE_EPOCH is the time of every file in it.
set -eu
LC_ALL=C
export LC_ALL
tar=${TAR:-tar}
name=$(basename "$1" .tar.gz)

list() {
	if [ -e .git ]; then
		git ls-files
	else
		find . \( -path ./build -o -name node_modules \) -prune -o \
		    \( -type f -o -type l \) ! -path ./mcp-bridge -print |
		    sed 's:^\./::'
	fi | sort
}

mkdir -p "$(dirname "$1")"
list | "$tar" --create --format=ustar --owner=0 --group=0 --numeric-owner \
    --mode='u+rw,go+r-w,a+X' --mtime="@$SOURCE_DATE_EPOCH" \
    --transform="flags=r;s:^:$name/:" --no-recursion --files-from=- |
    gzip -9n > "$1.new"
mv "$1.new" "$1"
cd "$(dirname "$1")"
rm -f "$name.tar.gz.asc"
[ -z "${SIGNING_KEY:-}" ] ||
    gpg --batch --quiet --armor --detach-sign --local-user "$SIGNING_KEY" \
    "$name.tar.gz"
sha256sum "$name.tar.gz" > "$name.tar.gz.sha256"
cat "$name.tar.gz.sha256"
