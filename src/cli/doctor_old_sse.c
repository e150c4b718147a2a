/* SPDX-License-Identifier: ISC */
/*
 * HTTP+SSE of 2024-11-05, examined: one event stream that names the endpoint of
 * the messages and brings every answer. The endpoint and the first answer are
 * events of different times, so that a proxy which collects events shows.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/doctor_p.h"

enum { ENDPOINT_MS = 5000, ANSWER_MS = 3000, HTTP_MULTIPLE = 300 };

struct doctor_old {
	struct doctor *d;   /* borrowed */
	struct upstream up; /* at the endpoint, once that is known */
	struct http *http;  /* owned: the stream */
	struct reader reader;
	struct loop_timer timer;
	bool opened, ended;
	struct fault fault; /* of the stream */
	uint64_t began_us, opened_us;
	char awaited[24];       /* id of the request under way; "" : none */
	struct message *answer; /* owned: to it */
	uint64_t answered_us;
	bool waiting; /* the loop runs for what the stream brings */
};

static void
wake(struct doctor_old *old)
{
	if (old->waiting)
		loop_stop(old->d->loop);
}

/* -- the stream ------------------------------------------------------------ */

static void
take_endpoint(struct doctor_old *old, struct span reference)
{
	const struct url *server = &old->d->upstream.url;

	if (old->up.url.text != NULL)
		return;
	if (url_resolve(&old->up.url, server, reference, &old->fault) == -1 ||
	    !url_same_origin(&old->up.url, server)) {
		url_reset(&old->up.url);
		fault_set(&old->fault, FAULT_PROTOCOL,
		    "its event stream names an endpoint of another origin");
		fault_detail(&old->fault, reference);
		old->ended = true;
	}
	wake(old);
}

static void
on_text(void *ctx, struct span type, struct buf *text)
{
	struct doctor_old *old = ctx;
	struct message *m = NULL;

	if (span_is(type, "endpoint")) {
		take_endpoint(old, span_trim(buf_span(text)));
		return;
	}
	m = message_take(text);
	if (old->awaited[0] != '\0' && old->answer == NULL &&
	    (m->rpc.kind == RPC_RESULT || m->rpc.kind == RPC_ERROR) &&
	    json_string_is(m->rpc.id, old->awaited)) {
		old->answer = m;
		old->answered_us = doctor_now_us(old->d);
		wake(old);
		return;
	}
	message_free(&m);
}

static void
on_head(void *ctx, const struct http_head *head)
{
	struct doctor_old *old = ctx;

	old->opened_us = doctor_now_us(old->d);
	old->opened = head->status < HTTP_MULTIPLE &&
		      reader_kind_of(head->content_type) == READER_EVENTS;
	reader_begin(&old->reader, old->opened ? READER_EVENTS : READER_DROP,
	    head->content_length);
}

static enum http_verdict
on_body(void *ctx, struct span bytes)
{
	struct doctor_old *old = ctx;

	return reader_feed(&old->reader, old->http, bytes);
}

static void
on_done(void *ctx, const struct http_result *result)
{
	struct doctor_old *old = ctx;

	(void)result;
	if (old->fault.code == FAULT_NONE)
		fault_set(&old->fault, FAULT_PROTOCOL, "%s",
		    old->opened ? "its event stream ends" :
				  "it offers an event stream but once");
	old->ended = true;
	wake(old);
}

/* -- waiting --------------------------------------------------------------- */

static void
on_timer(void *ctx)
{
	struct doctor_old *old = ctx;

	wake(old);
}

/* What the stream brings next, or the time is over. */
static void
await(struct doctor_old *old, unsigned ms)
{
	loop_timer_start(old->d->loop, &old->timer, ms);
	old->waiting = true;
	loop_run(old->d->loop);
	old->waiting = false;
	loop_timer_stop(&old->timer);
}

int
doctor_old_open(struct doctor *d, struct fault *f)
{
	static const struct http_events events = { on_head, on_body, on_done };
	struct doctor_old *old = mem_alloc(1, sizeof(*old));
	const struct http_request request = {
		.method = "GET",
		.url = d->upstream.url.text,
		.headers = upstream_get_headers(&d->upstream),
	};

	d->old = old;
	old->d = d;
	old->timer.fire = on_timer;
	old->timer.ctx = old;
	upstream_init(&old->up, d->loop, d->client, d->headers);
	reader_init(&old->reader, &d->upstream);
	old->reader.text = on_text;
	old->reader.ctx = old;
	old->began_us = doctor_now_us(d);
	d->asking = "event stream";
	old->http = upstream_start(&d->upstream, &request, &events, old);
	await(old, ENDPOINT_MS);
	d->asking = NULL;
	if (old->up.url.text != NULL)
		return 0;
	if (old->fault.code == FAULT_NONE)
		return fault_set(f, FAULT_PROTOCOL,
		    "its event stream names no endpoint");
	*f = old->fault;
	return -1;
}

void
doctor_old_close(struct doctor *d)
{
	struct doctor_old *old = d->old;

	if (old == NULL)
		return;
	d->old = NULL;
	http_free(&old->http);
	reader_reset(&old->reader);
	upstream_reset(&old->up);
	message_free(&old->answer);
	free(old);
}

double
doctor_old_opening_ms(const struct doctor *d)
{
	return (double)(d->old->opened_us - d->old->began_us) / 1000;
}

/* -- messages -------------------------------------------------------------- */

static int
post(struct doctor_old *old, const char *what, struct message *m,
    struct fault *f)
{
	const struct doctor_ask ask = {
		.method = "POST",
		.headers = upstream_post_headers(&old->up),
		.message = m,
		.patience_ms = ANSWER_MS,
		.at = &old->up,
	};
	struct doctor_answer a;
	int rc = 0;

	doctor_answer_init(&a);
	doctor_exchange(old->d, what, &ask, &a);
	if (!a.head)
		rc = fault_set(f, doctor_answer_fault(&a)->code, "%s",
		    fault_text(doctor_answer_fault(&a)));
	else if (!outcome_success(&a.outcome))
		rc = fault_set(f, FAULT_HTTP, "%s is refused (HTTP %d)", what,
		    a.outcome.status);
	doctor_answer_reset(&a);
	return rc;
}

int
doctor_old_tell(struct doctor *d, const char *what, struct message *m,
    struct fault *f)
{
	int rc = post(d->old, what, m, f);

	message_free(&m);
	return rc;
}

int
doctor_old_ask(struct doctor *d, const char *what, struct message *m,
    struct doctor_old_answer *a, struct fault *f)
{
	struct doctor_old *old = d->old;
	uint64_t began_us = doctor_now_us(d);
	char *id = json_string_dup(m->rpc.id, sizeof(old->awaited));
	int rc = 0;

	strlcpy(old->awaited, id != NULL ? id : "", sizeof(old->awaited));
	free(id);
	rc = post(old, what, m, f);
	if (rc == 0 && old->answer == NULL && !old->ended)
		await(old, ANSWER_MS);
	if (rc == 0 && old->answer == NULL)
		rc = old->ended ? fault_set(f, FAULT_PROTOCOL, "%s",
				      fault_text(&old->fault)) :
				  fault_set(f, FAULT_TIMEOUT,
				      "%s is taken, but not answered", what);
	if (rc == 0)
		*a = (struct doctor_old_answer){
			.message = old->answer,
			.us = old->answered_us - began_us,
		};
	else
		message_free(&old->answer);
	old->answer = NULL;
	old->awaited[0] = '\0';
	message_free(&m);
	return rc;
}
