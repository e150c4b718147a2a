#!/bin/sh
# SPDX-License-Identifier: ISC
# The MCPB bundle of a program, and the registry entry that names it, in
# build/dist.
#   mcpb.sh PROGRAM    with packaging/ filled in at build/packaging
set -eu
TZ=UTC
export TZ
dir=build/mcpb
case $(uname -s) in
Darwin) platform=darwin ;;
*) platform=linux ;;
esac
bundle=$PWD/build/dist/mcp-bridge-$VERSION-$platform-$(uname -m).mcpb

rm -rf "$dir" "$bundle"
mkdir -p "$dir/server"
cp "$1" "$dir/server/mcp-bridge"
chmod 755 "$dir/server/mcp-bridge"
cp build/packaging/mcpb/manifest.json LICENSE "$dir/"
find "$dir" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
(cd "$dir" && zip -q -X -9 "$bundle" manifest.json LICENSE server/mcp-bridge)
sum=$(sha256sum "$bundle" | cut -d' ' -f1)
sed "s/@MCPB_SHA256@/$sum/" build/packaging/mcpb/server.json \
    > build/dist/server.json
echo "${bundle#"$PWD"/}"
