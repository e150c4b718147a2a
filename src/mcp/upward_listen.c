/* SPDX-License-Identifier: ISC */
/*
 * Subscriptions of an initialize-based host as subscriptions/listen: one stream
 * for the lists the server declares, another for the subscribed resources. A
 * filter cannot be edited, so a stream with the new one is made before the old
 * one is broken (T-096).
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/answer.h"
#include "mcp/upward_p.h"

/* -- what is wanted ---------------------------------------------------------
 */

static bool
list_changes(const struct upward *up, const char *what)
{
	const char *const path[] = { what, "listChanged", NULL };
	struct span value;

	return json_get_path(span_of(up->capabilities), path, &value) &&
	       json_type_of(value) == JSON_TRUE;
}

static struct listen_filter
filter_of(const struct listening *l)
{
	struct upward *up = l->relay->up;
	struct listen_filter filter = { .tools = false };

	if (l == &up->resources) {
		filter.uris = buf_span(&up->uris);
	} else {
		filter.tools = list_changes(up, "tools");
		filter.prompts = list_changes(up, "prompts");
		filter.resources = list_changes(up, "resources");
	}
	return filter;
}

static bool
is_subscribed(const struct upward *up, struct span uri)
{
	struct json_iter it;
	struct span key, item;

	json_iter_init(&it, buf_span(&up->uris));
	while (json_next(&it, &key, &item))
		if (span_equal(item, uri))
			return true;
	return false;
}

/* The list anew, without `uri`, and with it at the end where `add`. */
static void
change_uris(struct upward *up, struct span uri, bool add)
{
	struct json_iter it;
	struct span key, item;
	struct buf list;
	bool any = false;
	int rc;

	buf_init(&list, LIMIT_MESSAGE);
	rc = json_open(&list, '[');
	json_iter_init(&it, buf_span(&up->uris));
	while (rc == 0 && json_next(&it, &key, &item)) {
		if (span_equal(item, uri))
			continue;
		rc = json_put_raw(&list, item);
		any = true;
	}
	if (rc == 0 && add)
		rc = json_put_raw(&list, uri);
	if (rc == 0 && (any || add) && json_close(&list, ']') == 0)
		buf_take(&up->uris, &list);
	else
		buf_reset(&up->uris);
	buf_reset(&list);
}

/* -- telling the host -------------------------------------------------------
 */

/* Whatever was subscribed may have changed while nobody listened. */
static void
tell_missed(struct listening *l)
{
	struct relay *r = l->relay;
	struct listen_filter filter = filter_of(l);
	struct json_iter it;
	struct span key, uri;

	if (filter.tools)
		relay_tell(r, METHOD_N_TOOLS_CHANGED);
	if (filter.prompts)
		relay_tell(r, METHOD_N_PROMPTS_CHANGED);
	if (filter.resources)
		relay_tell(r, METHOD_N_RESOURCES_CHANGED);
	json_iter_init(&it, filter.uris);
	while (json_next(&it, &key, &uri))
		host_send(r->host,
		    message_format("{\"jsonrpc\":\"2.0\",\"method\":\"%s\","
				   "\"params\":{\"uri\":%.*s}}",
			method_info(METHOD_N_RESOURCE_UPDATED)->name,
			(int)uri.len, uri.ptr),
		    NULL);
}

static void
accept_call(struct relay *r, struct call *call)
{
	relay_answer(r, call, answer_result(span_of(call->id), "{}"));
}

/* NULL where the host has given it up. The entry goes. */
static struct call *
take_waiting(struct relay *r, struct waiting *w)
{
	struct call *call = calls_find(&r->calls, span_of(w->call_id));

	if (call != NULL && call->method != METHOD_RESOURCES_SUBSCRIBE)
		call = NULL;
	TAILQ_REMOVE(&r->up->waiting, w, link);
	free(w->call_id);
	free(w->uri);
	free(w);
	return call;
}

static void
accept_waiting(struct relay *r, struct waiting *w)
{
	struct call *call = take_waiting(r, w);

	if (call != NULL)
		accept_call(r, call);
}

static void
refuse_waiting(struct relay *r, struct waiting *w)
{
	struct call *call;

	change_uris(r->up, span_of(w->uri), false);
	call = take_waiting(r, w);
	if (call != NULL)
		relay_answer(r, call,
		    message_format("{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{"
				   "\"code\":-32603,\"message\":\"The server "
				   "does not accept this subscription\","
				   "\"data\":{\"source\":\"mcp-bridge\"}}}",
			call->id));
}

static void
fail_waiting(struct relay *r, const struct fault *fault)
{
	while (!TAILQ_EMPTY(&r->up->waiting)) {
		struct waiting *w = TAILQ_FIRST(&r->up->waiting);
		struct call *call;

		change_uris(r->up, span_of(w->uri), false);
		call = take_waiting(r, w);
		if (call != NULL)
			relay_fail(r, call, fault);
	}
}

static void
settle_waiting(struct relay *r, const struct listen_filter *accepted)
{
	struct waiting *w, *next;

	TAILQ_FOREACH_SAFE (w, &r->up->waiting, link, next) {
		if (listen_filter_has(accepted, span_of(w->uri)))
			accept_waiting(r, w);
		else
			refuse_waiting(r, w);
	}
}

/* -- the streams ------------------------------------------------------------
 */

static void
drop(struct listen_stream *stream)
{
	remote_drop(stream->listening->relay->remote, stream->outbound);
	stream->outbound = NULL;
}

static void
try_later(struct listening *l)
{
	l->backoff_ms =
	    l->backoff_ms == 0 ? RECONNECT_FIRST_MS : l->backoff_ms * 2;
	if (l->backoff_ms > RECONNECT_MAX_MS)
		l->backoff_ms = RECONNECT_MAX_MS;
	loop_timer_start(l->relay->config.loop, &l->again, l->backoff_ms);
}

/* By a status that speaks neither of rights, time nor load. */
static bool
is_refusal(const struct fault *fault)
{
	return fault->http_status >= 400 && fault->http_status < 500 &&
	       fault->http_status != 401 && fault->http_status != 403 &&
	       fault->http_status != 408 && fault->http_status != 429;
}

/* A server that refuses to be listened to is no fault; one that is away, or
 * has ended the stream, is asked again. */
static void
ended(struct listening *l, const struct fault *fault)
{
	if (is_refusal(fault))
		log_info("listen", "the server offers no subscriptions");
	else
		try_later(l);
}

static void
describe_end(const struct message *answer, struct fault *fault)
{
	fault_set(fault, FAULT_STREAM_LOST,
	    "The server has ended the subscription");
	if (answer->rpc.kind != RPC_ERROR)
		return;
	fault_set(fault, FAULT_HTTP, "The server refuses the subscription");
	fault->http_status = 400;
}

static void
stream_ended(void *ctx, struct message *answer, const struct fault *fault)
{
	struct listen_stream *stream = ctx;
	struct listening *l = stream->listening;
	struct fault end;

	if (answer != NULL) {
		describe_end(answer, &end);
		fault = &end;
	}
	stream->outbound = NULL;
	if (stream == l->next && l == &l->relay->up->resources)
		fail_waiting(l->relay, fault);
	if (l->current->outbound == NULL && l->next->outbound == NULL)
		ended(l, fault);
	message_free(&answer);
}

static void
start(struct listening *l)
{
	struct relay *r = l->relay;
	struct listen_filter filter = filter_of(l);
	struct message *m;

	loop_timer_stop(&l->again);
	drop(l->next);
	if (listen_filter_empty(&filter)) {
		drop(l->current);
		return;
	}
	free(l->next->id);
	l->next->id = remote_own_id(r->remote);
	m = up_listen(&r->up->host, span_of(l->next->id), &filter);
	if (m != NULL)
		l->next->outbound =
		    remote_ask(r->remote, m, true, stream_ended, l->next);
}

static void
start_again(void *ctx)
{
	start(ctx);
}

static void
acknowledged(struct listening *l, const struct message *m)
{
	struct listen_stream *replaced = l->current;
	struct listen_filter accepted;

	if (!listen_filter_read(m, &accepted))
		accepted = (struct listen_filter){ .tools = false };
	l->current = l->next;
	l->next = replaced;
	drop(replaced);
	if (l->established && l->backoff_ms != 0)
		tell_missed(l);
	l->established = true;
	l->backoff_ms = 0;
	if (l == &l->relay->up->resources)
		settle_waiting(l->relay, &accepted);
}

static bool
is_awaited(const struct listening *l, struct span id)
{
	return l->next != NULL && l->next->outbound != NULL &&
	       span_is(id, l->next->id);
}

void
listening_acknowledged(struct relay *r, const struct message *m)
{
	struct listening *const all[] = { &r->up->lists, &r->up->resources };
	struct span id;

	if (!rpc_meta(&m->rpc, RPC_META_SUBSCRIPTION, &id))
		return;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (is_awaited(all[i], id))
			acknowledged(all[i], m);
}

/* -- the host's side --------------------------------------------------------
 */

static void
prepare(struct relay *r, struct listening *l)
{
	if (l->relay != NULL)
		return;
	l->relay = r;
	l->current = &l->streams[0];
	l->next = &l->streams[1];
	l->current->listening = l->next->listening = l;
	l->again.fire = start_again;
	l->again.ctx = l;
}

void
listening_open(struct relay *r)
{
	prepare(r, &r->up->lists);
	start(&r->up->lists);
}

void
listening_subscribe(struct relay *r, struct call *call, const struct message *m)
{
	struct waiting *w;
	struct span uri;
	struct fault fault;

	if (!message_param(m, "uri", &uri) ||
	    json_type_of(uri) != JSON_STRING) {
		fault_set(&fault, FAULT_INVALID_PARAMS,
		    "params.uri is missing");
		relay_fail(r, call, &fault);
		return;
	}
	if (is_subscribed(r->up, uri)) {
		accept_call(r, call);
		return;
	}
	w = mem_alloc(1, sizeof(*w));
	w->call_id = mem_string(call->id);
	w->uri = mem_copy(uri.ptr, uri.len);
	TAILQ_INSERT_TAIL(&r->up->waiting, w, link);
	change_uris(r->up, uri, true);
	prepare(r, &r->up->resources);
	start(&r->up->resources);
}

void
listening_unsubscribe(struct relay *r, struct call *call,
    const struct message *m)
{
	struct span uri;

	if (message_param(m, "uri", &uri) && is_subscribed(r->up, uri)) {
		change_uris(r->up, uri, false);
		start(&r->up->resources);
	}
	accept_call(r, call);
}

static void
close_streams(struct listening *l)
{
	loop_timer_stop(&l->again);
	for (size_t i = 0; i < 2; i++) {
		if (l->streams[i].outbound != NULL)
			drop(&l->streams[i]);
		free(l->streams[i].id);
	}
}

void
listening_close(struct upward *up)
{
	close_streams(&up->lists);
	close_streams(&up->resources);
	while (!TAILQ_EMPTY(&up->waiting)) {
		struct waiting *w = TAILQ_FIRST(&up->waiting);

		TAILQ_REMOVE(&up->waiting, w, link);
		free(w->call_id);
		free(w->uri);
		free(w);
	}
}
