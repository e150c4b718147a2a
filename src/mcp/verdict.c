/* SPDX-License-Identifier: ISC */
/*
 * Which era the remote speaks, found by mirroring the host's first: translation
 * begins only where the remote forces it (T-080 to T-085).
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/known.h"
#include "mcp/relay_p.h"
#include "mcp/translate.h"

enum { CODE_UNSUPPORTED_VERSION = -32022 };

static struct message *
request_of(const struct call *call)
{
	const struct message *m = outbound_message(call->outbound);

	return message_with_id(m, m->rpc.id);
}

/* -- a legacy host and a server that refuses initialize (T-082) -------------
 */

static void
forget_question(struct relay *r)
{
	free(r->verdict.call_id);
	r->verdict.call_id = NULL;
	message_free(&r->verdict.initialize);
	message_free(&r->verdict.refusal);
}

void
verdict_close(struct relay *r)
{
	forget_question(r);
}

static struct call *
questioned_call(struct relay *r)
{
	return r->verdict.call_id == NULL ?
		   NULL :
		   calls_find(&r->calls, span_of(r->verdict.call_id));
}

/* The server is no stateless one either: what it said to initialize stands. */
static void
let_refusal_stand(struct relay *r)
{
	struct call *call = questioned_call(r);
	struct message *refusal = r->verdict.refusal;
	struct fault fault = r->verdict.fault;

	r->verdict.refusal = NULL;
	forget_question(r);
	if (call == NULL)
		message_free(&refusal);
	else if (refusal != NULL)
		relay_answer(r, call, refusal);
	else
		relay_fail(r, call, &fault);
	remote_hold(r->remote, false);
}

static void
discovered(void *ctx, struct message *answer, const struct fault *fault);

static void
ask_discover(struct relay *r)
{
	struct up_host host;
	char *id = remote_own_id(r->remote);

	up_host_init(&host, r->verdict.initialize);
	remote_ask(r->remote, up_discover(&host, span_of(id)), true, discovered,
	    r);
	up_host_reset(&host);
	free(id);
}

bool
verdict_asks_again(struct relay *r, const struct message *answer)
{
	struct span value;
	int64_t code;

	if (r->verdict.asked_again || answer->rpc.kind != RPC_ERROR ||
	    !json_get(answer->rpc.error, "code", &value) ||
	    !json_int64(value, &code) || code != CODE_UNSUPPORTED_VERSION)
		return false;
	r->verdict.asked_again = true;
	return true;
}

static void
discovered(void *ctx, struct message *answer, const struct fault *fault)
{
	struct relay *r = ctx;
	struct call *call = questioned_call(r);

	if (fault != NULL || call == NULL) {
		let_refusal_stand(r);
	} else if (verdict_asks_again(r, answer)) {
		ask_discover(r);
	} else if (answer->rpc.kind != RPC_RESULT ||
		   !up_has_common_version(answer)) {
		let_refusal_stand(r);
	} else {
		log_info("verdict", "a server of 2026-07-28 alone");
		upward_begin(r, call, r->verdict.initialize, answer);
		forget_question(r);
		remote_hold(r->remote, false);
	}
	message_free(&answer);
	relay_check_drained(r);
}

/* Until that is known, what else the host says waits: it may have gone on
 * after a provisional answer. */
static void
question(struct relay *r, struct call *call)
{
	const struct message *m = outbound_message(call->outbound);

	forget_question(r);
	r->verdict.call_id = mem_string(call->id);
	r->verdict.initialize = message_with_id(m, m->rpc.id);
	remote_hold(r->remote, true);
	ask_discover(r);
}

/* initialize refused, or answered in a revision that has none. */
static bool
declines_session(const struct message *answer)
{
	struct span version;

	return answer->rpc.kind == RPC_ERROR ||
	       (json_get(answer->rpc.result, "protocolVersion", &version) &&
		   revision_find(version) == REVISION_2026_07_28);
}

/* -- a server known to be of 2026-07-28 alone (T-086) -----------------------
 */

static void
recall(struct relay *r, const struct message *initialize)
{
	struct span capabilities = span_of("");
	struct known known;

	known_load(&known, r->config.remote.url, relay_profile(r));
	if (known.initialize != NULL)
		json_get(span_of(known.initialize), "capabilities",
		    &capabilities);
	if (known.stateless || r->config.discover_first)
		upward_expect(r, initialize, capabilities);
	known_reset(&known);
}

void
verdict_revoke(struct relay *r, struct call *call)
{
	struct message *m = request_of(call);

	log_info("verdict", "no longer a server of 2026-07-28");
	relay_drop(r, call);
	r->way->close(r);
	r->way = &way_direct;
	if (!call->answered) {
		r->way->request(r, call, m);
		return;
	}
	/* the host has gone on and confirms nothing any more */
	calls_remove(&r->calls, call);
	remote_begin(r->remote, m);
}

/* -- a stateless host and a server that knows no such thing (T-083) ---------
 */

/* The version is refused in favour of older ones alone. */
static bool
offers_older(const struct message *answer)
{
	static const char *const path[] = { "data", "supported", NULL };
	struct json_iter it;
	struct span key, value;
	bool older = false;
	int64_t code;

	if (!json_get(answer->rpc.error, "code", &value) ||
	    !json_int64(value, &code) || code != CODE_UNSUPPORTED_VERSION ||
	    !json_get_path(answer->rpc.error, path, &value))
		return false;
	json_iter_init(&it, value);
	while (json_next(&it, &key, &value)) {
		enum revision revision = revision_find(value);

		if (revision == REVISION_2026_07_28)
			return false;
		older = older || revision != REVISION_UNKNOWN;
	}
	return older;
}

/* An error that only a server of the initialize-based era would give. */
static bool
sounds_legacy(const struct message *answer)
{
	static const char *const words[] = { "session", "initializ",
		"protocol version", "protocol-version" };
	struct span value;
	int64_t code;

	if (offers_older(answer))
		return true;
	if (answer->rpc.kind != RPC_ERROR ||
	    !json_get(answer->rpc.error, "code", &value) ||
	    !json_int64(value, &code) || (code <= -32020 && code >= -32099) ||
	    !json_get(answer->rpc.error, "message", &value))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_contains_nocase(value, words[i]))
			return true;
	return false;
}

/* Every server of 2026-07-28 says which versions it supports, or that it
 * supports another one: whoever does neither is older. An internal error says
 * nothing (T-083). */
static bool
sounds_stateless(const struct message *answer)
{
	struct span value;
	int64_t code;

	if (answer->rpc.kind == RPC_RESULT)
		return json_get(answer->rpc.result, "supportedVersions",
		    &value);
	return !offers_older(answer) &&
	       json_get(answer->rpc.error, "code", &value) &&
	       json_int64(value, &code) &&
	       ((code <= -32020 && code >= -32099) || code == -32603);
}

/* A refusal by status alone; not one that speaks of rights, time or load. */
static bool
refuses_the_era(const struct fault *fault)
{
	return fault->code == FAULT_HTTP && fault->http_status >= 400 &&
	       fault->http_status < 500 && fault->http_status != 408;
}

/* It went out as it is, perhaps before another one brought the verdict. */
static bool
is_stateless(const struct relay *r, const struct call *call)
{
	struct span version;

	return r->way != &way_up && call->outbound != NULL &&
	       message_envelope(outbound_wire(call->outbound), &version);
}

/* The refused request goes again, translated. Refused is not carried out. */
static void
go_down(struct relay *r, struct call *call, struct message *request)
{
	log_info("verdict", "a server of the initialize-based era");
	r->verdict.legacy = true;
	r->way = &way_down;
	r->way->request(r, call, request);
}

/* The host may still open in the other era. */
static bool
is_probe(const struct relay *r, const struct call *call)
{
	return call->method == METHOD_DISCOVER && r->era != ERA_STATELESS;
}

/* It falls back to initialize by itself (T-084). */
static void
refuse_probe(struct relay *r, struct call *call)
{
	struct fault fault;

	r->verdict.legacy = true;
	if (call->answered) {
		calls_remove(&r->calls, call);
		return;
	}
	fault_set(&fault, FAULT_METHOD_NOT_FOUND,
	    "The server does not know server/discover");
	relay_answer_fault(r, call, &fault);
}

void
verdict_request(struct relay *r, const struct message *m)
{
	struct span version;

	if (r->way != &way_direct)
		return;
	/* 2026-07-28 never goes by HTTP+SSE (T-075) */
	if (r->config.remote.transport == TRANSPORT_SSE)
		r->verdict.legacy = true;
	if (m->rpc.method_code == METHOD_INITIALIZE)
		recall(r, m);
	else if (r->verdict.legacy && r->era == ERA_STATELESS &&
		 message_envelope(m, &version))
		r->way = &way_down;
}

bool
verdict_answer(struct relay *r, struct call *call, struct message *m)
{
	struct message *request;

	if (r->way == &way_up || call->outbound == NULL)
		return false;
	if (call->method == METHOD_INITIALIZE) {
		if (!declines_session(m))
			return false;
		question(r, call);
		r->verdict.refusal = m;
		relay_drop(r, call);
		return true;
	}
	if (!is_stateless(r, call) ||
	    (call->method == METHOD_DISCOVER ? sounds_stateless(m) :
					       !sounds_legacy(m)))
		return false;
	request = request_of(call);
	relay_drop(r, call);
	if (is_probe(r, call)) {
		refuse_probe(r, call);
		message_free(&request);
	} else {
		go_down(r, call, request);
	}
	message_free(&m);
	return true;
}

bool
verdict_failed(struct relay *r, struct call *call, const struct fault *fault)
{
	struct message *request;

	if (r->way == &way_up || call->outbound == NULL ||
	    !refuses_the_era(fault))
		return false;
	if (call->method != METHOD_INITIALIZE && !is_stateless(r, call))
		return false;
	/* it may be of that era and offer no subscriptions (T-063) */
	if (call->method == METHOD_LISTEN && r->way == &way_direct)
		return false;
	request = request_of(call);
	if (call->method == METHOD_INITIALIZE) {
		question(r, call);
		r->verdict.fault = *fault;
	}
	/* who calls us frees the outbound */
	call->outbound = NULL;
	if (is_probe(r, call)) {
		refuse_probe(r, call);
	} else if (call->method != METHOD_INITIALIZE) {
		go_down(r, call, request);
		return true;
	}
	message_free(&request);
	return true;
}
