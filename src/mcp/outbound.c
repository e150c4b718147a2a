/* SPDX-License-Identifier: ISC */
/*
 * The life of a message towards the remote: queued, sent, answered or settled,
 * perhaps sent again. What to do after a failure is decided in mcp/recovery;
 * the order around a session's handshake in mcp/session.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/trace.h"
#include "mcp/declare.h"
#include "mcp/mirror.h"
#include "mcp/remote_p.h"

/* Responses left open after their answer: enough for a burst, few enough not
 * to pile up connections that a server forgets to close. */
enum { LINGER_MAX = 16, LINGER_MS = 1000 };

static struct outbound_list *
list_of(struct outbound *o)
{
	struct remote *r = o->remote;

	switch (o->state) {
	case OUT_QUEUED:
		return &r->queue;
	case OUT_LIVE:
	case OUT_DELAYED:
	case OUT_PARKED:
		return &r->live;
	case OUT_LINGERING:
		break;
	}
	return &r->lingering;
}

static void
set_state(struct outbound *o, enum outbound_state state)
{
	struct remote *r = o->remote;

	TAILQ_REMOVE(list_of(o), o, link);
	if (o->state == OUT_LINGERING)
		r->lingering_count--;
	o->state = state;
	TAILQ_INSERT_TAIL(list_of(o), o, link);
	if (state == OUT_LINGERING)
		r->lingering_count++;
}

void
outbound_free(struct outbound *o)
{
	struct remote *r = o->remote;

	TAILQ_REMOVE(list_of(o), o, link);
	if (o->state == OUT_LINGERING)
		r->lingering_count--;
	r->held -= o->message->text.len;
	loop_timer_stop(&o->again);
	exchange_free(&o->exchange);
	http_headers_free(&o->headers);
	message_free(&o->wire);
	message_free(&o->message);
	free(o);
}

/* The end of a message without an answer from the server. */
static void
settle(struct outbound *o, const struct fault *fault)
{
	struct remote *r = o->remote;
	bool wanted = o->state != OUT_LINGERING;

	exchange_free(&o->exchange);
	session_over(r, o);
	set_state(o, OUT_LINGERING); /* it is no longer pending */
	if (o->own != NULL)
		o->own(o->own_ctx, NULL, fault);
	else if (wanted)
		r->events->settled(r->ctx, o, fault);
	outbound_free(o);
}

void
outbound_fail(struct outbound *o, const struct fault *fault)
{
	settle(o, fault);
}

void
remote_give_up(struct remote *r, struct outbound *o, const struct fault *fault)
{
	(void)r;
	settle(o, fault);
}

void
remote_fail_all(struct remote *r, bool live, const struct fault *fault)
{
	struct outbound *o, *next;

	TAILQ_FOREACH_SAFE (o, &r->queue, link, next)
		settle(o, fault);
	if (!live)
		return;
	TAILQ_FOREACH_SAFE (o, &r->live, link, next)
		settle(o, fault);
}

const struct message *
outbound_wire(const struct outbound *o)
{
	return o->wire != NULL ? o->wire : o->message;
}

static void
on_accepted(void *ctx, int status, struct span session_id)
{
	struct outbound *o = ctx;

	(void)status;
	session_accepted(o->remote, o, session_id);
}

/* The server's error under the id the host knows (T-042, T-064). */
static struct message *
readdress(const struct outbound *o, struct message *answer)
{
	struct span id = o->message->rpc.id;
	struct span error = answer->rpc.error;
	struct message *m;

	if (answer->rpc.kind != RPC_ERROR || span_equal(answer->rpc.id, id))
		return answer;
	m = message_format("{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"error\":%.*s}",
	    (int)id.len, id.ptr, (int)error.len, error.ptr);
	message_free(&answer);
	return m;
}

/* The subscription's events under the id the host knows (T-122). */
static struct message *
resubscribe(const struct outbound *o, struct message *m)
{
	struct json_splice splice = { .with = o->message->rpc.id };
	struct buf text;

	if (o->wire == NULL || m->rpc.kind != RPC_NOTIFICATION ||
	    !rpc_meta(&m->rpc, RPC_META_SUBSCRIPTION, &splice.at) ||
	    !span_equal(splice.at, o->wire->rpc.id))
		return m;
	buf_init(&text, LIMIT_MESSAGE + LIMIT_ID);
	if (json_apply(buf_span(&m->text), &splice, 1, &text) != 0)
		abort();
	message_free(&m);
	return message_take(&text);
}

static void
on_message(void *ctx, struct message *m)
{
	struct outbound *o = ctx;

	/* the answer ends a stateless response, whatever follows (T-058) */
	if (o->state == OUT_LINGERING) {
		if (o->stateless)
			message_free(&m);
		else
			remote_incoming(o->remote, NULL, m);
		return;
	}
	if (m->rpc.kind == RPC_ERROR && m->rpc.id.len == 0 &&
	    o->message->rpc.kind == RPC_REQUEST)
		m = readdress(o, m);
	remote_incoming(o->remote, o, resubscribe(o, m));
}

static void
send_again(void *ctx)
{
	struct outbound *o = ctx;

	set_state(o, OUT_QUEUED);
	remote_pump(o->remote);
}

void
outbound_renumber(struct outbound *o)
{
	struct message *renamed;
	char *id;

	if (!o->stateless || o->message->rpc.kind != RPC_REQUEST)
		return;
	id = remote_own_id(o->remote);
	renamed = message_with_id(outbound_wire(o), span_of(id));
	message_free(&o->wire);
	o->wire = renamed;
	free(id);
}

static void
delay(struct outbound *o, unsigned delay_ms)
{
	exchange_free(&o->exchange);
	outbound_renumber(o);
	set_state(o, OUT_DELAYED);
	loop_timer_start(o->remote->config.loop, &o->again, delay_ms);
}

void
outbound_requeue(struct outbound *o)
{
	exchange_free(&o->exchange);
	o->awaits_tools = false;
	set_state(o, OUT_QUEUED);
	TAILQ_REMOVE(&o->remote->queue, o, link);
	TAILQ_INSERT_HEAD(&o->remote->queue, o, link);
}

void
outbound_park(struct outbound *o)
{
	set_state(o, OUT_PARKED);
}

static void
renew(struct outbound *o)
{
	struct remote *r = o->remote;

	o->renewed = true;
	outbound_requeue(o);
	if (o->generation == r->session.generation)
		session_renew(r);
	remote_pump(r);
}

void
outbound_refused(struct outbound *o, struct message *answer)
{
	remote_incoming(o->remote, o, readdress(o, answer));
}

static struct message *
take_answer(struct exchange_report *report)
{
	struct message *answer = report->answer;

	report->answer = NULL;
	return answer;
}

/* An error that only the bridge could have avoided is none of the host's. */
static void
rewrite_refusal(struct outbound *o, const struct message *answer)
{
	struct span id = o->message->rpc.id;
	struct span error = answer->rpc.error;

	remote_incoming(o->remote, o,
	    message_format("{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"error\":"
			   "{\"code\":-32603,\"message\":\"The server refuses "
			   "the mirrored headers\",\"data\":{\"error\":%.*s}}}",
		(int)id.len, id.ptr, (int)error.len, error.ptr));
}

static void
relay_own_refusal(struct outbound *o, struct exchange_report *report)
{
	struct message *answer = take_answer(report);

	exchange_free(&o->exchange);
	o->own(o->own_ctx, answer, NULL);
	outbound_free(o);
}

static void
park(struct outbound *o, const struct exchange_report *report,
    const struct fault *fault)
{
	struct remote *r = o->remote;

	if (report->outcome->status == 403)
		o->scope_refusals++;
	else
		o->rejections++;
	outbound_park(o);
	r->events->unauthorized(r->ctx, o, o->bearer, report->outcome, fault);
}

/* The server expects headers of a schema we have not seen (T-057). */
static void
mirror_again(struct outbound *o)
{
	exchange_free(&o->exchange);
	outbound_renumber(o);
	set_state(o, OUT_DELAYED);
	o->awaits_tools = true;
	tool_refresh_start(o->remote, o->message);
}

static void
carry_out(struct outbound *o, struct exchange_report *report,
    const struct recovery_plan *plan)
{
	switch (plan->what) {
	case RECOVER_NOTHING:
		settle(o, NULL);
		break;
	case RECOVER_FAIL:
		settle(o, &plan->fault);
		break;
	case RECOVER_RELAY:
		if (o->own != NULL)
			relay_own_refusal(o, report);
		else
			outbound_refused(o, take_answer(report));
		break;
	case RECOVER_REWRITE:
		rewrite_refusal(o, report->answer);
		break;
	case RECOVER_WAIT:
		exchange_free(&o->exchange);
		break;
	case RECOVER_AGAIN:
		delay(o, plan->delay_ms);
		break;
	case RECOVER_RENEW:
		renew(o);
		break;
	case RECOVER_AUTHORIZE:
		park(o, report, &plan->fault);
		break;
	case RECOVER_FALLBACK:
		legacy_detect(o, take_answer(report), &plan->fault);
		break;
	case RECOVER_MIRROR:
		mirror_again(o);
		break;
	}
}

static void
recover(struct outbound *o, struct exchange_report *report)
{
	struct remote *r = o->remote;
	struct recovery_plan plan;
	struct recovery_case c = { .report = report,
		.message = o->message,
		.stateless = o->stateless,
		.had_session = o->had_session,
		.renewed = o->renewed,
		.may_fall_back = r->config.transport == TRANSPORT_AUTO &&
				 r->legacy == NULL && !o->stateless,
		.http_sse = r->legacy != NULL,
		.bearer_sent = o->bearer != 0 || r->config.static_bearer,
		.header_bytes =
		    o->headers != NULL ? http_headers_bytes(o->headers) : 0,
		.attempts = o->attempts };

	recovery_decide(&c, &plan);
	if (plan.what != RECOVER_NOTHING)
		log_debug("remote", "HTTP %d, %s", report->outcome->status,
		    plan.fault.code != FAULT_NONE ? fault_text(&plan.fault) :
						    "no answer yet");
	carry_out(o, report, &plan);
}

static void
on_ended(void *ctx, struct exchange_report *report)
{
	struct outbound *o = ctx;

	if (o->state == OUT_LINGERING)
		outbound_free(o);
	else
		recover(o, report);
}

static void
declare(struct outbound *o)
{
	const char *extension = o->remote->config.extension;
	struct message *declared = NULL;

	if (extension != NULL)
		declared = declare_extension(outbound_wire(o), extension);
	if (declared == NULL)
		return;
	message_free(&o->wire);
	o->wire = declared;
}

static void
start(struct outbound *o)
{
	static const struct exchange_events events = { on_accepted, on_message,
		on_ended };
	struct remote *r = o->remote;

	declare(o);
	const struct message *m = outbound_wire(o);
	struct exchange_request request = { .body = buf_span(&m->text),
		.wants_answer = m->rpc.kind == RPC_REQUEST,
		.resumable = !o->stateless,
		.legacy = r->legacy != NULL };

	set_state(o, OUT_LIVE);
	session_sending(r, o);
	o->attempts++;
	o->had_session = upstream_has_session(&r->up);
	o->bearer = r->up.bearer;
	http_headers_free(&o->headers);
	if (o->stateless)
		o->headers =
		    mirror_headers(&r->up, r->config.tools, m, r->version);
	else if (m->rpc.method_code == METHOD_INITIALIZE)
		o->headers = upstream_fresh_headers(&r->up);
	request.headers =
	    o->headers != NULL ? o->headers : upstream_post_headers(&r->up);
	if (r->legacy != NULL)
		request.url = legacy_endpoint(r);
	trace_message("bridge", "server", request.body, span_of(""));
	o->exchange = exchange_new(&r->up, &request, &events, o);
}

void
remote_pump(struct remote *r)
{
	struct outbound *o, *next;

	if (r->awaits_bearer)
		return;
	session_pay(r);
	TAILQ_FOREACH_SAFE (o, &r->queue, link, next)
		if (session_allows(r, o))
			start(o);
}

struct outbound *
outbound_new(struct remote *r, struct message *message)
{
	struct outbound *o = mem_alloc(1, sizeof(*o));

	o->remote = r;
	o->message = message;
	o->again.fire = send_again;
	o->again.ctx = o;
	r->held += message->text.len;
	TAILQ_INSERT_TAIL(&r->queue, o, link);
	return o;
}

void
outbound_adopt(struct outbound *o, struct message *message, void *owner)
{
	o->remote->held += message->text.len;
	o->remote->held -= o->message->text.len;
	message_free(&o->message);
	o->message = message;
	o->owner = owner;
}

void *
outbound_owner(const struct outbound *o)
{
	return o->owner;
}

const struct message *
outbound_message(const struct outbound *o)
{
	return o->message;
}

unsigned
outbound_rejections(const struct outbound *o)
{
	return o->rejections;
}

unsigned
outbound_scope_refusals(const struct outbound *o)
{
	return o->scope_refusals;
}

bool
outbound_delivered(const struct outbound *o)
{
	return o->state == OUT_LIVE &&
	       (o->exchange == NULL || exchange_delivered(o->exchange));
}

static void
linger(struct outbound *o)
{
	struct remote *r = o->remote;

	set_state(o, OUT_LINGERING);
	if (r->lingering_count > LINGER_MAX)
		outbound_free(TAILQ_FIRST(&r->lingering));
	if (!loop_timer_running(&r->linger))
		loop_timer_start(r->config.loop, &r->linger, LINGER_MS);
}

void
remote_answered(struct remote *r, struct outbound *o)
{
	(void)r;
	session_over(r, o);
	if (o->exchange != NULL && exchange_answered(o->exchange))
		linger(o);
	else
		outbound_free(o);
}

void
remote_drop(struct remote *r, struct outbound *o)
{
	if (o == NULL)
		return;
	if (!o->stateless && outbound_delivered(o)) {
		remote_answered(r, o);
		return;
	}
	session_over(r, o);
	outbound_free(o);
}

void
remote_again(struct remote *r, struct outbound *o)
{
	exchange_free(&o->exchange);
	/* refused for want of a token, it was not tried yet */
	o->attempts = 0;
	set_state(o, OUT_QUEUED);
	remote_pump(r);
}
