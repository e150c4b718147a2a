/* SPDX-License-Identifier: ISC */
/* Settings files: shadows, and edits that leave everything else as it is. */
#include "wire/jsonc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
shadows(void **state)
{
	static const struct {
		const char *text, *shadow;
	} cases[] = {
		{ "", "" },
		{ "\xef\xbb\xbf{}", "   {}" },
		{ "{\"a\":1}", "{\"a\":1}" },
		{ "{\"a\":1,}", "{\"a\":1\t}" },
		{ "[1, // x,]\n]", "[1\t       \n]" },
		{ "[1 /*,]*/ ,/*,*/ ]", "[1        \t      ]" },
		{ "{,}", "{,}" },
		{ "[1,,]", "[1,,]" },
		{ "\"//\\\"/*\" // c", "\"//\\\"/*\"     " },
		{ "{\"u\":\"http://a,}\"}", "{\"u\":\"http://a,}\"}" },
		{ "/**/{}/***/", "    {}     " },
		{ "//\r\n1", "  \r\n1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span text = span_of(cases[i].text);
		char *shadow = mem_alloc(text.len + 1, 1);

		assert_true(jsonc_shadow(text, shadow));
		assert_string_equal(shadow, cases[i].shadow);
		free(shadow);
	}
}

static void
refuses_what_is_no_settings_file(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "{} /* x", "comment does not end" },
		{ "{\n\n\"a\" 1}", "Line 3 " },
		{ "[1]", "no JSON object" },
		{ "{\"a\":1,,}", "Line 1 " },
	};
	struct fault f;
	struct span object;
	char *shadow = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(jsonc_open(span_of(cases[i].text), &shadow,
				     &object, &f),
		    -1);
		assert_int_equal(f.code, FAULT_CONFIG);
		assert_non_null(strstr(f.msg, cases[i].says));
		free(shadow);
	}
}

/* Sets servers.x to value. */
static const struct {
	const char *name, *text, *value, *wanted;
} edits[] = {
	{ "an empty file", "", "{\"a\":1}",
	    "{\n  \"servers\": {\n    \"x\": {\n      \"a\": 1\n    }\n  "
	    "}\n}\n" },
	{ "comments alone", "// mine", "1",
	    "// mine\n{\n  \"servers\": {\n    \"x\": 1\n  }\n}\n" },
	{ "an empty object", "{}", "1",
	    "{\n  \"servers\": {\n    \"x\": 1\n  }\n}" },
	{ "an empty object on two lines", "{\n}\n", "1",
	    "{\n  \"servers\": {\n    \"x\": 1\n  }\n}\n" },
	{ "no section", "{\n\t\"a\": 1\n}\n", "1",
	    "{\n\t\"a\": 1,\n\t\"servers\": {\n\t\t\"x\": 1\n\t}\n}\n" },
	{ "a file that is indented", "\t{}", "{\"a\":1}",
	    "\t{\n\t  \"servers\": {\n\t    \"x\": {\n\t      \"a\": 1\n"
	    "\t    }\n\t  }\n\t}" },
	{ "its member again",
	    "\t{\n\t  \"servers\": {\n\t    \"x\": {}\n\t  }\n\t}", "{\"a\":1}",
	    "\t{\n\t  \"servers\": {\n\t    \"x\": {\n\t      \"a\": 1\n"
	    "\t    }\n\t  }\n\t}" },
	{ "an empty section", "{\n    \"servers\": {}\n}", "[1,\"2\"]",
	    "{\n    \"servers\": {\n        \"x\": [1, \"2\"]\n    }\n}" },
	{ "a section with comments alone",
	    "{\n  \"servers\": {\n    // none\n  }\n}", "1",
	    "{\n  \"servers\": {\n    // none\n    \"x\": 1\n  }\n}" },
	{ "a neighbour", "{\n  \"servers\": {\n    \"b\": {}\n  }\n}\n",
	    "{\"a\":{},\"c\":[]}",
	    "{\n  \"servers\": {\n    \"b\": {},\n    \"x\": {\n      \"a\": "
	    "{},\n      \"c\": []\n    }\n  }\n}\n" },
	{ "a comma at the end",
	    "{\n  \"servers\": {\n    \"b\": 2, // two\n  },\n}\n", "1",
	    "{\n  \"servers\": {\n    \"b\": 2, // two\n    \"x\": 1,\n  "
	    "},\n}\n" },
	{ "a comment behind the last member",
	    "{ // a\n  \"servers\": {\n    \"b\": 2 // two, }\n    /* end */\n "
	    " "
	    "}\n}\n",
	    "1",
	    "{ // a\n  \"servers\": {\n    \"b\": 2, // two, }\n    /* end "
	    "*/\n    \"x\": 1\n  }\n}\n" },
	{ "one line", "{\"servers\":{\"b\":2}}", "{\"a\":[1,{\"d\":2}]}",
	    "{\"servers\":{\"b\":2, \"x\": {\"a\": [1, {\"d\": 2}]}}}" },
	{ "lines of a DOS file", "{\r\n  \"servers\": {\r\n  }\r\n}\r\n", "1",
	    "{\r\n  \"servers\": {\r\n    \"x\": 1\r\n  }\r\n}\r\n" },
	{ "a byte order mark", "\xef\xbb\xbf{\n}", "1",
	    "\xef\xbb\xbf{\n  \"servers\": {\n    \"x\": 1\n  }\n}" },
	{ "another value",
	    "{\n  \"servers\": {\n    \"x\": [1, /* two */ 2], // x\n    "
	    "\"y\": 1\n  }\n}\n",
	    "{\"a\":1}",
	    "{\n  \"servers\": {\n    \"x\": {\n      \"a\": 1\n    }, // x\n  "
	    "  \"y\": 1\n  }\n}\n" },
	{ "a comment that a carriage return ends",
	    "{\"servers\": {\"y\": 0// a\r}}", "1",
	    "{\"servers\": {\"y\": 0,// a\n\"x\": 1\r}}" },
	{ "a name with escapes", "{\"s\\u0065rvers\": {\"\\u0078\": 1}}", "2",
	    "{\"s\\u0065rvers\": {\"\\u0078\": 2}}" },
	{ "numbers and keys stay", "{ \"n\" : 1.00e2,\n \"servers\":{\"x\":1}}",
	    "2", "{ \"n\" : 1.00e2,\n \"servers\":{\"x\":2}}" },
};

static void
sets_a_member(void **state)
{
	static const char *const path[] = { "servers", "x", NULL };

	(void)state;
	for (size_t i = 0; i < COUNT(edits); i++) {
		struct buf out, again;
		struct fault f = { 0 };

		buf_init(&out, MIB);
		buf_init(&again, MIB);
		print_message("%s\n", edits[i].name);
		assert_int_equal(jsonc_set(span_of(edits[i].text), path,
				     span_of(edits[i].value), &out, &f),
		    0);
		assert_string_equal(out.data, edits[i].wanted);
		/* The value again: only its own layout may change. */
		assert_int_equal(jsonc_set(buf_span(&out), path,
				     span_of(edits[i].value), &again, &f),
		    0);
		assert_string_equal(again.data, out.data);
		buf_reset(&out);
		buf_reset(&again);
	}
}

/* A NUL, of all bytes, at the end of a comment. */
static void
does_not_write_into_a_comment(void **state)
{
	static const char *const path[] = { "x", NULL };
	static const char text[] = "{ // a\0\n}";
	static const char wanted[] = "{ // a\0\n  \"x\": 1\n}";
	struct fault f = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, MIB);
	assert_int_equal(jsonc_set(span_make(text, sizeof(text) - 1), path,
			     span_of("1"), &out, &f),
	    0);
	assert_int_equal(out.len, sizeof(wanted) - 1);
	assert_memory_equal(out.data, wanted, out.len);
	buf_reset(&out);
}

static void
refuses_what_it_cannot_place(void **state)
{
	static const char *const path[] = { "servers", "x", NULL };
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "{\"servers\": [1]}", "\"servers\" is no object" },
		{ "{\"servers\": {}, \"servers\": {}}", "twice" },
		{ "{\"servers\": {\"x\": 1, \"\\u0078\": 2}}", "twice" },
	};
	struct fault f;
	struct buf out;

	(void)state;
	buf_init(&out, MIB);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(jsonc_set(span_of(cases[i].text), path,
				     span_of("1"), &out, &f),
		    -1);
		assert_int_equal(f.code, FAULT_CONFIG);
		assert_non_null(strstr(f.msg, cases[i].says));
		assert_int_equal(out.len, 0);
	}
	buf_reset(&out);
}

static void
covers(void **state)
{
	static const struct {
		const char *have, *wanted;
		bool covered;
	} cases[] = {
		{ "{\"a\":1,\"b\":[\"x\"]}", "{\"b\":[\"\\u0078\"]}", true },
		{ "{ \"a\" : { \"b\" : null } }", "{\"a\":{}}", true },
		{ "{\"a\":1}", "{\"a\":1,\"b\":2}", false },
		{ "[1,2]", "[1]", false },
		{ "[1]", "[1,2]", false },
		{ "[]", "[]", true },
		{ "\"1\"", "1", false },
		{ "1.0", "1", false },
		{ "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(json_covers(span_of(cases[i].have),
				     span_of(cases[i].wanted)),
		    cases[i].covered);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shadows),
		cmocka_unit_test(refuses_what_is_no_settings_file),
		cmocka_unit_test(sets_a_member),
		cmocka_unit_test(does_not_write_into_a_comment),
		cmocka_unit_test(refuses_what_it_cannot_place),
		cmocka_unit_test(covers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
