/* SPDX-License-Identifier: ISC */
/*
 * The header and claims of a proof. Where the key, the clock and the nonces
 * come from is not known here.
 */
#include "wire/dpop.h"

#include <string.h>

#include "base/base64.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "wire/json.h"
#include "wire/jwt.h"

static int
put_text(struct buf *out, const char *name, struct span text)
{
	if (json_put_key(out, name) == -1)
		return -1;
	return json_put_string(out, text);
}

static int
put_header(const struct signing_key *key, struct buf *out)
{
	const char *alg = signing_alg_name(signing_key_alg(key));

	if (json_open(out, '{') == -1 ||
	    put_text(out, "typ", span_of("dpop+jwt")) == -1 ||
	    put_text(out, "alg", span_of(alg)) == -1 ||
	    json_put_key(out, "jwk") == -1 || signing_key_jwk(key, out) == -1)
		return -1;
	return json_close(out, '}');
}

/* Binds the proof to the token that goes with it. */
static int
put_token_hash(struct buf *out, struct span token)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];

	crypto_sha256(token, digest);
	if (json_put_key(out, "ath") == -1 || buf_add(out, "\"", 1) == -1 ||
	    base64url_encode(span_make((const char *)digest, sizeof(digest)),
		out) == -1)
		return -1;
	return buf_add(out, "\"", 1);
}

static int
put_claims(const struct dpop_request *r, struct buf *out)
{
	struct span target = span_make(r->url, strcspn(r->url, "?#"));

	if (json_open(out, '{') == -1 || put_text(out, "jti", r->id) == -1 ||
	    put_text(out, "htm", span_of(r->method)) == -1 ||
	    put_text(out, "htu", target) == -1 ||
	    json_put_key(out, "iat") == -1 ||
	    json_put_int(out, r->issued_at_s) == -1 ||
	    (r->nonce != NULL &&
		put_text(out, "nonce", span_of(r->nonce)) == -1) ||
	    (r->token.len > 0 && put_token_hash(out, r->token) == -1))
		return -1;
	return json_close(out, '}');
}

int
dpop_proof(const struct signing_key *key, const struct dpop_request *request,
    struct buf *out)
{
	struct buf header, claims;
	int rc = -1;

	buf_init(&header, LIMIT_PROOF);
	buf_init(&claims, LIMIT_PROOF);
	if (put_header(key, &header) == 0 && put_claims(request, &claims) == 0)
		rc = jwt_sign(key, buf_span(&header), buf_span(&claims), out);
	else
		buf_reset(out);
	buf_reset(&header);
	buf_reset(&claims);
	return rc;
}

/* RFC 6749 appendix A: printable ASCII but the quotes and the backslash. */
static bool
is_nqchar(char c)
{
	return c > ' ' && c <= '~' && c != '"' && c != '\\';
}

bool
dpop_nonce_ok(struct span nonce)
{
	size_t len = 0;

	while (len < nonce.len && is_nqchar(nonce.ptr[len]))
		len++;
	return len > 0 && len == nonce.len && len <= LIMIT_NONCE;
}
