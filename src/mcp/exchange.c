/* SPDX-License-Identifier: ISC */
/*
 * POSTs and their responses. Reports how an exchange ended; whether to send
 * again is decided in mcp/recovery.
 */
#include "mcp/exchange.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/trace.h"
#include "mcp/stream.h"

struct exchange {
	struct upstream *up; /* borrowed */
	struct exchange_request request;
	const struct exchange_events *events; /* borrowed: static */
	void *ctx;
	struct http *http;     /* owned: the POST */
	struct stream *stream; /* owned: its resumption */
	struct reader reader;
	struct outcome outcome;
	struct loop_timer patience; /* running: the server is waited for */
	char *target; /* owned: where a redirect led; NULL: none did */
	unsigned redirects;
	bool renonced; /* sent again, with the nonce the server wants */
	bool answered;
	bool delivered;
	bool failed;   /* by an `error` event; the fault is noted */
	unsigned busy; /* callbacks of ours on the stack */
	bool doomed;   /* freed inside one of them */
};

static void post(struct exchange *x);

/* False when a callback freed the exchange. */
static bool
leave(struct exchange *x)
{
	x->busy--;
	if (!x->doomed)
		return true;
	if (x->busy == 0)
		free(x);
	return false;
}

static enum reader_kind
success_kind(const struct exchange *x, const struct http_head *head)
{
	enum reader_kind kind = reader_kind_of(head->content_type);

	if (x->request.legacy || head->status == 202 || head->status == 204)
		return READER_DROP;
	/* an accepted notification has nothing to say but events (T-026) */
	if (!x->request.wants_answer && kind != READER_EVENTS)
		return READER_DROP;
	return kind;
}

static void
await(struct exchange *x, unsigned wait_ms)
{
	if (wait_ms > 0)
		loop_timer_start(x->up->loop, &x->patience, wait_ms);
	else
		loop_timer_stop(&x->patience);
}

/* Event streams may be idle for as long as they like. */
static void
await_body(struct exchange *x)
{
	bool is_stream = x->reader.kind == READER_EVENTS;

	await(x, is_stream ? 0 : x->up->patience.gap_ms);
}

static void
on_head(void *ctx, const struct http_head *head)
{
	struct exchange *x = ctx;

	x->delivered = true;
	upstream_heard(x->up, head);
	outcome_head(&x->outcome, head);
	if (!outcome_success(&x->outcome)) {
		reader_begin(&x->reader, READER_OTHER, -1);
		await_body(x);
		return;
	}
	reader_begin(&x->reader, success_kind(x, head), head->content_length);
	await_body(x);
	x->busy++;
	x->events->accepted(x->ctx, head->status, head->session_id);
	leave(x);
}

/* A response body may be an array of messages (2025-03-26, T-025). */
static void
deliver_items(struct exchange *x, struct message *batch)
{
	struct json_iter it;
	struct span key, item;
	struct buf text;

	json_iter_init(&it, batch->rpc.text);
	while (!x->doomed && json_next(&it, &key, &item)) {
		buf_init(&text, LIMIT_MESSAGE);
		if (buf_add_span(&text, item) == 0)
			x->events->message(x->ctx, message_take(&text));
	}
	message_free(&batch);
}

/* MCP knows no `error` events; one that holds no message tells that the stream
 * has failed. */
static void
fail_stream(struct exchange *x, struct message *m)
{
	struct fault *fault = outcome_fault(&x->outcome);

	fault_set(fault, FAULT_STREAM_ERROR, "%s", "");
	fault_detail(fault, buf_span(&m->text));
	fault_phase(fault, "stream");
	message_free(&m);
	x->failed = true;
	reader_stop(&x->reader);
}

static void
on_text(void *ctx, struct span type, struct buf *text)
{
	struct exchange *x = ctx;
	struct message *m;

	if (type.len > 0 && !span_is(type, "message") &&
	    !span_is(type, "error"))
		return;
	m = message_swap(text);
	if (span_is(type, "error") && m->rpc.kind == RPC_INVALID)
		fail_stream(x, m);
	else if (m->rpc.kind == RPC_BATCH)
		deliver_items(x, m);
	else
		x->events->message(x->ctx, m);
}

static enum http_verdict
on_body(void *ctx, struct span bytes)
{
	struct exchange *x = ctx;
	enum http_verdict verdict;

	x->busy++;
	verdict = reader_feed(&x->reader, x->http, bytes);
	if (!leave(x))
		return HTTP_STOP;
	/* paused, it is the host that is waited for */
	if (verdict == HTTP_CONTINUE)
		await_body(x);
	else
		await(x, 0);
	return verdict;
}

static void
report(struct exchange *x, enum exchange_end end)
{
	struct exchange_report r = { .end = end, .outcome = &x->outcome };

	if (end == EXCHANGE_REFUSED) {
		r.body = buf_span(&x->reader.body);
		if (r.body.len > 0) {
			struct buf copy;

			trace_message("server", "bridge", r.body, span_of(""));
			buf_init(&copy, LIMIT_ERROR_BODY);
			if (buf_add_span(&copy, r.body) == 0)
				r.answer = message_take(&copy);
		}
		if (r.answer != NULL && r.answer->rpc.kind != RPC_ERROR &&
		    r.answer->rpc.kind != RPC_RESULT)
			message_free(&r.answer);
	}
	x->busy++;
	x->events->ended(x->ctx, &r);
	message_free(&r.answer);
	leave(x);
}

/* Where the refused POST went. */
static int
posted_to(const struct exchange *x, struct url *u)
{
	const char *text = x->up->url.text;

	if (x->target != NULL)
		text = x->target;
	else if (x->request.url != NULL)
		text = x->request.url;
	return url_parse(u, span_of(text), NULL);
}

static bool
follow_redirect(struct exchange *x)
{
	struct url from, to;
	bool follow;

	if ((x->outcome.status != 307 && x->outcome.status != 308) ||
	    x->outcome.location == NULL || x->redirects >= LIMIT_REDIRECTS)
		return false;
	url_init(&from);
	url_init(&to);
	follow =
	    posted_to(x, &from) == 0 &&
	    url_resolve(&to, &from, span_of(x->outcome.location), NULL) == 0 &&
	    url_same_origin(&to, &from);
	if (follow) {
		x->redirects++;
		free(x->target);
		x->target = mem_string(to.text);
		post(x);
	}
	url_reset(&from);
	url_reset(&to);
	return follow;
}

/* The server has done nothing yet but ask for its nonce in the proof: no
 * rejection of the token. */
static bool
prove_again(struct exchange *x)
{
	if (!x->outcome.wants_nonce || x->renonced)
		return false;
	x->renonced = true;
	post(x);
	return true;
}

static void
on_stream_opened(void *ctx)
{
	(void)ctx;
}

static void
on_stream_message(void *ctx, struct message *m)
{
	struct exchange *x = ctx;

	x->events->message(x->ctx, m);
}

static void
on_stream_ended(void *ctx, const struct outcome *why)
{
	struct exchange *x = ctx;

	log_debug("exchange", "stream could not be resumed: HTTP %d",
	    why->status);
	stream_free(&x->stream);
	report(x, x->answered ? EXCHANGE_DONE : EXCHANGE_SILENT);
}

static void
resume(struct exchange *x)
{
	static const struct stream_events events = { on_stream_opened,
		on_stream_message, NULL, on_stream_ended };

	log_debug("exchange", "the stream broke before the answer");
	x->stream =
	    stream_new(x->up, STREAM_RESUMED, x->reader.events, &events, x);
}

static void
end_success(struct exchange *x, const struct http_result *result)
{
	if (x->failed) {
		report(x, EXCHANGE_BROKEN);
	} else if (x->reader.too_large) {
		fault_set(outcome_fault(&x->outcome), FAULT_TOO_LARGE,
		    "The server's message passes %zu MiB", LIMIT_MESSAGE / MIB);
		x->outcome.ended = false;
		report(x, EXCHANGE_BROKEN);
	} else if (!x->request.wants_answer || x->answered) {
		report(x, EXCHANGE_DONE);
	} else if (x->reader.kind == READER_EVENTS && x->request.resumable &&
		   reader_last_id(&x->reader).len > 0) {
		resume(x);
	} else {
		report(x, result->ok ? EXCHANGE_SILENT : EXCHANGE_BROKEN);
	}
}

static void
on_done(void *ctx, const struct http_result *result)
{
	struct exchange *x = ctx;
	bool success = outcome_success(&x->outcome);

	await(x, 0);
	http_free(&x->http);
	if (!x->failed)
		outcome_result(&x->outcome, result);
	if (success && (result->ok || x->reader.kind == READER_EVENTS)) {
		x->busy++;
		reader_finish(&x->reader);
		if (!leave(x))
			return;
	}
	if (success)
		end_success(x, result);
	else if (x->outcome.status == 0)
		report(x, EXCHANGE_BROKEN);
	else if (!follow_redirect(x) && !prove_again(x))
		report(x, EXCHANGE_REFUSED);
}

/* What is known of a refusal counts, however its body ends. */
static void
out_of_patience(void *ctx)
{
	struct exchange *x = ctx;
	const struct upstream_patience *patience = &x->up->patience;
	struct outcome *o = &x->outcome;
	bool answering = o->status != 0;

	if (!answering && !http_uploaded(x->http)) {
		await(x, patience->head_ms);
		return;
	}
	if (answering)
		fault_set(outcome_fault(o), FAULT_TIMEOUT,
		    "The server stopped in the middle of its answer for %u s",
		    patience->gap_ms / 1000);
	else
		fault_set(outcome_fault(o), FAULT_TIMEOUT,
		    "The server did not begin to answer within %u s",
		    patience->head_ms / 1000);
	o->sent = true;
	o->ended = false;
	http_free(&x->http);
	report(x, answering && !outcome_success(o) ? EXCHANGE_REFUSED :
						     EXCHANGE_BROKEN);
}

static void
post(struct exchange *x)
{
	static const struct http_events events = { on_head, on_body, on_done };
	struct http_request request = { .method = "POST",
		.url = x->request.url,
		.headers = x->request.headers,
		.body = x->request.body };

	if (x->target != NULL)
		request.url = x->target;
	else if (request.url == NULL)
		request.url = x->up->url.text;
	outcome_reset(&x->outcome);
	x->http = upstream_start(x->up, &request, &events, x);
	await(x, x->up->patience.head_ms);
}

struct exchange *
exchange_new(struct upstream *up, const struct exchange_request *request,
    const struct exchange_events *events, void *ctx)
{
	struct exchange *x = mem_alloc(1, sizeof(*x));

	x->up = up;
	x->request = *request;
	x->events = events;
	x->ctx = ctx;
	x->patience.fire = out_of_patience;
	x->patience.ctx = x;
	outcome_init(&x->outcome);
	reader_init(&x->reader, up);
	x->reader.text = on_text;
	x->reader.ctx = x;
	post(x);
	return x;
}

bool
exchange_answered(struct exchange *exchange)
{
	exchange->answered = true;
	stream_free(&exchange->stream);
	return exchange->http != NULL;
}

bool
exchange_delivered(const struct exchange *exchange)
{
	return exchange->delivered ||
	       (exchange->http != NULL && http_uploaded(exchange->http));
}

void
exchange_free(struct exchange **exchange)
{
	struct exchange *x = *exchange;

	if (x == NULL)
		return;
	*exchange = NULL;
	await(x, 0);
	http_free(&x->http);
	stream_free(&x->stream);
	reader_stop(&x->reader);
	reader_reset(&x->reader);
	outcome_reset(&x->outcome);
	free(x->target);
	x->doomed = true;
	if (x->busy == 0)
		free(x);
}
