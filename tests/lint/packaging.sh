#!/bin/sh
# SPDX-License-Identifier: ISC
# The recipes of packaging/ are well-formed, of the Makefile's version, and name
# what `make install` installs. Tools that are missing are done without. Run at
# the root of the tree.
set -u
bad=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

complain() {
	echo "$*"
	bad=1
}

has() {
	command -v "$1" > /dev/null 2>&1
}

version=$(sed -n 's/^VERSION = //p' Makefile)
echo > "$dir/archive"
VERSION=$version HOMEPAGE=https://h.example MAINTAINER=m@h.example \
    NAMESPACE=example.h ARCHIVE="$dir/archive" \
    sh packaging/fill.sh "$dir/filled" || complain 'packaging/fill.sh failed'
filled=$dir/filled

grep -rnE '@(VERSION|HOMEPAGE|MAINTAINER|NAMESPACE|SHA256|SHA512|PLATFORM|MACHINE)@' \
    "$filled" --exclude='*.sh' && complain 'packaging/: a name is not filled in'
head -n 1 packaging/debian/changelog | grep -q "^mcp-bridge ($version-" ||
    complain "packaging/debian/changelog: not of version $version"
grep -q "^## $version\$" CHANGELOG.md ||
    complain "CHANGELOG.md: has no section of version $version"
grep -q "> - $version-" packaging/rpm/mcp-bridge.spec ||
    complain "packaging/rpm/mcp-bridge.spec: no change of version $version"

for recipe in alpine/APKBUILD arch/PKGBUILD; do
	bash -n "$filled/$recipe" || complain "packaging/$recipe: not shell"
done
for json in manifest.json server.json; do
	! has node || node -e 'JSON.parse(require("fs").readFileSync(process.argv[1]))' \
	    "$filled/mcpb/$json" || complain "packaging/mcpb/$json: not JSON"
done
! has ruby || ruby -c "$filled/homebrew/mcp-bridge.rb" > /dev/null ||
    complain 'packaging/homebrew/mcp-bridge.rb: not Ruby'
! has nix-instantiate || nix-instantiate --parse "$filled/nix/package.nix" \
    > /dev/null 2> "$dir/nix" || complain "$(cat "$dir/nix")"

# FreeBSD's ports come without the tree that they are read in.
if has bmake; then
	mkdir "$dir/mk" && : > "$dir/mk/bsd.port.mk"
	port() {
		bmake -r -m "$dir/mk" -f "$filled/freebsd/Makefile" -V "$1"
	}
	for variable in PORTNAME DISTVERSION CATEGORIES MASTER_SITES MAINTAINER \
	    COMMENT WWW LICENSE LICENSE_FILE LIB_DEPENDS USES MAKE_ARGS; do
		port $variable | grep -q . ||
		    complain "packaging/freebsd/Makefile: no $variable"
	done
	port PLIST_FILES | tr ' ' '\n' | grep . | sed 's/\.gz$//' | sort \
	    > "$dir/port"
fi

# What install puts somewhere, and uninstall takes away: nothing stays.
if [ -x mcp-bridge ]; then
	make -s -o all install prefix=/usr DESTDIR="$dir/root" 2> "$dir/make" ||
	    complain "$(cat "$dir/make")"
	(cd "$dir/root" && find . -type f | sort) > "$dir/installed"
	for file in bin/mcp-bridge share/man/man1/mcp-bridge.1 \
	    share/man/man5/mcp-bridge-config.5 \
	    share/bash-completion/completions/mcp-bridge \
	    share/zsh/site-functions/_mcp-bridge \
	    share/fish/vendor_completions.d/mcp-bridge.fish; do
		echo "./usr/$file"
	done | sort | diff - "$dir/installed" ||
	    complain 'make install: not what the recipes expect'
	! [ -e "$dir/port" ] ||
	    sed 's:^\./usr/::' "$dir/installed" | diff - "$dir/port" ||
	    complain 'packaging/freebsd/Makefile: not what is installed'
	make -s uninstall prefix=/usr DESTDIR="$dir/root" > /dev/null
	find "$dir/root" -type f | { ! grep .; } ||
	    complain 'make uninstall: leaves this behind'
fi
exit $bad
