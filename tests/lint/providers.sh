#!/bin/sh
# SPDX-License-Identifier: ISC
# The manual's PROVIDERS are those of the table. Run at the root of the tree.
set -u
LC_ALL=C
export LC_ALL

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
sed -n 's/^	    \.name = "\(.*\)",$/\1/p' src/auth/provider.c > "$dir/wanted"
sed -n '/^\.Sh PROVIDERS/,/^\.El/s/^\.It \(.*\)$/\1/p' man/mcp-bridge.1 \
    > "$dir/there"
test -s "$dir/wanted" && diff "$dir/wanted" "$dir/there"
