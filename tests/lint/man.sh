#!/bin/sh
# SPDX-License-Identifier: ISC
# The manual pages are well-formed. Run at the root of the tree.
set -u

mandoc -Tlint -W warning man/*.[1-9]
