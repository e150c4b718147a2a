/* SPDX-License-Identifier: ISC */
/*
 * auth/register without a network: what a registration says and what is read
 * from the answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "auth/register.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define REDIRECT "http://127.0.0.1:4711/callback"

static char redirect[] = REDIRECT, scope[] = "a", scopes[] = "a b";

static char none[] = "none", basic[] = "client_secret_basic",
	    post[] = "client_secret_post", jwt[] = "private_key_jwt";

struct request_case {
	bool listed;
	char *methods[4];
	char *scope;
	const char *method; /* NULL: cannot register */
	const char *tail;   /* how the document ends */
};

static const struct request_case request_cases[] = {
	{ false, { NULL }, NULL, "none", "\"}" },
	{ true, { NULL }, NULL, "none", "\"}" },
	{ true, { basic, none }, scopes, "none", ",\"scope\":\"a b\"}" },
	{ true, { post, basic }, NULL, "client_secret_basic", "\"}" },
	{ true, { jwt, post }, NULL, "client_secret_post", "\"}" },
	{ true, { jwt }, NULL, NULL, NULL },
};

static void
test_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(request_cases); i++) {
		const struct request_case *c = &request_cases[i];
		char *methods[4] = { NULL };
		struct server_metadata as = {
			.auth_methods = methods,
			.auth_methods_listed = c->listed,
		};
		struct fault f = { 0 };
		struct buf out;

		memcpy(methods, c->methods, sizeof(methods));
		while (methods[as.auth_method_count] != NULL)
			as.auth_method_count++;
		buf_init(&out, LIMIT_AUTH_DOCUMENT);
		const struct registration_record wish = {
			.redirect_uri = redirect,
			.scope = c->scope,
		};
		int result =
		    registration_write(&as, &wish, span_of(""), &out, &f);
		if (c->method == NULL) {
			assert_int_equal(result, -1);
			assert_int_equal(f.code, FAULT_REGISTRATION);
			buf_reset(&out);
			continue;
		}
		assert_int_equal(result, 0);
		char *expected =
		    mem_format("{\"client_name\":\"mcp-bridge\","
			       "\"redirect_uris\":[\"" REDIRECT "\"],"
			       "\"grant_types\":[\"authorization_code\","
			       "\"refresh_token\"],\"response_types\":["
			       "\"code\"],"
			       "\"application_type\":\"native\","
			       "\"token_endpoint_auth_method\":\"%s\","
			       "\"software_id\":\"",
			c->method);
		assert_memory_equal(out.data, expected, strlen(expected));
		assert_non_null(strstr(out.data, "\"software_version\":\""));
		assert_string_equal(out.data + out.len - strlen(c->tail),
		    c->tail);
		free(expected);
		buf_reset(&out);
	}
}

/* Nothing is redirected where users enter a code. */
static void
test_device_request(void **state)
{
	const struct registration_record wish = { .scope = scope };
	struct server_metadata as = { 0 };
	struct fault f = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, LIMIT_AUTH_DOCUMENT);
	assert_int_equal(registration_write(&as, &wish, span_of(""), &out, &f),
	    0);
	assert_null(strstr(out.data, "redirect"));
	assert_non_null(strstr(out.data,
	    "\"grant_types\":[\"" GRANT_TYPE_DEVICE "\",\"refresh_token\"],"
	    "\"response_types\":[],"));
	buf_reset(&out);
}

/* the user's members take the place of those that name us. */
static void
test_more(void **state)
{
	static const char more[] =
	    "{\"client_name\":\"\\u00e9\", \"contacts\":[ \"a@b\" ],"
	    "\"software_id\":\"s\"}";
	const struct registration_record wish = { .redirect_uri = redirect };
	struct server_metadata as = { 0 };
	struct fault f = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, LIMIT_AUTH_DOCUMENT);
	assert_int_equal(registration_write(&as, &wish, span_of(more), &out,
			     &f),
	    0);
	assert_non_null(strstr(out.data,
	    "{\"client_name\":\"\\u00e9\",\"contacts\":[ \"a@b\" ],"
	    "\"software_id\":\"s\",\"redirect_uris\":[\"" REDIRECT "\"]"));
	assert_null(strstr(out.data, "software_version"));
	assert_null(strstr(out.data, "mcp-bridge"));
	assert_true(registration_owns(span_of("redirect_uris")));
	assert_false(registration_owns(span_of("logo_uri")));
	buf_reset(&out);
}

/* whoever wants bound tokens says so, nobody else. */
static void
test_bound_request(void **state)
{
	static const char dpop[] = "\"dpop_bound_access_tokens\":true";
	static const char tls[] =
	    "\"tls_client_certificate_bound_access_tokens\":true";

	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct registration_record wish = {
			.redirect_uri = redirect,
			.dpop_bound = (i & 1) != 0,
			.tls_bound = (i & 2) != 0,
		};
		struct server_metadata as = { 0 };
		struct fault f = { 0 };
		struct buf out;

		buf_init(&out, LIMIT_AUTH_DOCUMENT);
		assert_int_equal(registration_write(&as, &wish, span_of(""),
				     &out, &f),
		    0);
		assert_int_equal(strstr(out.data, dpop) != NULL,
		    wish.dpop_bound);
		assert_int_equal(strstr(out.data, tls) != NULL, wish.tls_bound);
		buf_reset(&out);
	}
}

struct response_case {
	const char *json;
	const char *id; /* NULL: refused */
	const char *secret, *method;
	int64_t expires_at_s;
};

static const struct response_case response_cases[] = {
	{ "{\"client_id\":\"c\"}", "c", "", NULL, 0 },
	{ "{\"client_id\":\"c\",\"client_secret\":\"s\","
	  "\"client_secret_expires_at\":0,"
	  "\"token_endpoint_auth_method\":\"client_secret_post\","
	  "\"redirect_uris\":[\"" REDIRECT "\"]}",
	    "c", "s", "client_secret_post", 0 },
	{ "{\"client_id\":\"c\",\"client_secret\":\"\","
	  "\"client_secret_expires_at\":\"1700000000\"}",
	    "c", "", NULL, 1700000000 },
	{ "{\"client_id\":\"c\",\"client_secret_expires_at\":-5,"
	  "\"redirect_uris\":[\"https://gateway.test/cb\"]}",
	    "c", "", NULL, 0 },
	{ "{\"client_id\":\"\"}", NULL, NULL, NULL, 0 },
	{ "{\"client_id\":7}", NULL, NULL, NULL, 0 },
	{ "{\"client_id\":\"a\\nb\"}", NULL, NULL, NULL, 0 },
	{ "{\"client_id\":\"c\",\"client_id\":\"d\"}", NULL, NULL, NULL, 0 },
	{ "{}", NULL, NULL, NULL, 0 },
	{ "<html>", NULL, NULL, NULL, 0 },
};

static void
test_response(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(response_cases); i++) {
		const struct response_case *c = &response_cases[i];
		struct registration_record r;
		struct fault f = { 0 };

		registration_record_init(&r);
		r.redirect_uri = mem_string(REDIRECT);
		int result = registration_read(&r, span_of(c->json), &f);
		assert_int_equal(result, c->id != NULL ? 0 : -1);
		if (c->id == NULL) {
			assert_int_equal(f.code, FAULT_REGISTRATION);
			registration_record_reset(&r);
			continue;
		}
		assert_string_equal(r.client_id, c->id);
		assert_true(span_is(secret_peek(&r.client_secret), c->secret));
		if (c->method == NULL)
			assert_null(r.auth_method);
		else
			assert_string_equal(r.auth_method, c->method);
		assert_int_equal(r.secret_expires_at_s, c->expires_at_s);
		assert_string_equal(r.redirect_uri, REDIRECT);
		registration_record_reset(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_device_request),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_bound_request),
		cmocka_unit_test(test_response),
	};

	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
