/* SPDX-License-Identifier: ISC */
/* Signed JSON Web Tokens in the compact form (RFC 7519, RFC 7515 section 7.1).
 * Signatures are made here, never verified. */
#ifndef WIRE_JWT_H
#define WIRE_JWT_H

#include "base/signing.h"

/*
 * Appends `header`.`claims`.signature, each in base64url. Both are JSON objects
 * as they are to be signed; the header's `alg` is the caller's to set to that
 * of the key. -1 past the cap of `out`, which is then reset, and where the key
 * cannot sign.
 */
int jwt_sign(const struct signing_key *key, struct span header,
    struct span claims, struct buf *out) __attribute__((warn_unused_result));

/*
 * Takes `jwt` apart: its header and claims as the texts they were, appended.
 * -1, and both wiped, for what does not have three parts of base64url, none of
 * them empty, and past a cap. They are as secret as the token is.
 */
int jwt_read(struct span jwt, struct buf *header, struct buf *claims)
    __attribute__((warn_unused_result));

#endif
