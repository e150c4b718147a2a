/* SPDX-License-Identifier: ISC */
/* JSON on a stream: as it came, set in lines, and harmless on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "cli/json_print.h"
#include "wire/json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Caller frees. */
static char *
print(const char *json, bool is_tty, bool pretty)
{
	struct terminal t = { .is_tty = is_tty, .width = 40 };
	struct json_doc doc;
	char *text = NULL;
	size_t len = 0;

	assert_true(json_scan(span_of(json), LIMIT_DEPTH, &doc));
	t.stream = open_memstream(&text, &len);
	assert_non_null(t.stream);
	json_print(&t, span_of(json), pretty);
	fclose(t.stream);
	return text;
}

static void
values_are_set_in_lines(void **state)
{
	static const struct {
		const char *json, *lines;
	} cases[] = {
		{ "1", "1\n" },
		{ " \"a\" ", "\"a\"\n" },
		{ "{}", "{}\n" },
		{ "[ ]", "[]\n" },
		{ "[1,2]", "[\n  1,\n  2\n]\n" },
		{ "{\"a\":{\"b\":[]},\"c\":[{}]}",
		    "{\n  \"a\": {\n    \"b\": []\n  },\n  \"c\": [\n    {}\n"
		    "  ]\n}\n" },
		/* digits stay, and so does what strings are written with */
		{ "[1.0e+2, 12345678901234567890,-0.0]",
		    "[\n  1.0e+2,\n  12345678901234567890,\n  -0.0\n]\n" },
		{ "{\"a,]}:\\\"\\\\\":\"\\u00e4\\n\"}",
		    "{\n  \"a,]}:\\\"\\\\\": \"\\u00e4\\n\"\n}\n" },
		{ "\t[true ,\r\n false , null]\n",
		    "[\n  true,\n  false,\n  null\n]\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = print(cases[i].json, false, true);

		assert_string_equal(text, cases[i].lines);
		free(text);
	}
}

static void
bytes_stay_as_they_came(void **state)
{
	static const char json[] =
	    "{ \"a\" : [1.0, \"\u202e\xc2\x85\u00e4\U0001f600\"] }";
	char *text = print(json, false, false);

	(void)state;
	assert_int_equal(strlen(text), sizeof(json));
	assert_memory_equal(text, json, sizeof(json) - 1);
	assert_int_equal(text[sizeof(json) - 1], '\n');
	free(text);
}

/* JSON has no raw C0 controls; C1, DEL and what turns the direction of text
 * around are allowed in it, and would drive a terminal. */
static void
terminals_are_not_driven(void **state)
{
	static const struct {
		const char *json, *shown;
	} cases[] = {
		{ "\"\x7f\"", "\"\\u007f\"\n" },
		{ "\"\xc2\x80|\xc2\x9b|\xc2\x9f|\xc2\xa0\"",
		    "\"\\u0080|\\u009b|\\u009f|\xc2\xa0\"\n" },
		{ "\"\u200d\u200e\u200f\u2010\"",
		    "\"\u200d\\u200e\\u200f\u2010\"\n" },
		{ "\"\u2028\u202e\u202f\"", "\"\\u2028\\u202e\u202f\"\n" },
		{ "\"\u2066\u2069\u206a\"", "\"\\u2066\\u2069\u206a\"\n" },
		{ "{\"\u202e\":1}", "{\"\\u202e\":1}\n" },
		{ "\"\u00e4\u20ac\U0001f600\"",
		    "\"\u00e4\u20ac\U0001f600\"\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = print(cases[i].json, true, false);

		assert_string_equal(text, cases[i].shown);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_set_in_lines),
		cmocka_unit_test(bytes_stay_as_they_came),
		cmocka_unit_test(terminals_are_not_driven),
	};

	return cmocka_run_group_tests_name("json_print", tests, NULL, NULL);
}
