/* SPDX-License-Identifier: ISC */
/*
 * wire/sse: the rules of T-130 and T-031, each stream fed whole, byte by byte,
 * and cut in two at every place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wire/sse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A literal that may hold NUL. */
#define BYTES(literal)                                                         \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

enum { MAX_EVENT = 32, MAX_TRACE = 4096 };

/*
 * What a stream gave, as text: "[type|data]" an event, "(id)" a prime, "!" too
 * large, "<type|data>" an unterminated last event; then " id=" and " retry=".
 */
struct stream_case {
	const char *rule;
	struct span input;
	const char *trace;
};

static const struct stream_case stream_cases[] = {
	{ "nothing", BYTES(""), "" },
	{ "one event, LF", BYTES("data: a\n\n"), "[|a]" },
	{ "one event, CRLF", BYTES("data: a\r\n\r\n"), "[|a]" },
	{ "one event, CR", BYTES("data: a\r\r"), "[|a]" },
	{ "mixed line ends", BYTES("data: a\r\ndata: b\rdata: c\n\r\n"),
	    "[|a\nb\nc]" },
	{ "LF CR is two line ends", BYTES("data: a\n\rdata: b\n\n"),
	    "[|a][|b]" },
	{ "CR CR LF is two line ends", BYTES("data: a\r\r\ndata: b\r\n\r\n"),
	    "[|a][|b]" },
	{ "several events", BYTES("data: a\n\ndata: b\n\n"), "[|a][|b]" },
	{ "blank lines between", BYTES("\n\n\ndata: a\n\n\n\ndata: b\n\n"),
	    "[|a][|b]" },

	{ "one space is stripped", BYTES("data:  a \n\n"), "[| a ]" },
	{ "no space is needed", BYTES("data:a\n\n"), "[|a]" },
	{ "a tab is not stripped", BYTES("data:\ta\n\n"), "[|\ta]" },
	{ "colons in the value", BYTES("data:a:b: c\n\n"), "[|a:b: c]" },
	{ "a space before the colon", BYTES("data : a\n\n"), "" },
	{ "a space before the name", BYTES(" data: a\n\n"), "" },
	{ "names are case-sensitive", BYTES("Data: a\nDATA: b\n\n"), "" },

	{ "data lines are joined", BYTES("data: a\ndata: b\n\n"), "[|a\nb]" },
	{ "an empty line of data", BYTES("data: a\ndata:\ndata: b\n\n"),
	    "[|a\n\nb]" },
	{ "a colon-less line of data", BYTES("data: a\ndata\ndata: b\n\n"),
	    "[|a\n\nb]" },
	{ "a last empty line of data", BYTES("data: a\ndata\n\n"), "[|a\n]" },
	{ "data between other fields", BYTES("data: a\nevent: t\ndata: b\n\n"),
	    "[t|a\nb]" },
	{ "empty data", BYTES("data:\n\n"), "" },
	{ "empty data with a space", BYTES("data: \n\n"), "" },
	{ "empty data, colon-less", BYTES("data\n\n"), "" },
	{ "empty data does not linger", BYTES("data:\n\ndata: a\n\n"), "[|a]" },
	{ "NUL in data", BYTES("data: a\0b\n\n"), "[|a.b]" },
	{ "UTF-8 in data", BYTES("data: \xc3\xa9\xf0\x9f\x98\x80\n\n"),
	    "[|\xc3\xa9\xf0\x9f\x98\x80]" },
	{ "bytes that are no UTF-8", BYTES("data: \xff\xfe\n\n"),
	    "[|\xff\xfe]" },

	{ "a comment", BYTES(": hi\ndata: a\n\n"), "[|a]" },
	{ "a bare colon", BYTES(":\n\n:\n\ndata: a\n\n"), "[|a]" },
	{ "a comment in an event", BYTES("data: a\n:data: x\ndata: b\n\n"),
	    "[|a\nb]" },
	{ "an unknown field", BYTES("foo: x\ndata: a\nbar\n\n"), "[|a]" },
	{ "names that begin like ours",
	    BYTES("datax: x\ndat: y\nids: 1\nretrying: 5\n\n"), "" },
	{ "a very long name", BYTES("datadatadatadata: x\ndata: a\n\n"),
	    "[|a]" },

	{ "a type", BYTES("event: ping\ndata: a\n\n"), "[ping|a]" },
	{ "the last type counts", BYTES("event: x\nevent: y\ndata: a\n\n"),
	    "[y|a]" },
	{ "a type may be taken back", BYTES("event: x\nevent\ndata: a\n\n"),
	    "[|a]" },
	{ "a type is for one event", BYTES("event: x\ndata: a\n\ndata: b\n\n"),
	    "[x|a][|b]" },
	{ "also without data", BYTES("event: x\n\ndata: b\n\n"), "[|b]" },

	{ "an id", BYTES("id: 1\ndata: a\n\n"), "[|a] id=1" },
	{ "an id stays", BYTES("id: 1\ndata: a\n\ndata: b\n\n"),
	    "[|a][|b] id=1" },
	{ "the last id counts", BYTES("id: 1\nid: 2\ndata: a\n\n"),
	    "[|a] id=2" },
	{ "a later id replaces it", BYTES("id: 1\ndata: a\n\nid: 2\n\n"),
	    "[|a](2) id=2" },
	{ "an empty id resets", BYTES("id: 1\ndata: a\n\nid:\ndata: b\n\n"),
	    "[|a][|b] id=" },
	{ "a colon-less id resets", BYTES("id: 1\ndata: a\n\nid\n\n"),
	    "[|a]() id=" },
	{ "an id with NUL is ignored",
	    BYTES("id: 1\n\nid: 2\0003\ndata: a\n\n"), "(1)[|a] id=1" },
	{ "NUL does not undo an id", BYTES("id: 1\nid: \0\ndata: a\n\n"),
	    "[|a] id=1" },
	{ "an id needs its blank line", BYTES("id: 1\ndata: a\n"), "<|a>" },
	{ "an id primes (T-031)", BYTES("id: 1\ndata:\n\n"), "(1) id=1" },
	{ "an id alone primes", BYTES("id: 1\n\n"), "(1) id=1" },

	{ "retry", BYTES("retry: 250\n\n"), " retry=250" },
	{ "retry acts at once", BYTES("retry: 250\n"), " retry=250" },
	{ "retry 0", BYTES("retry: 0\n\n"), " retry=0" },
	{ "retry with an event", BYTES("retry: 5\nid: 1\ndata\n\n"),
	    "(1) id=1 retry=5" },
	{ "retry takes digits only",
	    BYTES("retry: 1s\nretry: -1\nretry: +1\nretry: 1.5\n\n"), "" },
	{ "retry with spaces", BYTES("retry:  1\nretry: 1 \n\n"), "" },
	{ "retry, empty", BYTES("retry:\nretry\n\n"), "" },
	{ "a bad retry keeps the good one", BYTES("retry: 7\nretry: x\n\n"),
	    " retry=7" },
	{ "retry is capped", BYTES("retry: 99999999999999999999999\n\n"),
	    " retry=3600000" },

	{ "a BOM",
	    BYTES("\xef\xbb\xbf"
		  "data: a\n\n"),
	    "[|a]" },
	{ "a BOM and nothing", BYTES("\xef\xbb\xbf"), "" },
	{ "a BOM before a comment", BYTES("\xef\xbb\xbf:x\ndata: a\n\n"),
	    "[|a]" },
	{ "only one BOM",
	    BYTES("\xef\xbb\xbf\xef\xbb\xbf"
		  "data: a\ndata: b\n\n"),
	    "[|b]" },
	{ "only at the start",
	    BYTES("\n\xef\xbb\xbf"
		  "data: a\ndata: b\n\n"),
	    "[|b]" },
	{ "a part of a BOM",
	    BYTES("\xef\xbb"
		  "data: a\ndata: b\n\n"),
	    "[|b]" },

	{ "cut in the data", BYTES("data: a"), "<|a>" },
	{ "cut after the line", BYTES("data: a\n"), "<|a>" },
	{ "cut after CR", BYTES("data: a\r"), "<|a>" },
	{ "cut in a later line", BYTES("event: t\ndata: a\ndata: b"),
	    "<t|a\nb>" },
	{ "cut in another field", BYTES("data: a\nevent: t"), "<t|a>" },
	{ "cut in a name", BYTES("data: a\ndat"), "<|a>" },
	{ "cut after an event", BYTES("data: a\n\n"), "[|a]" },
	{ "cut without data", BYTES("event: t\nid: 1\n"), "" },
	{ "cut with empty data", BYTES("data"), "" },

	{ "data of the cap",
	    BYTES("data: 01234567890123456789012345678901\n\n"),
	    "[|01234567890123456789012345678901]" },
	{ "data over the cap",
	    BYTES("data: 012345678901234567890123456789012\n\n"), "!" },
	{ "joined data over the cap",
	    BYTES("data: 0123456789012345678901234567890\ndata: x\n\n"), "!" },
	{ "too large but once, then on",
	    BYTES("data: 0123456789012345678901234567890123456789\n"
		  "data: 0123456789012345678901234567890123456789\n"
		  "data: x\n\ndata: a\n\n"),
	    "![|a]" },
	{ "too large by an empty line",
	    BYTES("data: 01234567890123456789012345678901\ndata\n\n"), "!" },
	{ "too large commits its id",
	    BYTES("id: 1\ndata: 0123456789012345678901234567890123\n\n"),
	    "!(1) id=1" },
	{ "too large at the end",
	    BYTES("data: 0123456789012345678901234567890123"), "!" },
};

/* NUL would end the trace: it is shown as a full stop. */
static void
trace_bytes(struct buf *trace, struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		char c = bytes.ptr[i] == '\0' ? '.' : bytes.ptr[i];
		assert_int_equal(buf_add(trace, &c, 1), 0);
	}
}

static void
trace_event(struct buf *trace, const struct sse_event *event,
    const char *brackets)
{
	assert_true(event->data->len <= MAX_EVENT);
	assert_int_equal(buf_add(trace, &brackets[0], 1), 0);
	trace_bytes(trace, event->type);
	assert_int_equal(buf_add_string(trace, "|"), 0);
	trace_bytes(trace, buf_span(event->data));
	assert_int_equal(buf_add(trace, &brackets[1], 1), 0);
}

static void
feed(struct sse *s, struct span chunk, struct buf *trace)
{
	struct sse_event event = { 0 };
	enum sse_result result = SSE_MORE;

	do {
		result = sse_feed(s, &chunk, &event);
		if (result == SSE_EVENT)
			trace_event(trace, &event, "[]");
		if (result == SSE_PRIME) {
			assert_int_equal(buf_add_string(trace, "("), 0);
			trace_bytes(trace, buf_span(&s->id));
			assert_int_equal(buf_add_string(trace, ")"), 0);
		}
		if (result == SSE_TOO_LARGE)
			assert_int_equal(buf_add_string(trace, "!"), 0);
	} while (result != SSE_MORE);
	assert_int_equal(chunk.len, 0);
}

static void
finish(struct sse *s, struct buf *trace)
{
	struct sse_event event = { 0 };

	if (sse_finish(s, &event))
		trace_event(trace, &event, "<>");
	if (s->has_id) {
		assert_int_equal(buf_add_string(trace, " id="), 0);
		trace_bytes(trace, buf_span(&s->id));
	}
	if (s->has_retry)
		assert_int_equal(buf_addf(trace, " retry=%u",
				     (unsigned)s->retry_ms),
		    0);
}

/* Chunks are copied to storage of their size, so that a sanitizer sees a read
 * beyond them. */
static void
feed_copy(struct sse *s, const char *bytes, size_t len, struct buf *trace)
{
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	feed(s, span_make(copy, len), trace);
	free(copy);
}

static void
check_cut_at(const struct stream_case *c, size_t cut, bool byte_by_byte)
{
	struct sse s;
	struct buf trace;

	sse_init(&s, MAX_EVENT);
	buf_init(&trace, MAX_TRACE);
	if (byte_by_byte) {
		for (size_t i = 0; i < c->input.len; i++)
			feed_copy(&s, c->input.ptr + i, 1, &trace);
	} else {
		feed_copy(&s, c->input.ptr, cut, &trace);
		feed_copy(&s, c->input.ptr + cut, c->input.len - cut, &trace);
	}
	finish(&s, &trace);
	if (!span_is(buf_span(&trace), c->trace))
		fail_msg("%s, cut at %zu%s: \"%s\" instead of \"%s\"", c->rule,
		    cut, byte_by_byte ? " (byte by byte)" : "",
		    trace.data != NULL ? trace.data : "", c->trace);
	buf_reset(&trace);
	sse_reset(&s);
}

static void
streams_give_the_same_events_however_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(stream_cases); i++) {
		check_cut_at(&stream_cases[i], 0, true);
		for (size_t cut = 0; cut <= stream_cases[i].input.len; cut++)
			check_cut_at(&stream_cases[i], cut, false);
	}
}

static enum sse_result
feed_text(struct sse *s, const char *text, struct sse_event *event)
{
	struct span in = span_of(text);

	return sse_feed(s, &in, event);
}

static void
an_event_comes_with_its_cr_and_without_waiting(void **state)
{
	struct sse s;
	struct sse_event event = { 0 };

	(void)state;
	sse_init(&s, MAX_EVENT);
	assert_int_equal(feed_text(&s, "data: a\r\n\r", &event), SSE_EVENT);
	assert_true(span_is(buf_span(event.data), "a"));
	assert_int_equal(feed_text(&s, "\ndata: b\n\n", &event), SSE_EVENT);
	assert_true(span_is(buf_span(event.data), "b"));
	sse_reset(&s);
}

static void
data_can_be_taken_without_a_copy(void **state)
{
	struct sse s;
	struct sse_event event = { 0 };
	struct buf taken;

	(void)state;
	sse_init(&s, MAX_EVENT);
	buf_init(&taken, MAX_EVENT);
	assert_int_equal(feed_text(&s, "data: a\n\n", &event), SSE_EVENT);
	const char *storage = event.data->data;
	buf_take(&taken, event.data);
	assert_ptr_equal(taken.data, storage);
	assert_int_equal(feed_text(&s, "data: b\n\n", &event), SSE_EVENT);
	assert_true(span_is(buf_span(event.data), "b"));
	assert_true(span_is(buf_span(&taken), "a"));
	buf_reset(&taken);
	sse_reset(&s);
}

/* Two feeds of a value of `len` times 'x', also cut in the middle. */
static void
feed_long_field(struct sse *s, const char *name, size_t len)
{
	struct sse_event event = { 0 };
	char *value = mem_alloc(len, 1);

	memset(value, 'x', len);
	assert_int_equal(feed_text(s, name, &event), SSE_MORE);
	struct span first = span_make(value, len / 2);
	struct span second = span_make(value + len / 2, len - len / 2);
	assert_int_equal(sse_feed(s, &first, &event), SSE_MORE);
	assert_int_equal(sse_feed(s, &second, &event), SSE_MORE);
	assert_int_equal(feed_text(s, "\n", &event), SSE_MORE);
	free(value);
}

static void
overlong_ids_are_ignored(void **state)
{
	struct sse s;
	struct sse_event event = { 0 };

	(void)state;
	sse_init(&s, MAX_EVENT);
	feed_long_field(&s, "id: ", LIMIT_EVENT_ID);
	assert_int_equal(feed_text(&s, "\n", &event), SSE_PRIME);
	assert_int_equal(s.id.len, LIMIT_EVENT_ID);
	feed_long_field(&s, "id: y", LIMIT_EVENT_ID);
	assert_int_equal(feed_text(&s, "\n", &event), SSE_MORE);
	assert_int_equal(s.id.len, LIMIT_EVENT_ID);
	feed_long_field(&s, "id: ", LIMIT_EVENT_ID * 64);
	assert_int_equal(feed_text(&s, "\n", &event), SSE_MORE);
	assert_int_equal(s.id.len, LIMIT_EVENT_ID);
	sse_reset(&s);
}

static void
an_overlong_type_is_no_message(void **state)
{
	struct sse s;
	struct sse_event event = { 0 };

	(void)state;
	sse_init(&s, MAX_EVENT);
	feed_long_field(&s, "event: ", LIMIT_EVENT_ID * 4);
	assert_int_equal(feed_text(&s, "data: a\n\n", &event), SSE_EVENT);
	assert_true(event.type.len > LIMIT_EVENT_ID);
	sse_reset(&s);
}

static void
a_restart_keeps_id_and_retry_only(void **state)
{
	struct sse s;
	struct sse_event event = { 0 };

	(void)state;
	sse_init(&s, MAX_EVENT);
	assert_int_equal(feed_text(&s, "id: 1\nretry: 9\n\n", &event),
	    SSE_PRIME);
	assert_int_equal(feed_text(&s, "event: t\nid: 2\ndata: half\ndat",
			     &event),
	    SSE_MORE);
	sse_restart(&s);
	assert_int_equal(feed_text(&s,
			     "\xef\xbb\xbf"
			     "data: a\n\n",
			     &event),
	    SSE_EVENT);
	assert_true(span_is(buf_span(event.data), "a"));
	assert_int_equal(event.type.len, 0);
	assert_true(span_is(buf_span(&s.id), "1"));
	assert_int_equal(s.retry_ms, 9);
	sse_reset(&s);
}

static void
a_restart_after_cr_does_not_eat_a_line_feed(void **state)
{
	struct sse s;
	struct sse_event event = { 0 };

	(void)state;
	sse_init(&s, MAX_EVENT);
	assert_int_equal(feed_text(&s, "data: a\r", &event), SSE_MORE);
	sse_restart(&s);
	assert_int_equal(feed_text(&s, "\ndata: b\n\n", &event), SSE_EVENT);
	assert_true(span_is(buf_span(event.data), "b"));
	sse_reset(&s);
}

static void
a_reset_parser_is_as_new(void **state)
{
	struct sse s;
	struct sse_event event = { 0 };

	(void)state;
	sse_init(&s, MAX_EVENT);
	assert_int_equal(feed_text(&s, "id: 1\nretry: 9\n\n", &event),
	    SSE_PRIME);
	sse_reset(&s);
	assert_false(s.has_id);
	assert_false(s.has_retry);
	assert_int_equal(feed_text(&s,
			     "data: 0123456789012345678901234567890"
			     "123\n",
			     &event),
	    SSE_TOO_LARGE);
	sse_reset(&s);
}

static void
a_large_event_leaves_no_storage_behind(void **state)
{
	struct sse s;
	struct sse_event event = { 0 };
	const size_t len = MIB;
	char *value = mem_alloc(len, 1);

	(void)state;
	memset(value, 'x', len);
	sse_init(&s, 2 * MIB);
	assert_int_equal(feed_text(&s, "data: ", &event), SSE_MORE);
	struct span in = span_make(value, len);
	assert_int_equal(sse_feed(&s, &in, &event), SSE_MORE);
	assert_int_equal(feed_text(&s, "\n\n", &event), SSE_EVENT);
	assert_int_equal(event.data->len, len);
	assert_memory_equal(event.data->data, value, len);
	assert_int_equal(feed_text(&s, ":\n", &event), SSE_MORE);
	assert_true(s.data.space <= 64 * KIB);
	free(value);
	sse_reset(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_give_the_same_events_however_cut),
		cmocka_unit_test(
		    an_event_comes_with_its_cr_and_without_waiting),
		cmocka_unit_test(data_can_be_taken_without_a_copy),
		cmocka_unit_test(overlong_ids_are_ignored),
		cmocka_unit_test(an_overlong_type_is_no_message),
		cmocka_unit_test(a_restart_keeps_id_and_retry_only),
		cmocka_unit_test(a_restart_after_cr_does_not_eat_a_line_feed),
		cmocka_unit_test(a_reset_parser_is_as_new),
		cmocka_unit_test(a_large_event_leaves_no_storage_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
