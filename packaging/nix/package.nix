# SPDX-License-Identifier: ISC
# nix-build -E '(import <nixpkgs> { }).callPackage ./package.nix { }'
{ lib, stdenv, fetchurl, pkg-config, cmocka, curl, jansson, libbsd, openssl }:

stdenv.mkDerivation rec {
  pname = "mcp-bridge";
  version = "@VERSION@";

  src = fetchurl {
    url = "@HOMEPAGE@/releases/${pname}-${version}.tar.gz";
    sha256 = "@SHA256@";
  };

  nativeBuildInputs = [ pkg-config ];
  buildInputs = [ curl libbsd openssl ];
  nativeCheckInputs = [ cmocka jansson openssl ];

  makeFlags = [ "prefix=${placeholder "out"}" ];
  enableParallelBuilding = true;
  doCheck = true;
  checkTarget = "unit";

  meta = {
    description = "Connect a local MCP host to a remote MCP server";
    homepage = "@HOMEPAGE@";
    license = lib.licenses.isc;
    mainProgram = "mcp-bridge";
    platforms = lib.platforms.unix;
  };
}
