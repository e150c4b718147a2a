#!/bin/sh
# SPDX-License-Identifier: ISC
# Prints the bill of materials of a built program, SPDX 2.3 JSON: itself and the
# libraries it is linked with, in the versions it was built against.
#   sbom.sh PROGRAM
set -eu
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null ||
    date -u -r "$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
sha256=$(sha256sum "$1" | cut -d' ' -f1)

# library NAME PKG-CONFIG-NAME LICENSE SUPPLIER HOMEPAGE COMMA
library() {
	number=$("$PKG_CONFIG" --modversion "$2")
	cat <<J
    {
      "SPDXID": "SPDXRef-$1",
      "name": "$1",
      "versionInfo": "$number",
      "supplier": "Organization: $4",
      "downloadLocation": "NOASSERTION",
      "filesAnalyzed": false,
      "homepage": "$5",
      "licenseConcluded": "NOASSERTION",
      "licenseDeclared": "$3",
      "copyrightText": "NOASSERTION",
      "externalRefs": [
        {
          "referenceCategory": "PACKAGE-MANAGER",
          "referenceType": "purl",
          "referenceLocator": "pkg:generic/$1@$number"
        }
      ]
    }$6
J
}

# relation FROM TYPE TO [COMMA]
relation() {
	cat <<J
    {
      "spdxElementId": "SPDXRef-$1",
      "relationshipType": "$2",
      "relatedSpdxElement": "SPDXRef-$3"
    }${4:-}
J
}

cat <<J
{
  "spdxVersion": "SPDX-2.3",
  "dataLicense": "CC0-1.0",
  "SPDXID": "SPDXRef-DOCUMENT",
  "name": "mcp-bridge-$VERSION",
  "documentNamespace": "$HOMEPAGE/spdx/mcp-bridge-$VERSION-$sha256",
  "creationInfo": {
    "created": "$created",
    "creators": ["Organization: The mcp-bridge authors", "Tool: make-sbom-$VERSION"]
  },
  "packages": [
    {
      "SPDXID": "SPDXRef-mcp-bridge",
      "name": "mcp-bridge",
      "versionInfo": "$VERSION",
      "packageFileName": "mcp-bridge",
      "supplier": "Organization: The mcp-bridge authors",
      "downloadLocation": "$HOMEPAGE/releases/mcp-bridge-$VERSION.tar.gz",
      "filesAnalyzed": false,
      "checksums": [{ "algorithm": "SHA256", "checksumValue": "$sha256" }],
      "homepage": "$HOMEPAGE",
      "licenseConcluded": "ISC",
      "licenseDeclared": "ISC",
      "copyrightText": "Copyright (c) 2026 The mcp-bridge authors",
      "primaryPackagePurpose": "APPLICATION"
    },
J
library libcurl libcurl curl 'The curl project' https://curl.se ,
library libcrypto libcrypto Apache-2.0 'The OpenSSL project' https://openssl-library.org ,
library libbsd libbsd-overlay 'BSD-3-Clause AND ISC' 'The libbsd project' https://libbsd.freedesktop.org ''
echo '  ],'
echo '  "relationships": ['
relation DOCUMENT DESCRIBES mcp-bridge ,
relation mcp-bridge DYNAMIC_LINK libcurl ,
relation mcp-bridge DYNAMIC_LINK libcrypto ,
relation mcp-bridge DYNAMIC_LINK libbsd
echo '  ]'
echo '}'
