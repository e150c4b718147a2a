/* SPDX-License-Identifier: ISC */
/* Proofs of possession (RFC 9449 section 4): written, never read. */
#ifndef WIRE_DPOP_H
#define WIRE_DPOP_H

#include <stdint.h>

#include "base/signing.h"

/* What one request proves, once. All borrowed. */
struct dpop_request {
	const char *method; /* "POST" */
	const char *url;    /* as it is sent; query and fragment do not count */
	int64_t issued_at_s; /* Unix time */
	struct span id;      /* unique: a `jti` */
	const char *nonce;   /* the server's last; NULL: none known */
	struct span token;   /* the access token that goes along; or empty */
};

/* Appends the value of a DPoP header, signed with `key` of SIGNING_ES256. -1
 * past the cap of `out`, which is then reset. */
int
dpop_proof(const struct signing_key *key, const struct dpop_request *request,
    struct buf *out) __attribute__((warn_unused_result));

/* What a server gives as a nonce: 1*NQCHAR (RFC 9449 section 8.1), of a length
 * that a header can carry. */
bool dpop_nonce_ok(struct span nonce);

#endif
