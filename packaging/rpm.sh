#!/bin/sh
# SPDX-License-Identifier: ISC
# The RPM packages of a source archive, in build/dist. On systems that have the
# libraries from other packages their names are not looked up.
#   rpm.sh ARCHIVE     with packaging/ filled in at build/packaging
set -eu
top=$PWD/build/rpm

rm -rf "$top"
mkdir -p "$top/SOURCES"
cp "$1" "$top/SOURCES/"
cp build/packaging/rpm/mcp-bridge.spec "$top/"
rpmlint "$top/mcp-bridge.spec"
nodeps=
[ ! -e /etc/debian_version ] || nodeps=--nodeps
# shellcheck disable=SC2086 # a word or none
rpmbuild -ba $nodeps --define "_topdir $top" \
    --define 'use_source_date_epoch_as_buildtime 1' \
    --define 'clamp_mtime_to_source_date_epoch 1' \
    "$top/mcp-bridge.spec" > "$top/log" 2>&1 || {
	tail -n 40 "$top/log" >&2
	exit 1
}
find "$top/RPMS" "$top/SRPMS" -name '*.rpm' -exec cp {} build/dist/ \; -print
