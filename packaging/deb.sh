#!/bin/sh
# SPDX-License-Identifier: ISC
# The Debian packages of a source archive, in build/dist. lintian has nothing to
# say about them, but that an unsigned archive is not signed.
#   deb.sh ARCHIVE     with packaging/ filled in at build/packaging
set -eu
name=$(basename "$1" .tar.gz)
version=${name#mcp-bridge-}
dir=build/deb

rm -rf "$dir"
mkdir -p "$dir"
cp "$1" "$dir/mcp-bridge_$version.orig.tar.gz"
fail_on=error,warning,info
if [ -e "$1.asc" ]; then
	cp "$1.asc" "$dir/mcp-bridge_$version.orig.tar.gz.asc"
	fail_on=$fail_on,pedantic
fi
tar -C "$dir" -xzf "$1"
cp -R build/packaging/debian "$dir/$name/debian"
(cd "$dir/$name" && dpkg-buildpackage -us -uc) > "$dir/log" 2>&1 || {
	tail -n 40 "$dir/log" >&2
	exit 1
}
lintian --allow-root --pedantic --fail-on "$fail_on" \
    "$dir"/*.changes
cp "$dir"/*.deb "$dir"/*.dsc "$dir"/*.debian.tar.* build/dist/
ls "$dir"/*.deb
