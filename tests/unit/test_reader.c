/* SPDX-License-Identifier: ISC */
/*
 * mcp/reader: response bodies become message texts (T-025, T-031, T-130,
 * T-131), and stop where the host has fallen behind (T-017).
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
#include "mcp/reader.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A reader that writes what it hands out as "type|text\n", trimmed. */
struct fixture {
	struct upstream up;
	struct reader reader;
	struct buf seen;
	bool stop_at_first;
};

static void
note(void *ctx, struct span type, struct buf *text)
{
	struct fixture *f = ctx;
	struct span inner = span_trim(buf_span(text));

	assert_int_equal(buf_addf(&f->seen, "%.*s|%.*s\n", (int)type.len,
			     type.len > 0 ? type.ptr : "", (int)inner.len,
			     inner.ptr),
	    0);
	if (f->stop_at_first)
		reader_stop(&f->reader);
}

static void
set_up(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	upstream_init(&f->up, NULL, NULL, NULL);
	reader_init(&f->reader, &f->up);
	f->reader.text = note;
	f->reader.ctx = f;
	buf_init(&f->seen, LIMIT_MESSAGE);
	assert_int_equal(buf_add_string(&f->seen, ""), 0);
}

static void
tear_down(struct fixture *f)
{
	reader_reset(&f->reader);
	upstream_reset(&f->up);
	buf_reset(&f->seen);
}

static enum http_verdict
feed(struct fixture *f, const char *bytes)
{
	return reader_feed(&f->reader, NULL, span_of(bytes));
}

static const struct {
	const char *content_type;
	enum reader_kind kind;
} kinds[] = {
	{ "application/json", READER_JSON },
	{ "application/json; charset=utf-8", READER_JSON },
	{ "Application/JSON ;x=y", READER_JSON },
	{ "text/event-stream", READER_EVENTS },
	{ "text/event-stream;charset=UTF-8", READER_EVENTS },
	{ "TEXT/Event-Stream", READER_EVENTS },
	{ "", READER_UNKNOWN },
	{ "  ", READER_UNKNOWN },
	{ "text/html", READER_OTHER },
	{ "text/plain", READER_OTHER },
	{ "application/json-seq", READER_OTHER },
	{ "application/jsonx", READER_OTHER },
	{ "xtext/event-stream", READER_OTHER },
};

static void
knows_content_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		assert_int_equal(reader_kind_of(span_of(kinds[i].content_type)),
		    kinds[i].kind);
}

static const struct {
	const char *what;
	enum reader_kind kind;
	const char *body, *seen;
} bodies[] = {
	{ "JSON", READER_JSON, "{\"a\":1}\n", "|{\"a\":1}\n" },
	{ "T-025: an array", READER_JSON, "[1,2]", "|[1,2]\n" },
	{ "no JSON is told too", READER_JSON, "<html>", "|<html>\n" },
	{ "an empty body", READER_JSON, "", "" },
	{ "an event", READER_EVENTS, "data: {}\n\n", "|{}\n" },
	{ "events", READER_EVENTS,
	    "event: message\ndata: 1\n\nevent: endpoint\r\ndata: /x\r\n\r\n"
	    "data:2\rdata:3\r\r",
	    "message|1\nendpoint|/x\n|2\n3\n" },
	{ "T-031: a priming event", READER_EVENTS,
	    "id: 1\ndata:\n\ndata: 1\n\n", "|1\n" },
	{ "a comment", READER_EVENTS, ": hello\n\n", "" },
	{ "T-130: the last event may lack its blank line", READER_EVENTS,
	    "data: {\"a\":1}\n", "|{\"a\":1}\n" },
	{ "T-130: and its newline", READER_EVENTS, "data: 1\n\ndata: {}",
	    "|1\n|{}\n" },
	{ "T-130: but must be whole", READER_EVENTS, "data: {\"a\":1\n", "" },
	{ "T-131: a type not named, JSON", READER_UNKNOWN, "{\"a\":1}",
	    "|{\"a\":1}\n" },
	{ "T-131: an array", READER_UNKNOWN, " [1]", "|[1]\n" },
	{ "T-131: events", READER_UNKNOWN, "data: 1\n\n", "|1\n" },
	{ "T-131: a comment first", READER_UNKNOWN, ": x\ndata: 1\n\n",
	    "|1\n" },
	{ "T-131: white space first", READER_UNKNOWN, "\r\n\r\ndata: 1\n\n",
	    "|1\n" },
	{ "T-131: nothing", READER_UNKNOWN, "", "" },
	{ "T-131: white space", READER_UNKNOWN, " \n", "" },
	{ "T-131: HTML", READER_UNKNOWN, "<html>", "" },
	{ "another type", READER_OTHER, "{\"a\":1}", "" },
	{ "T-026: not wanted", READER_DROP, "{\"a\":1}", "" },
};

/* In chunks of every size: the edges do not matter. */
static void
reads_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		size_t len = strlen(bodies[i].body);

		for (size_t step = 1; step <= len + 1; step++) {
			struct fixture f;

			set_up(&f);
			reader_begin(&f.reader, bodies[i].kind, -1);
			for (size_t at = 0; at < len; at += step) {
				struct span chunk = { bodies[i].body + at,
					len - at < step ? len - at : step };

				assert_int_equal(reader_feed(&f.reader, NULL,
						     chunk),
				    HTTP_CONTINUE);
			}
			reader_finish(&f.reader);
			if (strcmp(f.seen.data, bodies[i].seen) != 0)
				fail_msg("%s by %zu: %s", bodies[i].what, step,
				    f.seen.data);
			tear_down(&f);
		}
	}
}

/* A stream opened again goes on from the last id, not from a broken event. */
static void
keeps_the_cursor_between_responses(void **state)
{
	struct fixture f;
	uint32_t retry_ms = 0;

	(void)state;
	set_up(&f);
	assert_false(reader_retry(&f.reader, &retry_ms));
	assert_int_equal(reader_last_id(&f.reader).len, 0);
	reader_begin(&f.reader, READER_EVENTS, -1);
	feed(&f, "retry: 7\nid: a\ndata: 1\n\nid: b\ndata: ha");
	reader_begin(&f.reader, READER_EVENTS, -1);
	assert_true(span_is(reader_last_id(&f.reader), "a"));
	assert_true(reader_retry(&f.reader, &retry_ms));
	assert_int_equal(retry_ms, 7);
	feed(&f, "data: 2\n\n");
	assert_string_equal(f.seen.data, "|1\n|2\n");
	tear_down(&f);
}

/* T-017: bytes are not taken while the host's end is full. */
static void
pauses_events_while_blocked(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	reader_begin(&f.reader, READER_EVENTS, -1);
	f.up.blocked = true;
	assert_int_equal(feed(&f, "data: 1\n\n"), HTTP_PAUSE);
	assert_true(f.reader.waiter.waiting);
	assert_int_equal(feed(&f, "data: 1\n\n"), HTTP_PAUSE);
	assert_ptr_equal(TAILQ_FIRST(&f.up.waiters), &f.reader.waiter);
	assert_string_equal(f.seen.data, "");
	f.up.blocked = false;
	assert_int_equal(feed(&f, "data: 1\n\n"), HTTP_CONTINUE);
	assert_string_equal(f.seen.data, "|1\n");
	reader_finish(&f.reader);
	assert_false(f.reader.waiter.waiting);
	assert_true(TAILQ_EMPTY(&f.up.waiters));
	tear_down(&f);
}

static void
stops_inside_a_callback(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	f.stop_at_first = true;
	reader_begin(&f.reader, READER_EVENTS, -1);
	assert_int_equal(feed(&f, "data: 1\n\ndata: 2\n\ndata: 3\n"),
	    HTTP_STOP);
	assert_int_equal(feed(&f, "\n"), HTTP_STOP);
	reader_finish(&f.reader);
	assert_string_equal(f.seen.data, "|1\n");
	tear_down(&f);
}

/* The beginning of an error is kept, whole; later bytes do not fill its gaps.
 */
static void
keeps_the_beginning_of_an_error(void **state)
{
	static const size_t chunks[] = { 3, LIMIT_ERROR_BODY - 10, 100, 1, 5 };
	char *bytes = mem_alloc(LIMIT_ERROR_BODY, 1);
	struct fixture f;

	(void)state;
	set_up(&f);
	reader_begin(&f.reader, READER_OTHER, -1);
	for (size_t i = 0; i < COUNT(chunks); i++) {
		memset(bytes, (int)('a' + i), chunks[i]);
		assert_int_equal(reader_feed(&f.reader, NULL,
				     span_make(bytes, chunks[i])),
		    HTTP_CONTINUE);
	}
	reader_finish(&f.reader);
	assert_string_equal(f.seen.data, "");
	assert_int_equal(f.reader.body.len, LIMIT_ERROR_BODY);
	assert_string_equal(f.reader.body.data + LIMIT_ERROR_BODY - 9,
	    "bbccccccc");
	tear_down(&f);
	free(bytes);
}

/* `length` is what the server promises. */
static void
assert_limit(enum reader_kind kind, const char *prefix, long long length)
{
	struct span chunk = { NULL, MIB };
	char *bytes = mem_alloc(MIB, 1);
	struct fixture f;
	size_t fed = 0;

	memset(bytes, '1', MIB);
	chunk.ptr = bytes;
	set_up(&f);
	reader_begin(&f.reader, kind, length);
	assert_int_equal(feed(&f, prefix), HTTP_CONTINUE);
	while (fed <= LIMIT_MESSAGE &&
	       reader_feed(&f.reader, NULL, chunk) == HTTP_CONTINUE)
		fed += MIB;
	assert_in_range(fed, LIMIT_MESSAGE - MIB, LIMIT_MESSAGE);
	assert_true(f.reader.too_large);
	assert_int_equal(feed(&f, "1"), HTTP_STOP);
	reader_finish(&f.reader);
	assert_string_equal(f.seen.data, "");
	tear_down(&f);
	free(bytes);
}

static void
caps_a_message(void **state)
{
	(void)state;
	assert_limit(READER_JSON, "[1", -1);
	assert_limit(READER_JSON, "[1", 10);
	assert_limit(READER_JSON, "[1", (long long)LIMIT_MESSAGE * 1000);
	assert_limit(READER_EVENTS, "data: 1", -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_content_types),
		cmocka_unit_test(reads_bodies),
		cmocka_unit_test(keeps_the_cursor_between_responses),
		cmocka_unit_test(pauses_events_while_blocked),
		cmocka_unit_test(stops_inside_a_callback),
		cmocka_unit_test(keeps_the_beginning_of_an_error),
		cmocka_unit_test(caps_a_message),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
