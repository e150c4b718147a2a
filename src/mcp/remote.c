/* SPDX-License-Identifier: ISC */
/*
 * The remote as a whole: takes messages from its owner, hands the server's
 * messages up, and keeps what they have in common.
 */
#include "mcp/remote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/os.h"
#include "mcp/answer.h"
#include "mcp/remote_p.h"

char *
remote_own_id(struct remote *r)
{
	return mem_format("\"%s%u\"", r->prefix, ++r->next_id);
}

static bool
is_own_id(const struct remote *r, struct span raw_id)
{
	return raw_id.len > 0 && raw_id.ptr[0] == '"' &&
	       span_starts_with(span_make(raw_id.ptr + 1, raw_id.len - 1),
		   r->prefix);
}

static struct outbound *
find_by_wire_id(struct remote *r, struct span raw_id)
{
	struct outbound *o;

	TAILQ_FOREACH (o, &r->live, link)
		if (o->message->rpc.kind == RPC_REQUEST &&
		    span_equal(outbound_wire(o)->rpc.id, raw_id))
			return o;
	return NULL;
}

/* An answer to something sent under an id of ours. */
static void
own_answer(struct remote *r, struct message *m)
{
	struct outbound *o = find_by_wire_id(r, m->rpc.id);
	struct message *restored;

	if (o == NULL) {
		log_debug("remote", "late answer dropped");
		message_free(&m);
		return;
	}
	if (o->own != NULL) {
		remote_done *own = o->own;
		void *own_ctx = o->own_ctx;

		remote_answered(r, o);
		own(own_ctx, m, NULL);
		return;
	}
	restored = message_with_id(m, o->message->rpc.id);
	message_free(&m);
	if (restored != NULL)
		r->events->message(r->ctx, o, restored);
}

void
remote_incoming(struct remote *r, struct outbound *via, struct message *m)
{
	bool is_answer = m->rpc.kind == RPC_RESULT || m->rpc.kind == RPC_ERROR;

	if (m->rpc.kind == RPC_INVALID || m->rpc.kind == RPC_BATCH) {
		log_warn("remote", "invalid message of %zu bytes dropped: %s",
		    m->text.len, m->rpc.why != NULL ? m->rpc.why : "an array");
		message_free(&m);
		return;
	}
	if (is_answer) {
		answer_unmask(&m);
		if (is_own_id(r, m->rpc.id)) {
			own_answer(r, m);
			return;
		}
		session_incoming(r, m);
	}
	r->events->message(r->ctx, via, m);
}

static void
note_version(struct remote *r, const struct message *m)
{
	struct span value;

	if (!message_envelope(m, &value) ||
	    (r->version != NULL && json_string_is(value, r->version)))
		return;
	free(r->version);
	r->version = json_string_dup(value, LIMIT_HEADER_VALUE);
}

struct outbound *
remote_send(struct remote *r, struct message *message, bool stateless,
    void *owner)
{
	struct outbound *o = outbound_new(r, message);

	o->stateless = stateless;
	o->owner = owner;
	if (stateless)
		note_version(r, message);
	remote_pump(r);
	return o;
}

struct outbound *
remote_send_anew(struct remote *r, struct message *message, void *owner)
{
	struct outbound *o = outbound_new(r, message);

	o->stateless = true;
	o->owner = owner;
	outbound_renumber(o);
	remote_pump(r);
	return o;
}

struct outbound *
remote_ask(struct remote *r, struct message *message, bool stateless,
    remote_done *done, void *ctx)
{
	struct outbound *o = outbound_new(r, message);

	o->own = done;
	o->own_ctx = ctx;
	o->stateless = stateless;
	if (stateless)
		note_version(r, message);
	remote_pump(r);
	return o;
}

struct outbound *
remote_send_as(struct remote *r, struct message *message, struct message *wire,
    bool stateless, void *owner)
{
	struct outbound *o = outbound_new(r, message);

	o->wire = wire;
	o->stateless = stateless;
	o->owner = owner;
	if (stateless)
		note_version(r, wire);
	remote_pump(r);
	return o;
}

void
remote_set_bearer(struct remote *r, const char *scheme, struct span token,
    struct span key, uint64_t generation)
{
	r->awaits_bearer = false;
	upstream_set_bearer(&r->up, scheme, token, key, generation);
	if (r->legacy != NULL)
		legacy_reconnect(r);
	else
		session_bearer_changed(r);
	remote_pump(r);
}

void
remote_set_headers(struct remote *r, struct span lines)
{
	upstream_set_lines(&r->up, lines);
}

void
remote_await_bearer(struct remote *r, bool awaited)
{
	r->awaits_bearer = awaited;
	if (!awaited)
		remote_pump(r);
}

void
remote_block(struct remote *r, bool blocked)
{
	upstream_block(&r->up, blocked);
}

void
remote_owes_handshake(struct remote *r)
{
	session_owe(r);
}

void
remote_hold(struct remote *r, bool held)
{
	r->on_hold = held;
	if (!held)
		remote_pump(r);
}

void
remote_forgo_session(struct remote *r)
{
	struct outbound *o, *next;

	TAILQ_FOREACH_SAFE (o, &r->queue, link, next)
		if (!o->stateless && o->owner == NULL && o->own == NULL)
			outbound_free(o);
}

/* A subscription never ends by itself. */
bool
remote_busy(const struct remote *r)
{
	const struct outbound *o;

	TAILQ_FOREACH (o, &r->live, link)
		if (o->owner == NULL &&
		    o->message->rpc.method_code != METHOD_LISTEN)
			return true;
	return !TAILQ_EMPTY(&r->queue);
}

size_t
remote_held(const struct remote *r)
{
	return r->held;
}

/* DELETE; false where there is nothing to end (T-038). */
static bool
end_session(struct remote *r, const struct http_events *events)
{
	struct http_request request = { .method = "DELETE",
		.url = r->up.url.text };

	if (!upstream_has_session(&r->up) || r->legacy != NULL)
		return false;
	request.headers = upstream_delete_headers(&r->up);
	http_free(&r->closing);
	r->closing = upstream_start(&r->up, &request, events, r);
	return true;
}

static void
session_ended(void *ctx, const struct http_result *result)
{
	struct remote *r = ctx;

	(void)result;
	http_free(&r->closing);
}

void
remote_begin(struct remote *r, struct message *initialize)
{
	static const struct http_events events = { NULL, NULL, session_ended };

	end_session(r, &events);
	session_begin(r, initialize);
}

struct span
remote_initialize_result(const struct remote *r)
{
	return span_of(r->session.result != NULL ? r->session.result : "");
}

struct span
remote_capabilities(const struct remote *r)
{
	struct span value;

	json_get(remote_initialize_result(r), "capabilities", &value);
	return value;
}

/* What is left over from messages long answered. */
static void
linger_over(void *ctx)
{
	struct remote *r = ctx;
	struct outbound *o, *next;

	TAILQ_FOREACH_SAFE (o, &r->lingering, link, next)
		outbound_free(o);
}

struct remote *
remote_new(const struct remote_config *config,
    const struct remote_events *events, void *ctx)
{
	struct remote *r = mem_alloc(1, sizeof(*r));
	uint64_t unique;

	r->config = *config;
	r->events = events;
	r->ctx = ctx;
	TAILQ_INIT(&r->queue);
	TAILQ_INIT(&r->live);
	TAILQ_INIT(&r->lingering);
	r->linger.fire = linger_over;
	r->linger.ctx = r;
	/* OpenSSL's generator would take as long to set up as all else. */
	os_random(&unique, sizeof(unique));
	r->prefix = mem_format("mcp-bridge-%016" PRIx64 "-", unique);
	upstream_init(&r->up, config->loop, config->client,
	    config->user_headers);
	r->up.patience = config->patience;
	if (url_parse(&r->up.url, span_of(config->url), NULL) != 0)
		abort();
	session_init(r);
	if (config->transport == TRANSPORT_SSE)
		legacy_start(r);
	return r;
}

void
remote_free(struct remote **remote)
{
	struct remote *r = *remote;

	if (r == NULL)
		return;
	*remote = NULL;
	loop_timer_stop(&r->linger);
	loop_timer_stop(&r->close_wait);
	ping_stop(r);
	http_free(&r->closing);
	while (!TAILQ_EMPTY(&r->queue))
		outbound_free(TAILQ_FIRST(&r->queue));
	while (!TAILQ_EMPTY(&r->live))
		outbound_free(TAILQ_FIRST(&r->live));
	while (!TAILQ_EMPTY(&r->lingering))
		outbound_free(TAILQ_FIRST(&r->lingering));
	tool_refresh_reset(r);
	session_reset(r);
	legacy_free(r);
	upstream_reset(&r->up);
	free(r->prefix);
	free(r->version);
	free(r);
}

static void
closing_done(void *ctx, const struct http_result *result)
{
	struct remote *r = ctx;

	(void)result;
	http_free(&r->closing);
	loop_timer_stop(&r->close_wait);
	r->closed(r->closed_ctx);
}

static void
closing_late(void *ctx)
{
	struct remote *r = ctx;

	log_debug("remote", "the server takes its time to end the session");
	http_free(&r->closing);
	r->closed(r->closed_ctx);
}

static void
nothing_to_close(void *ctx)
{
	struct remote *r = ctx;

	r->closed(r->closed_ctx);
}

void
remote_close(struct remote *r, void (*closed)(void *ctx), void *ctx)
{
	static const struct http_events events = { NULL, NULL, closing_done };

	r->closed = closed;
	r->closed_ctx = ctx;
	r->close_wait.ctx = r;
	if (end_session(r, &events)) {
		r->close_wait.fire = closing_late;
		loop_timer_start(r->config.loop, &r->close_wait,
		    TIMEOUT_DELETE_MS);
	} else {
		r->close_wait.fire = nothing_to_close;
		loop_timer_start(r->config.loop, &r->close_wait, 0);
	}
}
