/* SPDX-License-Identifier: ISC */
/*
 * The scanner: grammar, UTF-8, depth, and what it notes on its way. Texts are
 * copied to storage of their exact size, so that a sanitizer sees over-reads.
 */
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "json_corpus.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
accepts(const char *text, size_t len, unsigned max_depth)
{
	char *exact = mem_resize(NULL, len > 0 ? len : 1);
	struct json_doc doc;
	bool accepted = false;

	memcpy(exact, text, len);
	accepted = json_scan(span_make(exact, len), max_depth, &doc);
	assert_int_equal(accepted, doc.error == NULL);
	assert_int_equal(accepted, doc.type != JSON_NONE);
	assert_true(doc.error_offset <= len);
	if (accepted)
		assert_true(span_within(doc.value, span_make(exact, len)));
	else
		assert_int_equal(doc.value.len, 0);
	free(exact);
	return accepted;
}

static void
follows_the_corpus(void **state)
{
	(void)state;
	for (size_t i = 0; i < JSON_CORPUS_SIZE; i++) {
		const struct json_case *c = &json_corpus[i];

		if (accepts(c->text, c->len, LIMIT_DEPTH) !=
		    (c->verdict != 'n'))
			fail_msg("%c %s", c->verdict, c->text);
	}
}

static void
accepts_no_prefix(void **state)
{
	static const char sample[] =
	    "{\"jsonrpc\": \"2.0\", \"id\": -12.5e+3, \"a\": [true, false, "
	    "null, {}, [], \"\\u00e9\\n\xc3\xa9\xf0\x9f\x98\x80\"],\n"
	    "\"result\": {\"b\": [[0], {\"c\": {\"d\": \"long enough to fill "
	    "several words\"}}]}}";
	size_t len = sizeof sample - 1;

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_false(accepts(sample, i, LIMIT_DEPTH));
	assert_true(accepts(sample, len, LIMIT_DEPTH));
}

/* Whatever stands at whatever place in a word of eight bytes. */
static void
sees_each_byte_of_a_string(void **state)
{
	char text[48];

	(void)state;
	for (size_t len = 3; len <= sizeof text; len++) {
		for (size_t at = 1; at < len - 1; at++) {
			for (int c = 0; c < 256; c++) {
				bool plain = c >= ' ' && c < 0x80 && c != '"' &&
					     c != '\\';

				memset(text, 'a', len);
				text[0] = text[len - 1] = '"';
				text[at] = (char)c;
				assert_int_equal(accepts(text, len, 1), plain);
			}
		}
	}
}

static char *
nested(size_t depth, char open, const char *inner, char close)
{
	char *left = mem_alloc(depth + 1, 1);
	char *right = mem_alloc(depth + 1, 1);
	char *text = NULL;

	memset(left, open, depth);
	memset(right, close, depth);
	text = mem_format("%s%s%s", left, inner, right);
	free(left);
	free(right);
	return text;
}

static void
stops_at_the_depth_cap(void **state)
{
	static const struct {
		size_t depth;
		unsigned max;
		bool accepted;
	} cases[] = {
		{ 0, 0, true },
		{ 1, 0, false },
		{ 1, 1, true },
		{ 2, 1, false },
		{ 64, LIMIT_AUTH_DEPTH, true },
		{ 65, LIMIT_AUTH_DEPTH, false },
		{ 255, LIMIT_DEPTH, true },
		{ 256, LIMIT_DEPTH, true },
		{ 257, LIMIT_DEPTH, false },
		{ 257, 1000, false },
		{ 1000000, LIMIT_DEPTH, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = nested(cases[i].depth, '[', "1", ']');

		assert_int_equal(accepts(text, strlen(text), cases[i].max),
		    cases[i].accepted);
		free(text);
	}
}

/* A closing bracket must match at each level of the bit stack. */
static void
matches_brackets_at_every_depth(void **state)
{
	(void)state;
	for (size_t depth = 1; depth < LIMIT_DEPTH; depth++) {
		char *inner = nested(LIMIT_DEPTH - depth, '[', "", ']');
		char *object = mem_format("{\"k\":%s}", inner);
		char *text = nested(depth - 1, '[', object, ']');
		size_t len = strlen(text);

		assert_true(accepts(text, len, LIMIT_DEPTH));
		text[len - depth] = ']';
		assert_false(accepts(text, len, LIMIT_DEPTH));
		free(text);
		free(object);
		free(inner);
	}
}

static void
says_where_it_gave_up(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
	} cases[] = {
		{ "", 0 },
		{ "  ", 2 },
		{ "[1,x]", 3 },
		{ "[1", 2 },
		{ "{\"a\"=1}", 4 },
		{ "{\"a\":1,}", 7 },
		{ "\"abcdefghij\n\"", 11 },
		{ "\"abcdefgh\xff\"", 9 },
		{ "\"\\q\"", 2 },
		{ "[1] 2", 4 },
		{ "[nul]", 1 },
	};
	struct json_doc doc;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_false(json_scan(span_of(cases[i].text), 9, &doc));
		assert_non_null(doc.error);
		assert_int_equal(doc.error_offset, cases[i].offset);
	}
}

static const struct span wanted[] = { { "a", 1 }, { "b\n", 2 }, { "", 0 },
	{ "long", 4 } };

static bool
scan_wanted(const char *text, struct span values[COUNT(wanted)],
    uint32_t *repeated)
{
	struct json_members members = {
		.names = wanted,
		.count = COUNT(wanted),
		.values = values,
		.repeated = 7,
	};
	struct json_doc doc;
	bool accepted = json_scan_members(span_of(text), 9, &members, &doc);

	*repeated = members.repeated;
	if (accepted)
		assert_true(span_equal(doc.value, span_trim(span_of(text))));
	return accepted;
}

static void
finds_the_top_members(void **state)
{
	static const struct {
		const char *text;
		const char *values[COUNT(wanted)];
		uint32_t repeated;
	} cases[] = {
		{ " {\"a\" : 1 , \"b\\n\":[1,{\"x\":2}] "
		  ",\"\":{\"y\":\"}\"}\t} ",
		    { "1", "[1,{\"x\":2}]", "{\"y\":\"}\"}", "" }, 0 },
		{ "{\"c\":{\"a\":1},\"long\":\"x\\\"\",\"d\":[\"a\",2]}",
		    { "", "", "", "\"x\\\"\"" }, 0 },
		{ "{\"a\":[ ],\"\\u0061\":2,\"l\\u006fng\":-1e5,\"a\":{}}",
		    { "[ ]", "", "", "-1e5" }, 1 },
		{ "{\"long\":true,\"long\":{\"long\":1},\"b\n\":1}",
		    { "", "", "", "" }, 0 },
		{ "{\"b\\n\":null,\"b\\u000a\":1,\"\":1,\"\":2}",
		    { "", "null", "1", "" }, 6 },
		{ "{\"A\":1,\"aa\":2,\"lon\":3,\"longe\":4}",
		    { "", "", "", "" }, 0 },
	};
	struct span values[COUNT(wanted)];
	uint32_t repeated = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		scan_wanted(cases[i].text, values, &repeated);
		for (size_t j = 0; j < COUNT(wanted); j++)
			assert_true(span_is(values[j], cases[i].values[j]));
		assert_int_equal(repeated, cases[i].repeated);
	}
}

static void
finds_a_member_of_a_member(void **state)
{
	static const struct {
		const char *text, *inner;
	} cases[] = {
		{ "{\"a\":{\"x\":[{\"in\":1}],\"in\": {\"in\":2} } ,\"c\":3}",
		    "{\"in\":2}" },
		{ "{\"a\":{\"i\\u006e\":[],\"in\":1}}", "[]" },
		{ "{\"in\":1,\"b\\n\":{\"in\":2},\"c\":{\"in\":3}}", "" },
		{ "{\"a\":1,\"a\":{\"in\":2}}", "" },
		{ "{\"a\":[{\"in\":1}],\"c\":{\"in\":2}}", "" },
		{ "{\"a\":{\"x\":{\"in\":1}}}", "" },
		{ "{\"a\":{\"in\":1}", "" },
	};
	struct span values[COUNT(wanted)];
	struct json_members members = {
		.names = wanted,
		.count = COUNT(wanted),
		.values = values,
		.outer = &values[0],
		.inner_name = { "in", 2 },
	};
	struct json_doc doc;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		json_scan_members(span_of(cases[i].text), 9, &members, &doc);
		assert_true(span_is(members.inner, cases[i].inner));
	}
}

static void
has_members_only_of_a_top_object(void **state)
{
	static const char *const cases[] = { "[{\"a\":1}]", "[]", "{}", "1",
		"\"{}\"", "{\"x\":{\"a\":1}}" };
	struct span values[COUNT(wanted)];
	uint32_t repeated = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(scan_wanted(cases[i], values, &repeated));
		assert_int_equal(repeated, 0);
		for (size_t j = 0; j < COUNT(wanted); j++)
			assert_int_equal(values[j].len, 0);
	}
}

static void
forgets_the_members_of_what_it_rejects(void **state)
{
	struct span values[COUNT(wanted)];
	uint32_t repeated = 0;

	(void)state;
	assert_false(scan_wanted("{\"a\":1,\"long\":2,}", values, &repeated));
	for (size_t j = 0; j < COUNT(wanted); j++)
		assert_int_equal(values[j].len, 0);
}

/* T-002: only then must a message be flattened. */
static void
notes_newlines_within_the_value(void **state)
{
	static const struct {
		const char *text;
		bool has_newline;
	} cases[] = {
		{ "[1]", false },
		{ "[1]\r\n", false },
		{ "\n[1]", false },
		{ "[\t1 ]", false },
		{ "[\"\\n\\r\"]", false },
		{ "[\n1]", true },
		{ "[1\r]", true },
		{ "{\"a\"\n:1}", true },
		{ "{\"a\":\r1}", true },
		{ "{\"a\":1,\n\"b\":1}", true },
		{ "[[1]\n]", true },
	};
	struct json_doc doc;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(json_scan(span_of(cases[i].text), 9, &doc));
		assert_int_equal(doc.has_newline, cases[i].has_newline);
	}
}

static void
tells_types_by_the_first_byte(void **state)
{
	static const struct {
		const char *text;
		enum json_type type;
	} cases[] = {
		{ "", JSON_NONE },
		{ "null", JSON_NULL },
		{ "false", JSON_FALSE },
		{ "true", JSON_TRUE },
		{ "0", JSON_NUMBER },
		{ "-1", JSON_NUMBER },
		{ "\"\"", JSON_STRING },
		{ "[]", JSON_ARRAY },
		{ "{}", JSON_OBJECT },
	};
	struct json_doc doc;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span text = span_of(cases[i].text);

		assert_int_equal(json_type_of(text), cases[i].type);
		(void)json_scan(text, 1, &doc);
		assert_int_equal(doc.type, cases[i].type);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_corpus),
		cmocka_unit_test(accepts_no_prefix),
		cmocka_unit_test(sees_each_byte_of_a_string),
		cmocka_unit_test(stops_at_the_depth_cap),
		cmocka_unit_test(matches_brackets_at_every_depth),
		cmocka_unit_test(says_where_it_gave_up),
		cmocka_unit_test(finds_the_top_members),
		cmocka_unit_test(forgets_the_members_of_what_it_rejects),
		cmocka_unit_test(finds_a_member_of_a_member),
		cmocka_unit_test(has_members_only_of_a_top_object),
		cmocka_unit_test(notes_newlines_within_the_value),
		cmocka_unit_test(tells_types_by_the_first_byte),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
