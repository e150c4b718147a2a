/* SPDX-License-Identifier: ISC */
/*
 * Jobs and answers: what is accepted is written and read again to the same
 * text, and an answer is one line.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "auth/job.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_job(struct span text)
{
	struct auth_job job;
	struct buf once = { 0 }, twice = { 0 };

	auth_job_init(&job);
	buf_init(&once, LIMIT_AUTH_LINE);
	buf_init(&twice, LIMIT_AUTH_LINE);
	if (auth_job_read(&job, text, NULL) == 0 &&
	    auth_job_write(&job, &once) == 0) {
		assert(auth_job_read(&job, buf_span(&once), NULL) == 0);
		assert(auth_job_write(&job, &twice) == 0);
		assert(span_equal(buf_span(&once), buf_span(&twice)));
	}
	buf_reset(&once);
	buf_reset(&twice);
	auth_job_reset(&job);
}

static void
check_answer(struct span text)
{
	struct auth_answer answer;
	struct buf once = { 0 }, twice = { 0 };

	auth_answer_init(&answer);
	buf_init(&once, LIMIT_AUTH_LINE);
	buf_init(&twice, LIMIT_AUTH_LINE);
	if (auth_answer_read(&answer, text, NULL) == 0 &&
	    auth_answer_write(&answer, &once) == 0) {
		assert(memchr(once.data, '\n', once.len) ==
		       once.data + once.len - 1);
		assert(auth_answer_read(&answer, buf_span(&once), NULL) == 0);
		assert(auth_answer_write(&answer, &twice) == 0);
		assert(span_equal(buf_span(&once), buf_span(&twice)));
	}
	buf_wipe(&once);
	buf_wipe(&twice);
	auth_answer_reset(&answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);

	check_job(text);
	check_answer(text);
	return 0;
}
