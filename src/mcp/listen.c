/* SPDX-License-Identifier: ISC */
/*
 * Subscriptions of 2026-07-28 that outlive their stream: on stdio the host
 * cannot see a broken response, so the bridge subscribes again, swallows the
 * second acknowledgment and tells of what may have been missed (T-063, T-122).
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/relay_p.h"

/* Tries in a row before the subscription counts as lost. */
enum { LISTEN_TRIES = 6 };

struct listen {
	struct relay *relay;     /* borrowed */
	struct call *call;       /* borrowed: it owns us */
	struct message *request; /* owned */
	char *accepted; /* owned: params.notifications of the acknowledgment */
	struct loop_timer again;
	uint32_t backoff_ms;
	unsigned tries;
};

static void
subscribe(void *ctx)
{
	struct listen *l = ctx;
	struct relay *r = l->relay;

	l->call->outbound = remote_send_anew(r->remote,
	    message_with_id(l->request, l->request->rpc.id), l->call);
}

static struct listen *
listen_new(struct relay *r, struct call *call)
{
	const struct message *m = outbound_message(call->outbound);
	struct listen *l = mem_alloc(1, sizeof(*l));

	l->relay = r;
	l->call = call;
	l->request = message_with_id(m, m->rpc.id);
	l->again.fire = subscribe;
	l->again.ctx = l;
	return l;
}

void
listen_free(struct listen **listen)
{
	struct listen *l = *listen;

	if (l == NULL)
		return;
	*listen = NULL;
	loop_timer_stop(&l->again);
	message_free(&l->request);
	free(l->accepted);
	free(l);
}

static void
tell(struct listen *l, const char *method, struct span uri)
{
	const char *id = l->call->id;

	if (uri.len > 0)
		host_send(l->relay->host,
		    message_format("{\"jsonrpc\":\"2.0\",\"method\":\"%s\","
				   "\"params\":{\"uri\":%.*s,\"_meta\":{"
				   "\"" RPC_META_SUBSCRIPTION "\":%s}}}",
			method, (int)uri.len, uri.ptr, id),
		    NULL);
	else
		host_send(l->relay->host,
		    message_format("{\"jsonrpc\":\"2.0\",\"method\":\"%s\","
				   "\"params\":{\"_meta\":{"
				   "\"" RPC_META_SUBSCRIPTION "\":%s}}}",
			method, id),
		    NULL);
}

/* Whatever was subscribed may have changed while nobody listened. */
static void
tell_missed(struct listen *l)
{
	static const struct {
		const char *key;
		enum method method;
	} lists[] = {
		{ "toolsListChanged", METHOD_N_TOOLS_CHANGED },
		{ "promptsListChanged", METHOD_N_PROMPTS_CHANGED },
		{ "resourcesListChanged", METHOD_N_RESOURCES_CHANGED },
	};
	struct span accepted = span_of(l->accepted);
	struct span value, key, uri;
	struct json_iter it;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (json_get(accepted, lists[i].key, &value) &&
		    json_type_of(value) == JSON_TRUE)
			tell(l, method_info(lists[i].method)->name,
			    span_of(""));
	if (!json_get(accepted, "resourceSubscriptions", &value))
		return;
	json_iter_init(&it, value);
	while (json_next(&it, &key, &uri))
		if (json_type_of(uri) == JSON_STRING)
			tell(l, method_info(METHOD_N_RESOURCE_UPDATED)->name,
			    uri);
}

bool
listen_acknowledged(struct relay *r, const struct message *m)
{
	struct span id, accepted = span_of("{}");
	struct call *call;
	struct listen *l;

	if (!rpc_meta(&m->rpc, RPC_META_SUBSCRIPTION, &id))
		return false;
	call = calls_find(&r->calls, id);
	if (call == NULL || call->method != METHOD_LISTEN)
		return false;
	message_param(m, "notifications", &accepted);
	l = call->listen;
	if (l == NULL) {
		call->listen = l = listen_new(r, call);
		l->accepted = mem_copy(accepted.ptr, accepted.len);
		return false;
	}
	log_info("listen", "subscribed again");
	l->tries = 0;
	l->backoff_ms = 0;
	tell_missed(l);
	return true;
}

static bool
may_recover(const struct fault *fault)
{
	return fault->http_status < 400 || fault->http_status >= 500 ||
	       fault->http_status == 429;
}

bool
listen_lost(struct relay *r, struct call *call, const struct fault *fault)
{
	struct listen *l = call->listen;

	if (l == NULL)
		return false;
	if (may_recover(fault) && ++l->tries <= LISTEN_TRIES && !r->left) {
		l->backoff_ms = l->backoff_ms == 0 ? RECONNECT_FIRST_MS / 2 :
						     l->backoff_ms * 2;
		log_info("listen", "lost; subscribing again in %u ms",
		    (unsigned)l->backoff_ms);
		call->outbound = NULL;
		loop_timer_start(r->config.loop, &l->again, l->backoff_ms);
		return true;
	}
	log_warn("listen", "subscription lost: %s", fault_text(fault));
	host_send(r->host,
	    message_format("{\"jsonrpc\":\"2.0\",\"method\":"
			   "\"notifications/cancelled\",\"params\":"
			   "{\"requestId\":%s,\"reason\":"
			   "\"the subscription was lost\"}}",
		call->id),
	    NULL);
	host_skip(r->host, call->batch);
	calls_remove(&r->calls, call);
	return true;
}
