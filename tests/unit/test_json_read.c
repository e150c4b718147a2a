/* SPDX-License-Identifier: ISC */
/* Looking values up, decoding strings, integers from lexemes. */
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
gets_members(void **state)
{
	static const struct {
		const char *object;
		const char *key;
		const char *value; /* NULL: absent */
	} cases[] = {
		{ "{\"a\":1}", "a", "1" },
		{ "{\"a\":1}", "b", NULL },
		{ "{\"a\":1}", "", NULL },
		{ "{\"\":1}", "", "1" },
		{ "{}", "a", NULL },
		{ "{ \"a\" : [1, 2] , \"b\" : {\"a\":3} }", "b", "{\"a\":3}" },
		{ "{\"x\":{\"a\":2},\"a\":3}", "a", "3" },
		{ "{\"a\":1,\"a\":2}", "a", "1" },
		{ "{\"\\u0061\":1,\"a\":2}", "a", "1" },
		{ "{\"\\u0061b\":1}", "a", NULL },
		{ "{\"a\\u0000\":1}", "a", NULL },
		{ "{\"\\ud83d\\ude00\":1}", "\xf0\x9f\x98\x80", "1" },
		{ "{\"\\u00e9\":1}", "\xc3\xa9", "1" },
		{ "{\"a\\/b\":1}", "a/b", "1" },
		{ "{\"\\\"\":1}", "\"", "1" },
		{ "{\"\\\\\":1}", "\\", "1" },
		{ "{\"a\":\"}\\\"}\",\"b\":2}", "b", "2" },
		{ "{\"a\":\"\\\\\",\"b\":2}", "b", "2" },
		{ "{\"a\":\"\\\\\\\"\",\"b\":2}", "b", "2" },
		{ "{\"a\":[\"]\",{\"x\":\"}\"}],\"b\":\"\"}", "b", "\"\"" },
		{ "{\"a\":\r\n-1.5e3\r\n}", "a", "-1.5e3" },
		{ "[\"a\",1]", "a", NULL },
		{ "[{\"a\":1}]", "a", NULL },
		{ "\"a\"", "a", NULL },
		{ "1", "a", NULL },
	};
	struct span value = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span object = span_of(cases[i].object);
		bool found = json_get(object, cases[i].key, &value);

		must_scan(object);
		assert_int_equal(found, cases[i].value != NULL);
		assert_true(span_is(value, found ? cases[i].value : ""));
		assert_true(span_within(value, object));
	}
	assert_false(json_get(span_make(NULL, 0), "a", &value));
}

static void
follows_paths(void **state)
{
	static const char text[] = "{\"a\":{\"b\":{\"c\":[1]}},\"d\":1}";
	static const struct {
		const char *path[4];
		const char *value;
	} cases[] = {
		{ { NULL }, text },
		{ { "d", NULL }, "1" },
		{ { "a", "b", "c", NULL }, "[1]" },
		{ { "a", "c", NULL }, NULL },
		{ { "d", "b", NULL }, NULL },
		{ { "x", NULL }, NULL },
	};
	struct span value = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool found =
		    json_get_path(span_of(text), cases[i].path, &value);

		assert_int_equal(found, cases[i].value != NULL);
		assert_true(span_is(value, found ? cases[i].value : ""));
	}
}

static void
walks_containers(void **state)
{
	static const struct {
		const char *text;
		const char *walk; /* "key=value;" for each */
	} cases[] = {
		{ "[]", "" },
		{ "[ ]", "" },
		{ "{}", "" },
		{ "{ }", "" },
		{ "[1]", "=1;" },
		{ "[ 1 , \"a,b\" ,[2,3],{\"x\":[4]}, null ]",
		    "=1;=\"a,b\";=[2,3];={\"x\":[4]};=null;" },
		{ "{\"a\":1,\"b\":[{\"c\":2}],\"\\\"\":\"\"}",
		    "a=1;b=[{\"c\":2}];\\\"=\"\";" },
		{ "[[],{},\"\"]", "=[];={};=\"\";" },
		{ "\"a\"", "" },
		{ "12", "" },
		{ "true", "" },
	};
	struct span key = { 0 };
	struct span value = { 0 };
	struct json_iter it;
	struct buf walk;

	(void)state;
	buf_init(&walk, KIB);
	for (size_t i = 0; i < COUNT(cases); i++) {
		must_scan(span_of(cases[i].text));
		buf_clear(&walk);
		json_iter_init(&it, span_of(cases[i].text));
		while (json_next(&it, &key, &value))
			assert_int_equal(buf_addf(&walk, "%.*s=%.*s;",
					     (int)key.len, key.ptr,
					     (int)value.len, value.ptr),
			    0);
		assert_int_equal(buf_add(&walk, "", 0), 0);
		assert_string_equal(walk.data, cases[i].walk);
		assert_false(json_next(&it, &key, &value));
	}
	buf_reset(&walk);
}

/* The contract for text that was never accepted: anything, but in bounds. */
static void
stays_in_bounds_on_broken_text(void **state)
{
	static const char *const cases[] = { "{", "[", "{\"", "{\"a", "{\"a\"",
		"{\"a\":", "{\"a\":}", "{\"a\":\"}", "{\"a\":[}", "[{]", "[\"",
		"[\"\\", "[\"\\]", "{\"\\u\":1}", "{\"\\\":1}", "{\"\\u00",
		"{:::}", "[,,,]", "{a}", "]", "\"", "\"\\", "\"\\\"",
		"\"\\u1\"", "{\"\\ud800\\u\":1}", "-", "e", "1e" };
	struct span key = { 0 };
	struct span value = { 0 };
	struct json_iter it;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = strlen(cases[i]);
		char *exact = mem_resize(NULL, len);
		struct span text = { memcpy(exact, cases[i], len), len };
		int64_t number = 0;

		(void)json_get(text, "a", &value);
		assert_true(span_within(value, text));
		(void)json_has_duplicate_key(text);
		(void)json_int64(text, &number);
		free(json_string_dup(text, KIB));
		json_iter_init(&it, text);
		while (json_next(&it, &key, &value)) {
			assert_true(span_within(value, text));
			assert_true(span_within(key, text));
		}
		free(exact);
	}
}

static void
finds_duplicate_keys(void **state)
{
	static const struct {
		const char *text;
		bool duplicate;
	} cases[] = {
		{ "{}", false },
		{ "{\"a\":1}", false },
		{ "{\"a\":1,\"b\":1}", false },
		{ "{\"a\":1,\"A\":1}", false },
		{ "{\"a\":1,\"ab\":1}", false },
		{ "{\"a\":1,\"b\":{\"a\":1}}", false },
		{ "{\"b\":{\"a\":1,\"a\":1}}", false },
		{ "{\"a\":1,\"a\":2}", true },
		{ "{\"a\":1,\"b\":1,\"c\":1,\"a\":2}", true },
		{ "{\"\":1,\"\":1}", true },
		{ "{\"a\":1,\"\\u0061\":1}", true },
		{ "{\"\\u00e9\":1,\"\xc3\xa9\":1}", true },
		{ "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":1}", true },
		{ "{\"\\/\":1,\"/\":1}", true },
		{ "{\"\\ud800\":1,\"\\uD800\":1}", true },
		{ "{\"\\ud800\":1,\"\\ud801\":1}", false },
		{ "{\"a\\u0000\":1,\"a\":1}", false },
		{ "{\"a\\u0000b\":1,\"a\\u0000c\":1}", false },
		{ "[\"a\",\"a\"]", false },
		{ "1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(json_has_duplicate_key(span_of(cases[i].text)),
		    cases[i].duplicate);
}

/* A hostile document of the largest size must not take quadratic time. */
static void
finds_duplicates_among_very_many_keys(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 2 * MIB);
	assert_int_equal(json_open(&text, '{'), 0);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buf_addf(&text, "\"%d\":0,", i), 0);
	assert_int_equal(buf_add_string(&text, "\"x\":0}"), 0);
	assert_false(json_has_duplicate_key(buf_span(&text)));
	text.data[text.len - 5] = '7';
	assert_true(json_has_duplicate_key(buf_span(&text)));
	buf_reset(&text);
}

static void
decodes_strings(void **state)
{
	static const struct {
		const char *value;
		const char *text; /* NULL: refused */
		size_t len;
	} cases[] = {
		{ "\"\"", "", 0 },
		{ "\"a\"", "a", 1 },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8 },
		{ "\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac", 6 },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80", 4 },
		{ "\"\\ud800\\udc00\"", "\xf0\x90\x80\x80", 4 },
		{ "\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf", 4 },
		{ "\"\\ud7ff\\ue000\"", "\xed\x9f\xbf\xee\x80\x80", 6 },
		{ "\"a\\u0000b\"", "a\0b", 3 },
		{ "\"\xc3\xa9\"", "\xc3\xa9", 2 },
		{ "\"\\\\u0041\"", "\\u0041", 6 },
		{ "\"\\\\\\\\\"", "\\\\", 2 },
		{ "\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"",
		    "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf", 11 },
		{ "\"\\ud800\"", NULL, 0 },
		{ "\"\\udc00\"", NULL, 0 },
		{ "\"\\ud800\\ud800\\udc00\"", NULL, 0 },
		{ "\"\\ud800x\"", NULL, 0 },
		{ "\"\\ud800\\n\"", NULL, 0 },
		{ "\"\\ud800\\u0041\"", NULL, 0 },
		{ "1", NULL, 0 },
		{ "null", NULL, 0 },
		{ "[\"a\"]", NULL, 0 },
		{ "", NULL, 0 },
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span value = span_of(cases[i].value);
		bool accepted = cases[i].text != NULL;

		buf_init(&out, KIB);
		assert_int_equal(json_string(value, &out), accepted ? 0 : -1);
		assert_int_equal(out.len, cases[i].len);
		if (accepted)
			assert_memory_equal(out.data, cases[i].text, out.len);
		else
			assert_null(out.data);
		buf_reset(&out);
	}
}

static void
appends_decoded_strings_within_the_cap(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 5);
	assert_int_equal(buf_add_string(&out, "ab"), 0);
	assert_int_equal(json_string(span_of("\"c\\nd\""), &out), 0);
	assert_string_equal(out.data, "abc\nd");
	assert_int_equal(json_string(span_of("\"e\""), &out), -1);
	assert_null(out.data);
}

static void
duplicates_strings(void **state)
{
	static const struct {
		const char *value;
		size_t max;
		const char *text;
	} cases[] = {
		{ "\"\"", 0, "" },
		{ "\"abc\"", 3, "abc" },
		{ "\"abc\"", 2, NULL },
		{ "\"\\u00e9\"", 2, "\xc3\xa9" },
		{ "\"\\u00e9\"", 1, NULL },
		{ "\"a\\u0000\"", 9, NULL },
		{ "\"\\ud800\"", 9, NULL },
		{ "12", 9, NULL },
		{ "", 9, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text =
		    json_string_dup(span_of(cases[i].value), cases[i].max);

		if (cases[i].text == NULL)
			assert_null(text);
		else
			assert_string_equal(text, cases[i].text);
		free(text);
	}
}

static void
compares_strings(void **state)
{
	static const struct {
		const char *value;
		const char *text;
		bool equal;
	} cases[] = {
		{ "\"2.0\"", "2.0", true },
		{ "\"2\\u002e0\"", "2.0", true },
		{ "\"2.0 \"", "2.0", false },
		{ "\"2.\"", "2.0", false },
		{ "\"\"", "", true },
		{ "\"tools\\/call\"", "tools/call", true },
		{ "\"tools\\/calls\"", "tools/call", false },
		{ "\"tools\\/cal\"", "tools/call", false },
		{ "\"a\\u0000\"", "a", false },
		{ "\"\\u0000\"", "", false },
		{ "\"\\ud800\"", "\xef\xbf\xbd", false },
		{ "2.0", "2.0", false },
		{ "null", "null", false },
		{ "null", "ul", false },
		{ "[]", "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(json_string_is(span_of(cases[i].value),
				     cases[i].text),
		    cases[i].equal);
}

static const struct {
	const char *text;
	bool is_integer;
	bool fits;
	int64_t number;
} integers[] = {
	{ "0", true, true, 0 },
	{ "-0", true, true, 0 },
	{ "0.0", true, true, 0 },
	{ "-0.0e5", true, true, 0 },
	{ "0e999999999999999999999", true, true, 0 },
	{ "0e-999999999999999999999", true, true, 0 },
	{ "42", true, true, 42 },
	{ "-42", true, true, -42 },
	{ "42.0", true, true, 42 },
	{ "42.000", true, true, 42 },
	{ "4.2e1", true, true, 42 },
	{ "4.2E+1", true, true, 42 },
	{ "420e-1", true, true, 42 },
	{ "0.00042e5", true, true, 42 },
	{ "1e2", true, true, 100 },
	{ "1000", true, true, 1000 },
	{ "1000e-3", true, true, 1 },
	{ "1001e-3", false, false, 0 },
	{ "10.10", false, false, 0 },
	{ "10.10e1", true, true, 101 },
	{ "1.5", false, false, 0 },
	{ "0.1", false, false, 0 },
	{ "1e-1", false, false, 0 },
	{ "1e-99999999999999999999", false, false, 0 },
	{ "9007199254740993", true, true, 9007199254740993 },
	{ "9223372036854775807", true, true, INT64_MAX },
	{ "9223372036854775808", true, false, 0 },
	{ "-9223372036854775808", true, true, INT64_MIN },
	{ "-9223372036854775809", true, false, 0 },
	{ "18446744073709551615", true, false, 0 },
	{ "18446744073709551616", true, false, 0 },
	{ "18446744073709551617", true, false, 0 },
	{ "184467440737095516170", true, false, 0 },
	{ "18446744073709551617.5", false, false, 0 },
	{ "9223372036854775807.0", true, true, INT64_MAX },
	{ "922337203685477580700e-2", true, true, INT64_MAX },
	{ "9.223372036854775807e18", true, true, INT64_MAX },
	{ "9.2233720368547758071e18", false, false, 0 },
	{ "1e18", true, true, 1000000000000000000 },
	{ "1e19", true, false, 0 },
	{ "1e400", true, false, 0 },
	{ "1e99999999999999999999", true, false, 0 },
	{ "\"42\"", false, false, 0 },
	{ "true", false, false, 0 },
	{ "null", false, false, 0 },
	{ "[1]", false, false, 0 },
	{ "", false, false, 0 },
};

static void
reads_integers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(integers); i++) {
		struct span value = span_of(integers[i].text);
		int64_t number = 777;

		assert_int_equal(json_is_integer(value),
		    integers[i].is_integer);
		assert_int_equal(json_int64(value, &number), integers[i].fits);
		assert_true(
		    number == (integers[i].fits ? integers[i].number : 777));
	}
}

static void
reads_numbers_of_any_length(void **state)
{
	int64_t number = 0;
	char *zeros = mem_alloc(100001, 1);
	char *text = NULL;

	(void)state;
	memset(zeros, '0', 100000);
	text = mem_format("0.%s7e100001", zeros);
	assert_true(json_int64(span_of(text), &number));
	assert_int_equal(number, 7);
	free(text);
	text = mem_format("7%se-100000", zeros);
	assert_true(json_int64(span_of(text), &number));
	assert_int_equal(number, 7);
	free(text);
	text = mem_format("7%s1e-100000", zeros);
	assert_false(json_is_integer(span_of(text)));
	free(text);
	free(zeros);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gets_members),
		cmocka_unit_test(follows_paths),
		cmocka_unit_test(walks_containers),
		cmocka_unit_test(stays_in_bounds_on_broken_text),
		cmocka_unit_test(finds_duplicate_keys),
		cmocka_unit_test(finds_duplicates_among_very_many_keys),
		cmocka_unit_test(decodes_strings),
		cmocka_unit_test(appends_decoded_strings_within_the_cap),
		cmocka_unit_test(duplicates_strings),
		cmocka_unit_test(compares_strings),
		cmocka_unit_test(reads_integers),
		cmocka_unit_test(reads_numbers_of_any_length),
	};

	return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
