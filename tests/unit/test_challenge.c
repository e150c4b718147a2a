/* SPDX-License-Identifier: ISC */
/*
 * wire/challenge: WWW-Authenticate as want it read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wire/challenge.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX_LINES = 3 };

/*
 * What was read, as text: "B" and "D" for the schemes, then " scope=", "
 * error=", " desc=", " algs=" and each " url=", as far as they are there.
 */
struct challenge_case {
	const char *what;
	const char *lines[MAX_LINES];
	const char *trace;
};

static const struct challenge_case challenge_cases[] = {
	{ "nothing", { "" }, "" },
	{ "commas and spaces", { " , ,\t," }, "" },
	{ "A-001: three field lines",
	    { "Negotiate", "Basic realm=\"x, Bearer scope=\\\"y\\\"\"",
		"Bearer scope=\"r w\"" },
	    "B scope=r w" },
	{ "A-001: the same in one line",
	    { "Negotiate, Basic realm=\"x, Bearer scope=\\\"y\\\"\", "
	      "Bearer scope=\"r w\"" },
	    "B scope=r w" },
	{ "a bare Bearer", { "Bearer" }, "B" },
	{ "Bearer and a space", { "Bearer " }, "B" },
	{ "any case", { "bEARER SCOPE=a, Error=b" }, "B scope=a error=b" },
	{ "all parameters",
	    { "Bearer realm=\"mcp\", resource_metadata=\"https://a/b\", "
	      "scope=\"x y\", error=\"invalid_token\", "
	      "error_description=\"It has expired\"" },
	    "B scope=x y error=invalid_token desc=It has expired "
	    "url=https://a/b" },
	{ "white space around =", { "Bearer scope = \"a\" , error\t=\tb" },
	    "B scope=a error=b" },
	{ "no space after commas", { "Bearer scope=a,error=b" },
	    "B scope=a error=b" },
	{ "empty elements", { "Bearer ,, scope=a,, ,error=b,," },
	    "B scope=a error=b" },
	{ "missing commas", { "Bearer scope=\"a\" error=\"b\"" },
	    "B scope=a error=b" },

	{ "A-002: DPoP",
	    { "DPoP algs=\"ES256 PS256\", scope=\"a\", "
	      "error=\"use_dpop_nonce\"" },
	    "D scope=a error=use_dpop_nonce algs=ES256 PS256 nonce" },
	{ "A-010: the nonce of DPoP beside another error of Bearer",
	    { "Bearer error=invalid_token, DPoP error=use_dpop_nonce" },
	    "BD error=invalid_token nonce" },
	{ "Bearer knows no nonce", { "Bearer error=\"use_dpop_nonce\"" },
	    "B error=use_dpop_nonce" },
	{ "A-002: metadata in DPoP",
	    { "dpop resource_metadata=\"https://a/\"" }, "D url=https://a/" },
	{ "algs is of DPoP alone", { "Bearer algs=\"ES256\"" }, "B" },
	{ "Bearer and DPoP", { "Bearer scope=a, DPoP algs=ES256, scope=b" },
	    "BD scope=a algs=ES256" },
	{ "A-002: a decoy before", { "Bearer x_error=\"no\", error=\"yes\"" },
	    "B error=yes" },
	{ "A-002: a decoy behind", { "Bearer errors=no, error_=no" }, "B" },
	{ "a decoy in a value", { "Bearer realm=\"error=no\"" }, "B" },
	{ "a decoy scheme", { "XBearer scope=a, Bearers scope=b" }, "" },
	{ "of another scheme", { "Basic scope=a, error=b, realm=\"c\"" }, "" },
	{ "another scheme does not lend", { "Bearer scope=a, Basic error=b" },
	    "B scope=a" },

	{ "A-003: two metadata URLs",
	    { "Bearer resource_metadata=\"https://a/1\", "
	      "resource_metadata=\"https://a/2\"" },
	    "B url=https://a/1 url=https://a/2" },
	{ "A-003: the same twice",
	    { "Bearer resource_metadata=\"https://a/1\", "
	      "resource_metadata=\"https://a/1\"" },
	    "B url=https://a/1" },
	{ "A-003: over several lines",
	    { "Bearer resource_metadata=\"https://a/1\"",
		"Bearer resource_metadata=\"https://a/2\"" },
	    "B url=https://a/1 url=https://a/2" },
	{ "no more than four",
	    { "Bearer resource_metadata=a, resource_metadata=b, "
	      "resource_metadata=c, resource_metadata=d, resource_metadata=e" },
	    "B url=a url=b url=c url=d" },
	{ "an empty URL", { "Bearer resource_metadata=\"\"" }, "B" },
	{ "A-003: else the first wins", { "Bearer scope=a, scope=b" },
	    "B scope=a" },
	{ "an empty first wins too", { "Bearer scope=\"\", scope=b" },
	    "B scope=" },
	{ "the first line wins", { "Bearer error=a", "Bearer error=b" },
	    "B error=a" },

	{ "token68", { "Negotiate YII+/~._-==, Bearer scope=a" }, "B scope=a" },
	{ "token68 without padding", { "NTLM abc, Bearer scope=a" },
	    "B scope=a" },
	{ "token68 of Bearer", { "Bearer abc==, Bearer scope=a" },
	    "B scope=a" },
	{ "token68 at the end", { "Bearer scope=a, Negotiate abc=" },
	    "B scope=a" },
	{ "token68 with spaces behind", { "Negotiate abc=  , Bearer scope=a" },
	    "B scope=a" },
	{ "a scheme follows without comma", { "Negotiate Bearer scope=a" },
	    "B scope=a" },

	{ "quoted-pair", { "Bearer scope=\"a\\\"b\\\\c\\d\"" },
	    "B scope=a\"b\\cd" },
	{ "a comma in quotes", { "Bearer scope=\"a, error=b\", error=c" },
	    "B scope=a, error=b error=c" },
	{ "an escaped quote, then a comma",
	    { "Bearer realm=\"a\\\", error=\\\"b\", error=c" }, "B error=c" },
	{ "UTF-8 in quotes", { "Bearer error_description=\"\xc3\xa9\"" },
	    "B desc=\xc3\xa9" },
	{ "a bare URL", { "Bearer resource_metadata=https://a/b?c=d, scope=e" },
	    "B scope=e url=https://a/b?c=d" },
	{ "a bare scope", { "Bearer scope=read:all" }, "B scope=read:all" },

	{ "a parameter without a scheme", { "scope=a, Bearer scope=b" }, "" },
	{ "an open quote", { "Bearer error=a, scope=\"b" }, "B error=a" },
	{ "an open quote, escaped", { "Bearer error=a, scope=\"b\\\"" },
	    "B error=a" },
	{ "a lone backslash", { "Bearer scope=\"b\\" }, "B" },
	{ "only a quote", { "Bearer scope=\"" }, "B" },
	{ "no value", { "Bearer error=a, scope=" }, "B error=a" },
	{ "no value but a comma", { "Bearer error=a, scope=, error=b" },
	    "B error=a" },
	{ "no name", { "Bearer error=a, =b, scope=c" }, "B error=a" },
	{ "junk behind a quote", { "Bearer error=\"a\"\"b\", scope=c" },
	    "B error=a" },
	{ "junk before", { "\"Bearer scope=a" }, "" },
	{ "junk, but the next line counts",
	    { "@@@ Bearer scope=a", "Bearer scope=b" }, "B scope=b" },
	{ "a control character", { "Bearer scope=\"a\x01\"" }, "" },
	{ "a line break", { "Bearer scope=a\r\nBearer error=b" }, "" },
	{ "a scheme with =", { "Bearer=x scope=a" }, "" },
};

static void
trace_text(struct buf *trace, const char *name, const char *value)
{
	if (value != NULL)
		assert_int_equal(buf_addf(trace, " %s=%s", name, value), 0);
}

static void
trace_challenge(struct buf *trace, const struct challenge *c)
{
	if (c->bearer)
		assert_int_equal(buf_add_string(trace, "B"), 0);
	if (c->dpop)
		assert_int_equal(buf_add_string(trace, "D"), 0);
	trace_text(trace, "scope", c->scope);
	trace_text(trace, "error", c->error);
	trace_text(trace, "desc", c->error_description);
	trace_text(trace, "algs", c->dpop_algs);
	if (c->wants_nonce)
		assert_int_equal(buf_add_string(trace, " nonce"), 0);
	for (size_t i = 0; i < c->metadata_count; i++)
		trace_text(trace, "url", c->metadata[i]);
}

/* Without the terminating NUL, so that a sanitizer sees a read beyond. */
static void
add_line(struct challenge *c, const char *line)
{
	size_t len = strlen(line);
	char *copy = mem_alloc(len > 0 ? len : 1, 1);

	memcpy(copy, line, len);
	challenge_add(c, span_make(copy, len));
	free(copy);
}

static void
challenges_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(challenge_cases); i++) {
		const struct challenge_case *test = &challenge_cases[i];
		struct challenge c;
		struct buf trace;

		challenge_init(&c);
		buf_init(&trace, 4096);
		for (size_t j = 0; j < MAX_LINES; j++) {
			if (test->lines[j] != NULL)
				add_line(&c, test->lines[j]);
		}
		trace_challenge(&trace, &c);
		if (!span_is(buf_span(&trace), test->trace))
			fail_msg("%s: \"%s\" instead of \"%s\"", test->what,
			    trace.data != NULL ? trace.data : "", test->trace);
		buf_reset(&trace);
		challenge_reset(&c);
	}
}

static void
an_empty_span_and_nul_are_no_challenge(void **state)
{
	static const char nul[] = "Bearer scope=\"a\0b\"";
	struct challenge c;

	(void)state;
	challenge_init(&c);
	challenge_add(&c, span_make(NULL, 0));
	challenge_add(&c, span_make(nul, sizeof(nul) - 1));
	assert_false(c.bearer);
	challenge_reset(&c);
}

static void
overlong_metadata_urls_are_left_out(void **state)
{
	struct challenge c;
	char *url = mem_alloc(LIMIT_URL + 2, 1);
	char *line = NULL;

	(void)state;
	memset(url, 'a', LIMIT_URL + 1);
	line = mem_format("Bearer resource_metadata=\"%s\", scope=b", url);
	challenge_init(&c);
	challenge_add(&c, span_of(line));
	assert_int_equal(c.metadata_count, 0);
	assert_string_equal(c.scope, "b");
	challenge_reset(&c);
	free(line);
	free(url);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(challenges_are_read),
		cmocka_unit_test(an_empty_span_and_nul_are_no_challenge),
		cmocka_unit_test(overlong_metadata_urls_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
