#!/bin/sh
# SPDX-License-Identifier: ISC
# A key to try signed releases with, in build/gnupg; worth nothing elsewhere.
set -eu
GNUPGHOME=$PWD/build/gnupg
export GNUPGHOME
rm -rf "$GNUPGHOME"
mkdir -p "$GNUPGHOME"
chmod 700 "$GNUPGHOME"
gpg --batch --quiet --pinentry-mode loopback --passphrase '' \
    --quick-generate-key "$1" ed25519 sign never 2> "$GNUPGHOME/log" || {
	cat "$GNUPGHOME/log" >&2
	exit 1
}
