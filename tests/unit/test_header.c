/* SPDX-License-Identifier: ISC */
/*
 * wire/header: what may stand in a field (T-022, A-062, A-104), mirrored values
 * (T-053), content types (T-131), dates and delays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "wire/header.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A literal that may hold NUL. */
#define BYTES(literal)                                                         \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

static void
each_byte_is_judged(void **state)
{
	static const char separators[] = "\"(),/:;<=>?@[\\]{}";

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		const char c = (char)(unsigned char)byte;
		struct span text = span_make(&c, 1);
		bool visible = byte >= 0x21 && byte <= 0x7e;
		bool token = visible && memchr(separators, c,
					    sizeof(separators) - 1) == NULL;
		bool value = (byte >= 0x20 && byte != 0x7f) || byte == '\t';

		assert_int_equal(header_is_visible(text), visible);
		assert_int_equal(header_is_token(text), token);
		assert_int_equal(header_value_ok(text), value);
	}
}

static void
one_bad_byte_spoils_the_whole(void **state)
{
	static const struct span cut = BYTES("abc\0def");

	(void)state;
	assert_false(header_is_token(span_of("")));
	assert_false(header_is_visible(span_of("")));
	assert_true(header_value_ok(span_of("")));
	assert_false(header_is_token(span_of("a b")));
	assert_false(header_is_visible(span_of("a b")));
	assert_false(header_value_ok(span_of("a\r\nX: y")));
	assert_false(header_is_token(cut));
	assert_false(header_is_visible(cut));
	assert_false(header_value_ok(cut));
}

static void
values_are_mirrored(void **state)
{
	static const struct {
		struct span text;
		const char *mirrored;
	} cases[] = {
		{ BYTES("get_weather"), "get_weather" },
		{ BYTES("a b, c"), "a b, c" },
		{ BYTES("~!\"#%:;"), "~!\"#%:;" },
		{ BYTES(""), "=?base64?\?=" },
		{ BYTES(" "), "=?base64?IA==?=" },
		{ BYTES(" a"), "=?base64?IGE=?=" },
		{ BYTES("a "), "=?base64?YSA=?=" },
		{ BYTES("a\tb"), "=?base64?YQli?=" },
		{ BYTES("a\nb"), "=?base64?YQpi?=" },
		{ BYTES("a\0b"), "=?base64?YQBi?=" },
		{ BYTES("a\x7f"), "=?base64?YX8=?=" },
		{ BYTES("\xc3\xa9"), "=?base64?w6k=?=" },
		{ BYTES("=?base64?SGk=?="), "=?base64?PT9iYXNlNjQ/U0drPT89?=" },
		{ BYTES("=?BASE64?x?="), "=?base64?PT9CQVNFNjQ/eD89?=" },
		{ BYTES("=?base64?\?="), "=?base64?PT9iYXNlNjQ/Pz0=?=" },
		{ BYTES("=?base64?="), "=?base64?PT9iYXNlNjQ/PQ==?=" },
		{ BYTES("=?base64?x"), "=?base64?x" },
		{ BYTES("=?base64"), "=?base64" },
		{ BYTES("x=?base64?y?="), "x=?base64?y?=" },
		{ BYTES("?="), "?=" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;

		buf_init(&out, 64);
		assert_int_equal(header_mirror(cases[i].text, &out), 0);
		assert_string_equal(out.data, cases[i].mirrored);
		buf_reset(&out);
	}
}

static void
mirroring_keeps_the_cap(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 8);
	assert_int_equal(header_mirror(span_of("123456789"), &out), -1);
	assert_int_equal(header_mirror(span_of(" "), &out), -1);
	assert_int_equal(header_mirror(span_of("12345678"), &out), 0);
	buf_reset(&out);
}

static void
lines_are_split(void **state)
{
	static const struct {
		const char *line, *name, *value;
	} cases[] = {
		{ "Name: value", "Name", "value" },
		{ "Name:value", "Name", "value" },
		{ "  Name:  value \r\n", "Name", "value" },
		{ "X-Key: a:b, c", "X-Key", "a:b, c" },
		{ "X-Empty:", "X-Empty", "" },
		{ "X-Utf8: \xc3\xa9", "X-Utf8", "\xc3\xa9" },
		{ "X-Tab: a\tb", "X-Tab", "a\tb" },
		{ "", NULL, NULL },
		{ "Name", NULL, NULL },
		{ ": value", NULL, NULL },
		{ "Name : value", NULL, NULL },
		{ "Na me: value", NULL, NULL },
		{ "N\xc3\xa4me: value", NULL, NULL },
		{ "Name: a\r\nEvil: b", NULL, NULL },
		{ "Name: a\nb", NULL, NULL },
		{ "Name: a\x1b[0m", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span name = { 0 };
		struct span value = { 0 };
		const char *why = NULL;
		bool ok =
		    header_split(span_of(cases[i].line), &name, &value, &why);

		assert_int_equal(ok, cases[i].name != NULL);
		if (ok) {
			assert_true(span_is(name, cases[i].name));
			assert_true(span_is(value, cases[i].value));
		} else {
			assert_non_null(why);
		}
	}
}

static void
a_line_with_nul_is_refused(void **state)
{
	static const struct span line = BYTES("Name: a\0b");
	struct span name = { 0 };
	struct span value = { 0 };
	const char *why = NULL;

	(void)state;
	assert_false(header_split(line, &name, &value, &why));
	assert_false(header_split(span_make(NULL, 0), &name, &value, &why));
}

static void
media_types_lose_their_parameters(void **state)
{
	static const struct {
		const char *value, *essence;
	} cases[] = {
		{ "application/json", "application/json" },
		{ "Text/Event-Stream;charset=utf-8", "text/event-stream" },
		{ " text/html ; charset=\"a;b\"", "text/html" },
		{ ";", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_true(
		    span_is_nocase(header_media_type(span_of(cases[i].value)),
			cases[i].essence));
	assert_int_equal(header_media_type(span_make(NULL, 0)).len, 0);
}

#define NOW_S 1800000000LL /* 2027-01-15 08:00:00 */

static void
dates_are_read(void **state)
{
	static const struct {
		const char *text;
		long long unix_s;
	} cases[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
		{ "Sun Nov  6 08:49:37 1994", 784111777 },
		{ " Thu, 01 Jan 1970 00:00:00 GMT ", 0 },
		{ "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
		{ "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
		{ "Fri, 01 Mar 2024 00:00:00 GMT", 1709251200 },
		{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
		{ "Mon, 01 Jan 2001 00:00:00 GMT", 978307200 },
		{ "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
		{ "Fri, 15 Jan 2027 08:00:00 GMT", NOW_S },
		{ "Friday, 15-Jan-27 08:00:00 GMT", NOW_S },
		{ "Friday, 01-Jan-77 00:00:00 GMT", 3376684800 },
		{ "Sunday, 01-Jan-78 00:00:00 GMT", 252460800 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		long long unix_s = -999;

		if (!header_date(span_of(cases[i].text), NOW_S, &unix_s) ||
		    unix_s != cases[i].unix_s)
			fail_msg("%s: %lld", cases[i].text, unix_s);
	}
}

static void
bad_dates_are_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"now",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 CET",
		"Sun, 06 Nov 1994 08:49:37 GMT+1",
		"Sun, 06 Now 1994 08:49:37 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 32 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:00 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, 06 Nov -994 08:49:37 GMT",
		"Sun, 06 Nov 0000 08:49:37 GMT",
		"06 Nov 1994 08:49:37 GMT",
		"1994-11-06T08:49:37Z",
		"Sun, 06 Nov 1994 08:49:37 GMT and a long tail behind it",
	};
	static const struct span nul =
	    BYTES("Sun, 06 Nov 1994 08:49:37 GMT\0x");
	long long unix_s = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (header_date(span_of(cases[i]), NOW_S, &unix_s))
			fail_msg("%s", cases[i]);
	}
	assert_false(header_date(nul, NOW_S, &unix_s));
}

static void
delays_are_read(void **state)
{
	static const struct {
		const char *value;
		bool ok;
		unsigned seconds;
	} cases[] = {
		{ "0", true, 0 },
		{ " 120 ", true, 120 },
		{ "00007", true, 7 },
		{ "86400", true, 86400 },
		{ "86401", true, 86400 },
		{ "99999999999999999999999999", true, 86400 },
		{ "Fri, 15 Jan 2027 08:00:30 GMT", true, 30 },
		{ "Fri, 15 Jan 2027 07:59:30 GMT", true, 0 },
		{ "Fri, 15 Jan 2077 08:00:30 GMT", true, 86400 },
		{ "", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ "1.5", false, 0 },
		{ "1s", false, 0 },
		{ "soon", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned seconds = 0;
		bool ok = header_retry_after(span_of(cases[i].value), NOW_S,
		    &seconds);

		assert_int_equal(ok, cases[i].ok);
		assert_int_equal(seconds, cases[i].seconds);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_is_judged),
		cmocka_unit_test(one_bad_byte_spoils_the_whole),
		cmocka_unit_test(values_are_mirrored),
		cmocka_unit_test(mirroring_keeps_the_cap),
		cmocka_unit_test(lines_are_split),
		cmocka_unit_test(a_line_with_nul_is_refused),
		cmocka_unit_test(media_types_lose_their_parameters),
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(bad_dates_are_refused),
		cmocka_unit_test(delays_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
