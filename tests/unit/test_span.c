/* SPDX-License-Identifier: ISC */
/* Spans, UTF-8 characters, and the allocators they are copied with. */
#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
compares(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal, equal_nocase, starts;
	} cases[] = {
		{ "", "", true, true, true },
		{ "a", "", false, false, true },
		{ "", "a", false, false, false },
		{ "abc", "abc", true, true, true },
		{ "abc", "ab", false, false, true },
		{ "ab", "abc", false, false, false },
		{ "aBc", "AbC", false, true, false },
		{ "@[`{", "`{@[", false, false, false },
		{ "\xc3\xa9", "\xc3\x89", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span a = span_of(cases[i].a);
		struct span b = span_of(cases[i].b);

		assert_int_equal(span_equal(a, b), cases[i].equal);
		assert_int_equal(span_is(a, cases[i].b), cases[i].equal);
		assert_int_equal(span_is_nocase(a, cases[i].b),
		    cases[i].equal_nocase);
		assert_int_equal(span_starts_with(a, cases[i].b),
		    cases[i].starts);
	}
	assert_true(span_equal(span_make(NULL, 0), span_of("")));
	assert_false(span_is(span_make("a\0", 2), "a"));
}

static void
trims(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ " \t\r\n", "" },
		{ "a", "a" },
		{ " a b\t", "a b" },
		{ "\r\na\v\n", "a\v" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_true(
		    span_is(span_trim(span_of(cases[i][0])), cases[i][1]));
}

static void
finds_words_and_characters(void **state)
{
	(void)state;
	assert_true(
	    span_contains_nocase(span_of("No Session here"), "session"));
	assert_true(span_contains_nocase(span_of("session"), "session"));
	assert_false(span_contains_nocase(span_of("sessio"), "session"));
	assert_false(span_contains_nocase(span_of(""), "a"));
	assert_true(char_among(' ', "\t "));
	assert_false(char_among('a', "\t "));
	assert_false(char_among('\0', "\t "));
}

static void
knows_what_lies_within(void **state)
{
	static const char text[] = "0123456789";
	struct span outer = span_make(text + 2, 5);

	(void)state;
	assert_true(span_within(outer, outer));
	assert_true(span_within(span_make(text + 2, 0), outer));
	assert_true(span_within(span_make(text + 7, 0), outer));
	assert_true(span_within(span_make(text + 3, 4), outer));
	assert_false(span_within(span_make(text + 3, 5), outer));
	assert_false(span_within(span_make(text + 1, 2), outer));
	assert_false(span_within(span_make(text + 8, 0), outer));
	assert_false(span_within(span_make(text + 3, SIZE_MAX), outer));
}

static void
measures_characters(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{ "", 0 },
		{ "a", 1 },
		{ "\x7f", 1 },
		{ "\x80", 0 },
		{ "\xc1\xbf", 0 },
		{ "\xc2\x80", 2 },
		{ "\xdf\xbf", 2 },
		{ "\xdf", 0 },
		{ "\xdf\xc0", 0 },
		{ "\xe0\x9f\xbf", 0 },
		{ "\xe0\xa0\x80", 3 },
		{ "\xed\x9f\xbf", 3 },
		{ "\xed\xa0\x80", 0 },
		{ "\xef\xbf\xbfx", 3 },
		{ "\xef\xbf", 0 },
		{ "\xf0\x8f\xbf\xbf", 0 },
		{ "\xf0\x90\x80\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xff", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span text = span_of(cases[i].text);

		assert_int_equal(utf8_length(text), cases[i].len);
		assert_int_equal(utf8_valid(text),
		    cases[i].len > 0 || text.len == 0);
	}
	assert_true(utf8_valid(span_of("a\xc3\xa9\xe2\x82\xac")));
	assert_false(utf8_valid(span_of("a\xc3\xa9\xe2\x82")));
}

/* Every code point, there and back. */
static void
encodes_characters(void **state)
{
	char text[4];
	size_t last = 0;

	(void)state;
	for (uint32_t c = 0; c < 0x110000; c++) {
		size_t len = utf8_encode(c, text);
		bool surrogate = c >= 0xd800 && c <= 0xdfff;
		size_t read = utf8_length(span_make(text, len));

		assert_int_equal(read, surrogate ? 0 : len);
		assert_true(len >= last);
		last = len;
	}
	assert_int_equal(utf8_encode(0x20ac, text), 3);
	assert_memory_equal(text, "\xe2\x82\xac", 3);
	assert_int_equal(utf8_encode(0x1f600, text), 4);
	assert_memory_equal(text, "\xf0\x9f\x98\x80", 4);
}

static void
copies(void **state)
{
	char *text = mem_copy("a\0b", 3);
	int *numbers = mem_alloc(3, sizeof *numbers);

	(void)state;
	assert_memory_equal(text, "a\0b", 4);
	free(text);
	text = mem_copy(NULL, 0);
	assert_string_equal(text, "");
	free(text);
	assert_null(mem_string(NULL));
	text = mem_string("abc");
	assert_string_equal(text, "abc");
	text = mem_resize(text, 2);
	assert_memory_equal(text, "ab", 2);
	free(text);
	text = mem_format("%s-%03d", "x", 7);
	assert_string_equal(text, "x-007");
	free(text);
	assert_int_equal(numbers[0] | numbers[1] | numbers[2], 0);
	free(numbers);
	numbers = mem_alloc(0, 0);
	assert_non_null(numbers);
	free(numbers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares),
		cmocka_unit_test(trims),
		cmocka_unit_test(finds_words_and_characters),
		cmocka_unit_test(knows_what_lies_within),
		cmocka_unit_test(measures_characters),
		cmocka_unit_test(encodes_characters),
		cmocka_unit_test(copies),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
