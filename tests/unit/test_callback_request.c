/* SPDX-License-Identifier: ISC */
/*
 * The request table of the loopback listener.
 */
#include "auth/callback_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

static const struct callback_place place = {
	.host = "127.0.0.1:4711",
	.path = "/callback",
	.start = "/0123456789abcdef0123456789abcdef",
};

#define GOOD "GET /callback?code=c&state=s HTTP/1.1\r\n"
#define HOST "Host: 127.0.0.1:4711\r\n"
#define START "GET /0123456789abcdef0123456789abcdef HTTP/1.1\r\n"

struct row {
	const char *head;
	enum callback_kind kind;
	int status; /* of CALLBACK_BAD */
};

static const struct row rows[] = {
	/* what browsers send */
	{ GOOD HOST "\r\n", CALLBACK_REDIRECT, 0 },
	{ GOOD "hOsT:127.0.0.1:4711\r\nSec-Fetch-Mode: navigate\r\n"
	       "Sec-Fetch-Site: cross-site\r\nReferer: https://as.test/\r\n"
	       "Origin: null\r\nX-Unknown: yes\r\n\r\n",
	    CALLBACK_REDIRECT, 0 },
	{ "GET /callback?code=c&state=s&iss=https%3A%2F%2Fas.test&x=1&x=2 "
	  "HTTP/1.0\r\n" HOST "\r\n",
	    CALLBACK_REDIRECT, 0 },
	{ "GET /callback?error=access_denied&error_description=&state=s "
	  "HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_REDIRECT, 0 },
	{ "GET /callback?error=e&error_description=a%0D%0Ab&state=s "
	  "HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_REDIRECT, 0 },
	{ "GET /callback?code=c&state=s HTTP/1.1\n"
	  "Host: 127.0.0.1:4711\n\n",
	    CALLBACK_REDIRECT, 0 },

	/* the start page, also behind a forwarder that renames it */
	{ START HOST "\r\n", CALLBACK_START, 0 },
	{ START "Host: localhost:9000\r\n\r\n", CALLBACK_START, 0 },
	{ START "Host: [::1]:9000\r\n\r\n", CALLBACK_START, 0 },
	{ START "Host: rebound.test:4711\r\n\r\n", CALLBACK_BAD, 421 },
	{ START "Host: 127.0.0.1.rebound.test\r\n\r\n", CALLBACK_BAD, 421 },
	{ START "Host: 127.0.0.1:4711/x\r\n\r\n", CALLBACK_BAD, 421 },
	{ START "Host: a@127.0.0.1\r\n\r\n", CALLBACK_BAD, 421 },
	{ START HOST "Sec-Fetch-Mode: cors\r\n\r\n", CALLBACK_BAD, 403 },
	{ "HEAD /0123456789abcdef0123456789abcdef HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 405 },
	{ "GET /0123456789abcdef0123456789abcdee HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 404 },

	/* Host: ours, once */
	{ GOOD "\r\n", CALLBACK_BAD, 400 },
	{ GOOD HOST HOST "\r\n", CALLBACK_BAD, 400 },
	{ GOOD "Host: rebound.test:4711\r\n\r\n", CALLBACK_BAD, 421 },
	{ GOOD "Host: 127.0.0.1\r\n\r\n", CALLBACK_BAD, 421 },
	{ GOOD "Host: localhost:4711\r\n\r\n", CALLBACK_BAD, 421 },
	{ GOOD "Host: [::1]:4711\r\n\r\n", CALLBACK_BAD, 421 },
	{ GOOD "Host: 127.0.0.1:47110\r\n\r\n", CALLBACK_BAD, 421 },

	/* method and path */
	{ "POST /callback?code=c&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 405 },
	{ "HEAD /callback?code=c&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 405 },
	{ "OPTIONS /callback?code=c&state=s HTTP/1.1\r\n" HOST
	  "Access-Control-Request-Private-Network: true\r\n\r\n",
	    CALLBACK_BAD, 405 },
	{ "get /callback?code=c&state=s HTTP/1.1\r\n" HOST "\r\n", CALLBACK_BAD,
	    405 },
	{ "GET /favicon.ico HTTP/1.1\r\n" HOST "\r\n", CALLBACK_BAD, 404 },
	{ "GET / HTTP/1.1\r\n" HOST "\r\n", CALLBACK_BAD, 404 },
	{ "GET /Callback?code=c&state=s HTTP/1.1\r\n" HOST "\r\n", CALLBACK_BAD,
	    404 },
	{ "GET /callback/?code=c&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 404 },
	{ "GET /%63allback?code=c&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 404 },
	{ "GET //callback?code=c&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 404 },
	{ "GET http://127.0.0.1:4711/callback?code=c&state=s HTTP/1.1\r\n" HOST
	  "\r\n",
	    CALLBACK_BAD, 400 },

	/* scripts and prefetches of other pages */
	{ GOOD HOST "Origin: https://evil.test\r\n\r\n", CALLBACK_BAD, 403 },
	{ GOOD HOST "Origin: http://127.0.0.1:4711\r\n\r\n", CALLBACK_BAD,
	    403 },
	{ GOOD HOST "Origin: null\r\nOrigin: https://evil.test\r\n\r\n",
	    CALLBACK_BAD, 403 },
	{ GOOD HOST "Sec-Fetch-Mode: no-cors\r\n\r\n", CALLBACK_BAD, 403 },
	{ GOOD HOST "Sec-Purpose: prefetch;prerender\r\n\r\n", CALLBACK_BAD,
	    403 },
	{ GOOD HOST "Purpose: prefetch\r\n\r\n", CALLBACK_BAD, 403 },
	{ GOOD HOST "X-Moz: prefetch\r\n\r\n", CALLBACK_BAD, 403 },

	/* parameters: once, whole, and exactly one of code and error */
	{ "GET /callback HTTP/1.1\r\n" HOST "\r\n", CALLBACK_BAD, 400 },
	{ "GET /callback?code=c HTTP/1.1\r\n" HOST "\r\n", CALLBACK_BAD, 400 },
	{ "GET /callback?error=access_denied HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },
	{ "GET /callback?state=s HTTP/1.1\r\n" HOST "\r\n", CALLBACK_BAD, 400 },
	{ "GET /callback?code=&state=s HTTP/1.1\r\n" HOST "\r\n", CALLBACK_BAD,
	    400 },
	{ "GET /callback?code=c&state= HTTP/1.1\r\n" HOST "\r\n", CALLBACK_BAD,
	    400 },
	{ "GET /callback?code=c&error=e&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },
	{ "GET /callback?code=c&state=s&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },
	{ "GET /callback?code=c&code=d&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },
	{ "GET /callback?code=c&iss=a&iss=a&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },
	{ "GET /callback?code=%zz&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },
	{ "GET /callback?code=c%00&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },
	{ "GET /callback?code=c%0d%0aX:y&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },
	{ "GET /callback?code=c&state=s&iss=a%0ab HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },
	{ "GET /callback?error=%22&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },

	/* no proper request at all */
	{ "GET /callback?code=c&state=s\r\n" HOST "\r\n", CALLBACK_BAD, 400 },
	{ "GET /callback?code=c&state=s HTTP/1.1 x\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },
	{ "GET /callback?code=c&state=s HTTP/2.0\r\n" HOST "\r\n", CALLBACK_BAD,
	    400 },
	{ "GET  /callback?code=c&state=s HTTP/1.1\r\n" HOST "\r\n",
	    CALLBACK_BAD, 400 },
	{ GOOD HOST " folded: x\r\n\r\n", CALLBACK_BAD, 400 },
	{ GOOD HOST "no colon\r\n\r\n", CALLBACK_BAD, 400 },
	{ GOOD "Host : 127.0.0.1:4711\r\n\r\n", CALLBACK_BAD, 400 },
	{ GOOD HOST "X: a\rb\r\n\r\n", CALLBACK_BAD, 400 },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", CALLBACK_BAD, 400 },
	{ "\r\n", CALLBACK_BAD, 400 },
	{ "", CALLBACK_BAD, 400 },
};

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct callback_request request;

		callback_request_init(&request);
		callback_request_judge(&request, span_of(rows[i].head), &place);
		if (request.kind != rows[i].kind ||
		    (rows[i].status != 0 && request.status != rows[i].status))
			fail_msg("row %zu: kind %d status %d for\n%s", i,
			    request.kind, request.status, rows[i].head);
		if (request.kind != CALLBACK_REDIRECT) {
			assert_true(secret_empty(&request.state));
			assert_true(secret_empty(&request.result.code));
			assert_null(request.result.error);
		}
		callback_request_reset(&request);
	}
}

static void
test_values_are_decoded(void **state)
{
	struct callback_request request;

	(void)state;
	callback_request_init(&request);
	callback_request_judge(&request,
	    span_of("GET /callback?state=a%2Bb+c&code=%C3%A9%2f&"
		    "iss=https%3A%2F%2Fas.test%2F HTTP/1.1\r\n" HOST "\r\n"),
	    &place);
	assert_int_equal(request.kind, CALLBACK_REDIRECT);
	assert_true(span_is(secret_peek(&request.state), "a+b c"));
	assert_true(span_is(secret_peek(&request.result.code), "\xc3\xa9/"));
	assert_string_equal(request.result.iss, "https://as.test/");
	assert_null(request.result.error);

	/* A judged request can be judged again: nothing is left over. */
	callback_request_judge(&request,
	    span_of("GET /callback?state=s&error=access_denied&"
		    "error_description=No+way%21 HTTP/1.1\r\n" HOST "\r\n"),
	    &place);
	assert_int_equal(request.kind, CALLBACK_REDIRECT);
	assert_true(secret_empty(&request.result.code));
	assert_null(request.result.iss);
	assert_string_equal(request.result.error, "access_denied");
	assert_string_equal(request.result.error_description, "No way!");
	callback_request_reset(&request);
}

/* Feeds in chunks of `step` bytes; the last answer. */
static enum callback_progress
feed(struct callback_head *head, struct span text, size_t step)
{
	enum callback_progress progress = CALLBACK_MORE;

	while (text.len > 0 && progress == CALLBACK_MORE) {
		size_t len = text.len < step ? text.len : step;

		progress = callback_head_feed(head, span_make(text.ptr, len));
		text.ptr += len;
		text.len -= len;
	}
	return progress;
}

static void
test_head_in_pieces(void **state)
{
	static const char text[] = GOOD HOST "Accept: */*\r\n\r\n";
	static const size_t steps[] = { 1, 2, 3, 7, 4096 };

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct callback_head head;

		callback_head_init(&head);
		assert_int_equal(feed(&head, span_make(text, sizeof(text) - 2),
				     steps[i]),
		    CALLBACK_MORE);
		assert_int_equal(feed(&head, span_of("\n"), 1), CALLBACK_WHOLE);
		assert_true(span_is(buf_span(&head.text), text));
		callback_head_reset(&head);
	}
}

static void
test_what_is_no_http(void **state)
{
	struct callback_head head;

	(void)state;
	callback_head_init(&head);
	assert_int_equal(feed(&head, span_make("\x16\x03\x01\x02\x00", 5), 5),
	    CALLBACK_NO_REQUEST);
	callback_head_reset(&head);
	assert_int_equal(feed(&head, span_of("\r\nGET / HTTP/1.1"), 64),
	    CALLBACK_NO_REQUEST);
	callback_head_reset(&head);
}

/* The head of a good request with cookies of `cookie` bytes in the middle. */
static struct callback_request
with_cookie(size_t cookie, size_t step)
{
	static const char before[] = GOOD "Cookie: ";
	static const char after[] = "\r\n" HOST "\r\n";
	struct callback_request request;
	struct callback_head head;
	struct buf text;

	buf_init(&text, 4 * MIB);
	assert_int_equal(buf_add_string(&text, before), 0);
	assert_int_equal(buf_reserve(&text, cookie), 0);
	memset(text.data + text.len, 'c', cookie);
	text.len += cookie;
	assert_int_equal(buf_add_string(&text, after), 0);

	callback_head_init(&head);
	assert_int_equal(feed(&head, buf_span(&text), step), CALLBACK_WHOLE);
	assert_true(head.text.len <= LIMIT_CALLBACK_HEAD);
	callback_request_init(&request);
	callback_request_judge(&request, buf_span(&head.text), &place);
	callback_head_reset(&head);
	buf_reset(&text);
	return request;
}

static void
test_large_cookies(void **state)
{
	static const size_t sizes[] = { 40 * KIB, LIMIT_CALLBACK_HEAD - 50,
		LIMIT_CALLBACK_HEAD, LIMIT_CALLBACK_HEAD + 1, 300 * KIB };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct callback_request request = with_cookie(sizes[i], 1000);

		assert_int_equal(request.kind, CALLBACK_REDIRECT);
		callback_request_reset(&request);
	}
}

static void
test_request_line_limit(void **state)
{
	static const size_t steps[] = { 1, 1000, 64 * KIB };
	struct buf text;

	(void)state;
	buf_init(&text, 64 * KIB);
	assert_int_equal(buf_add_string(&text, "GET /callback?code="), 0);
	while (text.len < LIMIT_CALLBACK_LINE + 1)
		assert_int_equal(buf_add_string(&text, "c"), 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct callback_head head;

		callback_head_init(&head);
		assert_int_equal(feed(&head, buf_span(&text), steps[i]),
		    CALLBACK_TOO_LONG);
		callback_head_reset(&head);
		callback_head_init(&head);
		assert_int_equal(feed(&head,
				     span_make(text.data, LIMIT_CALLBACK_LINE),
				     steps[i]),
		    CALLBACK_MORE);
		callback_head_reset(&head);
	}
	buf_reset(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_values_are_decoded),
		cmocka_unit_test(test_head_in_pieces),
		cmocka_unit_test(test_what_is_no_http),
		cmocka_unit_test(test_large_cookies),
		cmocka_unit_test(test_request_line_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
