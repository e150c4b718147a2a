/* SPDX-License-Identifier: ISC */
/*
 * A stateless host before an initialize-based server (transport, section E.4),
 * method by method. The messages are rewritten by mcp/translate; here is who
 * waits for what. Everything goes under ids of the bridge's own: a call may
 * outlive the request it came with, and its id be used again.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/answer.h"
#include "mcp/downward_p.h"

static void
refuse(struct relay *r, struct call *call, enum fault_code code)
{
	struct fault fault;

	fault_set(&fault, code, "%s", "");
	relay_fail(r, call, &fault);
}

/* -- progress, whose token is the bridge's own towards the server -----------
 */

static struct message *
with_token(struct message *m, struct span at, struct span token)
{
	const struct json_splice splice = { at, token };
	struct buf text;

	buf_init(&text, m->text.len + token.len);
	if (json_apply(buf_span(&m->text), &splice, 1, &text) != 0)
		abort();
	message_free(&m);
	return message_take(&text);
}

static struct message *
with_own_token(struct message *wire)
{
	struct span token;

	if (wire == NULL || !rpc_meta(&wire->rpc, "progressToken", &token))
		return wire;
	return with_token(wire, token, wire->rpc.id);
}

void
downward_progress(struct relay *r, const struct message *request,
    struct message *m)
{
	struct span token, own;
	struct message *translated = NULL;

	if (rpc_meta(&request->rpc, "progressToken", &token) &&
	    message_param(m, "progressToken", &own)) {
		m = with_token(m, own, token);
		translated = down_notification(m, span_of(""));
	}
	message_free(&m);
	if (translated != NULL)
		host_send(r->host, translated, NULL);
}

static struct call *
find_by_token(struct call_list *list, struct span token)
{
	struct call *call;

	TAILQ_FOREACH (call, list, link)
		if (call->outbound != NULL &&
		    span_equal(outbound_wire(call->outbound)->rpc.id, token))
			return call;
	return NULL;
}

static void
progress(struct relay *r, struct message *m)
{
	struct call *call = NULL;
	struct span token;

	if (message_param(m, "progressToken", &token)) {
		call = find_by_token(&r->calls.pending, token);
		if (call == NULL)
			call = find_by_token(&r->down->away, token);
	}
	if (call == NULL)
		message_free(&m);
	else if (questions_away(call))
		questions_keep_progress(call, m);
	else
		downward_progress(r, outbound_message(call->outbound), m);
}

/* -- logs ------------------------------------------------------------------ */

enum { LOG_LEVELS = 8 };

static unsigned
verbosity_of(struct span level)
{
	int rank = log_level_rank(level);

	return rank < 0 ? 0 : (unsigned)(LOG_LEVELS - rank);
}

/* The most that a request in flight wants, `but` this one. */
static unsigned
most_verbose(const struct relay *r, const struct call *but)
{
	const struct call *call;
	unsigned most = 0;

	TAILQ_FOREACH (call, &r->calls.pending, link)
		if (call != but && call->verbosity > most)
			most = call->verbosity;
	return most;
}

/* Must the server hear of the level first? It logs at the most verbose one that
 * is wanted (T-114). */
static bool
needs_level(const struct relay *r, const struct call *call)
{
	unsigned now = r->down->verbosity;
	struct span logging;

	if (call->verbosity == 0 || call->verbosity == now ||
	    !json_get(span_of(r->down->server.capabilities), "logging",
		&logging))
		return false;
	return call->verbosity > now ||
	       most_verbose(r, call) <= call->verbosity;
}

/* A log that belongs to no request, as servers on the SDK 1.x write them all,
 * goes by the most verbose one. */
static void
logged(struct relay *r, const struct outbound *via, struct message *m)
{
	const struct call *call = via != NULL ? outbound_owner(via) : NULL;
	unsigned wanted =
	    call != NULL ? call->verbosity : most_verbose(r, NULL);
	struct message *translated = NULL;
	struct span level = span_of("");

	message_param(m, "level", &level);
	if (call != NULL && questions_away(call))
		wanted = 0;
	if (verbosity_of(level) > 0 && verbosity_of(level) <= wanted)
		translated = down_notification(m, span_of(""));
	message_free(&m);
	if (translated != NULL)
		host_send(r->host, translated, NULL);
}

/* -- requests of the host ---------------------------------------------------
 */

void
downward_send(struct relay *r, struct call *call, struct message *m)
{
	char *id = remote_own_id(r->remote);
	struct message *wire = with_own_token(down_request(m, span_of(id)));

	free(id);
	if (wire == NULL) {
		message_free(&m);
		refuse(r, call, FAULT_TOO_LARGE);
		return;
	}
	call->outbound = remote_send_as(r->remote, m, wire, false, call);
}

/* Another message goes first in the name of the request: so it waits for the
 * session, for sign-in and for the answer like any other. */
static void
send_ahead(struct relay *r, struct call *call, struct message *m,
    enum method method)
{
	char *id = remote_own_id(r->remote);
	struct span level = span_of("");
	struct message *wire;

	if (method == METHOD_SET_LEVEL) {
		(void)rpc_meta(&m->rpc, RPC_META_LOG_LEVEL, &level);
		wire = message_format("{\"jsonrpc\":\"2.0\",\"id\":%s,"
				      "\"method\":\"logging/setLevel\","
				      "\"params\":{\"level\":%.*s}}",
		    id, (int)level.len, level.ptr);
	} else {
		wire = message_format("{\"jsonrpc\":\"2.0\",\"id\":%s,"
				      "\"method\":\"ping\"}",
		    id);
	}
	free(id);
	call->outbound = remote_send_as(r->remote, m, wire, false, call);
}

static bool
went_ahead(const struct outbound *o)
{
	return outbound_wire(o)->rpc.method_code !=
	       outbound_message(o)->rpc.method_code;
}

static void
answer_discover(struct relay *r, struct call *call)
{
	struct message *result =
	    down_discover_result(&r->down->server, span_of(call->id));

	if (result != NULL)
		relay_answer(r, call, result);
	else
		refuse(r, call, FAULT_TOO_LARGE);
}

static bool
needs_server(const struct call *call)
{
	return call->method == METHOD_DISCOVER ||
	       call->method == METHOD_LISTEN || call->verbosity > 0;
}

/* One step further with a request (taken). */
static void
advance(struct relay *r, struct call *call, struct message *m)
{
	struct downward *down = r->down;
	struct span state;

	if (down->refusal.code != FAULT_NONE) {
		message_free(&m);
		relay_fail(r, call, &down->refusal);
	} else if (down->server.revision == REVISION_UNKNOWN &&
		   needs_server(call)) {
		send_ahead(r, call, m, METHOD_PING);
	} else if (call->method == METHOD_DISCOVER) {
		message_free(&m);
		answer_discover(r, call);
	} else if (call->method == METHOD_LISTEN) {
		subscription_open(r, call, m);
	} else if (method_takes_input(call->method) &&
		   message_param(m, "requestState", &state)) {
		questions_retry(r, call, m, state);
	} else if (needs_level(r, call)) {
		send_ahead(r, call, m, METHOD_SET_LEVEL);
	} else {
		downward_send(r, call, m);
	}
}

static void
answer_ping(struct relay *r, struct call *call)
{
	relay_answer(r, call,
	    answer_result(span_of(call->id), "{\"resultType\":\"complete\"}"));
}

static void
request(struct relay *r, struct call *call, struct message *m)
{
	struct message *refusal = down_refusal(m);
	struct span level = span_of("");

	if (refusal != NULL) {
		message_free(&m);
		relay_answer(r, call, refusal);
		return;
	}
	if (rpc_meta(&m->rpc, RPC_META_LOG_LEVEL, &level))
		call->verbosity = verbosity_of(level);
	downward_open(r, m);
	switch ((int)m->rpc.method_code) {
	case METHOD_PING:
		answer_ping(r, call);
		break;
	case METHOD_INITIALIZE:
	case METHOD_SET_LEVEL:
	case METHOD_RESOURCES_SUBSCRIBE:
	case METHOD_RESOURCES_UNSUBSCRIBE:
	case METHOD_TASKS_LIST:
	case METHOD_TASKS_GET:
	case METHOD_TASKS_RESULT:
	case METHOD_TASKS_UPDATE:
	case METHOD_TASKS_CANCEL:
		refuse(r, call, FAULT_METHOD_NOT_FOUND);
		break;
	default:
		advance(r, call, m);
		return;
	}
	message_free(&m);
}

/* Of the host's notifications only vendors' have a meaning in a session. */
static void
notification(struct relay *r, struct message *m)
{
	struct message *translated = NULL;

	if (r->down != NULL && m->rpc.method_code == METHOD_OTHER)
		translated = down_request(m, span_of(""));
	message_free(&m);
	if (translated != NULL)
		remote_send(r->remote, translated, false, NULL);
}

static void
reply(struct relay *r, struct message *m)
{
	(void)r;
	log_info("relay", "a reply to no open request was dropped");
	message_free(&m);
}

void
downward_cancel(struct relay *r, const struct outbound *o, struct span reason)
{
	struct span id = outbound_wire(o)->rpc.id;

	if (!outbound_delivered(o) || went_ahead(o))
		return;
	remote_send(r->remote,
	    message_format("{\"jsonrpc\":\"2.0\",\"method\":"
			   "\"notifications/cancelled\",\"params\":"
			   "{\"requestId\":%.*s%s%.*s}}",
		(int)id.len, id.ptr, reason.len > 0 ? ",\"reason\":" : "",
		(int)reason.len, reason.ptr),
	    false, NULL);
}

static void
cancelled(struct relay *r, struct call *call, struct message *m)
{
	struct span reason = span_of("");

	message_param(m, "reason", &reason);
	if (call->outbound != NULL)
		downward_cancel(r, call->outbound, reason);
	message_free(&m);
}

/* -- from the server --------------------------------------------------------
 */

void
downward_answer(struct relay *r, struct call *call, struct message *m)
{
	struct message *translated;

	if (down_demands_urls(m, call->method)) {
		questions_demand(r, call, m);
		return;
	}
	translated =
	    down_response(&r->down->server, m, call->method, span_of(call->id));
	message_free(&m);
	if (translated != NULL) {
		relay_answer(r, call, translated);
		return;
	}
	relay_drop(r, call);
	refuse(r, call, FAULT_TOO_LARGE);
}

/* What went ahead is done, however it ended; now the request itself. */
static void
follow(struct relay *r, struct call *call)
{
	struct outbound *o = call->outbound;
	struct message *m =
	    message_with_id(outbound_message(o), outbound_message(o)->rpc.id);

	if (outbound_wire(o)->rpc.method_code == METHOD_SET_LEVEL)
		downward_note_level(r->down, call, m);
	remote_answered(r->remote, o);
	call->outbound = NULL;
	advance(r, call, m);
}

static void
answer(struct relay *r, struct call *call, struct message *m)
{
	if (call->outbound == NULL) {
		log_debug("relay", "an answer to no open request dropped");
		message_free(&m);
	} else if (went_ahead(call->outbound)) {
		message_free(&m);
		follow(r, call);
	} else if (questions_away(call)) {
		questions_keep_answer(r, call, m);
	} else {
		downward_answer(r, call, m);
	}
}

static struct message *
refusal_of(const struct message *asked, const struct fault *fault)
{
	struct buf text;

	buf_init(&text, LIMIT_MESSAGE);
	answer_fault(asked->rpc.id, fault, &text);
	return message_take(&text);
}

static bool
may_be_asked(const struct call *call)
{
	return method_takes_input(call->method) && call->outbound != NULL &&
	       !went_ahead(call->outbound);
}

/* Where the stream does not tell: the only call there is (T-113). */
static struct call *
only_call(const struct relay *r)
{
	const struct call_list *const lists[] = { &r->calls.pending,
		&r->down->away };
	struct call *call, *only = NULL;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		TAILQ_FOREACH (call, lists[i], link) {
			if (!may_be_asked(call))
				continue;
			if (only != NULL)
				return NULL;
			only = call;
		}
	}
	return only;
}

static bool
is_question(const struct message *m)
{
	return m->rpc.method_code == METHOD_ELICIT ||
	       m->rpc.method_code == METHOD_SAMPLING ||
	       m->rpc.method_code == METHOD_ROOTS_LIST;
}

static int
check_question(const struct call *call, const struct message *m,
    struct fault *f)
{
	if (!is_question(m))
		return fault_set(f, FAULT_METHOD_NOT_FOUND, "%s", "");
	if (call == NULL || !may_be_asked(call))
		return fault_set(f, FAULT_INVALID_PARAMS,
		    "It belongs to no request of the host");
	return input_check(m,
	    down_capabilities(outbound_message(call->outbound)), f);
}

static void
asked(struct relay *r, struct outbound *via, struct message *m)
{
	struct call *call = via != NULL ? outbound_owner(via) : NULL;
	struct message *own_answer = NULL;
	struct fault fault;

	if (call == NULL)
		call = only_call(r);
	if (m->rpc.method_code == METHOD_PING) {
		own_answer = answer_result(m->rpc.id, "{}");
	} else if (check_question(call, m, &fault) != 0) {
		log_info("relay", "a request of the server is refused: %s",
		    fault_text(&fault));
		own_answer = refusal_of(m, &fault);
	} else {
		questions_add(r, call, m);
		return;
	}
	message_free(&m);
	remote_send(r->remote, own_answer, false, NULL);
}

static void
told(struct relay *r, struct outbound *via, struct message *m)
{
	struct message *translated = NULL;
	struct span id;

	switch ((int)m->rpc.method_code) {
	case METHOD_N_PROGRESS:
		progress(r, m);
		return;
	case METHOD_N_MESSAGE:
		logged(r, via, m);
		return;
	case METHOD_N_TOOLS_CHANGED:
	case METHOD_N_PROMPTS_CHANGED:
	case METHOD_N_RESOURCES_CHANGED:
	case METHOD_N_RESOURCE_UPDATED:
		subscriptions_tell(r, m);
		return;
	case METHOD_N_CANCELLED:
		if (message_param(m, "requestId", &id))
			questions_withdraw(r, id);
		break;
	case METHOD_OTHER:
		translated = down_notification(m, span_of(""));
		break;
	}
	message_free(&m);
	if (translated != NULL)
		host_send(r->host, translated, NULL);
}

static bool
failed(struct relay *r, struct call *call, const struct fault *fault)
{
	(void)r;
	if (!questions_away(call))
		return false;
	questions_keep_fault(call, fault);
	return true;
}

const struct way way_down = {
	.request = request,
	.notification = notification,
	.reply = reply,
	.cancelled = cancelled,
	.answer = answer,
	.asked = asked,
	.told = told,
	.renewed = downward_renewed,
	.failed = failed,
	.close = downward_close,
};
