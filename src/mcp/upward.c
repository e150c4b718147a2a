/* SPDX-License-Identifier: ISC */
/*
 * An initialize-based host before a stateless server (transport, section E.2),
 * method by method. The messages are rewritten by mcp/translate; here is who
 * waits for what.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/answer.h"
#include "mcp/known.h"
#include "mcp/upward_p.h"

static void ask_again(void *ctx);

static void
answer_locally(struct relay *r, struct call *call)
{
	relay_answer(r, call, answer_result(span_of(call->id), "{}"));
}

static void
refuse(struct relay *r, struct call *call, enum fault_code code,
    const char *why)
{
	struct fault fault;

	fault_set(&fault, code, "%s", why);
	relay_fail(r, call, &fault);
}

static bool
declares(const struct upward *up, const char *what)
{
	struct span value;

	return json_get(span_of(up->capabilities), what, &value);
}

/* The stateless era asks with each request (T-095). */
static void
set_level(struct relay *r, struct call *call, const struct message *m)
{
	struct upward *up = r->up;
	struct span level;

	if (!declares(up, "logging")) {
		refuse(r, call, FAULT_METHOD_NOT_FOUND,
		    "The server keeps no log");
	} else if (!message_param(m, "level", &level) ||
		   log_level_rank(level) < 0) {
		refuse(r, call, FAULT_INVALID_PARAMS, "No such log level");
	} else {
		free(up->log_level);
		up->log_level = mem_copy(level.ptr, level.len);
		answer_locally(r, call);
	}
}

static void
change_subscription(struct relay *r, struct call *call, const struct message *m)
{
	static const char *const path[] = { "resources", "subscribe", NULL };
	struct span value;

	if (!json_get_path(span_of(r->up->capabilities), path, &value) ||
	    json_type_of(value) != JSON_TRUE)
		refuse(r, call, FAULT_METHOD_NOT_FOUND,
		    "The server offers no subscriptions");
	else if (m->rpc.method_code == METHOD_RESOURCES_SUBSCRIBE)
		listening_subscribe(r, call, m);
	else
		listening_unsubscribe(r, call, m);
}

static void
send_translated(struct relay *r, struct call *call, struct message *m)
{
	struct upward *up = r->up;
	struct span level = span_of(up->log_level != NULL ? up->log_level : "");
	char *id = remote_own_id(r->remote);
	struct message *wire = call->method == METHOD_INITIALIZE ?
				   up_discover(&up->host, span_of(id)) :
				   up_request(&up->host, m, span_of(id), level);

	free(id);
	if (wire == NULL) {
		message_free(&m);
		refuse(r, call, FAULT_TOO_LARGE, "");
		return;
	}
	call->outbound = remote_send_as(r->remote, m, wire, true, call);
}

static void
request(struct relay *r, struct call *call, struct message *m)
{
	switch ((int)m->rpc.method_code) {
	case METHOD_PING:
		answer_locally(r, call);
		break;
	case METHOD_SET_LEVEL:
		set_level(r, call, m);
		break;
	case METHOD_RESOURCES_SUBSCRIBE:
	case METHOD_RESOURCES_UNSUBSCRIBE:
		change_subscription(r, call, m);
		break;
	case METHOD_TASKS_LIST:
	case METHOD_TASKS_GET:
	case METHOD_TASKS_RESULT:
	case METHOD_TASKS_UPDATE:
	case METHOD_TASKS_CANCEL:
		refuse(r, call, FAULT_METHOD_NOT_FOUND, "");
		break;
	default:
		send_translated(r, call, m);
		return;
	}
	message_free(&m);
}

/* What a session was told has no meaning without one; vendors' notifications
 * pass (T-069). */
static void
notification(struct relay *r, struct message *m)
{
	switch ((int)m->rpc.method_code) {
	case METHOD_N_INITIALIZED:
		listening_open(r);
		break;
	case METHOD_N_ROOTS_CHANGED:
	case METHOD_N_PROGRESS:
		break;
	default:
		remote_send(r->remote, m, true, NULL);
		return;
	}
	message_free(&m);
}

static void
reply(struct relay *r, struct message *m)
{
	if (!rounds_reply(r, m))
		log_info("relay", "a reply to no open request was dropped");
	message_free(&m);
}

/* A closed stream says it (T-060); open questions go with the call. */
static void
cancelled(struct relay *r, struct call *call, struct message *m)
{
	(void)r;
	(void)call;
	message_free(&m);
}

static char *
server_name(const struct relay *r)
{
	struct url url;
	char *name;

	url_init(&url);
	if (url_parse(&url, span_of(r->config.remote.url), NULL) != 0)
		abort();
	name = mem_string(url.host);
	url_reset(&url);
	return name;
}

/* The server's DiscoverResult: what it says now, and the answer to the host's
 * initialize. */
static struct message *
learn(struct relay *r, struct span host_id, const struct message *discovered,
    struct fault *f)
{
	struct upward *up = r->up;
	char *name = server_name(r);
	struct message *result =
	    up_initialize_result(&up->host, host_id, discovered, name, f);
	struct span value;

	free(name);
	if (result == NULL)
		return NULL;
	json_get(result->rpc.result, "capabilities", &value);
	free(up->capabilities);
	up->capabilities = mem_copy(value.ptr, value.len);
	up->discovered = true;
	return result;
}

static void
answer_initialize(struct relay *r, struct call *call,
    const struct message *discovered)
{
	struct fault fault;
	struct message *result =
	    learn(r, span_of(call->id), discovered, &fault);
	bool went_on = call->answered;

	if (result == NULL) {
		relay_fail(r, call, &fault);
		return;
	}
	relay_answer(r, call, result);
	if (went_on)
		listening_open(r);
}

/* A server known to be of this era has answered; or it is so no longer. */
static void
answer_discovered(struct relay *r, struct call *call, struct message *m)
{
	const struct message *request = outbound_message(call->outbound);

	if (verdict_asks_again(r, m)) {
		struct message *again =
		    message_with_id(request, request->rpc.id);

		relay_drop(r, call);
		send_translated(r, call, again);
	} else if (m->rpc.kind == RPC_RESULT && up_has_common_version(m)) {
		answer_initialize(r, call, m);
	} else {
		verdict_revoke(r, call);
	}
	message_free(&m);
}

static void
answer(struct relay *r, struct call *call, struct message *m)
{
	struct message *translated;

	if (m->rpc.kind == RPC_RESULT &&
	    result_type_of(m) == RESULT_INPUT_REQUIRED &&
	    method_takes_input(call->method)) {
		rounds_begin(r, call, m);
		return;
	}
	if (m->rpc.kind == RPC_RESULT && result_type_of(m) != RESULT_COMPLETE) {
		message_free(&m);
		relay_drop(r, call);
		refuse(r, call, FAULT_PROTOCOL,
		    "The server gave a result of an unknown type");
		return;
	}
	translated = up_response(m, call->method, span_of(call->id));
	if (translated != NULL) {
		message_free(&m);
		relay_answer(r, call, translated);
	} else {
		relay_answer(r, call, m);
	}
}

static void
answer_of(struct relay *r, struct call *call, struct message *m)
{
	if (call->method == METHOD_INITIALIZE)
		answer_discovered(r, call, m);
	else
		answer(r, call, m);
}

static void
asked(struct relay *r, struct outbound *via, struct message *m)
{
	(void)r;
	(void)via;
	log_warn("relay", "the server sent a request; dropped");
	message_free(&m);
}

/* Each round of questions may count anew; to the host it is one request, whose
 * progress grows (T-098). */
static bool
advances(struct call *call, const struct message *m)
{
	struct span value;
	double progress;
	char *text;

	if (!message_param(m, "progress", &value) ||
	    json_type_of(value) != JSON_NUMBER)
		return true;
	text = mem_copy(value.ptr, value.len);
	progress = strtod(text, NULL);
	free(text);
	if (call->progressed && progress <= call->progress)
		return false;
	call->progress = progress;
	call->progressed = true;
	return true;
}

static bool
is_stale(const struct outbound *via, const struct message *m)
{
	return m->rpc.method_code == METHOD_N_PROGRESS && via != NULL &&
	       outbound_owner(via) != NULL && !advances(outbound_owner(via), m);
}

static void
told(struct relay *r, struct outbound *via, struct message *m)
{
	struct message *translated = NULL;

	if (m->rpc.method_code == METHOD_N_LISTEN_ACK)
		listening_acknowledged(r, m);
	else if (!is_stale(via, m) && up_relays(m->rpc.method_code))
		translated = up_notification(m);
	message_free(&m);
	if (translated != NULL)
		host_send(r->host, translated, NULL);
}

static void
renewed(struct relay *r)
{
	(void)r;
}

/* Whoever refuses server/discover by a status is no server of that era. */
static bool
failed(struct relay *r, struct call *call, const struct fault *fault)
{
	if (call->method != METHOD_INITIALIZE || fault->code != FAULT_HTTP ||
	    fault->http_status < 400 || fault->http_status >= 500)
		return false;
	verdict_revoke(r, call);
	return true;
}

static void
close_up(struct relay *r)
{
	struct upward *up = r->up;

	if (up == NULL)
		return;
	listening_close(up);
	loop_timer_stop(&up->ask_again);
	up_host_reset(&up->host);
	buf_reset(&up->uris);
	free(up->capabilities);
	free(up->log_level);
	free(up);
	r->up = NULL;
}

static struct upward *
upward_new(struct relay *r, const struct message *initialize)
{
	struct upward *up = mem_alloc(1, sizeof(*up));

	up_host_init(&up->host, initialize);
	buf_init(&up->uris, LIMIT_MESSAGE);
	TAILQ_INIT(&up->waiting);
	up->ask_again.fire = ask_again;
	up->ask_again.ctx = r;
	return up;
}

void
upward_expect(struct relay *r, const struct message *initialize,
    struct span capabilities)
{
	r->up = upward_new(r, initialize);
	r->up->capabilities = capabilities.len > 0 ?
				  mem_copy(capabilities.ptr, capabilities.len) :
				  mem_string("{}");
	r->way = &way_up;
}

/* A host that was answered provisionally has gone on: in the way of a session,
 * which there will not be. */
static void
carry_over(struct relay *r, const struct call *initialize)
{
	struct call *call, *next;

	TAILQ_FOREACH_SAFE (call, &r->calls.pending, link, next) {
		const struct message *sent;
		struct message *m;

		if (call == initialize || call->outbound == NULL)
			continue;
		sent = outbound_message(call->outbound);
		m = message_with_id(sent, sent->rpc.id);
		relay_drop(r, call);
		request(r, call, m);
	}
	remote_forgo_session(r->remote);
}

void
upward_begin(struct relay *r, struct call *call,
    const struct message *initialize, const struct message *discovered)
{
	upward_expect(r, initialize, span_of("{}"));
	carry_over(r, call);
	answer_initialize(r, call, discovered);
}

/* -- a server that is away when the host is answered ------------------------
 */

static void
discovered_late(void *ctx, struct message *answer, const struct fault *fault)
{
	struct relay *r = ctx;
	struct message *result = NULL;
	struct fault why;

	if (fault == NULL)
		result = learn(r, span_of("0"), answer, &why);
	if (result == NULL) {
		upward_owes(r);
	} else {
		known_save(r->config.remote.url, relay_profile(r),
		    METHOD_INITIALIZE, result->rpc.result, true);
		handshake_done(r, span_of(r->up->capabilities));
		listening_open(r);
	}
	message_free(&result);
	message_free(&answer);
}

static void
ask_again(void *ctx)
{
	struct relay *r = ctx;
	char *id = remote_own_id(r->remote);

	remote_ask(r->remote, up_discover(&r->up->host, span_of(id)), true,
	    discovered_late, r);
	free(id);
}

void
upward_owes(struct relay *r)
{
	struct upward *up = r->up;

	up->backoff_ms =
	    up->backoff_ms == 0 ? RECONNECT_FIRST_MS : up->backoff_ms * 2;
	if (up->backoff_ms > RECONNECT_MAX_MS)
		up->backoff_ms = RECONNECT_MAX_MS;
	loop_timer_start(r->config.loop, &up->ask_again, up->backoff_ms);
}

const struct way way_up = {
	.request = request,
	.notification = notification,
	.reply = reply,
	.cancelled = cancelled,
	.answer = answer_of,
	.asked = asked,
	.told = told,
	.renewed = renewed,
	.failed = failed,
	.close = close_up,
};
