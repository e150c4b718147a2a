/* SPDX-License-Identifier: ISC */
/*
 * Compact JWS. What header and claims say is the caller's.
 */
#include "wire/jwt.h"

#include "base/base64.h"
#include "base/limits.h"

int
jwt_sign(const struct signing_key *key, struct span header, struct span claims,
    struct buf *out)
{
	size_t before = out->len;
	struct buf signature = { 0 };
	int rc = -1;

	buf_init(&signature, LIMIT_SIGNATURE);
	if (base64url_encode(header, out) == -1 || buf_add(out, ".", 1) == -1 ||
	    base64url_encode(claims, out) == -1)
		goto out;
	if (signing_sign(key, span_make(out->data + before, out->len - before),
		&signature) == -1 ||
	    buf_add(out, ".", 1) == -1)
		goto out;
	rc = base64url_encode(buf_span(&signature), out);
out:
	if (rc == -1)
		buf_reset(out);
	buf_reset(&signature);
	return rc;
}
