#!/bin/sh
# SPDX-License-Identifier: ISC
# Installs what is missing on Debian and its kin, and is silent when nothing is:
#   ensure-deps.sh build | slim | test | demo | package ...
# build: compiler and libraries; slim: for a libcurl of our own, too; test: what
# `make check` runs on, also linters; demo: build and a Node for the server;
# package: what `make packages` builds packages with and tries them on.
# Works as root or through sudo.
set -eu

tests=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

build_packages='gcc make pkg-config libcurl4-openssl-dev libssl-dev libbsd-dev'
slim_packages='dpkg-dev libnghttp2-dev'
test_packages='libcmocka-dev libjansson-dev openssl tinyproxy nginx-light curl ca-certificates procps chromium'
test_packages="$test_packages dbus gnome-keyring libsecret-tools pass gnupg"
test_packages="$test_packages glewlwyd sqlite3"
test_packages="$test_packages checksec devscripts binutils"
test_packages="$test_packages squid faketime nftables iproute2"
test_packages="$test_packages clang clang-tidy clang-format libclang-rt-dev cppcheck valgrind mandoc shellcheck zsh fish"
package_packages='debhelper dpkg-dev lintian autopkgtest debootstrap rpm rpmlint cpio checksec devscripts binutils bmake zip unzip ruby nix-bin gnupg libcmocka-dev libjansson-dev openssl'

say() {
	printf 'ensure-deps: %s\n' "$*" >&2
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		say "root is needed for: $*"
		exit 1
	fi
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# On other systems the packages have other names: the build says what it lacks.
ensure_packages() {
	command -v dpkg-query >/dev/null 2>&1 || return 0
	missing=
	for package in "$@"; do
		is_installed "$package" || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	say "installing$missing"
	as_root apt-get -qq update
	# shellcheck disable=SC2086 # a list of names
	as_root env DEBIAN_FRONTEND=noninteractive \
	    apt-get -qq -y install --no-install-recommends $missing >/dev/null
}

ensure_node() {
	if ! command -v npm >/dev/null 2>&1; then
		ensure_packages nodejs npm ca-certificates
	fi
	installed=$tests/node_modules/.installed-from
	cmp -s "$tests/package-lock.json" "$installed" && return 0
	say 'npm ci in tests/'
	(cd "$tests" && npm ci --silent)
	cp "$tests/package-lock.json" "$installed"
}

for need in "$@"; do
	case $need in
	build)
		# shellcheck disable=SC2086
		ensure_packages $build_packages
		;;
	slim)
		# shellcheck disable=SC2086
		ensure_packages $build_packages $slim_packages
		;;
	test)
		# shellcheck disable=SC2086
		ensure_packages $build_packages $test_packages
		ensure_node
		;;
	demo)
		# shellcheck disable=SC2086
		ensure_packages $build_packages
		ensure_node
		;;
	package)
		# shellcheck disable=SC2086
		ensure_packages $build_packages $slim_packages $package_packages
		;;
	*)
		say "unknown need: $need (build, slim, test, demo, package)"
		exit 64
		;;
	esac
done
