/* SPDX-License-Identifier: ISC */
/*
 * auth/breaker: fast rejections open it, slow ones and repeated asks do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/breaker.h"

enum { START_MS = 1000000 };

/* A new token, rejected `after_ms` later. */
static uint64_t
reject_next(struct breaker *b, uint64_t *now_ms, uint64_t after_ms)
{
	breaker_obtained(b, b->generation + 1, *now_ms);
	*now_ms += after_ms;
	return breaker_rejected(b, b->generation, *now_ms);
}

static void
third_young_rejection_opens(void **state)
{
	struct breaker b = { 0 };
	uint64_t now_ms = START_MS;

	(void)state;
	assert_int_equal(reject_next(&b, &now_ms, 10), 0);
	assert_int_equal(reject_next(&b, &now_ms, 10), 0);
	assert_int_equal(reject_next(&b, &now_ms, 10), BREAKER_FIRST_MS);
	now_ms += 10000;
	assert_int_equal(breaker_rejected(&b, b.generation, now_ms),
	    BREAKER_FIRST_MS - 10000);
	now_ms += 20000;
	assert_int_equal(breaker_rejected(&b, b.generation, now_ms), 0);
}

static void
each_try_doubles_the_pause(void **state)
{
	struct breaker b = { 0 };
	uint64_t now_ms = START_MS;
	uint64_t expected_ms = BREAKER_FIRST_MS;

	(void)state;
	for (int i = 0; i < BREAKER_ALLOWED; i++)
		assert_int_equal(reject_next(&b, &now_ms, 10), 0);
	for (int i = 0; i < 12; i++) {
		uint64_t pause_ms = reject_next(&b, &now_ms, 10);

		assert_int_equal(pause_ms, expected_ms);
		now_ms += pause_ms;
		expected_ms *= 2;
		if (expected_ms > BREAKER_MAX_MS)
			expected_ms = BREAKER_MAX_MS;
	}
}

static void
a_token_that_served_starts_anew(void **state)
{
	struct breaker b = { 0 };
	uint64_t now_ms = START_MS;

	(void)state;
	for (int i = 0; i < 10; i++) {
		for (int j = 0; j < BREAKER_ALLOWED; j++)
			assert_int_equal(reject_next(&b, &now_ms, 10), 0);
		assert_int_equal(reject_next(&b, &now_ms, BREAKER_YOUNG_MS), 0);
	}
}

static void
one_token_counts_once(void **state)
{
	struct breaker b = { 0 };
	uint64_t now_ms = START_MS;

	(void)state;
	breaker_obtained(&b, 1, now_ms);
	for (int i = 0; i < 100; i++)
		assert_int_equal(breaker_rejected(&b, 1, now_ms), 0);
	assert_int_equal(reject_next(&b, &now_ms, 0), 0);
}

/* One found in the store at the start: nobody knows how old it is. */
static void
tokens_of_unknown_age_do_not_count(void **state)
{
	struct breaker b = { 0 };

	(void)state;
	for (uint64_t generation = 7; generation < 20; generation++)
		assert_int_equal(breaker_rejected(&b, generation, 5), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(third_young_rejection_opens),
		cmocka_unit_test(each_try_doubles_the_pause),
		cmocka_unit_test(a_token_that_served_starts_anew),
		cmocka_unit_test(one_token_counts_once),
		cmocka_unit_test(tokens_of_unknown_age_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
