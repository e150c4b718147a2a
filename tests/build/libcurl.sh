#!/bin/sh
# SPDX-License-Identifier: ISC
# A libcurl that speaks HTTP and nothing else, from the distribution's own
# source package with its patches:
#   libcurl.sh DIR     makes DIR/libcurl.a and DIR/include
# What was fetched stays in DIR; a source tree that stands in DIR/source already
# is taken instead. The system's package lists are left alone.
set -eu
cflags='-O2 -g -ffunction-sections -fdata-sections -fstack-protector-strong'
mkdir -p "$1"
cd "$1"

apt() {
	apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::SourceList=/dev/null \
	    -o Dir::Etc::SourceParts="$PWD/apt/parts" \
	    -o Dir::State::Lists="$PWD/apt/lists" \
	    -o Dir::Cache="$PWD/apt/cache" "$@"
}

# The places packages come from, for sources.
copy_places() {
	mkdir -p apt/parts apt/lists/partial apt/cache/archives/partial
	for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -f "$list" ] || sed -n 's/^deb\(-src\)\{0,1\} /deb-src /p' \
		    "$list" > "apt/parts/$(basename "$list" .list).list"
	done
	for list in /etc/apt/sources.list.d/*.sources; do
		[ ! -f "$list" ] || sed 's/^Types:.*/Types: deb-src/' \
		    "$list" > "apt/parts/$(basename "$list")"
	done
}

# apt has checked what it fetched against the signed lists.
fetch() {
	copy_places
	apt update
	apt source --download-only curl
	dpkg-source --no-check -x curl_*.dsc source > /dev/null
}

configure() {
	../source/configure --quiet --disable-shared --enable-static \
	    --with-pic --disable-dependency-tracking \
	    --with-openssl --with-nghttp2 \
	    --without-brotli --without-libgsasl --without-libidn2 \
	    --without-libpsl --without-librtmp --without-libssh2 \
	    --without-zlib --without-zstd \
	    --disable-alt-svc --disable-dict --disable-doh --disable-file \
	    --disable-ftp --disable-get-easy-options --disable-gopher \
	    --disable-hsts --disable-imap --disable-ldap --disable-ldaps \
	    --disable-libcurl-option --disable-manual --disable-mime \
	    --disable-mqtt --disable-netrc --disable-ntlm --disable-pop3 \
	    --disable-progress-meter --disable-rtsp --disable-smb \
	    --disable-smtp --disable-telnet --disable-tftp \
	    --disable-tls-srp --disable-unix-sockets --disable-websockets \
	    CPPFLAGS=-D_FORTIFY_SOURCE=2 CFLAGS="$cflags" > configure.log 2>&1
}

[ -d source ] || fetch
mkdir -p objects
# The patches touch what configure is made from, but nothing that matters here.
(cd objects && configure && make -s -C lib ACLOCAL=: AUTOCONF=: AUTOHEADER=: \
    AUTOMAKE=: libcurl.la > make.log 2>&1) || {
	tail -n 20 objects/configure.log objects/make.log >&2
	exit 1
}
rm -rf include
cp -R source/include include
cp objects/lib/.libs/libcurl.a .
