/* SPDX-License-Identifier: ISC */
/*
 * base/secret: values are copied, compared and wiped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/secret.h"

static void
a_secret_holds_a_copy(void **state)
{
	struct secret s = { 0 };
	char value[] = "token";

	(void)state;
	assert_true(secret_empty(&s));
	secret_set(&s, span_of(value));
	memset(value, 'x', sizeof(value) - 1);
	assert_false(secret_empty(&s));
	assert_true(span_is(secret_peek(&s), "token"));
	assert_int_equal(secret_peek(&s).ptr[5], '\0');
	secret_set(&s, span_make("a\0b", 3));
	assert_int_equal(secret_peek(&s).len, 3);
	secret_reset(&s);
	assert_true(secret_empty(&s));
}

static void
an_empty_secret_is_a_string_too(void **state)
{
	struct secret s = { 0 };

	(void)state;
	assert_int_equal(secret_peek(&s).len, 0);
	assert_string_equal(secret_peek(&s).ptr, "");
	secret_set(&s, span_of("x"));
	secret_set(&s, span_make(NULL, 0));
	assert_true(secret_empty(&s));
	assert_null(s.bytes);
	secret_reset(&s);
	secret_reset(NULL);
}

static void
a_secret_can_be_set_from_itself(void **state)
{
	struct secret s = { 0 };

	(void)state;
	secret_set(&s, span_of("Bearer token"));
	struct span value = secret_peek(&s);
	secret_set(&s, span_make(value.ptr + 7, value.len - 7));
	assert_true(span_is(secret_peek(&s), "token"));
	secret_reset(&s);
}

static void
secrets_are_compared_whole(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
		{ "", "", true },
		{ "abc", "abc", true },
		{ "abc", "abd", false },
		{ "abc", "xbc", false },
		{ "abc", "ab", false },
		{ "", "a", false },
		{ "\x80", "\x7f", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct secret a = { 0 };
		struct secret b = { 0 };

		secret_set(&a, span_of(cases[i].a));
		secret_set(&b, span_of(cases[i].b));
		assert_int_equal(secret_equal(&a, &b), cases[i].equal);
		assert_int_equal(secret_equal(&b, &a), cases[i].equal);
		secret_reset(&a);
		secret_reset(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_holds_a_copy),
		cmocka_unit_test(an_empty_secret_is_a_string_too),
		cmocka_unit_test(a_secret_can_be_set_from_itself),
		cmocka_unit_test(secrets_are_compared_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
