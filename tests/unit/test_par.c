/* SPDX-License-Identifier: ISC */
/*
 * auth/par without a network: what is read from the answer to a pushed request
 * (A-088).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/par.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { SENT_AT_S = 1000 };

static const struct {
	const char *json;
	const char *request_uri; /* NULL: refused */
	int64_t expires_at_s;
} cases[] = {
	{ "{\"request_uri\":\"urn:a:b\",\"expires_in\":90}", "urn:a:b", 1090 },
	{ "{\"request_uri\":\"urn:a:b\",\"expires_in\":\"90\"}", "urn:a:b",
	    1090 },
	{ "{\"request_uri\":\"https://as/r?x=1&y\",\"expires_in\":0}",
	    "https://as/r?x=1&y", 1000 },
	/* no lifetime to believe in: the usual one */
	{ "{\"request_uri\":\"urn:a:b\"}", "urn:a:b", 1060 },
	{ "{\"request_uri\":\"urn:a:b\",\"expires_in\":-1}", "urn:a:b", 1060 },
	{ "{\"request_uri\":\"urn:a:b\",\"expires_in\":1e12}", "urn:a:b",
	    1060 },
	{ "{\"expires_in\":90}", NULL, 0 },
	{ "{\"request_uri\":\"\",\"expires_in\":90}", NULL, 0 },
	{ "{\"request_uri\":7,\"expires_in\":90}", NULL, 0 },
	{ "{\"request_uri\":\"a b\",\"expires_in\":90}", NULL, 0 },
	{ "{\"request_uri\":\"a\\r\\nb\",\"expires_in\":90}", NULL, 0 },
	{ "[]", NULL, 0 },
	{ "request_uri", NULL, 0 },
};

static void
answers_are_read(void **state)
{
	struct pushed_request p;

	(void)state;
	pushed_request_init(&p);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fault f = { 0 };
		int rc = pushed_request_read(&p, span_of(cases[i].json),
		    SENT_AT_S, &f);

		if (cases[i].request_uri == NULL) {
			assert_int_equal(rc, -1);
			assert_int_equal(f.code, FAULT_PROTOCOL);
			assert_null(p.request_uri);
			continue;
		}
		assert_int_equal(rc, 0);
		assert_string_equal(p.request_uri, cases[i].request_uri);
		assert_true(p.expires_at_s == cases[i].expires_at_s);
	}
	pushed_request_reset(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
