/* SPDX-License-Identifier: ISC */
/*
 * auth/token and auth/oauth_error without a network: reading token answers
 * forms, and errors as faults.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "auth/net.h"
#include "auth/oauth_error.h"
#include "auth/token.h"
#include "base/limits.h"
#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { NOW_S = 1000000 };

struct answer_case {
	const char *what, *json;
	const char *type;                     /* NULL: refused */
	const char *access, *refresh, *scope; /* refresh "", scope NULL: none */
};

static const struct answer_case answer_cases[] = {
	{ "the least", "{\"access_token\":\"t\",\"token_type\":\"Bearer\"}",
	    "Bearer", "t", "", NULL },
	{ "all of it",
	    "{\"access_token\":\"t\",\"token_type\":\"Bearer\","
	    "\"refresh_token\":\"r\",\"scope\":\"a b\",\"id_token\":\"x\"}",
	    "Bearer", "t", "r", "a b" },
	{ "A-061: any case",
	    "{\"access_token\":\"t\",\"token_type\":\"bEaReR\"}", "Bearer", "t",
	    "", NULL },
	{ "DPoP", "{\"access_token\":\"t\",\"token_type\":\"dpop\"}", "DPoP",
	    "t", "", NULL },
	{ "escapes",
	    "{\"access_token\":\"a\\/b\\u0021\","
	    "\"token_type\":\"Bearer\",\"refresh_token\":\"\\n\"}",
	    "Bearer", "a/b!", "\n", NULL },
	{ "empty refresh token",
	    "{\"access_token\":\"t\",\"token_type\":\"Bearer\","
	    "\"refresh_token\":\"\",\"scope\":null}",
	    "Bearer", "t", "", NULL },

	{ "A-061: mac", "{\"access_token\":\"t\",\"token_type\":\"mac\"}", NULL,
	    NULL, NULL, NULL },
	{ "A-061: N_A", "{\"access_token\":\"t\",\"token_type\":\"N_A\"}", NULL,
	    NULL, NULL, NULL },
	{ "A-061: no type", "{\"access_token\":\"t\"}", NULL, NULL, NULL,
	    NULL },
	{ "type of another type", "{\"access_token\":\"t\",\"token_type\":1}",
	    NULL, NULL, NULL, NULL },
	{ "no token", "{\"token_type\":\"Bearer\"}", NULL, NULL, NULL, NULL },
	{ "empty token", "{\"access_token\":\"\",\"token_type\":\"Bearer\"}",
	    NULL, NULL, NULL, NULL },
	{ "A-062: CR LF",
	    "{\"access_token\":\"t\\r\\nX: y\",\"token_type\":\"Bearer\"}",
	    NULL, NULL, NULL, NULL },
	{ "A-062: NUL",
	    "{\"access_token\":\"t\\u0000u\",\"token_type\":\"Bearer\"}", NULL,
	    NULL, NULL, NULL },
	{ "A-062: space",
	    "{\"access_token\":\"t u\",\"token_type\":\"Bearer\"}", NULL, NULL,
	    NULL, NULL },
	{ "A-062: beyond ASCII",
	    "{\"access_token\":\"\xc3\xa9\",\"token_type\":\"Bearer\"}", NULL,
	    NULL, NULL, NULL },
	{ "A-103: a key twice",
	    "{\"access_token\":\"t\",\"token_type\":\"Bearer\","
	    "\"access_token\":\"u\"}",
	    NULL, NULL, NULL, NULL },
	{ "no object", "[]", NULL, NULL, NULL, NULL },
	{ "a form", "access_token=t&token_type=bearer", NULL, NULL, NULL,
	    NULL },
	{ "nothing", "", NULL, NULL, NULL, NULL },
};

static void
test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answer_cases); i++) {
		const struct answer_case *c = &answer_cases[i];
		struct token_response t;
		struct fault f = { 0 };

		token_response_init(&t);
		int result =
		    token_response_read(&t, span_of(c->json), NOW_S, &f);
		if ((result == 0) != (c->type != NULL))
			fail_msg("%s: %d", c->what, result);
		if (c->type == NULL) {
			assert_int_equal(f.code, FAULT_PROTOCOL);
			assert_true(secret_empty(&t.access));
			continue;
		}
		assert_string_equal(t.type, c->type);
		assert_string_equal(secret_peek(&t.access).ptr, c->access);
		assert_true(span_is(secret_peek(&t.refresh), c->refresh));
		if (c->scope == NULL)
			assert_null(t.scope);
		else
			assert_string_equal(t.scope, c->scope);
		token_response_reset(&t);
	}
}

#define ID_JAG "\"urn:ietf:params:oauth:token-type:id-jag\""

static void
test_exchange(void **state)
{
	static const struct {
		const char *json;
		bool good;
	} cases[] = {
		{ "{\"access_token\":\"a.b.c\",\"token_type\":\"N_A\","
		  "\"issued_token_type\":" ID_JAG "}",
		    true },
		{ "{\"access_token\":\"a.b.c\",\"token_type\":\"n_a\","
		  "\"issued_token_type\":" ID_JAG ",\"expires_in\":300}",
		    true },
		{ "{\"access_token\":\"a.b.c\",\"token_type\":\"Bearer\","
		  "\"issued_token_type\":" ID_JAG "}",
		    false },
		{ "{\"access_token\":\"a.b.c\",\"token_type\":\"N_A\"}",
		    false },
		{ "{\"access_token\":\"a.b.c\",\"token_type\":\"N_A\","
		  "\"issued_token_type\":\"urn:ietf:params:oauth:token-type:"
		  "id_token\"}",
		    false },
		{ "{\"access_token\":\"\",\"token_type\":\"N_A\","
		  "\"issued_token_type\":" ID_JAG "}",
		    false },
		{ "{\"token_type\":\"N_A\",\"issued_token_type\":" ID_JAG "}",
		    false },
		{ "[]", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct secret assertion = { 0 };
		struct fault f = { 0 };
		int rc =
		    token_exchange_read(&assertion, span_of(cases[i].json), &f);

		if ((rc == 0) != cases[i].good)
			fail_msg("%s: %d", cases[i].json, rc);
		assert_int_equal(secret_empty(&assertion), !cases[i].good);
		if (rc == 0)
			assert_true(span_is(secret_peek(&assertion), "a.b.c"));
		else
			assert_int_equal(f.code, FAULT_PROTOCOL);
		secret_reset(&assertion);
	}
}

struct time_case {
	const char *expires_in; /* JSON; NULL: absent */
	int64_t expires_after;  /* -1: unknown */
	int64_t refresh_after;  /* -1: never by time */
};

static const struct time_case time_cases[] = {
	/* */
	{ NULL, -1, -1 },
	{ "null", -1, -1 },
	{ "-1", -1, -1 },
	{ "\"-1\"", -1, -1 },
	{ "\"\"", -1, -1 },
	{ "\"soon\"", -1, -1 },
	{ "\" 3600\"", 3600, 3300 },
	{ "true", -1, -1 },
	{ "[3600]", -1, -1 },
	{ "9223372036854775807", -1, -1 },
	{ "1e300", -1, -1 },
	{ "400000000", -1, -1 },
	{ "3600", 3600, 3300 },
	{ "\"3600\"", 3600, 3300 },
	{ "3600.0", 3600, 3300 },
	{ "3.6e3", 3600, 3300 },
	/* */
	{ "0", 0, -1 },
	{ "1", 1, 1 },
	{ "20", 20, 10 },
	{ "60", 60, 30 },
	{ "61", 61, 31 },
	{ "300", 300, 270 },
	{ "1000", 1000, 900 },
	{ "86400", 86400, 86100 },
	{ "31536000", 31536000, 31535700 },
};

static void
test_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(time_cases); i++) {
		const struct time_case *c = &time_cases[i];
		struct token_response t;
		struct fault f = { 0 };
		struct buf json;

		buf_init(&json, LIMIT_AUTH_DOCUMENT);
		assert_int_equal(buf_add_string(&json,
				     "{\"access_token\":\"t\","
				     "\"token_type\":\"Bearer\""),
		    0);
		if (c->expires_in != NULL)
			assert_int_equal(buf_addf(&json, ",\"expires_in\":%s",
					     c->expires_in),
			    0);
		assert_int_equal(buf_add_string(&json, "}"), 0);

		token_response_init(&t);
		assert_int_equal(token_response_read(&t, buf_span(&json), NOW_S,
				     &f),
		    0);
		int64_t expires_at_s =
		    c->expires_after == -1 ? 0 : NOW_S + c->expires_after;
		int64_t refresh_at_s =
		    c->refresh_after == -1 ? 0 : NOW_S + c->refresh_after;
		if (t.expires_at_s != expires_at_s ||
		    t.refresh_at_s != refresh_at_s)
			fail_msg("expires_in %s: %lld, %lld",
			    c->expires_in != NULL ? c->expires_in : "-",
			    (long long)t.expires_at_s,
			    (long long)t.refresh_at_s);
		token_response_reset(&t);
		buf_reset(&json);
	}
}

static void
test_form(void **state)
{
	struct buf form;

	(void)state;
	buf_init(&form, 64);
	assert_int_equal(token_form_add(&form, "grant_type", span_of("x")), 0);
	assert_int_equal(token_form_add(&form, "scope", span_of("a b:c/&=+")),
	    0);
	assert_int_equal(token_form_add(&form, "empty", span_of("")), 0);
	assert_string_equal(form.data,
	    "grant_type=x&scope=a+b%3Ac%2F%26%3D%2B&empty=");
	assert_int_equal(token_form_add(&form, "long",
			     span_of("0123456789abcdef")),
	    -1);
	buf_wipe(&form);
}

struct error_case {
	const char *what;
	int status;
	const char *type, *body;
	enum fault_code code;
	const char *oauth_error, *detail;
	bool transient;
};

static const struct error_case error_cases[] = {
	{ "expired", 400, "application/json",
	    "{\"error\":\"invalid_grant\",\"error_description\":\"gone\"}",
	    FAULT_REFRESH, "invalid_grant", "gone", false },
	{ "GitHub", 200, "application/json", "{\"error\":\"invalid_grant\"}",
	    FAULT_REFRESH, "invalid_grant", "", false },
	{ "client", 401, "application/json", "{\"error\":\"invalid_client\"}",
	    FAULT_REGISTRATION, "invalid_client", "", false },
	{ "client's right", 400, "application/json",
	    "{\"error\":\"unauthorized_client\"}", FAULT_REGISTRATION,
	    "unauthorized_client", "", false },
	{ "scope", 400, "application/json", "{\"error\":\"invalid_scope\"}",
	    FAULT_SCOPE, "invalid_scope", "", false },
	{ "denied", 403, "application/json", "{\"error\":\"access_denied\"}",
	    FAULT_DENIED, "access_denied", "", false },
	{ "request", 400, "application/json", "{\"error\":\"invalid_request\"}",
	    FAULT_HTTP, "invalid_request", "", false },
	{ "target", 400, "application/json", "{\"error\":\"invalid_target\"}",
	    FAULT_HTTP, "invalid_target", "", false },

	/* */
	{ "trouble within", 400, "application/json",
	    "{\"error\":\"temporarily_unavailable\"}", FAULT_HTTP,
	    "temporarily_unavailable", "", true },
	{ "trouble", 503, "text/html", "<html>", FAULT_HTTP, "", "", true },
	{ "trouble says invalid_grant", 500, "application/json",
	    "{\"error\":\"invalid_grant\"}", FAULT_HTTP, "", "", true },
	{ "limit", 429, "application/json", "{\"error\":\"invalid_grant\"}",
	    FAULT_RATE_LIMITED, "", "", true },
	{ "time-out", 408, NULL, "", FAULT_HTTP, "", "", true },

	/* */
	{ "unregistered", 400, "application/json",
	    "{\"error\":\"\\u001b[31mx\",\"error_description\":\"y\"}",
	    FAULT_HTTP, "", "y", false },
	{ "escape sequence", 400, "application/json",
	    "{\"error\":\"invalid_grant\",\"error_description\":"
	    "\"a\\u001b[31mb\"}",
	    FAULT_REFRESH, "invalid_grant", "a\\x1b[31mb", false },
	{ "no string", 400, "application/json", "{\"error\":{\"a\":1}}",
	    FAULT_HTTP, "", "", false },
	{ "plain text", 403, "text/plain; charset=utf-8", "Ask the admin",
	    FAULT_HTTP, "", "Ask the admin", false },
	{ "page", 403, "text/html", "<html>no</html>", FAULT_HTTP, "", "",
	    false },
	{ "nothing", 400, NULL, "", FAULT_HTTP, "", "", false },

	/* */
	{ "quotes the refresh token", 400, "application/json",
	    "{\"error\":\"invalid_grant\",\"error_description\":"
	    "\"Invalid refresh token: canary/refresh+1\"}",
	    FAULT_REFRESH, "invalid_grant", "", false },
	{ "quotes the client secret", 401, "application/json",
	    "{\"error\":\"invalid_client\",\"error_description\":"
	    "\"not canary-secret!\"}",
	    FAULT_REGISTRATION, "invalid_client", "", false },
	{ "quotes in plain text", 400, "text/plain",
	    "bad token canary/refresh+1", FAULT_HTTP, "", "", false },
	{ "quotes what is no secret", 400, "application/json",
	    "{\"error\":\"invalid_target\",\"error_description\":"
	    "\"https://h/mcp is not known\"}",
	    FAULT_HTTP, "invalid_target", "https://h/mcp is not known", false },
};

static void
test_errors(void **state)
{
	struct secret secret = { 0 };

	(void)state;
	secret_set(&secret, span_of("canary-secret!"));
	for (size_t i = 0; i < COUNT(error_cases); i++) {
		const struct error_case *c = &error_cases[i];
		const struct oauth_sent sent = {
			.form = span_of("resource=https%3A%2F%2Fh%2Fmcp&"
					"refresh_token=canary%2Frefresh%2B1"),
			.secret = &secret,
		};
		struct fetch_response response;
		struct fault f = { 0 };

		fetch_response_init(&response);
		response.status = c->status;
		response.content_type = mem_string(c->type);
		response.retry_after_s = 7;
		assert_int_equal(buf_add_string(&response.body, c->body), 0);
		assert_int_equal(oauth_error_fault(&response, &sent, FAULT_HTTP,
				     &f),
		    -1);
		if (f.code != c->code ||
		    strcmp(f.oauth_error, c->oauth_error) != 0 ||
		    strcmp(f.detail, c->detail) != 0)
			fail_msg("%s: %d \"%s\" \"%s\"", c->what, (int)f.code,
			    f.oauth_error, f.detail);
		assert_int_equal(f.http_status, c->status);
		assert_int_equal(f.retry_after_s, 7);
		assert_int_equal(auth_fault_transient(&f), c->transient);
		fetch_response_reset(&response);
	}
	secret_reset(&secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
