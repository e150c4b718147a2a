#!/bin/sh
# SPDX-License-Identifier: ISC
# The same program without any call that only some systems have: it compiles,
# and the modules that have fallbacks pass their tests.
set -u
programs=
for module in channel fetch http loop spawn store store_kill; do
	programs="$programs build/portable/unit/test_$module"
done
# shellcheck disable=SC2086
make --no-print-directory VARIANT=portable PROBED= STRICT=-Werror \
    build/portable/mcp-bridge $programs || exit 1
# shellcheck disable=SC2086
exec sh tests/tools/unit.sh $programs
