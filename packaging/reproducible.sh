#!/bin/sh
# SPDX-License-Identifier: ISC
# The tree makes the same archive and the same program in two places, at two
# times, by two users' settings.
set -eu
here=build/reproducible
rm -rf "$here"

# build DIR ARCHIVE: unpacks, builds, makes the archive anew
build() {
	mkdir -p "$1"
	tar -C "$1" --strip-components=1 -xzf "$2"
	(cd "$1" && MAKEFLAGS='' make -j2 CCACHE_DISABLE=1 all dist) \
	    > "$1/../log.$(basename "$1")" 2>&1 || {
		tail -n 20 "$1/../log.$(basename "$1")" >&2
		exit 1
	}
}

${MAKE:-make} --no-print-directory dist > /dev/null
archive=$(ls build/dist/mcp-bridge-*.tar.gz)
unset SOURCE_DATE_EPOCH
(umask 022 && LC_ALL=C TZ=UTC build "$here/one" "$archive")
(umask 077 && LC_ALL=C.UTF-8 TZ=Asia/Kathmandu build \
    "$here/somewhere/much/deeper/two" "$archive")
two=$here/somewhere/much/deeper/two
cmp "$here/one/mcp-bridge" "$two/mcp-bridge"
for made in "$here"/one/build/dist/*.tar.gz "$two"/build/dist/*.tar.gz; do
	cmp "$archive" "$made"
done
sha256sum "$here/one/mcp-bridge" | cut -d' ' -f1
echo 'reproducible: program and archive are the same'
