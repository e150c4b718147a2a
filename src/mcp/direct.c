/* SPDX-License-Identifier: ISC */
/*
 * Host and server of the same era: bytes pass unchanged. What is looked at is
 * the envelope, and the parameters the protocol itself assigns to us.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/answer.h"
#include "mcp/relay_p.h"

static void
request(struct relay *r, struct call *call, struct message *m)
{
	struct span version;

	relay_send(r, call, m, message_envelope(m, &version));
}

static void
notification(struct relay *r, struct message *m)
{
	remote_send(r->remote, m, r->era == ERA_STATELESS, NULL);
}

/* The server hears of it in the way of its era: by a message before
 * 2026-07-28, by a closed stream since. */
static void
cancelled(struct relay *r, struct call *call, struct message *m)
{
	if (r->era != ERA_STATELESS && call->outbound != NULL &&
	    outbound_delivered(call->outbound))
		remote_send(r->remote, m, false, NULL);
	else
		message_free(&m);
}

static void
reply(struct relay *r, struct message *m)
{
	struct asked *asked = asked_find_by_host_id(&r->calls, m->rpc.id);
	struct message *restored = NULL;

	if (asked == NULL) {
		log_info("relay", "a reply to no open request was dropped");
		message_free(&m);
		return;
	}
	if (asked->host_id != NULL) {
		restored = message_with_id(m, span_of(asked->id));
		message_free(&m);
		m = restored;
	}
	asked_remove(&r->calls, asked);
	if (m != NULL)
		remote_send(r->remote, m, false, NULL);
}

static void
answer(struct relay *r, struct call *call, struct message *m)
{
	relay_answer(r, call, m);
}

/* The host has not answered a thousand others: this one gets no place. */
static void
refuse_asked(struct relay *r, struct message *m)
{
	struct fault fault;
	struct buf line;

	fault_set(&fault, FAULT_BUSY, "The host answers no more requests");
	buf_init(&line, LIMIT_MESSAGE);
	answer_fault(m->rpc.id, &fault, &line);
	remote_send(r->remote, message_take(&line), false, NULL);
	message_free(&m);
}

/* Should its id be open already (a new session counts from the start, T-037),
 * the host sees another one. */
static void
asked(struct relay *r, struct outbound *via, struct message *m)
{
	struct asked *known = asked_find_by_server_id(&r->calls, m->rpc.id);
	struct asked *entry;
	struct message *renamed;

	(void)via;
	if (r->era == ERA_STATELESS) {
		log_warn("relay", "the server sent a request; dropped");
		message_free(&m);
		return;
	}
	if (r->calls.asked_count >= LIMIT_ASKED) {
		refuse_asked(r, m);
		return;
	}
	entry = asked_add(&r->calls, m->rpc.id);
	if (known == NULL) {
		host_send(r->host, m, NULL);
		return;
	}
	entry->host_id =
	    mem_format("\"mcp-bridge-again-%u\"", ++r->calls.renamed);
	renamed = message_with_id(m, span_of(entry->host_id));
	message_free(&m);
	if (renamed != NULL)
		host_send(r->host, renamed, NULL);
}

static void
told(struct relay *r, struct outbound *via, struct message *m)
{
	struct asked *entry;
	struct span id;

	(void)via;
	if (m->rpc.method_code == METHOD_N_CANCELLED &&
	    message_param(m, "requestId", &id)) {
		entry = asked_find_by_server_id(&r->calls, id);
		if (entry != NULL)
			asked_remove(&r->calls, entry);
	}
	if (m->rpc.method_code == METHOD_N_LISTEN_ACK &&
	    listen_acknowledged(r, m))
		message_free(&m);
	else
		host_send(r->host, m, NULL);
}

static void
tell_changed(struct relay *r, const char *what, enum method method)
{
	const char *const path[] = { what, "listChanged", NULL };
	struct span value;

	if (json_get_path(remote_capabilities(r->remote), path, &value) &&
	    json_type_of(value) == JSON_TRUE)
		relay_tell(r, method);
}

/* What the dead session asked of the host is void; what the new one offers may
 * differ (T-037). */
static void
renewed(struct relay *r)
{
	while (!TAILQ_EMPTY(&r->calls.asked)) {
		struct asked *entry = TAILQ_FIRST(&r->calls.asked);

		host_send(r->host,
		    message_format("{\"jsonrpc\":\"2.0\",\"method\":"
				   "\"notifications/cancelled\",\"params\":"
				   "{\"requestId\":%s,\"reason\":"
				   "\"the server lost its session\"}}",
			asked_host_id(entry).ptr),
		    NULL);
		asked_remove(&r->calls, entry);
	}
	if (r->handshake.provisional) {
		handshake_done(r, remote_capabilities(r->remote));
		return;
	}
	tell_changed(r, "tools", METHOD_N_TOOLS_CHANGED);
	tell_changed(r, "prompts", METHOD_N_PROMPTS_CHANGED);
	tell_changed(r, "resources", METHOD_N_RESOURCES_CHANGED);
}

static bool
failed(struct relay *r, struct call *call, const struct fault *fault)
{
	return listen_lost(r, call, fault);
}

static void
nothing_to_free(struct relay *r)
{
	(void)r;
}

const struct way way_direct = {
	.request = request,
	.notification = notification,
	.reply = reply,
	.cancelled = cancelled,
	.answer = answer,
	.asked = asked,
	.told = told,
	.renewed = renewed,
	.failed = failed,
	.close = nothing_to_free,
};
