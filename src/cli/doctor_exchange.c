/* SPDX-License-Identifier: ISC */
/*
 * An exchange watched: the pump's reader takes the bytes, a timer ends what
 * takes too long.
 */
#include "cli/doctor_exchange.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wire/header.h"

enum { SPARE_MS = 500 };

struct watching {
	const struct doctor_ask *ask;
	struct doctor_answer *answer;
	struct loop *loop;
	struct upstream *up;
	struct http *http; /* owned */
	struct reader reader;
	struct loop_timer timer;
	uint64_t began_us;
	bool done, satisfied;
};

static uint64_t
now_us(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void
doctor_answer_init(struct doctor_answer *a)
{
	*a = (struct doctor_answer){ 0 };
	outcome_init(&a->outcome);
}

void
doctor_answer_reset(struct doctor_answer *a)
{
	outcome_reset(&a->outcome);
	message_free(&a->message);
	free(a->session_id);
	free(a->event);
	doctor_answer_init(a);
}

const struct fault *
doctor_answer_fault(const struct doctor_answer *a)
{
	static const struct fault timeout = {
		.code = FAULT_TIMEOUT,
		.msg = "No answer in time",
	};

	return a->outcome.fault != NULL ? a->outcome.fault : &timeout;
}

/* Since the ask; never 0, which means that it did not come. */
static uint64_t
elapsed_us(const struct watching *w)
{
	uint64_t us = now_us() - w->began_us;

	return us > 0 ? us : 1;
}

static void
on_text(void *ctx, struct span type, struct buf *text)
{
	struct watching *w = ctx;
	struct doctor_answer *a = w->answer;
	struct message *m = NULL;

	if (a->event_us == 0)
		a->event_us = elapsed_us(w);
	if (a->event == NULL)
		a->event = mem_copy(type.ptr, type.len);
	m = message_take(text);
	bool answers = m->rpc.kind == RPC_RESULT || m->rpc.kind == RPC_ERROR;
	if (w->ask->message == NULL || answers ||
	    (m->rpc.kind == RPC_NOTIFICATION &&
		w->ask->event_patience_ms > 0)) {
		message_free(&a->message);
		a->message = m;
		w->satisfied = true;
		reader_stop(&w->reader);
	} else {
		message_free(&m);
	}
}

static void
on_head(void *ctx, const struct http_head *head)
{
	struct watching *w = ctx;
	struct doctor_answer *a = w->answer;

	a->head = true;
	a->head_us = elapsed_us(w);
	a->arrived_s = (long long)time(NULL);
	outcome_head(&a->outcome, head);
	upstream_heard(w->up, head);
	a->kind = reader_kind_of(head->content_type);
	a->html =
	    span_is_nocase(header_media_type(head->content_type), "text/html");
	if (header_is_visible(head->session_id) &&
	    head->session_id.len <= LIMIT_SESSION_ID)
		a->session_id =
		    mem_copy(head->session_id.ptr, head->session_id.len);
	if (!header_date(head->date, a->arrived_s, &a->date_s))
		a->date_s = 0;
	reader_begin(&w->reader, a->kind, head->content_length);
	if (w->ask->event_patience_ms > 0 && a->kind == READER_EVENTS)
		loop_timer_start(w->loop, &w->timer, w->ask->event_patience_ms);
}

static enum http_verdict
on_body(void *ctx, struct span bytes)
{
	struct watching *w = ctx;

	return reader_feed(&w->reader, w->http, bytes);
}

static void
on_done(void *ctx, const struct http_result *result)
{
	struct watching *w = ctx;

	w->done = true;
	w->answer->end_us = elapsed_us(w);
	if (result->ok)
		reader_finish(&w->reader);
	if (!result->ok && !w->satisfied)
		outcome_result(&w->answer->outcome, result);
	loop_stop(w->loop);
}

static void
on_timer(void *ctx)
{
	struct watching *w = ctx;

	loop_stop(w->loop);
}

void
doctor_ask(struct upstream *up, const struct doctor_ask *ask,
    struct doctor_answer *a)
{
	static const struct http_events events = { on_head, on_body, on_done };
	struct watching w = {
		.ask = ask,
		.answer = a,
		.loop = up->loop,
		.up = up,
		.timer.fire = on_timer,
		.began_us = now_us(),
	};
	struct http_headers *headers = http_headers_copy(ask->headers);
	const struct http_request request = {
		.method = ask->method,
		.url = up->url.text,
		.headers = headers,
		/* libcurl then knows how far it came; a stream ends by our
		 * timer. */
		.timeout_ms =
		    ask->event_patience_ms == 0 ? ask->patience_ms : 0,
		.body = ask->message != NULL ? buf_span(&ask->message->text) :
					       span_of(""),
	};

	doctor_answer_reset(a);
	w.timer.ctx = &w;
	reader_init(&w.reader, up);
	w.reader.text = on_text;
	w.reader.ctx = &w;
	loop_timer_start(w.loop, &w.timer, ask->patience_ms + SPARE_MS);
	w.http = upstream_start(up, &request, &events, &w);
	loop_run(w.loop);
	loop_timer_stop(&w.timer);
	http_free(&w.http);
	reader_reset(&w.reader);
	http_headers_free(&headers);
}
