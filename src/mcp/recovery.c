/* SPDX-License-Identifier: ISC */
/*
 * What to do when an exchange did not simply succeed. Pure: decides, never
 * acts.
 */
#include "mcp/recovery.h"

#include <string.h>

#include "base/limits.h"
#include "wire/challenge.h"

/* A wait the host would still find natural; beyond it the host is told. */
enum { RETRY_AFTER_MAX_S = 30 };

static bool
is_request(const struct recovery_case *c)
{
	return c->message->rpc.kind == RPC_REQUEST;
}

static bool
is_repeatable(const struct recovery_case *c)
{
	return method_info(c->message->rpc.method_code)->repeatable;
}

static bool
error_code_is(const struct message *answer, int64_t wanted)
{
	struct span code;
	int64_t value;

	return answer != NULL && answer->rpc.kind == RPC_ERROR &&
	       json_get(answer->rpc.error, "code", &code) &&
	       json_int64(code, &value) && value == wanted;
}

/*
 * Servers that answer 400 for an unknown session, in their various words
 * (T-036): a lost in-memory session table looks like a missing handshake.
 */
static bool
speaks_of_session(const struct recovery_case *c)
{
	static const char *const words[] = { "session", "not initialized",
		"initialization" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_contains_nocase(c->report->body, words[i]))
			return true;
	return false;
}

static bool
session_expired(const struct recovery_case *c)
{
	int status = c->report->outcome->status;

	if (c->stateless || c->renewed ||
	    c->message->rpc.method_code == METHOD_INITIALIZE)
		return false;
	if (status == 404)
		return c->had_session &&
		       !error_code_is(c->report->answer, -32601);
	return status == 400 && speaks_of_session(c) &&
	       !error_code_is(c->report->answer, -32020);
}

static bool
wants_more_scope(const struct outcome *o)
{
	struct challenge challenge;
	bool more;

	challenge_init(&challenge);
	for (size_t i = 0; i < o->challenge_count; i++)
		challenge_add(&challenge, span_of(o->challenges[i]));
	more = challenge.error != NULL &&
	       strcmp(challenge.error, "insufficient_scope") == 0;
	challenge_reset(&challenge);
	return more;
}

/* The statuses on which a server of 2024-11-05 refuses a POST (T-070). */
static bool
looks_like_http_sse(const struct recovery_case *c)
{
	int status = c->report->outcome->status;

	return c->may_fall_back &&
	       c->message->rpc.method_code == METHOD_INITIALIZE &&
	       (status == 400 || status == 404 || status == 405 ||
		   status == 406 || status == 415) &&
	       !error_code_is(c->report->answer, -32020) &&
	       !error_code_is(c->report->answer, -32021) &&
	       !error_code_is(c->report->answer, -32022);
}

static void
describe_redirect(const struct outcome *o, struct fault *f)
{
	fault_set(f, FAULT_REDIRECT,
	    "The server redirects (HTTP %d) to another place", o->status);
	if (o->location != NULL)
		fault_detail(f, span_of(o->location));
}

static void
describe_refusal(const struct recovery_case *c, struct fault *f)
{
	const struct outcome *o = c->report->outcome;

	if (o->status >= 300 && o->status < 400 && o->status != 304)
		describe_redirect(o, f);
	else if (o->status == 401)
		fault_set(f,
		    c->bearer_sent ? FAULT_REJECTED : FAULT_LOGIN_REQUIRED,
		    "%s", "");
	else if (o->status == 403)
		fault_set(f, FAULT_FORBIDDEN, "%s", "");
	else if (o->status == 429)
		fault_set(f, FAULT_RATE_LIMITED, "%s", "");
	else if (o->status == 413)
		fault_set(f, FAULT_TOO_LARGE,
		    "The message of %zu bytes is too large for the server "
		    "(HTTP 413)",
		    c->message->text.len);
	else if (o->status == 431)
		fault_set(f, FAULT_TOO_LARGE,
		    "The headers of %zu bytes are too large for the server "
		    "(HTTP 431)",
		    c->header_bytes);
	else
		fault_set(f, FAULT_HTTP, "The server answered HTTP %d",
		    o->status);
	f->http_status = o->status;
	f->retry_after_s = o->retry_after_s;
	f->not_retryable = o->status >= 400 && o->status < 500 &&
			   o->status != 408 && o->status != 425 &&
			   o->status != 429;
	fault_phase(f, "post");
	if (c->report->body.len > 0 && f->detail[0] == '\0')
		fault_detail(f, c->report->body);
}

static enum recovery
decide_refusal(const struct recovery_case *c, struct recovery_plan *plan)
{
	const struct outcome *o = c->report->outcome;
	const struct message *answer = c->report->answer;

	describe_refusal(c, &plan->fault);
	if (o->status == 401 || (o->status == 403 && wants_more_scope(o)))
		return RECOVER_AUTHORIZE;
	if (o->status == 403)
		return RECOVER_FAIL;
	if (session_expired(c))
		return RECOVER_RENEW;
	if (looks_like_http_sse(c))
		return RECOVER_FALLBACK;
	if ((o->status == 429 || o->status == 503) && is_repeatable(c) &&
	    o->has_retry_after && o->retry_after_s <= RETRY_AFTER_MAX_S &&
	    c->attempts <= LIMIT_RETRIES) {
		plan->delay_ms = o->retry_after_s * 1000;
		return RECOVER_AGAIN;
	}
	/* the headers are ours, so the host could not mend them */
	if (c->stateless && error_code_is(answer, -32020) &&
	    c->message->rpc.method_code == METHOD_TOOLS_CALL)
		return c->attempts < 2 ? RECOVER_MIRROR : RECOVER_REWRITE;
	/* a result under such a status contradicts itself */
	return answer != NULL && answer->rpc.kind == RPC_ERROR &&
		       is_request(c) ?
		   RECOVER_RELAY :
		   RECOVER_FAIL;
}

/*
 * No proper response. What never left fails as it is. What has no effects may
 * go once more; for the rest the outcome is unknown and the host must hear so
 * (T-033).
 */
static enum recovery
decide_broken(const struct recovery_case *c, struct recovery_plan *plan)
{
	const struct outcome *o = c->report->outcome;
	bool lost;

	plan->fault = *o->fault;
	lost = o->sent && (plan->fault.code == FAULT_UNREACHABLE ||
			      plan->fault.code == FAULT_CANCELED);
	fault_phase(&plan->fault, o->status == 0 ? "post" : "stream");
	if (o->sent && plan->fault.code == FAULT_TIMEOUT)
		plan->fault.not_retryable = !is_repeatable(c);
	if (!lost)
		return RECOVER_FAIL;
	if (c->attempts < 2 && (is_repeatable(c) || !is_request(c)))
		return RECOVER_AGAIN;
	fault_set(&plan->fault, FAULT_STREAM_LOST,
	    "The connection was lost before the answer came; the request may "
	    "have been carried out");
	plan->fault.not_retryable = !is_repeatable(c);
	fault_phase(&plan->fault, "stream");
	return RECOVER_FAIL;
}

static enum recovery
decide_silence(const struct recovery_case *c, struct recovery_plan *plan)
{
	const struct outcome *o = c->report->outcome;

	if (c->http_sse || (o->status == 202 && !c->stateless))
		return RECOVER_WAIT;
	if (c->stateless && c->attempts < 2 && is_repeatable(c) &&
	    o->status != 202)
		return RECOVER_AGAIN;
	fault_set(&plan->fault, FAULT_STREAM_LOST,
	    "The server ended its response without an answer; the request may "
	    "have been carried out");
	plan->fault.not_retryable = !is_repeatable(c);
	plan->fault.http_status = o->status;
	fault_phase(&plan->fault, "stream");
	return RECOVER_FAIL;
}

void
recovery_decide(const struct recovery_case *c, struct recovery_plan *plan)
{
	*plan = (struct recovery_plan){ .what = RECOVER_NOTHING };
	switch (c->report->end) {
	case EXCHANGE_DONE:
		break;
	case EXCHANGE_REFUSED:
		plan->what = decide_refusal(c, plan);
		break;
	case EXCHANGE_BROKEN:
		plan->what = decide_broken(c, plan);
		break;
	case EXCHANGE_SILENT:
		plan->what = decide_silence(c, plan);
		break;
	}
}
