/* SPDX-License-Identifier: ISC */
/*
 * auth/credential: what programs of the user's may print, and what is made of
 * it. How they are run is tests/unit/test_command's and the integration tests'.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "auth/credential.h"
#include "base/limits.h"
#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { NOW = 1000000 };

static void
tokens_are_read(void **state)
{
	static const struct {
		const char *text, *token;
		int64_t expires_at_s, refresh_at_s;
	} cases[] = {
		{ "abc", "abc", 0, 0 },
		{ " abc\r\n", "abc", 0, 0 },
		{ "{\"token\":\"abc\"}", "abc", 0, 0 },
		{ "{\"access_token\":\"abc\",\"expires_in\":1000}", "abc",
		    NOW + 1000, NOW + 900 },
		{ "{\"token\":\"abc\",\"expires_in\":\"100\"}", "abc",
		    NOW + 100, NOW + 70 },
		{ "{\"token\":\"abc\",\"expires_at\":1000010}", "abc", NOW + 10,
		    NOW + 5 },
		{ "{\"token\":\"abc\",\"token_type\":\"BEARER\",\"x\":[]}",
		    "abc", 0, 0 },
		{ "{\"token\":\"a\",\"access_token\":\"b\"}", "a", 0, 0 },
		{ "{\"token\":\"abc\",\"expires_in\":9e18}", "abc", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bearer bearer;
		struct fault f = { 0 };

		bearer_init(&bearer);
		assert_int_equal(credential_read_token(&bearer,
				     span_of(cases[i].text), NOW, &f),
		    0);
		assert_string_equal(secret_peek(&bearer.token).ptr,
		    cases[i].token);
		assert_string_equal(bearer.scheme, "Bearer");
		assert_true(bearer.expires_at_s == cases[i].expires_at_s);
		assert_true(bearer.refresh_at_s == cases[i].refresh_at_s);
		bearer_reset(&bearer);
	}
}

static void
headers_are_read(void **state)
{
	static const struct {
		const char *text, *headers;
		int64_t expires_at_s;
	} cases[] = {
		{ "X-Key: abc", "X-Key: abc\n", 0 },
		{ "\nX-Key:abc \n\nAuthorization: Basic eA==\n",
		    "X-Key: abc\nAuthorization: Basic eA==\n", 0 },
		{ "{\"headers\":{\"X-Key\":\"a\\u0062c\"},\"expires_in\":10}",
		    "X-Key: abc\n", NOW + 10 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bearer bearer;
		struct fault f = { 0 };

		bearer_init(&bearer);
		assert_int_equal(credential_read_headers(&bearer,
				     span_of(cases[i].text), NOW, &f),
		    0);
		assert_string_equal(secret_peek(&bearer.headers).ptr,
		    cases[i].headers);
		assert_true(bearer.expires_at_s == cases[i].expires_at_s);
		assert_null(bearer.scheme);
		assert_true(bearer_usable(&bearer));
		bearer_reset(&bearer);
	}
}

/* Nothing of what was printed may be in the fault. */
static void
what_is_no_credential_is_refused(void **state)
{
	static const struct {
		bool headers;
		const char *text, *why;
	} cases[] = {
		{ false, "", "printed nothing" },
		{ false, " \n", "printed nothing" },
		{ false, "canary canary", "no token" },
		{ false, "canary\ncanary", "no token" },
		{ false, "can\x01ry", "no token" },
		{ false, "{\"token\":\"canary\"", "no proper JSON" },
		{ false, "{\"token\":\"canary\",\"token\":\"x\"}",
		    "no proper JSON" },
		{ false, "{\"token\":[\"canary\"]}", "JSON without" },
		{ false, "{\"token\":\"\"}", "JSON without" },
		{ false, "{\"token\":\"canary\\n\"}", "no token" },
		{ false, "{\"token\":\"canary\",\"token_type\":\"mac\"}",
		    "another type" },
		{ false, "{\"token\":\"canary\",\"expires_in\":-1}",
		    "below zero" },
		{ false, "{\"token\":\"canary\",\"expires_at\":1000000}",
		    "expired already" },
		{ true, "", "no header" },
		{ true, "canary", "a line that is no header" },
		{ true, "X-Canary : canary", "a line that is no header" },
		{ true, "X-A: 1\nMcp-Session-Id: canary",
		    "a header that cannot be set" },
		{ true, "{\"headers\":{}}", "no header" },
		{ true, "{\"headers\":[\"canary\"]}", "JSON without" },
		{ true, "{\"headers\":{\"X-A\":1}}", "no text" },
		{ true, "{\"headers\":{\"X-A\":\"can\\r\\nary: x\"}}",
		    "a line that is no header" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bearer bearer;
		struct fault f = { 0 };

		bearer_init(&bearer);
		assert_int_equal((cases[i].headers ?
					 credential_read_headers :
					 credential_read_token)(&bearer,
				     span_of(cases[i].text), NOW, &f),
		    -1);
		assert_int_equal(f.code, FAULT_COMMAND);
		assert_non_null(strstr(f.msg, cases[i].why));
		assert_null(strstr(f.msg, "anary"));
		assert_string_equal(f.detail, "");
		bearer_reset(&bearer);
	}
}

static void
more_than_an_answer_holds_is_refused(void **state)
{
	const size_t size = 64 * KIB;
	char *text = mem_alloc(size + 1, 1);
	struct bearer bearer;
	struct fault f = { 0 };

	(void)state;
	bearer_init(&bearer);
	for (size_t at = 0; at + 5 <= size; at += 5)
		memcpy(text + at, "X: y\n", 5);
	assert_int_equal(credential_read_headers(&bearer, span_of(text), NOW,
			     &f),
	    -1);
	assert_non_null(strstr(f.msg, "too many headers"));
	bearer_reset(&bearer);
	free(text);
}

/* Each run is another generation, and the sooner end counts. */
static void
two_programs_make_one_credential(void **state)
{
	char *token_line = mem_format("sh -c \"%s\"", "echo abc");
	struct auth_job job;
	struct bearer first, second;
	struct fault f = { 0 };

	(void)state;
	auth_job_init(&job);
	assert_false(credential_wanted(&job.config));
	job.config.token_command = token_line;
	job.config.header_command = mem_string(
	    "printf '{\"headers\":{\"X-Key\":\"k\"},\"expires_in\":100}'");
	assert_true(credential_wanted(&job.config));
	bearer_init(&first);
	bearer_init(&second);
	assert_int_equal(credential_obtain(&job, &first, &f), 0);
	assert_string_equal(secret_peek(&first.token).ptr, "abc");
	assert_string_equal(secret_peek(&first.headers).ptr, "X-Key: k\n");
	assert_true(first.expires_at_s > 0);
	job.generation = first.generation;
	assert_int_equal(credential_obtain(&job, &second, &f), 0);
	assert_true(second.generation > first.generation);
	job.why = AUTH_WHY_SCOPE;
	assert_int_equal(credential_obtain(&job, &second, &f), -1);
	assert_int_equal(f.code, FAULT_SCOPE);
	bearer_reset(&first);
	bearer_reset(&second);
	auth_job_reset(&job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_read),
		cmocka_unit_test(headers_are_read),
		cmocka_unit_test(what_is_no_credential_is_refused),
		cmocka_unit_test(more_than_an_answer_holds_is_refused),
		cmocka_unit_test(two_programs_make_one_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
