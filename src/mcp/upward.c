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
#include "mcp/upward_p.h"

static void
answer_locally(struct relay *r, struct call *call)
{
	relay_answer(r, call,
	    message_format("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}",
		call->id));
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
send_translated(struct relay *r, struct call *call, struct message *m)
{
	struct upward *up = r->up;
	struct span level = span_of(up->log_level != NULL ? up->log_level : "");
	char *id = remote_own_id(r->remote);
	struct message *wire = up_request(&up->host, m, span_of(id), level);

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
		listening_subscribe(r, call, m);
		break;
	case METHOD_RESOURCES_UNSUBSCRIBE:
		listening_unsubscribe(r, call, m);
		break;
	case METHOD_INITIALIZE:
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
asked(struct relay *r, struct outbound *via, struct message *m)
{
	(void)r;
	(void)via;
	log_warn("relay", "the server sent a request; dropped");
	message_free(&m);
}

static void
told(struct relay *r, struct outbound *via, struct message *m)
{
	struct message *translated = NULL;

	(void)via;
	if (m->rpc.method_code == METHOD_N_LISTEN_ACK)
		listening_acknowledged(r, m);
	else if (up_relays(m->rpc.method_code))
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

static bool
failed(struct relay *r, struct call *call, const struct fault *fault)
{
	(void)r;
	(void)call;
	(void)fault;
	return false;
}

static void
close_up(struct relay *r)
{
	struct upward *up = r->up;

	if (up == NULL)
		return;
	listening_close(up);
	up_host_reset(&up->host);
	buf_reset(&up->uris);
	free(up->capabilities);
	free(up->log_level);
	free(up);
	r->up = NULL;
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

void
upward_begin(struct relay *r, struct call *call,
    const struct message *initialize, const struct message *discovered)
{
	struct upward *up = mem_alloc(1, sizeof(*up));
	char *name = server_name(r);
	struct message *result;
	struct span value;
	struct fault fault;

	up_host_init(&up->host, initialize);
	if (!json_get(discovered->rpc.result, "capabilities", &value))
		value = span_of("{}");
	up->capabilities = mem_copy(value.ptr, value.len);
	buf_init(&up->uris, LIMIT_MESSAGE);
	TAILQ_INIT(&up->waiting);
	r->up = up;
	r->way = &way_up;
	result = up_initialize_result(&up->host, span_of(call->id), discovered,
	    name, &fault);
	free(name);
	if (result != NULL)
		relay_answer(r, call, result);
	else
		relay_fail(r, call, &fault);
}

const struct way way_up = {
	.request = request,
	.notification = notification,
	.reply = reply,
	.cancelled = cancelled,
	.answer = answer,
	.asked = asked,
	.told = told,
	.renewed = renewed,
	.failed = failed,
	.close = close_up,
};
