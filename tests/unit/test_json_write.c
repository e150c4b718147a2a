/* SPDX-License-Identifier: ISC */
/* The writer, splices, member ranges, flattening. */
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
must_scan(struct span text)
{
	struct json_doc doc;

	assert_true(json_scan(text, LIMIT_DEPTH, &doc));
}

static void
puts_commas_by_itself(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, KIB);
	assert_int_equal(json_open(&out, '{'), 0);
	assert_int_equal(json_put_key(&out, "a"), 0);
	assert_int_equal(json_put_int(&out, -7), 0);
	assert_int_equal(json_put_key(&out, "b\n"), 0);
	assert_int_equal(json_open(&out, '['), 0);
	assert_int_equal(json_put_bool(&out, true), 0);
	assert_int_equal(json_put_bool(&out, false), 0);
	assert_int_equal(json_put_raw(&out, span_of("null")), 0);
	assert_int_equal(json_put_string(&out, span_of(",")), 0);
	assert_int_equal(json_put_string(&out, span_of("[")), 0);
	assert_int_equal(json_put_int(&out, INT64_MIN), 0);
	assert_int_equal(json_open(&out, '['), 0);
	assert_int_equal(json_close(&out, ']'), 0);
	assert_int_equal(json_open(&out, '{'), 0);
	assert_int_equal(json_close(&out, '}'), 0);
	assert_int_equal(json_close(&out, ']'), 0);
	assert_int_equal(json_put_key(&out, ""), 0);
	assert_int_equal(json_put_raw(&out, span_of("1.0")), 0);
	assert_int_equal(json_close(&out, '}'), 0);
	assert_string_equal(out.data,
	    "{\"a\":-7,\"b\\n\":[true,false,null,\",\",\"[\","
	    "-9223372036854775808,[],{}],\"\":1.0}");
	must_scan(buf_span(&out));
	buf_reset(&out);
}

/* A line after a line is a new text, not the next item. */
static void
starts_anew_after_a_newline(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, KIB);
	assert_int_equal(buf_add_string(&out, "{}\n"), 0);
	assert_int_equal(json_open(&out, '{'), 0);
	assert_int_equal(json_close(&out, '}'), 0);
	assert_string_equal(out.data, "{}\n{}");
	buf_reset(&out);
}

static void
escapes_strings(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *json;
	} cases[] = {
		{ "", 0, "\"\"" },
		{ "abc", 3, "\"abc\"" },
		{ "a\"b\\c/", 6, "\"a\\\"b\\\\c/\"" },
		{ "\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"" },
		{ "a\0b", 3, "\"a\\u0000b\"" },
		{ "\x01\x1f\x7f", 3, "\"\\u0001\\u001f\x7f\"" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", 6,
		    "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ "\xff", 1, "\"\xef\xbf\xbd\"" },
		{ "a\xc3", 2, "\"a\xef\xbf\xbd\"" },
		{ "\xc3(", 2, "\"\xef\xbf\xbd(\"" },
		{ "\xed\xa0\x80", 3,
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xc0\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf0\x9f\x98", 3,
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span text = { cases[i].text, cases[i].len };

		buf_init(&out, KIB);
		assert_int_equal(json_put_string(&out, text), 0);
		assert_string_equal(out.data, cases[i].json);
		must_scan(buf_span(&out));
		buf_reset(&out);
	}
}

static int
write_sample(struct buf *out)
{
	if (json_open(out, '{') == -1 || json_put_key(out, "a\t") == -1 ||
	    json_put_string(out, span_of("x\x01\xff\n")) == -1 ||
	    json_put_key(out, "b") == -1 || json_put_int(out, 12) == -1 ||
	    json_put_key(out, "c") == -1 || json_put_bool(out, true) == -1 ||
	    json_close(out, '}') == -1)
		return -1;
	return 0;
}

static void
fails_past_every_cap(void **state)
{
	struct buf out;
	size_t len = 0;

	(void)state;
	buf_init(&out, KIB);
	assert_int_equal(write_sample(&out), 0);
	len = out.len;
	buf_reset(&out);
	for (size_t max = 0; max < len; max++) {
		buf_init(&out, max);
		assert_int_equal(write_sample(&out), -1);
		assert_null(out.data);
	}
	buf_init(&out, len);
	assert_int_equal(write_sample(&out), 0);
	buf_reset(&out);
}

static void
applies_splices(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		struct {
			size_t at, len;
			const char *with;
		} splices[3];
		const char *result;
	} cases[] = {
		{ "abc", 0, { { 0 } }, "abc" },
		{ "", 0, { { 0 } }, "" },
		{ "", 1, { { 0, 0, "x" } }, "x" },
		{ "abc", 1, { { 0, 0, "x" } }, "xabc" },
		{ "abc", 1, { { 3, 0, "x" } }, "abcx" },
		{ "abc", 1, { { 1, 1, "" } }, "ac" },
		{ "abc", 1, { { 0, 3, "" } }, "" },
		{ "abc", 1, { { 0, 3, "wxyz" } }, "wxyz" },
		{ "abc", 2, { { 0, 1, "x" }, { 1, 1, "y" } }, "xyc" },
		{ "abc", 2, { { 1, 0, "x" }, { 1, 0, "y" } }, "axybc" },
		{ "abcdef", 3,
		    { { 0, 1, "" }, { 2, 2, "12345" }, { 6, 0, "!" } },
		    "b12345ef!" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_splice splices[3];
		const char *text = cases[i].text;
		struct buf out;

		for (size_t j = 0; j < cases[i].count; j++) {
			splices[j].at = span_make(text + cases[i].splices[j].at,
			    cases[i].splices[j].len);
			splices[j].with = span_of(cases[i].splices[j].with);
		}
		buf_init(&out, 16);
		assert_int_equal(buf_add_string(&out, ">"), 0);
		assert_int_equal(json_apply(span_of(text), splices,
				     cases[i].count, &out),
		    0);
		assert_string_equal(out.data + 1, cases[i].result);
		buf_reset(&out);
	}
}

static void
applies_no_splice_past_the_cap(void **state)
{
	static const char text[] = "0123456789";
	struct json_splice splice = { { text + 2, 3 }, { "abcd", 4 } };
	struct buf out;

	(void)state;
	buf_init(&out, 11);
	assert_int_equal(json_apply(span_of(text), &splice, 1, &out), 0);
	assert_string_equal(out.data, "01abcd56789");
	buf_reset(&out);
	buf_init(&out, 10);
	assert_int_equal(json_apply(span_of(text), &splice, 1, &out), -1);
	assert_null(out.data);
}

static void
takes_members_out(void **state)
{
	static const struct {
		const char *container;
		size_t index;
		const char *rest;
	} cases[] = {
		{ "{\"a\":1}", 0, "{}" },
		{ "{ \"a\" : 1 }", 0, "{  }" },
		{ "{\"a\":1,\"b\":2}", 0, "{\"b\":2}" },
		{ "{\"a\":1,\"b\":2}", 1, "{\"a\":1}" },
		{ "{\"a\":1,\"b\":2,\"c\":3}", 1, "{\"a\":1,\"c\":3}" },
		{ "{\n \"a\" : 1 ,\n \"b\" : 2\n}", 0, "{\n \"b\" : 2\n}" },
		{ "{\n \"a\" : 1 ,\n \"b\" : 2\n}", 1, "{\n \"a\" : 1\n}" },
		{ "{\"a\":1,\"a\":1}", 0, "{\"a\":1}" },
		{ "{\"a\":1,\"a\":1}", 1, "{\"a\":1}" },
		{ "{\"\\\"\":\"}\",\"b\":[]}", 0, "{\"b\":[]}" },
		{ "[1]", 0, "[]" },
		{ "[1, 2, 3]", 0, "[2, 3]" },
		{ "[1, 2, 3]", 1, "[1, 3]" },
		{ "[1, 2, 3]", 2, "[1, 2]" },
		{ "[{\"a\":[1]},\"x\"]", 0, "[\"x\"]" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span text = span_of(cases[i].container);
		struct json_splice splice = { 0 };
		struct span key = { 0 };
		struct span value = { 0 };
		struct json_iter it;
		struct buf out;

		json_iter_init(&it, text);
		for (size_t j = 0; j <= cases[i].index; j++)
			assert_true(json_next(&it, &key, &value));
		splice.at = json_member_range(text, value);
		buf_init(&out, KIB);
		assert_int_equal(json_apply(text, &splice, 1, &out), 0);
		assert_string_equal(out.data, cases[i].rest);
		must_scan(buf_span(&out));
		buf_reset(&out);
	}
}

static void
finds_no_range_for_strangers(void **state)
{
	struct span object = span_of("{\"a\":{\"b\":1}}");
	struct span inner = span_make(object.ptr + 10, 1);
	struct span elsewhere = span_of("1");

	(void)state;
	assert_int_equal(json_member_range(object, inner).len, 0);
	assert_int_equal(json_member_range(object, elsewhere).len, 0);
	assert_int_equal(json_member_range(elsewhere, elsewhere).len, 0);
}

/* T-002 */
static void
flattens_newlines(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "[1]", "[1]" },
		{ "\n", " " },
		{ "{\r\n\t\"a\":\n1\r}", "{  \t\"a\": 1 }" },
		{ "[\"\\n\"]\n\n", "[\"\\n\"]  " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_string(cases[i][0]);

		json_flatten(text, strlen(text));
		assert_string_equal(text, cases[i][1]);
		free(text);
	}
	json_flatten(NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_commas_by_itself),
		cmocka_unit_test(starts_anew_after_a_newline),
		cmocka_unit_test(escapes_strings),
		cmocka_unit_test(fails_past_every_cap),
		cmocka_unit_test(applies_splices),
		cmocka_unit_test(applies_no_splice_past_the_cap),
		cmocka_unit_test(takes_members_out),
		cmocka_unit_test(finds_no_range_for_strangers),
		cmocka_unit_test(flattens_newlines),
	};

	return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
