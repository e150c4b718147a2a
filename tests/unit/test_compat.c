/* SPDX-License-Identifier: ISC */
/* The functions of BSD, be they ours or the C library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
copies_what_fits(void **state)
{
	static const struct {
		const char *from;
		size_t size;
		const char *copied;
	} cases[] = {
		{ "", 4, "" },
		{ "abc", 4, "abc" },
		{ "abcd", 4, "abc" },
		{ "abcd", 1, "" },
		{ "abcd", 0, "zzz" },
	};
	char to[8];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		memcpy(to, "zzz", 4);
		assert_int_equal(strlcpy(to, cases[i].from, cases[i].size),
		    strlen(cases[i].from));
		assert_string_equal(to, cases[i].copied);
	}
}

static void
frees_what_it_wiped(void **state)
{
	char *memory = malloc(4);

	(void)state;
	memcpy(memory, "abc", 4);
	freezero(memory, 4);
	freezero(NULL, 4);
}

static void
reads_numbers_within_bounds(void **state)
{
	static const struct {
		const char *text;
		long long number;
		bool ok;
	} cases[] = {
		{ "1", 1, true },
		{ "-5", -5, true },
		{ "100", 100, true },
		{ "0x10", 0, false },
		{ "-6", 0, false },
		{ "101", 0, false },
		{ "", 0, false },
		{ "x", 0, false },
		{ "1x", 0, false },
		{ "1 ", 0, false },
		{ "99999999999999999999", 0, false },
		{ "-99999999999999999999", 0, false },
	};
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		errno = EAGAIN;
		assert_int_equal(strtonum(cases[i].text, -5, 100, &why),
		    cases[i].number);
		assert_int_equal(why == NULL, cases[i].ok);
	}
	assert_int_equal(strtonum("1", 2, 1, &why), 0);
	assert_non_null(why);
	assert_int_equal(strtonum("7", 0, 9, NULL), 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_what_fits),
		cmocka_unit_test(frees_what_it_wiped),
		cmocka_unit_test(reads_numbers_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
