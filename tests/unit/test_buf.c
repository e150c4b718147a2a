/* SPDX-License-Identifier: ISC */
/* Buffers: growth, cap, ownership. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
starts_empty_and_unallocated(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_null(b.data);
	assert_int_equal(b.len + b.space, 0);
	assert_int_equal(b.max, 10);
	assert_int_equal(buf_span(&b).len, 0);
	buf_clear(&b);
	buf_drop(&b, 0);
	buf_reset(&b);
	buf_wipe(&b);
	assert_null(b.data);
	buf_reset(NULL);
	buf_wipe(NULL);
}

static void
appends_and_terminates(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_add(&b, "a\0b", 3), 0);
	assert_int_equal(buf_add_string(&b, "cd"), 0);
	assert_int_equal(buf_add_span(&b, span_make("efgh", 2)), 0);
	assert_int_equal(buf_addf(&b, "%d-%s", 42, "x"), 0);
	assert_int_equal(b.len, 11);
	assert_memory_equal(b.data, "a\0bcdef42-x", 12);
	assert_int_equal(buf_span(&b).len, 11);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	buf_reset(&b);
	assert_int_equal(b.max, 100);
}

/* One byte at a time: storage doubles, and never passes the cap and its NUL. */
static void
grows_by_doubling_to_the_cap(void **state)
{
	static const size_t caps[] = { 0, 1, 63, 64, 65, 100, 127, 128, 129,
		1000, 4096 };
	struct buf b;

	(void)state;
	for (size_t i = 0; i < COUNT(caps); i++) {
		size_t moves = 0;

		buf_init(&b, caps[i]);
		for (size_t n = 0; n < caps[i]; n++) {
			size_t before = b.space;

			assert_int_equal(buf_add(&b, "x", 1), 0);
			moves += b.space != before;
			assert_true(b.space <= caps[i] + 1);
			assert_true(b.space > b.len);
			assert_int_equal(b.data[b.len], '\0');
		}
		assert_true(moves <= 8);
		assert_int_equal(buf_add(&b, "", 0), 0);
		assert_int_equal(b.len, caps[i]);
		assert_int_equal(buf_add(&b, "x", 1), -1);
		assert_null(b.data);
		assert_int_equal(b.len + b.space, 0);
		assert_int_equal(b.max, caps[i]);
	}
}

static void
is_reset_by_a_failed_append(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_int_equal(buf_add_string(&b, "abc"), 0);
	assert_int_equal(buf_add_string(&b, "de"), -1);
	assert_null(b.data);
	assert_int_equal(buf_addf(&b, "%s", "abcde"), -1);
	assert_int_equal(buf_addf(&b, "%s", "abcd"), 0);
	assert_string_equal(b.data, "abcd");
	assert_int_equal(buf_addf(&b, "%s", ""), 0);
	assert_int_equal(buf_add(&b, "x", SIZE_MAX), -1);
	assert_null(b.data);
}

static void
reserves_room_for_the_caller(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_int_equal(buf_reserve(&b, 0), 0);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_reserve(&b, 10), 0);
	memcpy(b.data, "0123456789", 10);
	b.len += 10;
	assert_int_equal(buf_reserve(&b, 1), -1);
	assert_int_equal(buf_reserve(&b, SIZE_MAX), -1);
	assert_int_equal(b.len, 10);
	assert_int_equal(buf_reserve(&b, 0), 0);
	assert_string_equal(b.data, "0123456789");
	buf_reset(&b);
}

static void
drops_from_the_front(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_int_equal(buf_add_string(&b, "abcdef"), 0);
	buf_drop(&b, 0);
	assert_string_equal(b.data, "abcdef");
	buf_drop(&b, 2);
	assert_string_equal(b.data, "cdef");
	buf_drop(&b, 4);
	assert_string_equal(b.data, "");
	assert_int_equal(b.len, 0);
	buf_reset(&b);
}

static void
moves_contents(void **state)
{
	struct buf from;
	struct buf to;
	const char *data = NULL;

	(void)state;
	buf_init(&from, 10);
	buf_init(&to, 20);
	assert_int_equal(buf_add_string(&from, "new"), 0);
	assert_int_equal(buf_add_string(&to, "old"), 0);
	data = from.data;
	buf_take(&to, &from);
	assert_ptr_equal(to.data, data);
	assert_string_equal(to.data, "new");
	assert_int_equal(to.max, 20);
	assert_null(from.data);
	assert_int_equal(from.len + from.space, 0);
	assert_int_equal(from.max, 10);
	assert_int_equal(buf_add_string(&from, "again"), 0);
	buf_take(&to, &from);
	assert_string_equal(to.data, "again");
	buf_wipe(&to);
	assert_null(to.data);
	assert_int_equal(to.max, 20);
}

/* What came over from a larger buffer stays, but nothing is added to it. */
static void
swaps_contents_but_not_caps(void **state)
{
	struct buf a, b;

	(void)state;
	buf_init(&a, 4);
	buf_init(&b, 8);
	assert_int_equal(buf_add_string(&b, "six666"), 0);
	buf_swap(&a, &b);
	assert_string_equal(a.data, "six666");
	assert_int_equal(a.len, 6);
	assert_null(b.data);
	assert_int_equal(a.max, 4);
	assert_int_equal(b.max, 8);
	assert_int_equal(buf_add_string(&a, "x"), -1);
	buf_reset(&a);
	buf_reset(&b);
}

static void
refuses_to_grow_past_its_own_cap_after_a_move(void **state)
{
	struct buf from;
	struct buf to;

	(void)state;
	buf_init(&from, 10);
	buf_init(&to, 2);
	assert_int_equal(buf_add_string(&from, "abc"), 0);
	buf_take(&to, &from);
	assert_string_equal(to.data, "abc");
	assert_int_equal(buf_add(&to, "", 0), -1);
	assert_null(to.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_empty_and_unallocated),
		cmocka_unit_test(appends_and_terminates),
		cmocka_unit_test(grows_by_doubling_to_the_cap),
		cmocka_unit_test(is_reset_by_a_failed_append),
		cmocka_unit_test(reserves_room_for_the_caller),
		cmocka_unit_test(drops_from_the_front),
		cmocka_unit_test(moves_contents),
		cmocka_unit_test(swaps_contents_but_not_caps),
		cmocka_unit_test(refuses_to_grow_past_its_own_cap_after_a_move),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
