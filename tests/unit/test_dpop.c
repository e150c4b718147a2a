/* SPDX-License-Identifier: ISC */
/* wire/dpop: what a proof says, and which nonces are believed. */
#include "wire/dpop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/limits.h"
#include "signing_keys.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The key of RFC 7515 appendix A.3, and nothing of its private half. */
#define HEADER                                                                 \
	"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{\"crv\":\"P-256\","  \
	"\"kty\":\"EC\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"" \
	",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}}"

static struct signing_key *
read_key(void)
{
	struct signing_key *key =
	    signing_key_read(span_of(key_rfc7515_p256), SIGNING_ES256, NULL);

	assert_non_null(key);
	return key;
}

/* Decodes the next part of a token, up to `end`. */
static const char *
decode(const char *part, char end, struct buf *text)
{
	const char *stop = strchr(part, end);

	assert_non_null(stop);
	buf_init(text, 64 * KIB);
	assert_int_equal(base64url_decode(span_make(part,
					      (size_t)(stop - part)),
			     text),
	    0);
	return stop + 1;
}

static void
assert_proof(const struct dpop_request *request, const char *claims)
{
	struct signing_key *key = read_key();
	struct buf proof, header, payload, signature;
	const char *at = NULL;

	buf_init(&proof, 64 * KIB);
	assert_int_equal(dpop_proof(key, request, &proof), 0);
	at = decode(proof.data, '.', &header);
	assert_string_equal(header.data, HEADER);
	at = decode(at, '.', &payload);
	assert_string_equal(payload.data, claims);
	decode(at, '\0', &signature);
	assert_int_equal(signature.len, 64);
	buf_reset(&proof);
	buf_reset(&header);
	buf_reset(&payload);
	buf_reset(&signature);
	signing_key_free(&key);
}

/* at the token endpoint without, at the resource with a token, whose
 * hash is that of RFC 9449 section 7.1. */
static void
proofs_say_what_is_sent(void **state)
{
	const struct dpop_request token = {
		.method = "POST",
		.url = "https://server.example.com/token",
		.issued_at_s = 1562262616,
		.id = span_of("-BwC3ESc6acc2lTc"),
	};
	const struct dpop_request resource = {
		.method = "GET",
		.url = "https://resource.example.org/pro\"tected?a=b#c",
		.issued_at_s = 1562262618,
		.id = span_of("e1j3V_bKic8-LAEB"),
		.nonce = "eyJ7S_zG.eyJH0-Z.HX4w-7v",
		.token = span_of("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"),
	};

	(void)state;
	assert_proof(&token, "{\"jti\":\"-BwC3ESc6acc2lTc\",\"htm\":\"POST\","
			     "\"htu\":\"https://server.example.com/token\","
			     "\"iat\":1562262616}");
	assert_proof(&resource,
	    "{\"jti\":\"e1j3V_bKic8-LAEB\",\"htm\":\"GET\","
	    "\"htu\":\"https://resource.example.org/pro\\\"tected\","
	    "\"iat\":1562262618,\"nonce\":\"eyJ7S_zG.eyJH0-Z.HX4w-7v\","
	    "\"ath\":\"fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo\"}");
}

/* The longest URL and nonce fit; where the caller's room ends, nothing stays.
 */
static void
long_proofs_fit_and_caps_are_kept(void **state)
{
	static char url[LIMIT_URL + 1], nonce[LIMIT_NONCE + 1];
	const struct dpop_request request = {
		.method = "DELETE",
		.url = url,
		.issued_at_s = INT64_MAX,
		.id = span_of("0123456789abcdef0123456789abcdef"),
		.nonce = nonce,
		.token = span_of("t"),
	};
	struct signing_key *key = read_key();
	struct buf out;

	(void)state;
	memset(url, 'u', LIMIT_URL);
	memset(nonce, 'n', LIMIT_NONCE);
	buf_init(&out, 2 * LIMIT_PROOF);
	assert_int_equal(dpop_proof(key, &request, &out), 0);
	buf_reset(&out);
	buf_init(&out, LIMIT_URL);
	assert_int_equal(dpop_proof(key, &request, &out), -1);
	assert_int_equal(out.len, 0);
	buf_reset(&out);
	signing_key_free(&key);
}

static void
nonces_are_checked(void **state)
{
	static char longest[LIMIT_NONCE + 2];
	static const struct {
		const char *nonce;
		bool good;
	} cases[] = {
		{ "n", true },
		{ "eyJ7S_zG.eyJH0-Z.HX4w-7v", true },
		{ "!#$%&'()*+,-./:;<=>?@[]^`{|}~", true },
		{ "", false },
		{ "a b", false },
		{ "a\"b", false },
		{ "a\\b", false },
		{ "a\r\nb", false },
		{ "\xc3\xa9", false },
		{ "a\x7f", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(dpop_nonce_ok(span_of(cases[i].nonce)),
		    cases[i].good);
	memset(longest, 'n', LIMIT_NONCE + 1);
	assert_false(dpop_nonce_ok(span_of(longest)));
	assert_true(dpop_nonce_ok(span_make(longest, LIMIT_NONCE)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proofs_say_what_is_sent),
		cmocka_unit_test(long_proofs_fit_and_caps_are_kept),
		cmocka_unit_test(nonces_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
