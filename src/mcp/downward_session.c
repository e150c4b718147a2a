/* SPDX-License-Identifier: ISC */
/*
 * The one session behind a stateless host. Capabilities stand in each request
 * there and in the handshake here: the session declares what the requests so
 * far have declared, and a request with more gets another session as soon as
 * nothing hangs on this one (T-110, T-111, T-118).
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/downward_p.h"

static struct downward *
downward_new(void)
{
	struct downward *down = mem_alloc(1, sizeof(*down));

	fault_clear(&down->refusal);
	TAILQ_INIT(&down->away);
	TAILQ_INIT(&down->subscriptions);
	TAILQ_INIT(&down->topics);
	return down;
}

/* A subscription moves to another session, a call cannot. */
static bool
is_idle(const struct relay *r)
{
	const struct call *call;

	TAILQ_FOREACH (call, &r->calls.pending, link)
		if (call->outbound != NULL)
			return false;
	return r->down->away_count == 0;
}

/* The request as if it declared `capabilities`. */
static struct message *
declaring(const struct message *request, const char *capabilities)
{
	const struct json_splice splice = { down_capabilities(request),
		span_of(capabilities) };
	struct buf text;

	buf_init(&text, request->text.len + splice.with.len);
	if (json_apply(buf_span(&request->text), &splice, 1, &text) != 0)
		abort();
	return message_take(&text);
}

static void
begin(struct relay *r, const struct message *request, char *capabilities)
{
	struct message *model = declaring(request, capabilities);
	char *id = remote_own_id(r->remote);
	struct message *initialize = down_initialize(model, span_of(id));

	free(id);
	message_free(&model);
	free(r->down->declared);
	r->down->declared = capabilities;
	if (initialize != NULL)
		remote_begin(r->remote, initialize);
}

void
downward_open(struct relay *r, const struct message *request)
{
	struct span declared = down_capabilities(request);
	struct downward *down = r->down;
	char *both;

	if (down == NULL)
		down = r->down = downward_new();
	if (down->declared == NULL) {
		begin(r, request, mem_copy(declared.ptr, declared.len));
		return;
	}
	if (capabilities_within(declared, span_of(down->declared)) ||
	    !is_idle(r))
		return;
	both = capabilities_union(span_of(down->declared), declared);
	if (both == NULL ||
	    capabilities_within(span_of(both), span_of(down->declared))) {
		free(both);
		return;
	}
	log_info("relay", "the host declares more; opening another session");
	begin(r, request, both);
}

void
downward_note_level(struct downward *down, const struct call *call,
    const struct message *request)
{
	struct span level;

	if (!rpc_meta(&request->rpc, RPC_META_LOG_LEVEL, &level))
		return;
	free(down->level);
	down->level = mem_copy(level.ptr, level.len);
	down->verbosity = call->verbosity;
}

static void
ignore_answer(void *ctx, struct message *answer, const struct fault *fault)
{
	(void)ctx;
	(void)fault;
	message_free(&answer);
}

static void
set_level_again(struct relay *r)
{
	char *id;

	if (r->down->level == NULL)
		return;
	id = remote_own_id(r->remote);
	remote_ask(r->remote,
	    message_format("{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":"
			   "\"logging/setLevel\",\"params\":{\"level\":%s}}",
		id, r->down->level),
	    false, ignore_answer, NULL);
	free(id);
}

/* Nothing can be carried to this server, now or later. */
static void
refuse_all(struct relay *r)
{
	struct call *call, *next;

	TAILQ_FOREACH_SAFE (call, &r->calls.pending, link, next) {
		relay_drop(r, call);
		relay_fail(r, call, &r->down->refusal);
	}
}

void
downward_renewed(struct relay *r)
{
	struct downward *down = r->down;
	struct span result = remote_initialize_result(r->remote);
	struct message *m;

	if (down == NULL)
		return;
	m = message_format("{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":%.*s}",
	    (int)result.len, result.ptr);
	questions_lost(r);
	down_server_reset(&down->server);
	if (down_server_init(&down->server, m, &down->refusal) == 0) {
		fault_clear(&down->refusal);
		set_level_again(r);
		subscriptions_renew(r);
	} else {
		refuse_all(r);
	}
	message_free(&m);
}

void
downward_close(struct relay *r)
{
	struct downward *down = r->down;

	if (down == NULL)
		return;
	r->down = NULL;
	subscriptions_close(down);
	questions_close(down);
	down_server_reset(&down->server);
	free(down->declared);
	free(down->level);
	free(down);
}
