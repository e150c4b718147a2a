/* SPDX-License-Identifier: ISC */
/*
 * mcp/recovery: what becomes of an exchange that did not simply succeed. Shows
 * T-027, T-033, T-035, T-036, T-039, T-040, T-042, T-057, T-061, T-064, T-066,
 * T-070 and T-073.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mcp/recovery.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define V "\"jsonrpc\":\"2.0\""

#define REQUEST(method) "{" V ",\"id\":1,\"method\":\"" method "\"}"
#define CALL REQUEST("tools/call")
#define READ REQUEST("resources/read")
#define INIT REQUEST("initialize")
#define NOTE "{" V ",\"method\":\"notifications/progress\"}"
#define REPLY "{" V ",\"id\":1,\"result\":{}}"

#define ERROR(code)                                                            \
	"{" V ",\"id\":1,\"error\":{\"code\":" code ",\"message\":\"m\"}}"

/* Flags of a case. */
enum {
	STATELESS = 1,
	SESSION = 2,
	RENEWED = 4,
	AUTO = 8, /* may fall back */
	HTTP_SSE = 16,
	BEARER = 32
};

struct refusal_case {
	const char *what;
	int status;
	const char *message;
	int flags;
	const char *body;
	enum recovery recovery;
	enum fault_code fault;
};

/* The one place where a case is judged. */
static struct recovery_plan
decide(const struct exchange_report *report, const char *message, int flags,
    unsigned attempts)
{
	struct message *m = message_format("%s", message);
	struct recovery_case c = { .report = report,
		.message = m,
		.stateless = flags & STATELESS,
		.had_session = flags & SESSION,
		.renewed = flags & RENEWED,
		.may_fall_back = flags & AUTO,
		.http_sse = flags & HTTP_SSE,
		.bearer_sent = flags & BEARER,
		.header_bytes = 4321,
		.attempts = attempts };
	struct recovery_plan plan;

	memset(&plan, 0xff, sizeof(plan));
	recovery_decide(&c, &plan);
	message_free(&m);
	return plan;
}

/* A refusal with a body, told as mcp/exchange does. */
static struct recovery_plan
refuse(const struct outcome *outcome, const struct refusal_case *c,
    unsigned attempts)
{
	struct exchange_report report = { .end = EXCHANGE_REFUSED,
		.outcome = outcome,
		.body = span_of(c->body) };
	struct recovery_plan plan;

	report.answer = message_format("%s", c->body);
	if (report.answer->rpc.kind != RPC_RESULT &&
	    report.answer->rpc.kind != RPC_ERROR)
		message_free(&report.answer);
	plan = decide(&report, c->message, c->flags, attempts);
	message_free(&report.answer);
	return plan;
}

static void
run(const struct refusal_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct refusal_case *c = &cases[i];
		struct outcome outcome = { .status = c->status, .sent = true };
		struct recovery_plan plan = refuse(&outcome, c, 1);

		if (plan.what != c->recovery || plan.fault.code != c->fault)
			fail_msg("%s: %d, fault %s", c->what, (int)plan.what,
			    fault_info(plan.fault.code)->kind);
		assert_int_equal(plan.fault.http_status, c->status);
		assert_string_equal(plan.fault.phase, "post");
		assert_int_equal(plan.delay_ms, 0);
	}
}

static const struct refusal_case sessions[] = {
	{ "T-035: the session is gone", 404, CALL, SESSION, "", RECOVER_RENEW,
	    FAULT_HTTP },
	{ "T-035: with a JSON-RPC error", 404, CALL, SESSION, ERROR("-32001"),
	    RECOVER_RENEW, FAULT_HTTP },
	{ "T-035: for a notification too", 404, NOTE, SESSION, "",
	    RECOVER_RENEW, FAULT_HTTP },
	{ "T-035: and a reply", 404, REPLY, SESSION, "", RECOVER_RENEW,
	    FAULT_HTTP },
	{ "T-035: once", 404, CALL, SESSION | RENEWED, "", RECOVER_FAIL,
	    FAULT_HTTP },
	{ "T-035: once, then the error", 404, CALL, SESSION | RENEWED,
	    ERROR("-32001"), RECOVER_RELAY, FAULT_HTTP },
	{ "T-035: initialize has none", 404, INIT, SESSION, "", RECOVER_FAIL,
	    FAULT_HTTP },
	{ "T-039: no session id", 404, CALL, 0, "", RECOVER_FAIL, FAULT_HTTP },
	{ "T-039: -32601", 404, CALL, SESSION, ERROR("-32601"), RECOVER_RELAY,
	    FAULT_HTTP },
	{ "T-050: no sessions there", 404, CALL, STATELESS | SESSION, "",
	    RECOVER_FAIL, FAULT_HTTP },
	{ "410 is no 404", 410, CALL, SESSION, "", RECOVER_FAIL, FAULT_HTTP },

	{ "T-036: a session", 400, CALL, SESSION, "No valid session ID",
	    RECOVER_RENEW, FAULT_HTTP },
	{ "T-036: in other case", 400, CALL, SESSION, "SESSION NOT FOUND",
	    RECOVER_RENEW, FAULT_HTTP },
	{ "T-036: not initialized", 400, CALL, SESSION,
	    "{" V ",\"id\":null,\"error\":{\"code\":-32000,\"message\":"
	    "\"Bad Request: Server not initialized\"}}",
	    RECOVER_RENEW, FAULT_HTTP },
	{ "T-036: initialization", 400, CALL, SESSION,
	    "Received request before initialization was complete",
	    RECOVER_RENEW, FAULT_HTTP },
	{ "T-036: without an id", 400, CALL, 0, "Missing session ID",
	    RECOVER_RENEW, FAULT_HTTP },
	{ "T-036: once", 400, CALL, SESSION | RENEWED, "No valid session ID",
	    RECOVER_FAIL, FAULT_HTTP },
	{ "T-036: initialize has none", 400, INIT, 0, "No valid session ID",
	    RECOVER_FAIL, FAULT_HTTP },
	{ "T-036: not in the stateless era", 400, CALL, STATELESS,
	    "No valid session ID", RECOVER_FAIL, FAULT_HTTP },
	{ "T-036: but not -32020", 400, CALL, SESSION,
	    "{" V ",\"id\":1,\"error\":{\"code\":-32020,\"message\":"
	    "\"session\"}}",
	    RECOVER_RELAY, FAULT_HTTP },
	{ "T-036: 400 that says nothing of it", 400, CALL, SESSION, "Bad",
	    RECOVER_FAIL, FAULT_HTTP },
	{ "T-036: half a word at the end", 400, CALL, SESSION, "bad sessio",
	    RECOVER_FAIL, FAULT_HTTP },
	{ "T-036: other statuses", 500, CALL, SESSION, "session", RECOVER_FAIL,
	    FAULT_HTTP },
};

static void
renews_a_lost_session(void **state)
{
	(void)state;
	run(sessions, COUNT(sessions));
}

static const struct refusal_case errors[] = {
	{ "T-042: 400", 400, CALL, 0, ERROR("-32602"), RECOVER_RELAY,
	    FAULT_HTTP },
	{ "T-042: 500", 500, CALL, 0, ERROR("-32603"), RECOVER_RELAY,
	    FAULT_HTTP },
	{ "T-042: null id", 400, CALL, 0,
	    "{" V ",\"id\":null,\"error\":{\"code\":1,\"message\":\"\"}}",
	    RECOVER_RELAY, FAULT_HTTP },
	{ "T-042: no id", 400, READ, 0,
	    "{" V ",\"error\":{\"code\":1,\"message\":\"\"}}", RECOVER_RELAY,
	    FAULT_HTTP },
	{ "T-042: HTML", 502, CALL, 0, "<html>Bad gateway", RECOVER_FAIL,
	    FAULT_HTTP },
	{ "T-042: JSON", 400, CALL, 0, "{\"error\":\"x\"}", RECOVER_FAIL,
	    FAULT_HTTP },
	{ "T-042: a request", 400, CALL, 0, CALL, RECOVER_FAIL, FAULT_HTTP },
	{ "T-042: a notification's is logged", 400, NOTE, 0, ERROR("-32602"),
	    RECOVER_FAIL, FAULT_HTTP },
	{ "T-042: a reply's too", 400, REPLY, 0, ERROR("-32602"), RECOVER_FAIL,
	    FAULT_HTTP },
	{ "a result is none", 400, CALL, 0, REPLY, RECOVER_FAIL, FAULT_HTTP },
	{ "a result for another", 500, CALL, 0,
	    "{" V ",\"id\":99,\"result\":{}}", RECOVER_FAIL, FAULT_HTTP },

	{ "T-064: -32021", 400, CALL, STATELESS, ERROR("-32021"), RECOVER_RELAY,
	    FAULT_HTTP },
	{ "T-064: -32022", 400, READ, STATELESS, ERROR("-32022"), RECOVER_RELAY,
	    FAULT_HTTP },
	{ "T-064: -32602", 400, READ, STATELESS, ERROR("-32602"), RECOVER_RELAY,
	    FAULT_HTTP },
	{ "T-064: 404", 404, READ, STATELESS, ERROR("-32601"), RECOVER_RELAY,
	    FAULT_HTTP },
	{ "T-064: 503", 503, CALL, STATELESS, ERROR("-32603"), RECOVER_RELAY,
	    FAULT_HTTP },

	{ "T-057: -32020", 400, CALL, STATELESS, ERROR("-32020"),
	    RECOVER_MIRROR, FAULT_HTTP },
	{ "T-057: as a float", 400, CALL, STATELESS, ERROR("-32020.0"),
	    RECOVER_MIRROR, FAULT_HTTP },
	{ "T-057: of other methods", 400, READ, STATELESS, ERROR("-32020"),
	    RECOVER_RELAY, FAULT_HTTP },
	{ "T-057: before 2026-07-28", 400, CALL, 0, ERROR("-32020"),
	    RECOVER_RELAY, FAULT_HTTP },
	{ "T-057: no number", 400, CALL, STATELESS, ERROR("\"-32020\""),
	    RECOVER_RELAY, FAULT_HTTP },

	{ "302", 302, READ, 0, "moved", RECOVER_FAIL, FAULT_REDIRECT },
	{ "413", 413, CALL, 0, "", RECOVER_FAIL, FAULT_TOO_LARGE },
	{ "431", 431, CALL, 0, "", RECOVER_FAIL, FAULT_TOO_LARGE },
	{ "429 without a time", 429, READ, 0, "", RECOVER_FAIL,
	    FAULT_RATE_LIMITED },
	{ "503 without a time", 503, READ, 0, "", RECOVER_FAIL, FAULT_HTTP },
};

static void
relays_errors_and_tells_of_the_rest(void **state)
{
	(void)state;
	run(errors, COUNT(errors));
}

/* T-057: the second -32020 is none of the host's. */
static void
learns_headers_once(void **state)
{
	static const struct refusal_case c = { "", 400, CALL, STATELESS,
		ERROR("-32020"), RECOVER_REWRITE, FAULT_HTTP };
	struct outcome outcome = { .status = 400 };

	(void)state;
	assert_int_equal(refuse(&outcome, &c, 2).what, RECOVER_REWRITE);
	assert_int_equal(refuse(&outcome, &c, 3).what, RECOVER_REWRITE);
}

static const struct refusal_case fallbacks[] = {
	{ "T-070: 400", 400, INIT, AUTO, "", RECOVER_FALLBACK, FAULT_HTTP },
	{ "T-070: 404", 404, INIT, AUTO, "", RECOVER_FALLBACK, FAULT_HTTP },
	{ "T-070: 405", 405, INIT, AUTO, "", RECOVER_FALLBACK, FAULT_HTTP },
	{ "T-070: 406", 406, INIT, AUTO, "", RECOVER_FALLBACK, FAULT_HTTP },
	{ "T-070: 415", 415, INIT, AUTO, "", RECOVER_FALLBACK, FAULT_HTTP },
	{ "T-070: 404 of an old session", 404, INIT, AUTO | SESSION, "",
	    RECOVER_FALLBACK, FAULT_HTTP },
	{ "T-070: HTML", 404, INIT, AUTO, "<html>", RECOVER_FALLBACK,
	    FAULT_HTTP },
	{ "T-070: 401", 401, INIT, AUTO, "", RECOVER_AUTHORIZE,
	    FAULT_LOGIN_REQUIRED },
	{ "T-070: 403", 403, INIT, AUTO, "", RECOVER_FAIL, FAULT_FORBIDDEN },
	{ "T-070: 409", 409, INIT, AUTO, "", RECOVER_FAIL, FAULT_HTTP },
	{ "T-070: 429", 429, INIT, AUTO, "", RECOVER_FAIL, FAULT_RATE_LIMITED },
	{ "T-070: 500", 500, INIT, AUTO, "", RECOVER_FAIL, FAULT_HTTP },
	{ "T-070: 503", 503, INIT, AUTO, "", RECOVER_FAIL, FAULT_HTTP },
	{ "T-070: other methods", 405, CALL, AUTO, "", RECOVER_FAIL,
	    FAULT_HTTP },
	{ "T-070: discovery", 404, REQUEST("server/discover"), AUTO, "",
	    RECOVER_FAIL, FAULT_HTTP },
	{ "T-075: the transport is given", 405, INIT, 0, "", RECOVER_FAIL,
	    FAULT_HTTP },
	{ "T-070: modern -32020", 400, INIT, AUTO, ERROR("-32020"),
	    RECOVER_RELAY, FAULT_HTTP },
	{ "T-070: modern -32021", 400, INIT, AUTO, ERROR("-32021"),
	    RECOVER_RELAY, FAULT_HTTP },
	{ "T-070: modern -32022", 400, INIT, AUTO, ERROR("-32022"),
	    RECOVER_RELAY, FAULT_HTTP },
};

static void
falls_back_to_http_sse(void **state)
{
	(void)state;
	run(fallbacks, COUNT(fallbacks));
}

static const struct refusal_case authorizations[] = {
	{ "401 without a token", 401, CALL, 0, "", RECOVER_AUTHORIZE,
	    FAULT_LOGIN_REQUIRED },
	{ "401 with one", 401, CALL, BEARER, "", RECOVER_AUTHORIZE,
	    FAULT_REJECTED },
	{ "A-109: no body counts there", 401, CALL, 0, ERROR("-32001"),
	    RECOVER_AUTHORIZE, FAULT_LOGIN_REQUIRED },
	{ "401 with a session", 401, CALL, SESSION, "session",
	    RECOVER_AUTHORIZE, FAULT_LOGIN_REQUIRED },
	{ "401 to a notification", 401, NOTE, 0, "", RECOVER_AUTHORIZE,
	    FAULT_LOGIN_REQUIRED },
	{ "403", 403, CALL, BEARER, "", RECOVER_FAIL, FAULT_FORBIDDEN },
	{ "403 of a Host check", 403, CALL, STATELESS, ERROR("-32000"),
	    RECOVER_FAIL, FAULT_FORBIDDEN },
};

static void
asks_for_authorization(void **state)
{
	(void)state;
	run(authorizations, COUNT(authorizations));
}

static const struct {
	const char *challenges[2];
	bool more;
} scopes[] = {
	{ { NULL, NULL }, false },
	{ { "Bearer error=\"insufficient_scope\"", NULL }, true },
	{ { "Basic realm=\"a\"", "Bearer scope=b, error=insufficient_scope" },
	    true },
	{ { "DPoP error=\"insufficient_scope\"", NULL }, true },
	{ { "Bearer error=\"invalid_token\"", NULL }, false },
	{ { "Basic error=\"insufficient_scope\"", NULL }, false },
	{ { "Bearer error=\"insufficient_scope_not\"", NULL }, false },
};

/* 403 is a question of authorization only where the challenge says so. */
static void
asks_for_more_scope(void **state)
{
	static const struct refusal_case c = { "", 403, CALL, BEARER, "",
		RECOVER_AUTHORIZE, FAULT_FORBIDDEN };

	(void)state;
	for (size_t i = 0; i < COUNT(scopes); i++) {
		struct outcome outcome = { .status = 403 };
		char *challenges[2];
		struct recovery_plan plan;

		outcome.challenges = challenges;
		for (size_t k = 0; k < 2 && scopes[i].challenges[k]; k++)
			challenges[outcome.challenge_count++] =
			    mem_string(scopes[i].challenges[k]);
		plan = refuse(&outcome, &c, 1);
		assert_int_equal(plan.what,
		    scopes[i].more ? RECOVER_AUTHORIZE : RECOVER_FAIL);
		assert_int_equal(plan.fault.code, FAULT_FORBIDDEN);
		for (size_t k = 0; k < outcome.challenge_count; k++)
			free(challenges[k]);
	}
}

/* T-040: the wait the server names, three times, where nothing is changed. */
static const struct {
	int status;
	const char *message;
	unsigned retry_after_s, attempts;
	bool again;
} waits[] = {
	{ 429, READ, 1, 1, true },
	{ 503, READ, 1, 1, true },
	{ 429, READ, 0, 1, true },
	{ 429, READ, 30, 3, true },
	{ 429, READ, 31, 1, false },
	{ 429, READ, 86400, 1, false },
	{ 429, READ, 1, 4, false },
	{ 500, READ, 1, 1, false },
	{ 502, READ, 1, 1, false },
	{ 429, CALL, 1, 1, false },
	{ 503, CALL, 1, 1, false },
	{ 429, INIT, 1, 1, false },
	{ 429, NOTE, 1, 1, false },
	{ 429, REPLY, 1, 1, false },
	{ 429, REQUEST("vendor/method"), 1, 1, false },
	{ 429, REQUEST("tools/list"), 1, 1, true },
	{ 429, REQUEST("prompts/list"), 1, 1, true },
	{ 429, REQUEST("prompts/get"), 1, 1, true },
	{ 429, REQUEST("resources/list"), 1, 1, true },
	{ 429, REQUEST("resources/templates/list"), 1, 1, true },
	{ 429, REQUEST("completion/complete"), 1, 1, true },
};

static void
waits_as_long_as_the_server_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(waits); i++) {
		struct outcome outcome = { .status = waits[i].status,
			.has_retry_after = true,
			.retry_after_s = waits[i].retry_after_s };
		struct refusal_case c = { .message = waits[i].message,
			.body = "" };
		struct recovery_plan plan =
		    refuse(&outcome, &c, waits[i].attempts);

		assert_int_equal(plan.what,
		    waits[i].again ? RECOVER_AGAIN : RECOVER_FAIL);
		assert_int_equal(plan.delay_ms,
		    waits[i].again ? waits[i].retry_after_s * 1000 : 0);
		assert_int_equal(plan.fault.retry_after_s,
		    waits[i].retry_after_s);
	}
}

static struct fault
fault_of(int status, char *location, const char *body)
{
	struct outcome outcome = { .status = status, .location = location };
	struct refusal_case c = { .message = CALL, .body = body };

	return refuse(&outcome, &c, 1).fault;
}

/* T-066, and what a person needs to see of the others. */
static void
describes_refusals(void **state)
{
	char location[] = "https://other.test/\x1b";
	struct fault f = fault_of(413, NULL, "");
	char *wanted =
	    mem_format("The message of %zu bytes is too large for the server "
		       "(HTTP 413)",
		strlen(CALL));

	(void)state;
	assert_string_equal(f.msg, wanted);
	free(wanted);
	f = fault_of(431, NULL, "");
	assert_string_equal(f.msg,
	    "The headers of 4321 bytes are too large for the server "
	    "(HTTP 431)");
	f = fault_of(502, NULL, "<html>\nBad gateway");
	assert_string_equal(f.msg, "The server answered HTTP 502");
	assert_string_equal(f.detail, "<html>\\x0aBad gateway");
	f = fault_of(302, location, "<html>");
	assert_string_equal(f.msg,
	    "The server redirects (HTTP 302) to another place");
	assert_string_equal(f.detail, "https://other.test/\\x1b");
	f = fault_of(302, NULL, "<html>");
	assert_string_equal(f.detail, "<html>");
}

/* -- no proper response ---------------------------------------------------- */

static const struct {
	const char *what;
	const char *message;
	enum fault_code cause;
	int status;
	bool sent;
	unsigned attempts;
	enum recovery recovery;
	enum fault_code fault;
	const char *phase;
} losses[] = {
	{ "T-033: a call is never sent again", CALL, FAULT_UNREACHABLE, 0, true,
	    1, RECOVER_FAIL, FAULT_STREAM_LOST, "stream" },
	{ "T-033: its answer was cut off", CALL, FAULT_UNREACHABLE, 200, true,
	    1, RECOVER_FAIL, FAULT_STREAM_LOST, "stream" },
	{ "T-033: it was stopped", CALL, FAULT_CANCELED, 200, true, 1,
	    RECOVER_FAIL, FAULT_STREAM_LOST, "stream" },
	{ "T-033: nor what is not known", REQUEST("vendor/do"),
	    FAULT_UNREACHABLE, 0, true, 1, RECOVER_FAIL, FAULT_STREAM_LOST,
	    "stream" },
	{ "T-033: nor initialize", INIT, FAULT_UNREACHABLE, 0, true, 1,
	    RECOVER_FAIL, FAULT_STREAM_LOST, "stream" },
	{ "T-061: reading goes again", READ, FAULT_UNREACHABLE, 0, true, 1,
	    RECOVER_AGAIN, FAULT_UNREACHABLE, "post" },
	{ "T-061: also when cut off", READ, FAULT_UNREACHABLE, 200, true, 1,
	    RECOVER_AGAIN, FAULT_UNREACHABLE, "stream" },
	{ "T-061: discovery too", REQUEST("server/discover"), FAULT_UNREACHABLE,
	    0, true, 1, RECOVER_AGAIN, FAULT_UNREACHABLE, "post" },
	{ "T-061: once", READ, FAULT_UNREACHABLE, 0, true, 2, RECOVER_FAIL,
	    FAULT_STREAM_LOST, "stream" },
	{ "a notification goes again", NOTE, FAULT_UNREACHABLE, 0, true, 1,
	    RECOVER_AGAIN, FAULT_UNREACHABLE, "post" },
	{ "a reply goes again", REPLY, FAULT_UNREACHABLE, 0, true, 1,
	    RECOVER_AGAIN, FAULT_UNREACHABLE, "post" },
	{ "a reply goes again once", REPLY, FAULT_UNREACHABLE, 0, true, 2,
	    RECOVER_FAIL, FAULT_STREAM_LOST, "stream" },
	{ "no connection", CALL, FAULT_UNREACHABLE, 0, false, 1, RECOVER_FAIL,
	    FAULT_UNREACHABLE, "post" },
	{ "no connection for reading", READ, FAULT_UNREACHABLE, 0, false, 1,
	    RECOVER_FAIL, FAULT_UNREACHABLE, "post" },
	{ "no trust", READ, FAULT_TLS, 0, false, 1, RECOVER_FAIL, FAULT_TLS,
	    "post" },
	{ "no time", READ, FAULT_TIMEOUT, 0, true, 1, RECOVER_FAIL,
	    FAULT_TIMEOUT, "post" },
	{ "no HTTP", READ, FAULT_PROTOCOL, 0, true, 1, RECOVER_FAIL,
	    FAULT_PROTOCOL, "post" },
	{ "A-110: an error event", READ, FAULT_STREAM_ERROR, 200, true, 1,
	    RECOVER_FAIL, FAULT_STREAM_ERROR, "stream" },
	{ "too large", READ, FAULT_TOO_LARGE, 200, true, 1, RECOVER_FAIL,
	    FAULT_TOO_LARGE, "stream" },
};

static void
sends_nothing_with_effects_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(losses); i++)
		for (int flags = 0; flags <= STATELESS; flags += STATELESS) {
			struct outcome outcome = { .status = losses[i].status,
				.sent = losses[i].sent };
			struct exchange_report report = { .end =
							      EXCHANGE_BROKEN,
				.outcome = &outcome };
			struct recovery_plan plan;

			fault_set(outcome_fault(&outcome), losses[i].cause,
			    "why");
			plan = decide(&report, losses[i].message, flags,
			    losses[i].attempts);
			if (plan.what != losses[i].recovery ||
			    plan.fault.code != losses[i].fault)
				fail_msg("%s: %d, %s", losses[i].what,
				    (int)plan.what, plan.fault.msg);
			assert_string_equal(plan.fault.phase, losses[i].phase);
			assert_int_equal(plan.delay_ms, 0);
			if (plan.fault.code == losses[i].cause)
				assert_string_equal(plan.fault.msg, "why");
			outcome_reset(&outcome);
		}
}

static const struct {
	const char *what;
	const char *message;
	int status;
	int flags;
	unsigned attempts;
	enum recovery recovery;
} silences[] = {
	{ "T-027: 202 to a request", CALL, 202, 0, 1, RECOVER_WAIT },
	{ "T-027: however often sent", READ, 202, SESSION, 4, RECOVER_WAIT },
	{ "T-058: 202 in the stateless era", CALL, 202, STATELESS, 1,
	    RECOVER_FAIL },
	{ "T-058: nor for reading", READ, 202, STATELESS, 1, RECOVER_FAIL },
	{ "T-073: HTTP+SSE, 200", CALL, 200, HTTP_SSE, 1, RECOVER_WAIT },
	{ "T-073: HTTP+SSE, 204", CALL, 204, HTTP_SSE, 1, RECOVER_WAIT },
	{ "T-033: the stream ended", CALL, 200, SESSION, 1, RECOVER_FAIL },
	{ "T-033: without id", READ, 200, SESSION, 1, RECOVER_FAIL },
	{ "T-033: nothing came", CALL, 204, 0, 1, RECOVER_FAIL },
	{ "T-061: reading goes again", READ, 200, STATELESS, 1, RECOVER_AGAIN },
	{ "T-061: once", READ, 200, STATELESS, 2, RECOVER_FAIL },
	{ "T-061: a call does not", CALL, 200, STATELESS, 1, RECOVER_FAIL },
	{ "T-061: nor a subscription", REQUEST("subscriptions/listen"), 200,
	    STATELESS, 1, RECOVER_FAIL },
};

static void
judges_silence(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(silences); i++) {
		struct outcome outcome = { .status = silences[i].status,
			.sent = true,
			.ended = true };
		struct exchange_report report = { .end = EXCHANGE_SILENT,
			.outcome = &outcome };
		struct recovery_plan plan = decide(&report, silences[i].message,
		    silences[i].flags, silences[i].attempts);
		bool fails = silences[i].recovery == RECOVER_FAIL;

		if (plan.what != silences[i].recovery)
			fail_msg("%s: %d", silences[i].what, (int)plan.what);
		assert_int_equal(plan.fault.code,
		    fails ? FAULT_STREAM_LOST : FAULT_NONE);
		assert_int_equal(plan.fault.http_status,
		    fails ? silences[i].status : 0);
		assert_int_equal(plan.delay_ms, 0);
	}
}

static void
has_nothing_to_do_where_all_is_well(void **state)
{
	struct outcome outcome = { .status = 200, .sent = true, .ended = true };
	struct exchange_report report = { .end = EXCHANGE_DONE,
		.outcome = &outcome };
	struct recovery_plan plan = decide(&report, CALL, SESSION, 1);

	(void)state;
	assert_int_equal(plan.what, RECOVER_NOTHING);
	assert_int_equal(plan.fault.code, FAULT_NONE);
	assert_int_equal(plan.delay_ms, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renews_a_lost_session),
		cmocka_unit_test(relays_errors_and_tells_of_the_rest),
		cmocka_unit_test(learns_headers_once),
		cmocka_unit_test(falls_back_to_http_sse),
		cmocka_unit_test(asks_for_authorization),
		cmocka_unit_test(asks_for_more_scope),
		cmocka_unit_test(waits_as_long_as_the_server_says),
		cmocka_unit_test(describes_refusals),
		cmocka_unit_test(sends_nothing_with_effects_again),
		cmocka_unit_test(judges_silence),
		cmocka_unit_test(has_nothing_to_do_where_all_is_well),
	};

	return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
