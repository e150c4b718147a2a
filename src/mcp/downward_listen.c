/* SPDX-License-Identifier: ISC */
/*
 * subscriptions/listen before an initialize-based server: each resource is
 * subscribed to once, whoever listens, and what the server says unasked is
 * handed to each listener under its own id (T-112).
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/downward_p.h"

/* Notifications kept until the acknowledgment is out. */
enum { HELD_MAX = 64 };

struct subscription {
	TAILQ_ENTRY(subscription) link;
	struct relay *relay;         /* borrowed */
	struct call *call;           /* borrowed: it owns us */
	struct listen_filter filter; /* `uris` into ours */
	struct buf uris;             /* raw JSON array */
	bool acknowledged;
	struct message *held[HELD_MAX]; /* owned: not before that */
	size_t held_count;
};

/* A resource the server is to tell us about. */
struct topic {
	TAILQ_ENTRY(topic) link;
	struct relay *relay;     /* borrowed */
	char *uri;               /* owned: decoded */
	struct outbound *asking; /* borrowed; NULL: the server has answered */
	bool accepted;
};

/* -- topics ------------------------------------------------------------------
 */

static struct topic *
find_topic(const struct downward *down, struct span uri)
{
	struct topic *t;

	TAILQ_FOREACH (t, &down->topics, link)
		if (json_string_is(uri, t->uri))
			return t;
	return NULL;
}

static void
free_topic(struct topic *t)
{
	free(t->uri);
	free(t);
}

/* `id`: a member, or "". */
static struct message *
topic_message(const struct topic *t, enum method method, const char *id)
{
	struct message *m;
	struct buf uri;

	buf_init(&uri, LIMIT_MESSAGE);
	if (json_put_string(&uri, span_of(t->uri)) != 0)
		abort();
	m = message_format("{\"jsonrpc\":\"2.0\",%s\"method\":\"%s\","
			   "\"params\":{\"uri\":%s}}",
	    id, method_info(method)->name, uri.data);
	buf_reset(&uri);
	return m;
}

static struct outbound *
ask(struct topic *t, enum method method, remote_done *done, void *ctx)
{
	struct remote *remote = t->relay->remote;
	char *id = remote_own_id(remote);
	char *member = mem_format("\"id\":%s,", id);
	struct outbound *o = remote_ask(remote,
	    topic_message(t, method, member), false, done, ctx);

	free(member);
	free(id);
	return o;
}

static void
ignore_answer(void *ctx, struct message *answer, const struct fault *fault)
{
	(void)ctx;
	(void)fault;
	message_free(&answer);
}

static bool
is_listed(const struct subscription *s, const struct topic *t)
{
	struct json_iter it;
	struct span key, uri;

	json_iter_init(&it, s->filter.uris);
	while (json_next(&it, &key, &uri)) {
		if (json_string_is(uri, t->uri))
			return true;
	}
	return false;
}

static bool
is_wanted(const struct downward *down, const struct topic *t)
{
	const struct subscription *s;

	TAILQ_FOREACH (s, &down->subscriptions, link)
		if (is_listed(s, t))
			return true;
	return false;
}

static void
drop_unwanted(struct relay *r)
{
	struct topic *t, *next;

	TAILQ_FOREACH_SAFE (t, &r->down->topics, link, next) {
		if (is_wanted(r->down, t))
			continue;
		remote_drop(r->remote, t->asking);
		if (!r->left)
			ask(t, METHOD_RESOURCES_UNSUBSCRIBE, ignore_answer,
			    NULL);
		TAILQ_REMOVE(&r->down->topics, t, link);
		free_topic(t);
	}
}

/* -- one subscription ---------------------------------------------------------
 */

static void
unlink_subscription(struct subscription *s)
{
	TAILQ_REMOVE(&s->relay->down->subscriptions, s, link);
	while (s->held_count > 0)
		message_free(&s->held[--s->held_count]);
	buf_reset(&s->uris);
	free(s);
}

void
subscription_free(struct subscription **subscription)
{
	struct subscription *s = *subscription;
	struct relay *r;

	if (s == NULL)
		return;
	*subscription = NULL;
	r = s->relay;
	unlink_subscription(s);
	drop_unwanted(r);
}

/* Ends it in the bridge's name: the result says so, and the cancellation that a
 * server owes (T-063). */
static void
end(struct subscription *s)
{
	struct relay *r = s->relay;
	struct call *call = s->call;
	char *id = mem_string(call->id);
	struct message *result =
	    down_listen_result(&r->down->server, span_of(id));

	log_info("listen", "the server no longer offers this subscription");
	if (result != NULL)
		relay_answer(r, call, result);
	host_send(r->host,
	    message_format("{\"jsonrpc\":\"2.0\",\"method\":"
			   "\"notifications/cancelled\",\"params\":"
			   "{\"requestId\":%s}}",
		id),
	    NULL);
	free(id);
}

static void
deliver(struct subscription *s, const struct message *m)
{
	struct message *tagged = down_notification(m, span_of(s->call->id));

	if (tagged == NULL)
		return;
	if (s->acknowledged) {
		host_send(s->relay->host, tagged, NULL);
	} else if (s->held_count < HELD_MAX) {
		s->held[s->held_count++] = tagged;
	} else {
		log_warn("listen", "a notification was dropped");
		message_free(&tagged);
	}
}

/* The URIs again, without those the server has refused; false while it has not
 * answered for one of them. */
static bool
settle_uris(struct subscription *s)
{
	struct json_iter it;
	struct span key, uri;
	struct buf list;
	int rc;

	buf_init(&list, LIMIT_MESSAGE);
	rc = json_open(&list, '[');
	json_iter_init(&it, s->filter.uris);
	while (rc == 0 && json_next(&it, &key, &uri)) {
		struct topic *t = find_topic(s->relay->down, uri);

		if (t != NULL && t->asking != NULL) {
			buf_reset(&list);
			return false;
		}
		if (t != NULL && t->accepted)
			rc = json_put_raw(&list, uri);
	}
	if (rc != 0 || json_close(&list, ']') != 0)
		abort();
	buf_take(&s->uris, &list);
	s->filter.uris = buf_span(&s->uris);
	return true;
}

static void
acknowledge(struct subscription *s)
{
	struct relay *r = s->relay;
	struct message *m = down_acknowledge(span_of(s->call->id), &s->filter);

	s->acknowledged = true;
	if (m != NULL)
		host_send(r->host, m, NULL);
	for (size_t i = 0; i < s->held_count; i++)
		host_send(r->host, s->held[i], NULL);
	s->held_count = 0;
}

/* Has something been said about all it waits for? */
static void
settle(struct subscription *s)
{
	bool asked_for_uris = s->filter.uris.len > 0;

	if (s->acknowledged || (asked_for_uris && !settle_uris(s)))
		return;
	acknowledge(s);
}

static void
settle_all(struct relay *r)
{
	struct subscription *s;

	TAILQ_FOREACH (s, &r->down->subscriptions, link)
		settle(s);
}

/* A topic that is none: who still waits does without, who was promised it, in
 * the session before, is let go. */
static void
refused(struct topic *t)
{
	struct relay *r = t->relay;
	struct subscription *s, *next;

	log_info("listen", "the server refuses a subscription");
	TAILQ_REMOVE(&r->down->topics, t, link);
	TAILQ_FOREACH_SAFE (s, &r->down->subscriptions, link, next)
		if (s->acknowledged && is_listed(s, t))
			end(s);
	settle_all(r);
	free_topic(t);
}

static void
answered(void *ctx, struct message *answer, const struct fault *fault)
{
	struct topic *t = ctx;

	t->asking = NULL;
	t->accepted = fault == NULL && answer->rpc.kind == RPC_RESULT;
	message_free(&answer);
	if (t->accepted)
		settle_all(t->relay);
	else
		refused(t);
}

static void
subscribe(struct relay *r, struct span uri)
{
	struct topic *t = find_topic(r->down, uri);
	char *text;

	if (t != NULL)
		return;
	text = json_string_dup(uri, LIMIT_URL);
	if (text == NULL)
		return;
	t = mem_alloc(1, sizeof(*t));
	t->relay = r;
	t->uri = text;
	TAILQ_INSERT_TAIL(&r->down->topics, t, link);
	t->asking = ask(t, METHOD_RESOURCES_SUBSCRIBE, answered, t);
}

void
subscription_open(struct relay *r, struct call *call, struct message *m)
{
	struct subscription *s = mem_alloc(1, sizeof(*s));
	struct json_iter it;
	struct span key, uri;
	struct fault fault;

	if (!listen_filter_read(m, &s->filter)) {
		free(s);
		message_free(&m);
		fault_set(&fault, FAULT_INVALID_PARAMS,
		    "params.notifications is missing");
		relay_fail(r, call, &fault);
		return;
	}
	listen_filter_limit(&s->filter, span_of(r->down->server.capabilities));
	s->relay = r;
	s->call = call;
	call->subscription = s;
	TAILQ_INSERT_TAIL(&r->down->subscriptions, s, link);
	buf_init(&s->uris, LIMIT_MESSAGE);
	if (buf_add_span(&s->uris, s->filter.uris) != 0)
		abort();
	s->filter.uris = buf_span(&s->uris);
	message_free(&m);
	json_iter_init(&it, s->filter.uris);
	while (json_next(&it, &key, &uri))
		subscribe(r, uri);
	settle(s);
}

/* -- all of them --------------------------------------------------------------
 */

/* A sub-resource is told of where nobody asked for it by name. */
static void
tell_updated(struct relay *r, const struct message *m)
{
	struct subscription *s;
	struct span uri;
	bool named = false;

	if (!message_param(m, "uri", &uri))
		return;
	TAILQ_FOREACH (s, &r->down->subscriptions, link)
		named = named || listen_filter_has(&s->filter, uri);
	TAILQ_FOREACH (s, &r->down->subscriptions, link)
		if (named ? listen_filter_has(&s->filter, uri) :
			    listen_filter_covers(&s->filter, uri))
			deliver(s, m);
}

void
subscriptions_tell(struct relay *r, struct message *m)
{
	enum method method = m->rpc.method_code;
	struct subscription *s;

	if (method == METHOD_N_RESOURCE_UPDATED)
		tell_updated(r, m);
	else
		TAILQ_FOREACH (s, &r->down->subscriptions, link)
			if (listen_filter_wants(&s->filter, method))
				deliver(s, m);
	message_free(&m);
}

static void
tell_changed(struct relay *r, enum method method)
{
	subscriptions_tell(r,
	    message_format("{\"jsonrpc\":\"2.0\",\"method\":\"%s\"}",
		method_info(method)->name));
}

/* Does the new session offer what was acknowledged in the old one? */
static bool
still_offered(const struct subscription *s)
{
	struct listen_filter now = s->filter;

	listen_filter_limit(&now, span_of(s->relay->down->server.capabilities));
	return now.tools == s->filter.tools &&
	       now.prompts == s->filter.prompts &&
	       now.resources == s->filter.resources &&
	       now.uris.len == s->filter.uris.len;
}

void
subscriptions_renew(struct relay *r)
{
	struct subscription *s, *next;
	struct topic *t;

	TAILQ_FOREACH_SAFE (s, &r->down->subscriptions, link, next)
		if (!still_offered(s))
			end(s);
	TAILQ_FOREACH (t, &r->down->topics, link)
		if (t->asking == NULL)
			t->asking =
			    ask(t, METHOD_RESOURCES_SUBSCRIBE, answered, t);
	if (TAILQ_EMPTY(&r->down->subscriptions))
		return;
	tell_changed(r, METHOD_N_TOOLS_CHANGED);
	tell_changed(r, METHOD_N_PROMPTS_CHANGED);
	tell_changed(r, METHOD_N_RESOURCES_CHANGED);
	TAILQ_FOREACH (t, &r->down->topics, link)
		subscriptions_tell(r,
		    topic_message(t, METHOD_N_RESOURCE_UPDATED, ""));
}

void
subscriptions_close(struct downward *down)
{
	while (!TAILQ_EMPTY(&down->subscriptions)) {
		struct subscription *s = TAILQ_FIRST(&down->subscriptions);

		s->call->subscription = NULL;
		unlink_subscription(s);
	}
	while (!TAILQ_EMPTY(&down->topics)) {
		struct topic *t = TAILQ_FIRST(&down->topics);

		TAILQ_REMOVE(&down->topics, t, link);
		free_topic(t);
	}
}
