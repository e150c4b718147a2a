#!/bin/sh
# SPDX-License-Identifier: ISC
# What `make packages` built, tried as a user would: the Debian package on a root
# with nothing else on it, installed, through autopkgtest, removed; the bundle
# unpacked and run; the bill of materials against the program. Needs root.
#   check.sh VERSION   ends with "N passed, N failed"
# DEBOOTSTRAP_SUITE and DEBOOTSTRAP_MIRROR choose the root.
set -u
LC_ALL=C
export LC_ALL
root=$PWD/build/root
passed=0
failed=0

# try WHAT COMMAND…
try() {
	what=$1
	shift
	if "$@" > build/packages.log 2>&1; then
		passed=$((passed + 1))
		echo "ok $what"
	else
		failed=$((failed + 1))
		echo "FAIL $what"
		tail -n 30 build/packages.log
	fi
}

suite() {
	# shellcheck disable=SC1091
	. /etc/os-release
	echo "${DEBOOTSTRAP_SUITE:-${VERSION_CODENAME:-stable}}"
}

# Where this machine gets its packages, in place of what debootstrap wrote: apt
# complains of a source named twice, and autopkgtest of apt.
copy_sources() {
	rm "$root/etc/apt/sources.list" &&
	    find /etc/apt/sources.list.d \( -name '*.list' -o -name '*.sources' \) \
	    -exec cp {} "$root/etc/apt/sources.list.d/" \; &&
	    { [ ! -s /etc/apt/sources.list ] ||
	    cp /etc/apt/sources.list "$root/etc/apt/"; } &&
	    cp -R /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
}

make_root() {
	rm -rf "$root"
	# shellcheck disable=SC2086 # none is none
	debootstrap --variant=minbase "$(suite)" "$root" ${DEBOOTSTRAP_MIRROR:-} &&
	    copy_sources &&
	    cp /etc/resolv.conf /etc/hosts "$root/etc/" &&
	    chroot "$root" apt-get -qq update
}

in_root() {
	DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

files() {
	(cd "$root" && find bin etc lib opt sbin srv usr -not -type d | sort)
}

installs() {
	cp build/dist/mcp-bridge_"$1"-*.deb "$root/tmp/" &&
	    in_root sh -c 'apt-get -qq -y install --no-install-recommends /tmp/mcp-bridge_*.deb' &&
	    in_root mcp-bridge --version
}

is_hardened() {
	BRIDGE=$1 sh tests/lint/hardening.sh
}

rpm_is_hardened() {
	rm -rf build/unpacked-rpm &&
	    mkdir build/unpacked-rpm &&
	    rpm2cpio build/dist/mcp-bridge-"$1"-*."$(uname -m)".rpm |
	    (cd build/unpacked-rpm && cpio -idm --quiet) &&
	    is_hardened build/unpacked-rpm/usr/bin/mcp-bridge
}

# Built again elsewhere, by another user's settings; without the tests, which
# leave nothing in it.
deb_again() {
	again=$PWD/build/deb-again/somewhere/much/deeper
	rm -rf build/deb-again &&
	    mkdir -p "$again" &&
	    tar -C "$again" -xzf "build/deb/mcp-bridge_$1.orig.tar.gz" &&
	    cp -R build/packaging/debian "$again/mcp-bridge-$1/debian" &&
	    (cd "$again/mcp-bridge-$1" && umask 077 &&
	    LC_ALL=C.UTF-8 TZ=Asia/Kathmandu DEB_BUILD_OPTIONS=nocheck \
	    dpkg-buildpackage -us -uc -b) &&
	    for deb in "$again"/*.deb; do
		cmp "$deb" "build/dist/$(basename "$deb")" || return 1
	done
}

removes() {
	in_root apt-get -qq -y purge mcp-bridge &&
	    ! files | grep mcp-bridge &&
	    ! in_root dpkg-query -W mcp-bridge
}

autopkgtest_passes() {
	autopkgtest --no-built-binaries build/dist/mcp-bridge_"$1"-*.deb \
	    "build/deb/mcp-bridge-$1/" -- chroot "$root"
}

bundle_runs() {
	rm -rf build/unpacked &&
	    unzip -q build/dist/mcp-bridge-"$1"-*.mcpb -d build/unpacked &&
	    build/unpacked/server/mcp-bridge --version | grep -q "^mcp-bridge $1"
}

sbom_fits() {
	grep -q "$(sha256sum mcp-bridge | cut -d' ' -f1)" \
	    "build/dist/mcp-bridge-$1.spdx.json" &&
	    for library in curl crypto bsd; do
		ldd mcp-bridge | grep -q "lib$library" || return 1
		grep -q "\"name\": \"lib$library\"" \
		    "build/dist/mcp-bridge-$1.spdx.json" || return 1
	done
}

try 'a clean root' make_root
try 'the Debian package installs' installs "$1"
try 'its program is hardened' is_hardened "$root/usr/bin/mcp-bridge"
try 'the Debian package removes cleanly' removes
try 'autopkgtest' autopkgtest_passes "$1"
try 'the Debian package can be reproduced' deb_again "$1"
try 'the program of the RPM package is hardened' rpm_is_hardened "$1"
try 'the bundle runs' bundle_runs "$1"
try 'the bill of materials fits the program' sbom_fits "$1"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
