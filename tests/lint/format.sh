#!/bin/sh
# SPDX-License-Identifier: ISC
# Every C file is as clang-format leaves it. Run at the root of the tree.
set -u

find bridge.c src include tests -name node_modules -prune -o -name '*.[ch]' -print |
    sort | xargs "${CLANG_FORMAT:-clang-format}" --dry-run -Werror
