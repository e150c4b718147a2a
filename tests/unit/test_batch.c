/* SPDX-License-Identifier: ISC */
/*
 * mcp/batch: the answers to a batch come back as one array (T-008).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/batch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX_ANSWERS = 3 };

static const struct {
	const char *answers[MAX_ANSWERS]; /* "": none will come */
	const char *array;
} cases[] = {
	{ { NULL }, "" },
	{ { "{\"id\":1}" }, "[{\"id\":1}]" },
	{ { "{\"id\":1}", "{\"id\":2}", "{\"id\":3}" },
	    "[{\"id\":1},{\"id\":2},{\"id\":3}]" },
	{ { "" }, "" },
	{ { "", "{\"id\":2}" }, "[{\"id\":2}]" },
	{ { "{\"id\":1}", "", "{\"id\":3}" }, "[{\"id\":1},{\"id\":3}]" },
	{ { "", "", "" }, "" },
};

static size_t
count_answers(const char *const *answers)
{
	size_t count = 0;

	while (count < MAX_ANSWERS && answers[count] != NULL)
		count++;
	return count;
}

static struct batch *
expecting(size_t count)
{
	struct batch *batch = batch_new();

	for (size_t i = 0; i < count; i++)
		batch_expect(batch);
	return batch;
}

/* `closed_after` answers are in before the last message was read. */
static void
run(const char *const *answers, size_t closed_after, const char *array)
{
	size_t count = count_answers(answers);
	struct batch *batch = expecting(count);
	struct buf out;

	buf_init(&out, 2 * LIMIT_MESSAGE);
	for (size_t i = 0; i < count; i++) {
		if (i == closed_after)
			batch_close(batch);
		assert_false(batch_finish(&batch, &out));
		batch_add(batch, span_of(answers[i]));
	}
	if (closed_after >= count) {
		assert_false(batch_finish(&batch, &out));
		batch_close(batch);
	}
	assert_true(batch_finish(&batch, &out));
	assert_null(batch);
	assert_string_equal(out.len > 0 ? out.data : "", array);
	buf_reset(&out);
}

static void
gathers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t closed = 0; closed <= MAX_ANSWERS; closed++)
			run(cases[i].answers, closed, cases[i].array);
}

/* Past the cap an answer is lost, but neither those before nor those after it,
 * nor the process. */
static void
keeps_what_fits(void **state)
{
	struct batch *batch = expecting(4);
	struct span large = { NULL, LIMIT_MESSAGE };
	char *bytes = mem_alloc(large.len, 1);
	struct buf out;

	(void)state;
	log_set_level(LOG_SILENT);
	memset(bytes, '1', large.len);
	large.ptr = bytes;
	buf_init(&out, 2 * LIMIT_MESSAGE);
	batch_close(batch);
	batch_add(batch, large);
	/* '[', ',' and ']' leave no room for all of it, but for this much */
	batch_add(batch, large);
	batch_add(batch, span_make(bytes, large.len - 3 - 2));
	batch_add(batch, span_of("2"));
	assert_true(batch_finish(&batch, &out));
	assert_int_equal(out.len, 2 * LIMIT_MESSAGE);
	assert_memory_equal(out.data, "[1", 2);
	assert_memory_equal(out.data + out.len - 4, "1,2]", 4);
	buf_reset(&out);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gathers),
		cmocka_unit_test(keeps_what_fits),
	};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
