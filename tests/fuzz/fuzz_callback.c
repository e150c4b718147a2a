/* SPDX-License-Identifier: ISC */
/*
 * Requests to the loopback listener: however the bytes are cut into pieces, the
 * head is the same, and what is judged a redirect keeps its promises.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "auth/callback_request.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum callback_progress
feed(struct callback_head *head, struct span text, size_t step)
{
	enum callback_progress progress = CALLBACK_MORE;

	while (text.len > 0 && progress == CALLBACK_MORE) {
		size_t len = text.len < step ? text.len : step;

		progress = callback_head_feed(head, span_make(text.ptr, len));
		text.ptr += len;
		text.len -= len;
	}
	return progress;
}

static void
check(const struct callback_request *request)
{
	const struct callback_result *r = &request->result;

	if (request->kind != CALLBACK_REDIRECT) {
		assert(secret_empty(&request->state));
		assert(secret_empty(&r->code) && r->error == NULL);
		return;
	}
	assert(!secret_empty(&request->state));
	assert(secret_empty(&r->code) == (r->error != NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct callback_place place = {
		.host = "127.0.0.1:4711",
		.path = "/callback",
		.start = "/start",
	};
	struct callback_request request;
	struct callback_head whole, pieces;

	if (size == 0)
		return 0;
	struct span text = span_make((const char *)data + 1, size - 1);
	callback_head_init(&whole);
	callback_head_init(&pieces);
	callback_request_init(&request);

	enum callback_progress progress = feed(&whole, text, SIZE_MAX);
	assert(feed(&pieces, text, (size_t)data[0] + 1) == progress);
	assert(whole.text.len <= LIMIT_CALLBACK_HEAD);
	if (progress == CALLBACK_WHOLE) {
		assert(
		    span_equal(buf_span(&whole.text), buf_span(&pieces.text)));
		callback_request_judge(&request, buf_span(&whole.text), &place);
		check(&request);
	}
	callback_request_judge(&request, text, &place);
	check(&request);

	callback_request_reset(&request);
	callback_head_reset(&pieces);
	callback_head_reset(&whole);
	return 0;
}
