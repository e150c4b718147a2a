/* SPDX-License-Identifier: ISC */
/*
 * The table of calls between host and remote: who waits for an answer, and that
 * everybody gets one. How messages are carried is the way's business.
 */
#include "mcp/relay.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/store.h"
#include "mcp/answer.h"
#include "mcp/relay_p.h"

/* -- answers ------------------------------------------------------------- */

static void
send_fault(struct relay *r, struct span id, struct batch *batch,
    const struct fault *fault)
{
	struct buf line;

	buf_init(&line, LIMIT_MESSAGE);
	answer_fault(id, fault, &line);
	host_send_text(r->host, &line, batch);
	relay_balance(r);
}

static uint64_t
deadline(const struct relay *r, const struct call *call)
{
	return call->since_ms + r->config.request_timeout_ms;
}

/* A subscription has no deadline. */
static const struct call *
oldest_with_deadline(const struct relay *r)
{
	const struct call *call;

	TAILQ_FOREACH (call, &r->calls.pending, link)
		if (call->method != METHOD_LISTEN)
			return call;
	return NULL;
}

static void
watch_deadline(struct relay *r)
{
	const struct call *oldest = oldest_with_deadline(r);
	uint64_t now = loop_now_ms(r->config.loop);

	if (oldest == NULL || r->config.request_timeout_ms == 0)
		loop_timer_stop(&r->timeout);
	else if (!loop_timer_running(&r->timeout))
		loop_timer_start(r->config.loop, &r->timeout,
		    deadline(r, oldest) > now ? deadline(r, oldest) - now : 0);
}

void
relay_fail(struct relay *r, struct call *call, const struct fault *fault)
{
	if (!handshake_failed(r, call, fault) && !offline_list(r, call))
		relay_answer_fault(r, call, fault);
	relay_check_drained(r);
}

void
relay_answer_fault(struct relay *r, struct call *call,
    const struct fault *fault)
{
	log_info("relay", "request failed: %s", fault_text(fault));
	send_fault(r, span_of(call->id), call->batch, fault);
	calls_remove(&r->calls, call);
}

const char *
relay_profile(const struct relay *r)
{
	const struct auth_config *auth = r->config.auth;

	if (auth == NULL)
		return "default";
	/* Who keeps tokens off the disk wants nothing on it. */
	return store_is_memory(auth->store) ? NULL : auth->profile;
}

void
relay_tell(struct relay *r, enum method method)
{
	host_send(r->host,
	    message_format("{\"jsonrpc\":\"2.0\",\"method\":\"%s\"}",
		method_info(method)->name),
	    NULL);
}

void
relay_drop(struct relay *r, struct call *call)
{
	relay_signin_forget(r, call->outbound);
	remote_drop(r->remote, call->outbound);
	call->outbound = NULL;
}

static void
deadline_passed(void *ctx)
{
	struct relay *r = ctx;
	uint64_t now = loop_now_ms(r->config.loop);
	struct call *call, *next;
	struct fault fault;

	TAILQ_FOREACH_SAFE (call, &r->calls.pending, link, next) {
		if (deadline(r, call) > now)
			break;
		if (call->method == METHOD_LISTEN)
			continue;
		fault_set(&fault, FAULT_TIMEOUT, "%s", "");
		fault.not_retryable = !method_info(call->method)->repeatable;
		relay_drop(r, call);
		relay_fail(r, call, &fault);
	}
	watch_deadline(r);
}

void
relay_balance(struct relay *r)
{
	remote_block(r->remote, host_full(r->host));
	host_pause(r->host, remote_held(r->remote) > LIMIT_HELD);
}

/* -- from the host -------------------------------------------------------- */

static const char unsupported[] =
    "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"error\":{\"code\":-32022,\"message\":"
    "\"This connection already speaks 2026-07-28\",\"data\":{\"supported\":"
    "[\"2026-07-28\"],\"requested\":%.*s,\"source\":\"mcp-bridge\"}}}";

/* `initialize` after stateless requests: one pipe, one era (T-080). */
static void
refuse_initialize(struct relay *r, const struct message *m, struct batch *batch)
{
	struct span version = span_of("null");

	message_param(m, "protocolVersion", &version);
	host_send(r->host,
	    message_format(unsupported, (int)m->rpc.id.len, m->rpc.id.ptr,
		(int)version.len, version.ptr),
	    batch);
}

/* What keeps a request from being sent at all. */
static int
check_request(struct relay *r, const struct message *m, struct fault *f)
{
	struct span version;

	if (r->left)
		return fault_set(f, FAULT_SHUTDOWN, "%s", "");
	if (r->calls.count >= LIMIT_PENDING)
		return fault_set(f, FAULT_BUSY,
		    "%zu requests are waiting for answers already",
		    LIMIT_PENDING);
	if (r->era == ERA_STATELESS && !message_envelope(m, &version))
		return fault_set(f, FAULT_INVALID_PARAMS,
		    "params._meta lacks " RPC_META_VERSION);
	if (m->rpc.method_code == METHOD_TOOLS_CALL && !offline_allows(r, m))
		return tools_check_call(r->tools, m, f);
	return 0;
}

static void
refuse_request(struct relay *r, struct message *m, struct batch *batch)
{
	struct fault fault;

	if (check_request(r, m, &fault) != 0)
		send_fault(r, m->rpc.id, batch, &fault);
	message_free(&m);
}

/* The host's opening decides the era of the pipe (T-080). */
static void
pin_era(struct relay *r, const struct message *m, bool enveloped)
{
	if (m->rpc.method_code == METHOD_INITIALIZE)
		r->era = ERA_INITIALIZE;
	else if (enveloped && r->era == ERA_UNKNOWN &&
		 m->rpc.method_code != METHOD_DISCOVER)
		r->era = ERA_STATELESS;
}

void
relay_send(struct relay *r, struct call *call, struct message *m,
    bool stateless)
{
	call->outbound = remote_send(r->remote, m, stateless, call);
}

static void
host_request(struct relay *r, struct message *m, struct batch *batch)
{
	struct span version;
	struct call *call;

	if (calls_find_exact(&r->calls, m->rpc.id) != NULL) {
		log_warn("relay", "a request reuses an id in flight; dropped");
		host_skip(r->host, batch);
		message_free(&m);
		return;
	}
	if (m->rpc.method_code == METHOD_INITIALIZE &&
	    r->era == ERA_STATELESS) {
		refuse_initialize(r, m, batch);
		message_free(&m);
		return;
	}
	pin_era(r, m, message_envelope(m, &version));
	if (check_request(r, m, NULL) != 0) {
		refuse_request(r, m, batch);
		return;
	}
	verdict_request(r, m);
	call = calls_add(&r->calls, m, batch);
	call->since_ms = loop_now_ms(r->config.loop);
	handshake_sent(r, call);
	if (offline_request(r, call, m))
		message_free(&m);
	else
		r->way->request(r, call, m);
	watch_deadline(r);
	relay_signin_sent(r);
}

void
relay_forget(struct relay *r, struct call *call)
{
	relay_drop(r, call);
	host_skip(r->host, call->batch);
	calls_remove(&r->calls, call);
	relay_check_drained(r);
}

static void
host_cancelled(struct relay *r, struct message *m)
{
	struct span id;
	struct call *call = NULL;

	if (message_param(m, "requestId", &id))
		call = calls_find(&r->calls, id);
	if (call == NULL || call->method == METHOD_INITIALIZE) {
		message_free(&m);
		return;
	}
	r->way->cancelled(r, call, m);
	relay_forget(r, call);
}

static void
on_host_message(void *ctx, struct message *m, struct batch *batch)
{
	struct relay *r = ctx;

	switch (m->rpc.kind) {
	case RPC_REQUEST:
		host_request(r, m, batch);
		break;
	case RPC_NOTIFICATION:
		if (m->rpc.method_code == METHOD_N_CANCELLED)
			host_cancelled(r, m);
		else
			r->way->notification(r, m);
		break;
	case RPC_RESULT:
	case RPC_ERROR:
		r->way->reply(r, m);
		break;
	case RPC_INVALID:
	case RPC_BATCH:
		message_free(&m);
		break;
	}
	relay_balance(r);
}

static void
on_host_drained(void *ctx)
{
	relay_balance(ctx);
}

/* -- from the remote ------------------------------------------------------ */

static void
note_initialized(struct relay *r, const struct message *m)
{
	struct span version;

	host_allow_batches(r->host,
	    json_get(m->rpc.result, "protocolVersion", &version) &&
		json_string_is(version, "2025-03-26"));
}

/* Of the server, not of the host. */
static bool
is_stateless(const struct relay *r)
{
	return r->way == &way_up ||
	       (r->way == &way_direct && r->era == ERA_STATELESS);
}

/* What the host must not see of a list is taken out, in every way. */
void
relay_answer(struct relay *r, struct call *call, struct message *m)
{
	struct span capabilities = span_of("");

	if (call->method == METHOD_INITIALIZE) {
		note_initialized(r, m);
	} else if (call->method == METHOD_TOOLS_LIST &&
		   m->rpc.kind == RPC_RESULT) {
		offline_learned(r, call, m);
		tools_learn(r->tools, is_stateless(r), call->first_page, &m);
	}
	if (handshake_answered(r, call, m)) {
		json_get(m->rpc.result, "capabilities", &capabilities);
		handshake_done(r, capabilities);
		message_free(&m);
	} else {
		host_send(r->host, m, call->batch);
	}
	if (call->outbound != NULL)
		remote_answered(r->remote, call->outbound);
	calls_remove(&r->calls, call);
}

/* A translated request has found its answer by the id it was sent under; the
 * host's may have been used again since. */
static struct call *
answered_call(struct relay *r, struct outbound *via, const struct message *m)
{
	struct call *call = via != NULL ? outbound_owner(via) : NULL;

	if (call != NULL &&
	    span_equal(outbound_message(via)->rpc.id, m->rpc.id))
		return call;
	return calls_find(&r->calls, m->rpc.id);
}

static void
remote_answer(struct relay *r, struct outbound *via, struct message *m)
{
	struct call *call = answered_call(r, via, m);

	if (call == NULL) {
		log_debug("relay", "an answer to no open request dropped");
		message_free(&m);
	} else if (!verdict_answer(r, call, m)) {
		r->way->answer(r, call, m);
	}
}

static void
on_remote_message(void *ctx, struct outbound *via, struct message *m)
{
	struct relay *r = ctx;

	switch (m->rpc.kind) {
	case RPC_RESULT:
	case RPC_ERROR:
		remote_answer(r, via, m);
		break;
	case RPC_REQUEST:
		r->way->asked(r, via, m);
		break;
	case RPC_NOTIFICATION:
		r->way->told(r, via, m);
		break;
	case RPC_INVALID:
	case RPC_BATCH:
		message_free(&m);
		break;
	}
	relay_balance(r);
	relay_check_drained(r);
}

static void
on_settled(void *ctx, struct outbound *o, const struct fault *fault)
{
	struct relay *r = ctx;
	struct call *call = outbound_owner(o);

	if (call == NULL) {
		if (fault != NULL)
			log_warn("relay", "a message was not accepted: %s",
			    fault_text(fault));
	} else if (!verdict_failed(r, call, fault) &&
		   !r->way->failed(r, call, fault)) {
		relay_fail(r, call, fault);
	}
	relay_check_drained(r);
}

static void
on_renewed(void *ctx)
{
	struct relay *r = ctx;

	r->way->renewed(r);
	relay_balance(r);
}

/* -- life ----------------------------------------------------------------- */

struct relay *
relay_new(const struct relay_config *config)
{
	static const struct host_events host_events = { on_host_message,
		relay_host_left, on_host_drained };
	static const struct remote_events remote_events = { on_remote_message,
		on_settled, relay_signin_unauthorized, on_renewed };
	struct relay *r = mem_alloc(1, sizeof(*r));

	r->config = *config;
	r->way = &way_direct;
	r->timeout.fire = deadline_passed;
	r->timeout.ctx = r;
	calls_init(&r->calls);
	r->tools = tools_new(&config->rules);
	r->config.remote.tools = r->tools;
	r->remote = remote_new(&r->config.remote, &remote_events, r);
	handshake_open(r);
	relay_signin_open(r);
	r->host = host_new(config->loop, config->in_fd, config->out_fd,
	    &host_events, r);
	return r;
}

void
relay_free(struct relay **relay)
{
	struct relay *r = *relay;

	if (r == NULL)
		return;
	*relay = NULL;
	loop_timer_stop(&r->timeout);
	loop_timer_stop(&r->drain);
	r->way->close(r);
	verdict_close(r);
	relay_signin_close(r);
	handshake_close(r);
	remote_free(&r->remote);
	host_free(&r->host);
	tools_free(&r->tools);
	calls_reset(&r->calls);
	free(r);
}
