/* SPDX-License-Identifier: ISC */
/*
 * wire/redact: what is taken out of texts and messages, and what stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/json.h"
#include "wire/redact.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define KNOWN "s3cr3t-of-the-user"

enum { MAX = 1 << 16 };

static const struct span values[] = { { KNOWN, sizeof(KNOWN) - 1 },
	{ KNOWN "-and-more", sizeof(KNOWN "-and-more") - 1 }, { "abc", 3 } };
static const struct redact_known known = { values, COUNT(values) };

struct pair {
	const char *in, *out;
};

static const struct pair texts[] = {
	{ "", "" },
	{ "open, protocol 2025-11-25", "open, protocol 2025-11-25" },
	{ "grüße 日本", "grüße 日本" },
	/* known values, the longest first; too short a one is no secret */
	{ KNOWN, "[redacted]" },
	{ "x" KNOWN "y" KNOWN, "x[redacted]y[redacted]" },
	{ KNOWN "-and-more.", "[redacted]." },
	{ "abc", "abc" },
	{ "it ends in s3cr3t-o", "it ends in [redacted]" },
	/* schemes and JWTs */
	{ "Bearer abcdef012345 was refused", "[redacted] was refused" },
	{ "authorization: bearer abcdef012345", "authorization: [redacted]" },
	{ "DPoP abcdefghijklmnopqrstuvwxyz", "[redacted]" },
	{ "Basic understanding", "Basic understanding" },
	{ "got eyJhbGciOiJub25lIn0.eyJhIjoxfQ. here", "got [redacted] here" },
	/* parameters and members */
	{ "a=1&access_token=xyz&b=2", "a=1&access_token=[redacted]&b=2" },
	{ "code=xyz; state=uvw", "code=[redacted]; state=[redacted]" },
	{ "exit code: 7, state: open", "exit code: 7, state: open" },
	{ "password: hunter2!", "password: [redacted]" },
	{ "{\"api_key\": \"hunter2\", \"n\": 1}",
	    "{\"api_key\": \"[redacted]\", \"n\": 1}" },
	{ "{\"password\":\"a\\\"b\",\"n\":1}",
	    "{\"password\":\"[redacted]\",\"n\":1}" },
	{ "\"{\\\"token\\\":\\\"hunter2\\\"}\"",
	    "\"{\\\"token\\\":\\\"[redacted]\"}\"" },
	{ "Cookie: a=b; c=d\nHost: x", "Cookie: [redacted]\nHost: x" },
	{ "progressToken=7", "progressToken=7" },
	{ "token=", "token=" },
	{ "\"\"\"\"token\"\"", "\"\"\"\"token\"\"" },
	/* URLs */
	{ "https://mcp.example/mcp", "https://mcp.example/mcp" },
	{ "see https://u:p@mcp.example:8080/a/b?c=d#e now",
	    "see https://mcp.example:8080/a/b?… now" },
	{ "http://127.0.0.1:4711/0123456789abcdef0123456789abcdef",
	    "http://127.0.0.1:4711/…" },
	{ "https://h/.well-known/oauth-authorization-server/x",
	    "https://h/.well-known/oauth-authorization-server/x" },
	{ "(https://h/a#frag)", "(https://h/a#…" },
	{ "https://h?q", "https://h?…" },
	{ "://", "://" },
};

static char *
redacted_text(const char *in, size_t max)
{
	struct buf out;

	buf_init(&out, MAX);
	assert_int_equal(buf_add(&out, "", 0), 0);
	assert_int_equal(redact_text(&out, span_of(in), strlen(in), &known,
			     max),
	    0);
	return out.data;
}

static void
takes_out_of_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		char *out = redacted_text(texts[i].in, 256);

		assert_string_equal(out, texts[i].out);
		free(out);
	}
}

static void
cuts_between_characters(void **state)
{
	char *out = redacted_text("aääää", 4);

	(void)state;
	assert_string_equal(out, "aä… (9 bytes)");
	free(out);
}

/* A long text is judged by its front, where a secret may just begin. */
static void
cuts_no_secret_open(void **state)
{
	const size_t len = 1 << 20, at = 16 * 1024 - 8;
	char *in = mem_alloc(1, len + 1);

	(void)state;
	memset(in, '-', len);
	memcpy(in + 250, KNOWN, strlen(KNOWN));
	memcpy(in + at, KNOWN, strlen(KNOWN));
	char *out = redacted_text(in, 20000);
	assert_null(strstr(out, "s3cr3t"));
	assert_non_null(strstr(out, "… (1048576 bytes)"));
	free(out);
	out = redacted_text(in, 255);
	assert_null(strstr(out, "s3cr3"));
	free(out);
	free(in);
}

static const struct pair documents[] = {
	{ "{}", "{}" },
	{ "[1,2.50,true,null,\"a\"]", "[1,2.50,true,null,\"a\"]" },
	{ "{\"token\":\"x\",\"b\":\"y\"}",
	    "{\"token\":\"[redacted]\",\"b\":\"y\"}" },
	{ "{\"clientSecret\":{\"value\":[\"x\",7,true]},\"b\":1}",
	    "{\"clientSecret\":{\"value\":[\"[redacted]\",\"[redacted]\",true]}"
	    ",\"b\":1}" },
	{ "{\"\\u0074oken\":\"x\"}", "{\"token\":\"[redacted]\"}" },
	{ "{\"progressToken\":\"x\",\"maxTokens\":5,\"state\":\"open\"}",
	    "{\"progressToken\":\"x\",\"maxTokens\":5,\"state\":\"open\"}" },
	/* escapes hide nothing */
	{ "\"\\u00733cr3t-of-the-user\"", "\"[redacted]\"" },
	{ "\"s3cr3t-of-the-user\\/\"", "\"[redacted]/\"" },
	{ "{\"s3cr3t-of-the-user\":1}", "{\"[redacted]\":1}" },
	{ "\"\\ud800\"", "\"[redacted]\"" },
	{ "\"{\\\"password\\\":\\\"x\\\"}\"",
	    "\"{\\\"password\\\":\\\"[redacted]\\\"}\"" },
	{ "\"https://h/a?b=c\"", "\"https://h/a?…\"" },
};

static char *
redacted_json(const char *in, size_t max)
{
	struct json_doc doc;
	struct buf out;

	assert_true(json_scan(span_of(in), 256, &doc));
	buf_init(&out, 2 * max + MAX);
	assert_int_equal(redact_json(&out, doc.value, &known, max), 0);
	assert_true(json_scan(buf_span(&out), 32, &doc));
	return out.data;
}

static void
takes_out_of_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(documents); i++) {
		char *out = redacted_json(documents[i].in, 1000);

		assert_string_equal(out, documents[i].out);
		free(out);
	}
}

/* `before` and `after` many times around the middle. */
static char *
repeated(const char *before, const char *middle, const char *behind, size_t n)
{
	struct buf text;

	buf_init(&text, 1 << 24);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf_add_string(&text, before), 0);
	assert_int_equal(buf_add_string(&text, middle), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf_add_string(&text, behind), 0);
	return text.data;
}

static void
keeps_within_bounds(void **state)
{
	char *deep = repeated("[", "1", "]", 200);
	char *wide = repeated("", "[1", ",22222222", 100000);
	char *closed = mem_format("%s]", wide);
	char *text = repeated("", "\"", "\\u0001x\\n", 100000);
	char *quoted = mem_format("{\"a\":%s\"}", text);

	(void)state;
	char *out = redacted_json(deep, 1000);
	assert_string_equal(out, "[[[[[[[[[[[[[[[[[\"…\"]]]]]]]]]]]]]]]]]");
	free(out);
	out = redacted_json(closed, 1000);
	assert_true(strlen(out) < 1100);
	assert_non_null(strstr(out, ",\"…\"]"));
	free(out);
	out = redacted_json(quoted, 1000);
	assert_true(strlen(out) < 2000);
	assert_non_null(strstr(out, "bytes)"));
	free(out);
	free(deep);
	free(wide);
	free(closed);
	free(text);
	free(quoted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_out_of_text),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(cuts_no_secret_open),
		cmocka_unit_test(takes_out_of_json),
		cmocka_unit_test(keeps_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
