#!/bin/sh
# SPDX-License-Identifier: ISC
# Copies packaging/ to DIR with its @NAMES@ filled in from the environment and
# from the checksums of ARCHIVE, with the public part of SIGNING_KEY for whoever
# checks its signature.
#   fill.sh DIR
set -eu
SHA256=$(sha256sum "$ARCHIVE" | cut -d' ' -f1)
SHA512=$(sha512sum "$ARCHIVE" | cut -d' ' -f1)
case $(uname -s) in
Darwin) PLATFORM=darwin ;;
*) PLATFORM=linux ;;
esac
MACHINE=$(uname -m)

rm -rf "$1"
mkdir -p "$1"
cp -R packaging/. "$1"
find "$1" -type f -print | while read -r file; do
	sed -e "s|@VERSION@|$VERSION|g" -e "s|@HOMEPAGE@|$HOMEPAGE|g" \
	    -e "s|@MAINTAINER@|$MAINTAINER|g" \
	    -e "s|@NAMESPACE@|$NAMESPACE|g" -e "s|@SHA256@|$SHA256|g" \
	    -e "s|@SHA512@|$SHA512|g" -e "s|@PLATFORM@|$PLATFORM|g" \
	    -e "s|@MACHINE@|$MACHINE|g" "$file" > "$file.new"
	cat "$file.new" > "$file"
	rm "$file.new"
done

watch=$1/debian/watch
if [ -n "${SIGNING_KEY:-}" ]; then
	gpg --batch --armor --export-options export-minimal \
	    --export "$SIGNING_KEY" > "$1/debian/upstream/signing-key.asc"
else
	sed 's/opts=pgpmode=auto //' "$watch" > "$watch.new"
	mv "$watch.new" "$watch"
fi
