/* SPDX-License-Identifier: ISC */
/* auth/id_token: the rules of OpenID Connect Core section 3.1.3.7 and 12.2, one
 * broken at a time. */
#include "auth/id_token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/limits.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NOW_S 1800000000
#define HEADER "{\"alg\":\"RS256\",\"kid\":\"1\"}"
#define ISS "\"iss\":\"https://id.example\","
#define AUD "\"aud\":\"bridge\","
#define SUB "\"sub\":\"anna\","
#define TIMES "\"exp\":1800000600,\"iat\":1800000000,"
#define NONCE "\"nonce\":\"n-1\""

static const struct {
	const char *name, *header, *claims;
	enum fault_code code; /* FAULT_NONE: it is good */
	const char *says;
} cases[] = {
	{ "as it should be", HEADER, "{" ISS AUD SUB TIMES NONCE "}",
	    FAULT_NONE, NULL },
	{ "one audience in a list", HEADER,
	    "{" ISS "\"aud\":[\"bridge\"]," SUB TIMES NONCE "}", FAULT_NONE,
	    NULL },
	{ "several, given to us", HEADER,
	    "{" ISS
	    "\"aud\":[\"x\",\"bridge\"],\"azp\":\"bridge\"," SUB TIMES NONCE
	    "}",
	    FAULT_NONE, NULL },
	{ "a little fast a clock", HEADER,
	    "{" ISS AUD SUB "\"exp\":1799999990,\"iat\":1799999000," NONCE "}",
	    FAULT_NONE, NULL },
	{ "a little slow a clock", HEADER,
	    "{" ISS AUD SUB "\"exp\":1800000600,\"iat\":1800000050," NONCE "}",
	    FAULT_NONE, NULL },

	{ "another issuer", HEADER,
	    "{\"iss\":\"https://id.example/\"," AUD SUB TIMES NONCE "}",
	    FAULT_POLICY, "another identity provider" },
	{ "no issuer", HEADER, "{" AUD SUB TIMES NONCE "}", FAULT_POLICY,
	    "another identity provider" },
	{ "an issuer with more behind a NUL", HEADER,
	    "{\"iss\":\"https://id.example\\u0000\"," AUD SUB TIMES NONCE "}",
	    FAULT_POLICY, "another identity provider" },
	{ "another audience", HEADER,
	    "{" ISS "\"aud\":\"bridges\"," SUB TIMES NONCE "}", FAULT_POLICY,
	    "for another client" },
	{ "no audience", HEADER, "{" ISS SUB TIMES NONCE "}", FAULT_POLICY,
	    "for another client" },
	{ "an empty list of them", HEADER,
	    "{" ISS "\"aud\":[]," SUB TIMES NONCE "}", FAULT_POLICY,
	    "for another client" },
	{ "a list of others", HEADER,
	    "{" ISS "\"aud\":[\"x\",\"y\"],\"azp\":\"bridge\"," SUB TIMES NONCE
	    "}",
	    FAULT_POLICY, "for another client" },
	{ "several, given to nobody", HEADER,
	    "{" ISS "\"aud\":[\"bridge\",\"x\"]," SUB TIMES NONCE "}",
	    FAULT_POLICY, "given to another client" },
	{ "several, one no string", HEADER,
	    "{" ISS "\"aud\":[\"bridge\",5]," SUB TIMES NONCE "}", FAULT_POLICY,
	    "given to another client" },
	{ "several, given to another", HEADER,
	    "{" ISS "\"aud\":[\"bridge\",\"x\"],\"azp\":\"x\"," SUB TIMES NONCE
	    "}",
	    FAULT_POLICY, "given to another client" },
	{ "one, given to another", HEADER,
	    "{" ISS AUD "\"azp\":\"x\"," SUB TIMES NONCE "}", FAULT_POLICY,
	    "given to another client" },
	{ "expired", HEADER,
	    "{" ISS AUD SUB "\"exp\":1799999940,\"iat\":1799999000," NONCE "}",
	    FAULT_POLICY, "has expired" },
	{ "from the future", HEADER,
	    "{" ISS AUD SUB "\"exp\":1800000600,\"iat\":1800000061," NONCE "}",
	    FAULT_POLICY, "from the future" },
	{ "without end", HEADER,
	    "{" ISS AUD SUB "\"iat\":1800000000," NONCE "}", FAULT_PROTOCOL,
	    "begins and ends" },
	{ "without beginning", HEADER,
	    "{" ISS AUD SUB "\"exp\":1800000600," NONCE "}", FAULT_PROTOCOL,
	    "begins and ends" },
	{ "an end that is no number", HEADER,
	    "{" ISS AUD SUB "\"exp\":true,\"iat\":1800000000," NONCE "}",
	    FAULT_PROTOCOL, "begins and ends" },
	{ "another nonce", HEADER, "{" ISS AUD SUB TIMES "\"nonce\":\"n-2\"}",
	    FAULT_POLICY, "another sign-in" },
	{ "a longer nonce", HEADER, "{" ISS AUD SUB TIMES "\"nonce\":\"n-11\"}",
	    FAULT_POLICY, "another sign-in" },
	{ "no nonce", HEADER, "{" ISS AUD SUB TIMES "\"x\":1}", FAULT_POLICY,
	    "another sign-in" },
	{ "no subject", HEADER, "{" ISS AUD TIMES NONCE "}", FAULT_PROTOCOL,
	    "who signed in" },
	{ "an empty subject", HEADER,
	    "{" ISS AUD "\"sub\":\"\"," TIMES NONCE "}", FAULT_PROTOCOL,
	    "who signed in" },
	{ "a claim twice", HEADER, "{" ISS AUD SUB SUB TIMES NONCE "}",
	    FAULT_PROTOCOL, "twice" },
	{ "claims that are none", HEADER, "[]", FAULT_PROTOCOL,
	    "not a JSON object" },
	{ "alg none", "{\"alg\":\"none\"}", "{" ISS AUD SUB TIMES NONCE "}",
	    FAULT_POLICY, "not signed" },
	{ "alg NonE", "{\"alg\":\"NonE\"}", "{" ISS AUD SUB TIMES NONCE "}",
	    FAULT_POLICY, "not signed" },
	{ "no alg", "{\"typ\":\"JWT\"}", "{" ISS AUD SUB TIMES NONCE "}",
	    FAULT_POLICY, "not signed" },
	{ "a header that is none", "\"RS256\"", "{" ISS AUD SUB TIMES NONCE "}",
	    FAULT_PROTOCOL, "not a JSON object" },
};

static void
build(const char *header, const char *claims, struct buf *jwt)
{
	buf_init(jwt, 4 * KIB);
	assert_int_equal(base64url_encode(span_of(header), jwt), 0);
	assert_int_equal(buf_add_string(jwt, "."), 0);
	assert_int_equal(base64url_encode(span_of(claims), jwt), 0);
	assert_int_equal(buf_add_string(jwt, ".c2lnbmF0dXJl"), 0);
}

static void
each_rule_is_kept(void **state)
{
	struct secret nonce = { 0 };
	const struct id_token_want want = {
		.issuer = "https://id.example",
		.client_id = "bridge",
		.nonce = &nonce,
		.now_s = NOW_S,
	};

	(void)state;
	secret_set(&nonce, span_of("n-1"));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct id_token token = { 0 };
		struct fault f = { 0 };
		struct buf jwt;

		build(cases[i].header, cases[i].claims, &jwt);
		int rc = id_token_read(&token, buf_span(&jwt), &want, &f);
		if (rc != (cases[i].code == FAULT_NONE ? 0 : -1) ||
		    f.code != cases[i].code)
			fail_msg("%s: %s", cases[i].name, fault_text(&f));
		if (rc == 0) {
			assert_string_equal(token.subject, "anna");
			assert_true(token.expires_at_s >= 1799999990);
		} else {
			if (strstr(fault_text(&f), cases[i].says) == NULL)
				fail_msg("%s: %s", cases[i].name,
				    fault_text(&f));
			assert_null(token.subject);
			assert_true(token.expires_at_s == 0);
		}
		id_token_reset(&token);
		buf_reset(&jwt);
	}
	secret_reset(&nonce);
}

/* Where no nonce was sent, none is wanted; the user stays the same. */
static void
a_renewal_is_about_the_same_user(void **state)
{
	static const struct {
		const char *subject;
		int rc;
	} table[] = { { "anna", 0 }, { "erika", -1 }, { NULL, 0 } };
	struct buf jwt;

	(void)state;
	build(HEADER, "{" ISS AUD SUB TIMES "\"x\":1}", &jwt);
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct id_token_want want = {
			.issuer = "https://id.example",
			.client_id = "bridge",
			.subject = table[i].subject,
			.now_s = NOW_S,
		};
		struct id_token token = { 0 };
		struct fault f = { 0 };

		assert_int_equal(id_token_read(&token, buf_span(&jwt), &want,
				     &f),
		    table[i].rc);
		if (table[i].rc == -1)
			assert_non_null(strstr(fault_text(&f), "another user"));
		id_token_reset(&token);
	}
	buf_reset(&jwt);
}

/* Encrypted ones have five parts, unsigned ones two and a dot. */
static void
only_what_has_three_parts_is_one(void **state)
{
	static const char *const table[] = { "", ".", "..", "...", "e30",
		"e30.e30", "e30.e30.", "e30..c2ln", ".e30.c2ln",
		"e30.e30.c2ln.", "e30.e30.e30.e30.c2ln", "e30=.e30.c2ln",
		"e3.e30.c2ln", "e30.e30.c2l\n", "e30 .e30.c2ln" };
	const struct id_token_want want = {
		.issuer = "https://id.example",
		.client_id = "bridge",
		.now_s = NOW_S,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct id_token token = { 0 };
		struct fault f = { 0 };

		assert_int_equal(id_token_read(&token, span_of(table[i]), &want,
				     &f),
		    -1);
		if (f.code != FAULT_PROTOCOL ||
		    strstr(fault_text(&f), "no signed JWT") == NULL)
			fail_msg("%s: %s", table[i], fault_text(&f));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_is_kept),
		cmocka_unit_test(a_renewal_is_about_the_same_user),
		cmocka_unit_test(only_what_has_three_parts_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
