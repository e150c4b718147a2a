/* SPDX-License-Identifier: ISC */
/*
 * wire/sse: the events of a stream, its ids and retries, must not depend on how
 * the stream is cut (T-130), and no event may pass the cap. The first byte of
 * the input seeds the cuts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MAX_EVENT = 48, MAX_TRACE = 1 << 22 };

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
trace_number(struct buf *trace, size_t number)
{
	require(buf_add(trace, &number, sizeof(number)) == 0);
}

static void
trace_bytes(struct buf *trace, struct span bytes)
{
	trace_number(trace, bytes.len);
	require(buf_add_span(trace, bytes) == 0);
}

static void
trace_event(struct buf *trace, const struct sse_event *event)
{
	require(event->data->len > 0 && event->data->len <= MAX_EVENT);
	trace_bytes(trace, event->type);
	trace_bytes(trace, buf_span(event->data));
}

static void
feed(struct sse *s, struct span chunk, struct buf *trace)
{
	struct sse_event event = { 0 };
	enum sse_result result = SSE_MORE;

	do {
		size_t before = chunk.len;
		result = sse_feed(s, &chunk, &event);
		require(result == SSE_MORE || chunk.len < before);
		if (result == SSE_MORE)
			break;
		trace_number(trace, (size_t)result);
		trace_bytes(trace, buf_span(&s->id));
		if (result == SSE_EVENT)
			trace_event(trace, &event);
	} while (result != SSE_MORE);
	require(chunk.len == 0);
}

/* Cuts of 1 to 16 bytes from a linear congruence; 0: no cuts. */
static void
run(struct span in, unsigned seed, struct buf *trace)
{
	struct sse s;
	struct sse_event event = { 0 };

	sse_init(&s, MAX_EVENT);
	while (in.len > 0) {
		size_t len = in.len;
		if (seed != 0) {
			seed = seed * 1103515245U + 12345U;
			len = 1 + (seed >> 16) % 16;
		}
		if (len > in.len)
			len = in.len;
		feed(&s, span_make(in.ptr, len), trace);
		in = span_make(in.ptr + len, in.len - len);
	}
	if (sse_finish(&s, &event))
		trace_event(trace, &event);
	trace_bytes(trace, buf_span(&s.id));
	trace_number(trace, s.has_id);
	trace_number(trace, s.has_retry ? s.retry_ms : SIZE_MAX);
	sse_reset(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct buf whole;
	struct buf cut;

	if (size == 0)
		return 0;
	struct span in = span_make((const char *)bytes + 1, size - 1);
	buf_init(&whole, MAX_TRACE);
	buf_init(&cut, MAX_TRACE);
	run(in, 0, &whole);
	run(in, bytes[0] + 1U, &cut);
	require(span_equal(buf_span(&whole), buf_span(&cut)));
	buf_reset(&whole);
	buf_reset(&cut);
	return 0;
}
