#!/bin/sh
# SPDX-License-Identifier: ISC
# No script gives shellcheck cause for complaint. Run at the root of the tree.
set -u

# shellcheck disable=SC2046
shellcheck -x completions/mcp-bridge.bash $(find . -path ./build -prune -o -name node_modules -prune -o \
    -name .git -prune -o -name '*.sh' -print | sort)
