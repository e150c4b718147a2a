/* SPDX-License-Identifier: ISC */
/*
 * The host's half of the handshake. Usually the server's answer is passed on;
 * but where the server is slow, down or signed out, the host hears within its
 * patience what the server said the last time, or something provisional, and
 * is told of changes when the real answer comes (A-057, A-108, T-013).
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/answer.h"
#include "mcp/known.h"
#include "mcp/relay_p.h"

static bool
is_handshake(const struct call *call)
{
	return call->method == METHOD_INITIALIZE ||
	       call->method == METHOD_DISCOVER;
}

/* A version the host can live with: its own where we know it. */
static struct span
version_for(const struct message *initialize)
{
	static const char *const versions[] = { "2024-11-05", "2025-03-26",
		"2025-06-18", "2025-11-25" };
	struct span value;

	if (message_param(initialize, "protocolVersion", &value))
		for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]);
		     i++)
			if (json_string_is(value, versions[i]))
				return value;
	return span_of("\"2025-11-25\"");
}

/* What the server said the last time, in the host's version. */
static struct message *
answer_known(const struct call *call, const struct message *request,
    const char *result)
{
	struct span text = span_of(result);
	struct json_splice splice = { .with = version_for(request) };
	struct message *m;
	struct buf spliced;

	buf_init(&spliced, LIMIT_STORE_RECORD);
	if (call->method == METHOD_INITIALIZE &&
	    json_get(text, "protocolVersion", &splice.at) &&
	    json_apply(text, &splice, 1, &spliced) == 0)
		text = buf_span(&spliced);
	m = message_format("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%.*s}",
	    call->id, (int)text.len, text.ptr);
	buf_reset(&spliced);
	return m;
}

/* Everything may be there: the host asks again when it is told of changes. */
static struct message *
answer_provisional(const struct relay *r, const struct call *call,
    const struct message *request)
{
	struct span version = version_for(request);
	struct url url;
	struct message *m;

	url_init(&url);
	if (url_parse(&url, span_of(r->config.remote.url), NULL) != 0)
		abort();
	m = message_format(
	    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"protocolVersion\":"
	    "%.*s,\"capabilities\":{\"tools\":{\"listChanged\":true},"
	    "\"prompts\":{\"listChanged\":true},\"resources\":"
	    "{\"listChanged\":true}},\"serverInfo\":{\"name\":\"%s\","
	    "\"version\":\"unknown\"},\"instructions\":\"Sign-in to this "
	    "server is not finished; until then its tools cannot be "
	    "listed.\"}}",
	    call->id, (int)version.len, version.ptr, url.host);
	url_reset(&url);
	return m;
}

/* A probe that finds nothing must not wait: a dual-era host goes on with
 * `initialize` (T-084). */
static void
refuse_probe(struct relay *r, struct call *call)
{
	struct fault fault;

	fault_set(&fault, FAULT_METHOD_NOT_FOUND,
	    "Not known before sign-in: server/discover");
	relay_answer_fault(r, call, &fault);
}

/* The host's request stays open towards the server; the host has its answer. */
static void
answer_early(struct relay *r, struct call *call, struct message *answer)
{
	log_info("handshake", "answered without the server");
	host_send(r->host, answer, call->batch);
	call->batch = NULL;
	call->answered = true;
	r->handshake.provisional = true;
}

static bool
answer_from_memory(struct relay *r, struct call *call)
{
	const struct message *request;
	struct known known;
	const char *result;

	if (call->outbound == NULL || !r->config.cached_handshake)
		return false;
	request = outbound_message(call->outbound);
	known_init(&known);
	known_load(&known, r->config.remote.url, relay_profile(r));
	result = call->method == METHOD_INITIALIZE ? known.initialize :
						     known.discover;
	if (result != NULL)
		answer_early(r, call, answer_known(call, request, result));
	known_reset(&known);
	return result != NULL;
}

static struct call *
find_handshake(struct relay *r)
{
	struct call *call;

	TAILQ_FOREACH (call, &r->calls.pending, link)
		if (is_handshake(call) && !call->answered)
			return call;
	return NULL;
}

static void
patience_over(void *ctx)
{
	struct relay *r = ctx;
	struct call *call = find_handshake(r);

	if (call == NULL || answer_from_memory(r, call))
		return;
	if (call->method == METHOD_DISCOVER) {
		relay_drop(r, call);
		refuse_probe(r, call);
	} else if (call->outbound != NULL) {
		answer_early(r, call,
		    answer_provisional(r, call,
			outbound_message(call->outbound)));
	}
}

/* Writing to a disk would hold up the answer itself. */
static void
keep_result(void *ctx)
{
	struct relay *r = ctx;

	loop_timer_stop(&r->handshake.keep);
	if (r->handshake.result == NULL)
		return;
	known_save(r->config.remote.url, relay_profile(r), r->handshake.asked,
	    span_of(r->handshake.result), r->way == &way_up);
	free(r->handshake.result);
	r->handshake.result = NULL;
}

void
handshake_keep(struct relay *r, enum method asked, struct span result)
{
	if (!r->config.cached_handshake)
		return;
	keep_result(r);
	r->handshake.result = mem_copy(result.ptr, result.len);
	r->handshake.asked = asked;
	loop_timer_start(r->config.loop, &r->handshake.keep, 0);
}

void
handshake_open(struct relay *r)
{
	r->handshake.keep.fire = keep_result;
	r->handshake.keep.ctx = r;
	r->handshake.patience.fire = patience_over;
	r->handshake.patience.ctx = r;
}

void
handshake_close(struct relay *r)
{
	loop_timer_stop(&r->handshake.patience);
	keep_result(r);
}

void
handshake_sent(struct relay *r, const struct call *call)
{
	if (is_handshake(call) && r->config.cached_handshake)
		loop_timer_start(r->config.loop, &r->handshake.patience,
		    TIMEOUT_HANDSHAKE_MS);
}

void
handshake_waits(struct relay *r, struct call *call)
{
	if (is_handshake(call) && !call->answered)
		answer_from_memory(r, call);
}

void
handshake_hurry(struct relay *r)
{
	struct loop_timer *patience = &r->handshake.patience;

	if (loop_timer_running(patience))
		loop_timer_start(r->config.loop, patience, 0);
}

bool
handshake_failed(struct relay *r, struct call *call, const struct fault *fault)
{
	if (!is_handshake(call))
		return false;
	if (!call->answered && !answer_from_memory(r, call)) {
		if (call->method != METHOD_DISCOVER ||
		    fault->code != FAULT_LOGIN_REQUIRED)
			return false;
		refuse_probe(r, call);
		return true;
	}
	log_warn("handshake", "the server is not there yet: %s",
	    fault_text(fault));
	if (call->method == METHOD_INITIALIZE && r->way == &way_up)
		upward_owes(r);
	else if (call->method == METHOD_INITIALIZE)
		remote_owes_handshake(r->remote);
	calls_remove(&r->calls, call);
	return true;
}

void
handshake_done(struct relay *r, struct span capabilities)
{
	static const struct {
		const char *what;
		enum method method;
	} lists[] = {
		{ "tools", METHOD_N_TOOLS_CHANGED },
		{ "prompts", METHOD_N_PROMPTS_CHANGED },
		{ "resources", METHOD_N_RESOURCES_CHANGED },
	};
	struct span value;

	if (!r->handshake.provisional)
		return;
	r->handshake.provisional = false;
	offline_over(r);
	/* a stateless host hears of changes on its subscriptions */
	if (r->era == ERA_STATELESS)
		return;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (json_get(capabilities, lists[i].what, &value))
			relay_tell(r, lists[i].method);
}

bool
handshake_answered(struct relay *r, struct call *call,
    const struct message *answer)
{
	struct span result = answer->rpc.result;

	if (!is_handshake(call))
		return false;
	loop_timer_stop(&r->handshake.patience);
	if (answer->rpc.kind != RPC_RESULT)
		return call->answered;
	/* another host's probe is refused, and all is exact (T-084) */
	if (r->way != &way_down)
		handshake_keep(r, call->method, result);
	return call->answered;
}
