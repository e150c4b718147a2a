#!/bin/sh
# SPDX-License-Identifier: ISC
# The tree names no place where it was written: no path of a developer's
# machine, no package mirror. Run at the root of the tree.
set -u

# Brackets keep the patterns from finding themselves.
patterns='(^|[^A-Za-z0-9_.])/wor[k]/|/hom[e]/[a-z]+/|(^|[^A-Za-z0-9_-])share[d]/'
patterns="$patterns|\"resolve[d]\":|https?://[^/ \"]*(registr[y]|mirro[r]|artifactor[y]|nexu[s])[^/ \"]*/"

list() {
	if [ -e .git ]; then
		git ls-files --cached --others --exclude-standard
	else
		find . -type f -not -path '*/node_modules/*' \
		    -not -path './build/*'
	fi
}
list | tr '\n' '\0' | xargs -0 grep -InE "$patterns" | { ! grep .; }
