/* SPDX-License-Identifier: ISC */
/*
 * wire/words: command lines are cut up without a shell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "wire/words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MOST_WORDS = 5 };

static void
words_end_at_white_space_outside_quotes(void **state)
{
	static const struct {
		const char *text;
		const char *words[MOST_WORDS];
	} cases[] = {
		{ "one", { "one" } },
		{ "  one\ttwo \n three\r\n", { "one", "two", "three" } },
		{ "a 'b c' \"d 'e'\"", { "a", "b c", "d 'e'" } },
		{ "glued'to 'gether", { "gluedto gether" } },
		{ "empty '' \"\"", { "empty", "", "" } },
		{ "$HOME \\ `x` ~ ; *", { "$HOME", "\\", "`x`", "~", ";" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char **words = words_split(cases[i].text);

		assert_non_null(words);
		for (size_t n = 0; n < MOST_WORDS && cases[i].words[n] != NULL;
		     n++)
			assert_string_equal(words[n], cases[i].words[n]);
		words_free(&words);
		assert_null(words);
	}
}

static void
a_word_is_quoted_where_a_shell_would_change_it(void **state)
{
	static const struct {
		const char *word, *quoted;
	} cases[] = {
		{ "https://[::1]:8/mcp", "'https://[::1]:8/mcp'" },
		{ "https://a.example:8/mcp", "https://a.example:8/mcp" },
		{ "http://a/?b=c&d", "'http://a/?b=c&d'" },
		{ "/home/o'brien/it's", "'/home/o'\\''brien/it'\\''s'" },
		{ "$(id)`id`;\n", "'$(id)`id`;\n'" },
		{ "'", "''\\'''" },
		{ "", "''" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;

		buf_init(&out, 64);
		assert_int_equal(words_quote(cases[i].word, &out), 0);
		assert_string_equal(out.data, cases[i].quoted);
		buf_reset(&out);
		buf_init(&out, strlen(cases[i].quoted) - 1);
		assert_int_equal(words_quote(cases[i].word, &out), -1);
	}
}

static void
what_is_no_command_line_gives_nothing(void **state)
{
	static const char *const texts[] = { "", " \t\n", "'open", "a \"b",
		"\"it's" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_null(words_split(texts[i]));
}

/* Where nobody can be told, the rest is one word. */
static void
the_cutter_takes_an_open_quote_to_the_end(void **state)
{
	char text[] = "a 'b c";
	char *rest = text;

	(void)state;
	assert_string_equal(words_next(&rest), "a");
	assert_string_equal(words_next(&rest), "b c");
	assert_null(words_next(&rest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_end_at_white_space_outside_quotes),
		cmocka_unit_test(
		    a_word_is_quoted_where_a_shell_would_change_it),
		cmocka_unit_test(what_is_no_command_line_gives_nothing),
		cmocka_unit_test(the_cutter_takes_an_open_quote_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
