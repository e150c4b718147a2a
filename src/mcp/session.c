/* SPDX-License-Identifier: ISC */
/*
 * The session of the initialize-based eras: strict order around the handshake
 * (T-024), the standing stream (T-028), and a new session in place of a dead
 * one, unseen by the host (T-035 to T-037).
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/remote_p.h"
#include "wire/header.h"

static void
set_phase(struct remote *r, enum session_phase phase)
{
	r->session.phase = phase;
	if (phase == SESSION_OPEN)
		ping_start(r);
	remote_pump(r);
}

static void
open_wait_over(void *ctx)
{
	struct remote *r = ctx;

	loop_timer_stop(&r->session.open_wait);
	if (r->session.phase == SESSION_OPENING)
		set_phase(r, SESSION_OPEN);
}

static void
pay_again(void *ctx)
{
	struct remote *r = ctx;

	if (r->session.phase == SESSION_OWED)
		session_renew(r);
}

void
session_init(struct remote *r)
{
	STAILQ_INIT(&r->session.remembered);
	r->session.open_wait.fire = open_wait_over;
	r->session.open_wait.ctx = r;
	r->session.pay_again.fire = pay_again;
	r->session.pay_again.ctx = r;
}

static void
forget(struct session *s, struct remembered *item)
{
	STAILQ_REMOVE(&s->remembered, item, remembered, link);
	message_free(&item->message);
	free(item);
}

void
session_reset(struct remote *r)
{
	struct session *s = &r->session;

	loop_timer_stop(&s->open_wait);
	loop_timer_stop(&s->pay_again);
	stream_free(&s->standing);
	message_free(&s->initialize);
	while (!STAILQ_EMPTY(&s->remembered))
		forget(s, STAILQ_FIRST(&s->remembered));
	free(s->version);
	free(s->result);
	s->version = s->result = NULL;
}

/* The bridge's own messages go by themselves; but only those that open a
 * session go before there is one. */
static bool
allows_own(const struct session *s, const struct outbound *o)
{
	enum method method = o->message->rpc.method_code;

	return method == METHOD_INITIALIZE || method == METHOD_N_INITIALIZED ||
	       (s->phase != SESSION_OWED && s->phase != SESSION_RENEWING);
}

bool
session_allows(const struct remote *r, const struct outbound *o)
{
	enum method method;

	if (r->legacy != NULL && !legacy_ready(r))
		return false;
	if (o->stateless)
		return true;
	if (o->own != NULL)
		return allows_own(&r->session, o);
	if (r->on_hold)
		return false;
	method = o->message->rpc.method_code;
	switch (r->session.phase) {
	case SESSION_FRESH:
	case SESSION_READY:
	case SESSION_OPEN:
		return true;
	case SESSION_INITIALIZING:
		return method == METHOD_PING || method == METHOD_INITIALIZE;
	case SESSION_CONFIRMING:
		return method == METHOD_N_INITIALIZED;
	case SESSION_OPENING:
	case SESSION_OWED:
	case SESSION_RENEWING:
		break;
	}
	return false;
}

static struct message *
copy_of(const struct message *m)
{
	return message_with_id(m, m->rpc.id);
}

static bool
same_uri(const struct message *a, const struct message *b)
{
	struct span left, right;

	return message_param(a, "uri", &left) &&
	       message_param(b, "uri", &right) && span_equal(left, right);
}

/* Keeps what a later session must be told again, once for each thing said. */
static void
remember(struct session *s, const struct message *m)
{
	enum method method = m->rpc.method_code;
	struct remembered *item, *next;

	STAILQ_FOREACH_SAFE (item, &s->remembered, link, next) {
		enum method kept = item->message->rpc.method_code;

		if (method == METHOD_SET_LEVEL ?
			kept == METHOD_SET_LEVEL :
			kept != METHOD_SET_LEVEL && same_uri(item->message, m))
			forget(s, item);
	}
	if (method == METHOD_RESOURCES_UNSUBSCRIBE)
		return;
	item = mem_alloc(1, sizeof(*item));
	item->message = copy_of(m);
	STAILQ_INSERT_TAIL(&s->remembered, item, link);
}

/* A notification with a request's name asks for nothing. */
static bool
misnamed(const struct message *m)
{
	return m->rpc.kind == RPC_NOTIFICATION &&
	       m->rpc.method_code != METHOD_N_INITIALIZED;
}

void
session_sending(struct remote *r, struct outbound *o)
{
	struct session *s = &r->session;

	o->generation = s->generation;
	if (o->stateless || o->own != NULL || misnamed(o->message))
		return;
	switch ((int)o->message->rpc.method_code) {
	case METHOD_INITIALIZE:
		upstream_set_session(&r->up, span_of(""));
		upstream_set_version(&r->up, span_of(""));
		stream_free(&s->standing);
		message_free(&s->initialize);
		s->initialize = copy_of(o->message);
		s->phase = SESSION_INITIALIZING;
		break;
	case METHOD_N_INITIALIZED:
		if (s->phase == SESSION_READY)
			s->phase = SESSION_CONFIRMING;
		break;
	case METHOD_SET_LEVEL:
	case METHOD_RESOURCES_SUBSCRIBE:
	case METHOD_RESOURCES_UNSUBSCRIBE:
		remember(s, o->message);
		break;
	}
}

void
session_accepted(struct remote *r, struct outbound *o, struct span session_id)
{
	if (o->stateless || o->message->rpc.method_code != METHOD_INITIALIZE ||
	    session_id.len == 0)
		return;
	if (session_id.len > LIMIT_SESSION_ID ||
	    !header_is_visible(session_id)) {
		log_warn("session", "unusable session id of %zu bytes ignored",
		    session_id.len);
		return;
	}
	upstream_set_session(&r->up, session_id);
}

/* Takes over what the server said of itself. */
static void
learn(struct remote *r, const struct message *m)
{
	struct session *s = &r->session;
	struct span value;

	free(s->version);
	free(s->result);
	s->version = NULL;
	s->result = mem_copy(m->rpc.result.ptr, m->rpc.result.len);
	if (json_get(m->rpc.result, "protocolVersion", &value))
		s->version = json_string_dup(value, LIMIT_HEADER_VALUE);
	if (s->version != NULL && header_is_visible(span_of(s->version)))
		upstream_set_version(&r->up, span_of(s->version));
}

void
session_incoming(struct remote *r, const struct message *m)
{
	struct session *s = &r->session;

	if (s->phase != SESSION_INITIALIZING ||
	    !message_same_id(m->rpc.id, s->initialize->rpc.id))
		return;
	if (m->rpc.kind == RPC_ERROR)
		return;
	learn(r, m);
	log_info("session", "open, protocol %s",
	    s->version != NULL ? s->version : "unknown");
	set_phase(r, SESSION_READY);
}

static void
standing_opened(void *ctx)
{
	open_wait_over(ctx);
}

static void
standing_message(void *ctx, struct message *m)
{
	remote_incoming(ctx, NULL, m);
}

static void
standing_ended(void *ctx, const struct outcome *why)
{
	struct remote *r = ctx;
	struct session *s = &r->session;
	struct fault fault;

	log_info("session", "no standing stream (HTTP %d)", why->status);
	s->stream_refused = why->status == 401 || why->status == 403;
	if (why->status == 401) {
		fault_set(&fault, FAULT_LOGIN_REQUIRED, "%s", "");
		r->events->unauthorized(r->ctx, NULL,
		    stream_bearer(s->standing), why, &fault);
	}
	stream_free(&s->standing);
	open_wait_over(r);
}

static void
open_standing(struct remote *r)
{
	static const struct stream_events events = { standing_opened,
		standing_message, NULL, standing_ended };
	struct session *s = &r->session;

	if (r->legacy != NULL) {
		set_phase(r, SESSION_OPEN);
		return;
	}
	stream_free(&s->standing);
	s->phase = SESSION_OPENING;
	s->standing = stream_new(&r->up, STREAM_STANDING, NULL, &events, r);
	loop_timer_start(r->config.loop, &s->open_wait, TIMEOUT_STREAM_OPEN_MS);
}

void
session_bearer_changed(struct remote *r)
{
	struct session *s = &r->session;

	if (s->phase == SESSION_OWED) {
		session_renew(r);
	} else if (s->stream_refused) {
		s->stream_refused = false;
		open_standing(r);
	} else if (s->phase == SESSION_OPEN) {
		ping_start(r);
	}
}

void
session_owe(struct remote *r)
{
	struct session *s = &r->session;

	if (s->initialize == NULL)
		return;
	s->phase = SESSION_OWED;
	s->pay_backoff_ms = RECONNECT_FIRST_MS;
	loop_timer_start(r->config.loop, &s->pay_again, s->pay_backoff_ms);
}

void
session_begin(struct remote *r, struct message *initialize)
{
	message_free(&r->session.initialize);
	r->session.initialize = initialize;
	/* one that is being opened already will do till it is lost */
	if (r->session.phase != SESSION_RENEWING)
		r->session.phase = SESSION_OWED;
}

void
session_pay(struct remote *r)
{
	if (r->session.phase == SESSION_OWED && !TAILQ_EMPTY(&r->queue))
		session_renew(r);
}

void
session_over(struct remote *r, const struct outbound *o)
{
	struct session *s = &r->session;
	enum method method = o->message->rpc.method_code;

	if (o->stateless || o->own != NULL)
		return;
	/* refused, failed or dropped: an answer would have made it READY */
	if (method == METHOD_INITIALIZE && s->phase == SESSION_INITIALIZING)
		set_phase(r, SESSION_FRESH);
	else if (method == METHOD_N_INITIALIZED &&
		 s->phase == SESSION_CONFIRMING)
		open_standing(r);
}

static void
renewal_failed(struct remote *r, const struct fault *fault)
{
	struct session *s = &r->session;

	log_warn("session", "could not be opened: %s", fault_text(fault));
	s->phase = SESSION_OWED;
	remote_fail_all(r, false, fault);
	/* without a login, only a login helps */
	if (fault_wants_login(fault->code))
		return;
	s->pay_backoff_ms =
	    s->pay_backoff_ms == 0 ? RECONNECT_FIRST_MS : s->pay_backoff_ms * 2;
	if (s->pay_backoff_ms > RECONNECT_MAX_MS)
		s->pay_backoff_ms = RECONNECT_MAX_MS;
	loop_timer_start(r->config.loop, &s->pay_again, s->pay_backoff_ms);
}

static void
ignore_answer(void *ctx, struct message *answer, const struct fault *fault)
{
	(void)ctx;
	(void)fault;
	message_free(&answer);
}

static void
say_again(struct remote *r)
{
	struct remembered *item;

	STAILQ_FOREACH (item, &r->session.remembered, link) {
		char *id = remote_own_id(r);

		remote_ask(r, message_with_id(item->message, span_of(id)),
		    false, ignore_answer, r);
		free(id);
	}
}

/* The host's own `initialized`, where ours has just been accepted; and answers
 * to what another session has asked (T-037). */
static bool
is_void(const struct message *m)
{
	return m->rpc.method_code == METHOD_N_INITIALIZED ||
	       m->rpc.kind == RPC_RESULT || m->rpc.kind == RPC_ERROR;
}

static void
forget_void(struct remote *r)
{
	struct outbound *o, *next;

	TAILQ_FOREACH_SAFE (o, &r->queue, link, next)
		if (is_void(o->message))
			outbound_free(o);
}

static void
renewal_confirmed(void *ctx, struct message *answer, const struct fault *fault)
{
	struct remote *r = ctx;

	message_free(&answer);
	if (fault != NULL) {
		renewal_failed(r, fault);
		return;
	}
	r->session.phase = SESSION_OPENING;
	forget_void(r);
	say_again(r);
	r->events->renewed(r->ctx);
	open_standing(r);
}

static bool
same_version(struct remote *r, const struct message *answer)
{
	struct span value;

	return r->session.version == NULL ||
	       (json_get(answer->rpc.result, "protocolVersion", &value) &&
		   json_string_is(value, r->session.version));
}

static void
renewal_answered(void *ctx, struct message *answer, const struct fault *fault)
{
	struct remote *r = ctx;
	struct fault refusal;

	if (fault != NULL) {
		renewal_failed(r, fault);
	} else if (answer->rpc.kind == RPC_ERROR || !same_version(r, answer)) {
		fault_set(&refusal, FAULT_PROTOCOL,
		    "The server lost its session and %s",
		    answer->rpc.kind == RPC_ERROR ?
			"refuses another one" :
			"now speaks another protocol version");
		renewal_failed(r, &refusal);
	} else {
		learn(r, answer);
		remote_ask(r,
		    message_format("{\"jsonrpc\":\"2.0\",\"method\":"
				   "\"notifications/initialized\"}"),
		    false, renewal_confirmed, r);
	}
	message_free(&answer);
}

void
session_renew(struct remote *r)
{
	struct session *s = &r->session;
	char *id;

	if (s->phase == SESSION_RENEWING || s->initialize == NULL)
		return;
	log_info("session", s->result != NULL ?
				"lost by the server; opening another" :
				"opening one");
	s->phase = SESSION_RENEWING;
	s->generation++;
	stream_free(&s->standing);
	loop_timer_stop(&s->open_wait);
	loop_timer_stop(&s->pay_again);
	upstream_set_session(&r->up, span_of(""));
	upstream_set_version(&r->up, span_of(""));
	id = remote_own_id(r);
	remote_ask(r, message_with_id(s->initialize, span_of(id)), false,
	    renewal_answered, r);
	free(id);
}
