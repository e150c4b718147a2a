/* SPDX-License-Identifier: ISC */
/*
 * Event streams by GET. Decides when to try again; what the messages mean, and
 * whether a session is dead, is decided above.
 */
#include "mcp/stream.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

struct stream {
	struct upstream *up; /* borrowed */
	enum stream_use use;
	const struct stream_events *events; /* borrowed: static */
	void *ctx;
	struct http *http;            /* owned */
	struct http_headers *headers; /* owned: with Last-Event-ID */
	struct reader reader;
	struct outcome outcome;
	struct loop_timer again;
	uint32_t backoff_ms;
	uint64_t bearer; /* generation of the token it was opened with */
	bool open;       /* this response is an event stream */
	bool renonced;   /* begun again, with the nonce the server wants */
	unsigned busy;   /* callbacks of ours on the stack */
	bool doomed;     /* freed inside one of them */
};

/* False when a callback freed the stream. */
static bool
leave(struct stream *s)
{
	s->busy--;
	if (!s->doomed)
		return true;
	if (s->busy == 0)
		free(s);
	return false;
}

static bool
is_event_stream(const struct http_head *head)
{
	enum reader_kind kind = reader_kind_of(head->content_type);

	return head->status == 200 &&
	       (kind == READER_EVENTS || kind == READER_UNKNOWN);
}

static void
tell_open(const struct stream *s)
{
	struct span id = reader_last_id(&s->reader);

	if (s->use == STREAM_LEGACY || id.len == 0)
		log_debug("stream", "open");
	else
		log_debug("stream", "resumed after event %.*s", (int)id.len,
		    id.ptr);
}

static void
on_head(void *ctx, const struct http_head *head)
{
	struct stream *s = ctx;

	upstream_heard(s->up, head);
	outcome_head(&s->outcome, head);
	s->open = is_event_stream(head);
	if (!s->open)
		return;
	s->renonced = false;
	tell_open(s);
	reader_begin(&s->reader, READER_EVENTS, -1);
	s->busy++;
	s->events->opened(s->ctx);
	leave(s);
}

static void
on_text(void *ctx, struct span type, struct buf *text)
{
	struct stream *s = ctx;

	s->backoff_ms = 0;
	if (span_is(type, "endpoint") && s->events->endpoint != NULL)
		s->events->endpoint(s->ctx, buf_span(text));
	else if (type.len == 0 || span_is(type, "message"))
		s->events->message(s->ctx, message_swap(text));
}

static enum http_verdict
on_body(void *ctx, struct span bytes)
{
	struct stream *s = ctx;
	enum http_verdict verdict;

	if (!s->open)
		return HTTP_STOP;
	s->busy++;
	verdict = reader_feed(&s->reader, s->http, bytes);
	return leave(s) ? verdict : HTTP_STOP;
}

/* A refusal that another try would only repeat (T-028, T-032). */
static bool
is_final(const struct stream *s)
{
	int status = s->outcome.status;

	if (s->use == STREAM_LEGACY)
		return true;
	if (s->open || status == 0 || status >= 500 || status == 429)
		return status == 501;
	return !(s->use == STREAM_STANDING && status == 409);
}

static void
schedule(struct stream *s)
{
	uint32_t wait_ms = s->backoff_ms, retry_ms = 0;
	bool told = reader_retry(&s->reader, &retry_ms);

	if (wait_ms == 0)
		wait_ms = told ? RECONNECT_LEAST_MS : RECONNECT_FIRST_MS;
	s->backoff_ms = wait_ms + wait_ms / 2;
	if (s->backoff_ms > RECONNECT_MAX_MS)
		s->backoff_ms = RECONNECT_MAX_MS;
	if (retry_ms > wait_ms)
		wait_ms = retry_ms;
	log_debug("stream", "next try in %u ms", (unsigned)wait_ms);
	loop_timer_start(s->up->loop, &s->again, wait_ms);
}

static void start(void *ctx);

/* Nothing was refused but a proof without the server's nonce. */
static bool
prove_again(struct stream *s)
{
	if (!s->outcome.wants_nonce || s->renonced)
		return false;
	s->renonced = true;
	start(s);
	return true;
}

static void
on_done(void *ctx, const struct http_result *result)
{
	struct stream *s = ctx;

	http_free(&s->http);
	s->busy++;
	if (s->open) {
		log_debug("stream", "ended");
		reader_finish(&s->reader);
	}
	if (!leave(s))
		return;
	outcome_result(&s->outcome, result);
	if (prove_again(s))
		return;
	if (is_final(s))
		s->events->ended(s->ctx, &s->outcome);
	else
		schedule(s);
}

static void
start(void *ctx)
{
	static const struct http_events events = { on_head, on_body, on_done };
	struct stream *s = ctx;
	struct http_request request = { .method = "GET",
		.url = s->up->url.text,
		.headers = upstream_get_headers(s->up) };
	struct span id = reader_last_id(&s->reader);

	s->open = false;
	s->bearer = s->up->bearer;
	outcome_reset(&s->outcome);
	http_headers_free(&s->headers);
	if (s->use != STREAM_LEGACY && id.len > 0) {
		s->headers = http_headers_over(request.headers);
		http_headers_add(s->headers, "Last-Event-ID", id);
		request.headers = s->headers;
	}
	s->http = upstream_start(s->up, &request, &events, s);
}

struct stream *
stream_new(struct upstream *up, enum stream_use use, const struct sse *from,
    const struct stream_events *events, void *ctx)
{
	struct stream *s = mem_alloc(1, sizeof(*s));

	s->up = up;
	s->use = use;
	s->events = events;
	s->ctx = ctx;
	s->again.fire = start;
	s->again.ctx = s;
	outcome_init(&s->outcome);
	reader_init(&s->reader, up);
	s->reader.text = on_text;
	s->reader.ctx = s;
	if (from != NULL)
		reader_go_on(&s->reader, from);
	if (use == STREAM_RESUMED)
		schedule(s);
	else
		start(s);
	return s;
}

uint64_t
stream_bearer(const struct stream *stream)
{
	return stream->bearer;
}

void
stream_free(struct stream **stream)
{
	struct stream *s = *stream;

	if (s == NULL)
		return;
	*stream = NULL;
	loop_timer_stop(&s->again);
	http_free(&s->http);
	http_headers_free(&s->headers);
	reader_stop(&s->reader);
	reader_reset(&s->reader);
	outcome_reset(&s->outcome);
	s->doomed = true;
	if (s->busy == 0)
		free(s);
}
