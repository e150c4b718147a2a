/* SPDX-License-Identifier: ISC */
/*
 * Compact JWS. What header and claims say is the caller's.
 */
#include "wire/jwt.h"

#include <string.h>

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

/* The part before the next dot, or all that is left; never an empty one. */
static bool
take_part(struct span *rest, bool last, struct span *part)
{
	const char *dot =
	    rest->len > 0 ? memchr(rest->ptr, '.', rest->len) : NULL;

	if (last != (dot == NULL))
		return false;
	*part = *rest;
	if (dot != NULL) {
		part->len = (size_t)(dot - rest->ptr);
		*rest = span_make(dot + 1, rest->len - part->len - 1);
	}
	return part->len > 0;
}

int
jwt_read(struct span jwt, struct buf *header, struct buf *claims)
{
	struct span first, second, third;
	struct buf signature;
	int rc = -1;

	/* Its bytes are nobody's business here, its form is. */
	buf_init(&signature, LIMIT_SIGNATURE);
	if (take_part(&jwt, false, &first) && take_part(&jwt, false, &second) &&
	    take_part(&jwt, true, &third) &&
	    buf_reserve(header, first.len) == 0 &&
	    buf_reserve(claims, second.len) == 0 &&
	    base64url_decode(first, header) == 0 &&
	    base64url_decode(second, claims) == 0)
		rc = base64url_decode(third, &signature);
	if (rc == -1) {
		buf_wipe(header);
		buf_wipe(claims);
	}
	buf_wipe(&signature);
	return rc;
}
