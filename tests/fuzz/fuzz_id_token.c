/* SPDX-License-Identifier: ISC */
/*
 * auth/id_token and wire/jwt: the input as a token, and as the header and the
 * claims of one (a line feed between them), so that the rules are reached. What
 * passes has a subject and lives, and does not for another issuer or client.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/id_token.h"
#include "base/base64.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { NOW_S = 1800000000, SKEW_S = 60 };

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static int
read_token(struct span token, const char *issuer, const char *client_id,
    int64_t now_s)
{
	struct secret nonce = { 0 };
	const struct id_token_want want = {
		.issuer = issuer,
		.client_id = client_id,
		.nonce = &nonce,
		.now_s = now_s,
	};
	struct id_token t = { 0 };
	struct fault f = { 0 };

	secret_set(&nonce, span_of("n-1"));
	int rc = id_token_read(&t, token, &want, &f);
	require((t.subject != NULL) == (rc == 0));
	require((f.code != FAULT_NONE) == (rc == -1));
	if (rc == 0)
		require(
		    t.subject[0] != '\0' && t.expires_at_s > now_s - SKEW_S);
	else
		require(t.expires_at_s == 0);
	id_token_reset(&t);
	secret_reset(&nonce);
	return rc;
}

static void
check(struct span token)
{
	if (read_token(token, "https://i", "c", NOW_S) == -1)
		return;
	require(read_token(token, "https://j", "c", NOW_S) == -1);
	require(read_token(token, "https://i", "d", NOW_S) == -1);
}

static void
check_built(struct span text)
{
	const char *end =
	    text.len > 0 ? memchr(text.ptr, '\n', text.len) : NULL;
	struct buf token;

	if (end == NULL)
		return;
	const size_t first = (size_t)(end - text.ptr);
	buf_init(&token, 256 * KIB);
	if (base64url_encode(span_make(text.ptr, first), &token) == 0 &&
	    buf_add_string(&token, ".") == 0 &&
	    base64url_encode(span_make(end + 1, text.len - first - 1),
		&token) == 0 &&
	    buf_add_string(&token, ".c2ln") == 0)
		check(buf_span(&token));
	buf_reset(&token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct span text = span_make((const char *)bytes, size);

	check(text);
	check_built(text);
	return 0;
}
