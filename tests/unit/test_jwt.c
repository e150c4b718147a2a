/* SPDX-License-Identifier: ISC */
/* wire/jwt: the deterministic examples of RFC 7515 and RFC 8037, whole, there
 * and back. */
#include "wire/jwt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "signing_keys.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *pem;
	enum signing_alg alg;
	const char *header;
	const char *claims;
	const char *jwt;
} cases[] = {
	/* RFC 7515 appendix A.2 */
	{ key_rfc7515_rsa, SIGNING_RS256, "{\"alg\":\"RS256\"}",
	    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
	    "\"http://example.com/is_root\":true}",
	    "eyJhbGciOiJSUzI1NiJ9"
	    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
	    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"
	    "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
	    "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
	    "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"
	    "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"
	    "p0igcN_IoypGlUPQGe77Rw" },
	/* RFC 8037 appendix A.4 */
	{ key_rfc8037_ed25519, SIGNING_EDDSA, "{\"alg\":\"EdDSA\"}",
	    "Example of Ed25519 signing",
	    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
	    ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5B"
	    "hVsPt9g7sVvpAr_MuM0KAg" },
};

static struct signing_key *
read_key(size_t i)
{
	struct signing_key *key =
	    signing_key_read(span_of(cases[i].pem), cases[i].alg, NULL);

	assert_non_null(key);
	return key;
}

static void
examples_come_out_as_published(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct signing_key *key = read_key(i);
		struct buf out = { 0 };

		buf_init(&out, 2 * KIB);
		/* What stood there before is not signed. */
		assert_int_equal(buf_add_string(&out, "DPoP: "), 0);
		assert_int_equal(jwt_sign(key, span_of(cases[i].header),
				     span_of(cases[i].claims), &out),
		    0);
		assert_string_equal(out.data + 6, cases[i].jwt);
		buf_reset(&out);
		signing_key_free(&key);
	}
}

static void
nothing_half_built_is_left(void **state)
{
	struct signing_key *key = read_key(1);
	size_t len = strlen(cases[1].jwt);

	(void)state;
	for (size_t max = 0; max < len; max++) {
		struct buf out = { 0 };

		buf_init(&out, max);
		assert_int_equal(jwt_sign(key, span_of(cases[1].header),
				     span_of(cases[1].claims), &out),
		    -1);
		assert_int_equal(out.len, 0);
		buf_reset(&out);
	}
	signing_key_free(&key);
}

/* What was written is read, and a cap leaves nothing of it. */
static void
what_was_signed_is_read(void **state)
{
	struct buf header, claims;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_init(&header, KIB);
		buf_init(&claims, KIB);
		assert_int_equal(jwt_read(span_of(cases[i].jwt), &header,
				     &claims),
		    0);
		assert_string_equal(header.data, cases[i].header);
		assert_string_equal(claims.data, cases[i].claims);
		buf_wipe(&claims);
		buf_init(&claims, 4);
		assert_int_equal(jwt_read(span_of(cases[i].jwt), &header,
				     &claims),
		    -1);
		assert_int_equal(header.len + claims.len, 0);
		buf_wipe(&claims);
		buf_wipe(&header);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_come_out_as_published),
		cmocka_unit_test(nothing_half_built_is_left),
		cmocka_unit_test(what_was_signed_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
