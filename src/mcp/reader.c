/* SPDX-License-Identifier: ISC */
/*
 * Response bodies into message texts. Knows content types and backpressure,
 * not what a message means.
 */
#include "mcp/reader.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "io/trace.h"
#include "wire/header.h"

void
reader_init(struct reader *r, struct upstream *up)
{
	*r = (struct reader){ .kind = READER_DROP, .up = up };
	buf_init(&r->body, LIMIT_MESSAGE);
}

void
reader_reset(struct reader *r)
{
	upstream_unwait(r->up, &r->waiter);
	buf_reset(&r->body);
	if (r->events != NULL)
		sse_reset(r->events);
	free(r->events);
	r->events = NULL;
}

/* Most bodies are no event stream, and their exchanges many. */
static struct sse *
events_of(struct reader *r)
{
	if (r->events == NULL) {
		r->events = mem_alloc(1, sizeof(*r->events));
		sse_init(r->events, LIMIT_MESSAGE);
	}
	return r->events;
}

void
reader_go_on(struct reader *r, const struct sse *from)
{
	struct sse *events = events_of(r);

	events->has_id = from->has_id;
	events->has_retry = from->has_retry;
	events->retry_ms = from->retry_ms;
	if (buf_add_span(&events->id, buf_span(&from->id)) != 0)
		events->has_id = false;
}

struct span
reader_last_id(const struct reader *r)
{
	return r->events != NULL ? buf_span(&r->events->id) : span_of("");
}

bool
reader_retry(const struct reader *r, uint32_t *retry_ms)
{
	if (r->events == NULL || !r->events->has_retry)
		return false;
	*retry_ms = r->events->retry_ms;
	return true;
}

void
reader_begin(struct reader *r, enum reader_kind kind, long long length)
{
	r->kind = kind;
	r->too_large = false;
	buf_reset(&r->body);
	buf_init(&r->body,
	    kind == READER_OTHER ? LIMIT_ERROR_BODY : LIMIT_MESSAGE);
	if (r->events != NULL)
		sse_restart(r->events);
	if (kind == READER_JSON && length > 0 &&
	    (unsigned long long)length <= LIMIT_MESSAGE &&
	    buf_reserve(&r->body, (size_t)length) != 0)
		r->too_large = true;
}

enum reader_kind
reader_kind_of(struct span content_type)
{
	struct span essence = header_media_type(content_type);

	if (essence.len == 0)
		return READER_UNKNOWN;
	if (span_is_nocase(essence, "application/json"))
		return READER_JSON;
	if (span_is_nocase(essence, "text/event-stream"))
		return READER_EVENTS;
	return READER_OTHER;
}

static enum reader_kind
sniff(struct span bytes)
{
	struct span rest = span_trim(bytes);

	if (rest.len == 0)
		return READER_UNKNOWN;
	if (rest.ptr[0] == '{' || rest.ptr[0] == '[')
		return READER_JSON;
	return rest.ptr[0] == '<' ? READER_OTHER : READER_EVENTS;
}

static void
deliver(struct reader *r, struct span type, struct buf *text)
{
	bool is_event = r->kind == READER_EVENTS;

	trace_message("server", "bridge", buf_span(text),
	    is_event ? reader_last_id(r) : span_of(""));
	r->text(r->ctx, type, text);
}

static void
feed_events(struct reader *r, struct span bytes)
{
	struct sse *events = events_of(r);
	struct sse_event event;

	while (!r->stopped && bytes.len > 0) {
		switch (sse_feed(events, &bytes, &event)) {
		case SSE_MORE:
			return;
		case SSE_EVENT:
			deliver(r, event.type, event.data);
			break;
		case SSE_PRIME:
			break;
		case SSE_TOO_LARGE:
			r->too_large = true;
			return;
		}
	}
}

/* It tells enough of an error. */
static void
keep_beginning(struct reader *r, struct span bytes)
{
	size_t room = LIMIT_ERROR_BODY - r->body.len;

	if (bytes.len > room)
		bytes.len = room;
	if (buf_add_span(&r->body, bytes) != 0)
		abort();
}

enum http_verdict
reader_feed(struct reader *r, struct http *http, struct span bytes)
{
	if (r->stopped || r->too_large)
		return HTTP_STOP;
	if (r->kind == READER_UNKNOWN)
		r->kind = sniff(bytes);
	if (r->up->blocked &&
	    (r->kind == READER_EVENTS || r->kind == READER_JSON)) {
		upstream_wait(r->up, &r->waiter, http);
		return HTTP_PAUSE;
	}
	switch (r->kind) {
	case READER_DROP:
	case READER_UNKNOWN:
		break;
	case READER_OTHER:
		keep_beginning(r, bytes);
		break;
	case READER_JSON:
		r->too_large = buf_add_span(&r->body, bytes) != 0;
		break;
	case READER_EVENTS:
		feed_events(r, bytes);
		break;
	}
	return r->stopped || r->too_large ? HTTP_STOP : HTTP_CONTINUE;
}

void
reader_stop(struct reader *r)
{
	r->stopped = true;
	upstream_unwait(r->up, &r->waiter);
}

static bool
is_whole(const struct buf *text)
{
	struct json_doc doc;

	return json_scan(buf_span(text), LIMIT_DEPTH, &doc);
}

void
reader_finish(struct reader *r)
{
	struct sse_event event;

	upstream_unwait(r->up, &r->waiter);
	if (r->stopped || r->too_large)
		return;
	if (r->kind == READER_JSON && r->body.len > 0)
		deliver(r, span_of(""), &r->body);
	else if (r->kind == READER_EVENTS && r->events != NULL &&
		 sse_finish(r->events, &event) && is_whole(event.data))
		deliver(r, event.type, event.data);
}
