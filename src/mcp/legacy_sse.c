/* SPDX-License-Identifier: ISC */
/*
 * HTTP+SSE of 2024-11-05: one event stream that first names the endpoint for
 * all POSTs and then carries every message (T-070 to T-074). The stream is the
 * session: when it is lost, so is the session.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/remote_p.h"

struct legacy {
	struct stream *stream; /* owned */
	struct url endpoint;
	struct loop_timer wait; /* for the endpoint, or for the next try */
	uint32_t backoff_ms;
	bool ready;             /* the endpoint is known and the stream lives */
	bool established;       /* it was ready before */
	bool detecting;         /* a refused POST led here */
	struct message *answer; /* owned: its refusal; or NULL and: */
	struct fault refusal;
};

static void connect_stream(struct remote *r);

static void
on_opened(void *ctx)
{
	(void)ctx;
}

static void
on_message(void *ctx, struct message *m)
{
	remote_incoming(ctx, NULL, m);
}

static void
on_endpoint(void *ctx, struct span reference)
{
	struct remote *r = ctx;
	struct legacy *l = r->legacy;
	struct fault fault;
	struct url url;

	url_init(&url);
	if (url_resolve(&url, &r->up.url, reference, &fault) != 0 ||
	    !url_same_origin(&url, &r->up.url)) {
		fault_set(&fault, FAULT_PROTOCOL,
		    "The server names an endpoint of another origin");
		fault_detail(&fault, reference);
		log_warn("sse", "%s: %s", fault_text(&fault), fault.detail);
		url_reset(&url);
		remote_fail_all(r, true, &fault);
		return;
	}
	url_reset(&l->endpoint);
	l->endpoint = url;
	loop_timer_stop(&l->wait);
	if (l->ready)
		return;
	l->ready = true;
	l->detecting = false;
	l->backoff_ms = 0;
	log_info("sse", "connected by HTTP+SSE");
	if (l->established)
		session_renew(r);
	l->established = true;
	remote_pump(r);
}

/* The first queued message stands for all that wait for authorization. */
static bool
ask_authorization(struct remote *r, const struct outcome *why)
{
	struct outbound *first = TAILQ_FIRST(&r->queue);
	struct fault fault;

	if (why->status != 401)
		return false;
	fault_set(&fault,
	    r->up.bearer != 0 || r->config.static_bearer ? FAULT_REJECTED :
							   FAULT_LOGIN_REQUIRED,
	    "%s", "");
	fault.http_status = why->status;
	if (first != NULL) {
		first->bearer = r->up.bearer;
		first->rejections++;
		outbound_park(first);
	}
	r->events->unauthorized(r->ctx, first, r->up.bearer, why, &fault);
	return true;
}

/* No HTTP+SSE server either: the refusal of the POST is the answer. */
static void
detection_failed(struct remote *r)
{
	struct fault refusal = r->legacy->refusal;
	struct message *answer = r->legacy->answer;
	struct outbound *first = TAILQ_FIRST(&r->queue);

	r->legacy->answer = NULL;
	legacy_free(r);
	if (first != NULL && first->own == NULL && answer != NULL) {
		outbound_refused(first, answer);
		answer = NULL;
	} else if (first != NULL) {
		outbound_fail(first, &refusal);
	}
	message_free(&answer);
	remote_pump(r);
}

static void
describe_end(const struct legacy *l, const struct outcome *why,
    struct fault *fault)
{
	if (l->ready)
		fault_set(fault, FAULT_STREAM_LOST,
		    "The event stream was lost; the request may have been "
		    "carried out");
	else if (why->status == 0)
		*fault = *why->fault;
	else
		fault_set(fault, FAULT_HTTP,
		    "The server offers no event stream (HTTP %d)", why->status);
	fault->not_retryable =
	    l->ready || (why->status >= 400 && why->status < 500);
	fault->http_status = why->status;
	fault_phase(fault, "stream");
}

static void
try_again(void *ctx)
{
	connect_stream(ctx);
}

/* Without the stream there is no session; another is tried for. */
static void
lose(struct remote *r, const struct fault *fault)
{
	struct legacy *l = r->legacy;

	log_warn("sse", "%s", fault_text(fault));
	remote_fail_all(r, true, fault);
	l->ready = false;
	l->wait.fire = try_again;
	l->backoff_ms = l->backoff_ms == 0 ? RECONNECT_FIRST_MS :
					     l->backoff_ms + l->backoff_ms / 2;
	if (l->backoff_ms > RECONNECT_MAX_MS)
		l->backoff_ms = RECONNECT_MAX_MS;
	loop_timer_start(r->config.loop, &l->wait, l->backoff_ms);
}

static void
on_ended(void *ctx, const struct outcome *why)
{
	struct remote *r = ctx;
	struct legacy *l = r->legacy;
	struct fault fault;

	loop_timer_stop(&l->wait);
	fault_clear(&fault);
	describe_end(l, why, &fault);
	if (ask_authorization(r, why)) {
		stream_free(&l->stream);
		return;
	}
	stream_free(&l->stream); /* and `why` with it */
	if (l->detecting) {
		detection_failed(r);
		return;
	}
	lose(r, &fault);
}

static void
endpoint_late(void *ctx)
{
	struct remote *r = ctx;
	struct fault fault;

	stream_free(&r->legacy->stream);
	if (r->legacy->detecting) {
		detection_failed(r);
		return;
	}
	fault_set(&fault, FAULT_TIMEOUT,
	    "The server's event stream names no endpoint");
	lose(r, &fault);
}

static void
connect_stream(struct remote *r)
{
	static const struct stream_events events = { on_opened, on_message,
		on_endpoint, on_ended };

	r->legacy->stream = stream_new(&r->up, STREAM_LEGACY, NULL, &events, r);
	r->legacy->wait.fire = endpoint_late;
	loop_timer_start(r->config.loop, &r->legacy->wait, TIMEOUT_ENDPOINT_MS);
}

void
legacy_start(struct remote *r)
{
	struct legacy *l = mem_alloc(1, sizeof(*l));

	url_init(&l->endpoint);
	l->wait.ctx = r;
	r->legacy = l;
	connect_stream(r);
}

void
legacy_detect(struct outbound *o, struct message *answer,
    const struct fault *fault)
{
	struct remote *r = o->remote;

	log_info("sse", "POST refused; trying HTTP+SSE");
	/* an initialize of our own goes on to open the session */
	if (o->own == NULL)
		r->session.phase = SESSION_FRESH;
	upstream_set_session(&r->up, span_of(""));
	outbound_requeue(o);
	legacy_start(r);
	r->legacy->detecting = true;
	r->legacy->answer = answer;
	r->legacy->refusal = *fault;
}

void
legacy_reconnect(struct remote *r)
{
	if (r->legacy->stream != NULL)
		return;
	loop_timer_stop(&r->legacy->wait);
	connect_stream(r);
}

void
legacy_free(struct remote *r)
{
	struct legacy *l = r->legacy;

	if (l == NULL)
		return;
	r->legacy = NULL;
	loop_timer_stop(&l->wait);
	stream_free(&l->stream);
	url_reset(&l->endpoint);
	message_free(&l->answer);
	free(l);
}

bool
legacy_ready(const struct remote *r)
{
	return r->legacy->ready;
}

const char *
legacy_endpoint(const struct remote *r)
{
	return r->legacy->endpoint.text;
}
