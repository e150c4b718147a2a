/* SPDX-License-Identifier: ISC */
/*
 * How the server speaks: its era, its session, its streams, and how long it
 * takes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/doctor_p.h"
#include "wire/words.h"

enum {
	EVENT_MS = 1000,
	ROUND_TRIPS = 5,
	SLOW_US = 1000000,

	HTTP_UNAUTHORIZED = 401,
	HTTP_FORBIDDEN = 403,
	HTTP_NOT_FOUND = 404,
	HTTP_BAD_METHOD = 405,
	METHOD_NOT_FOUND = -32601
};

/*
 * Protocol and session
 */

static void
take_session(struct doctor *d, const struct doctor_answer *a)
{
	static const char *const path[] = { "protocolVersion", NULL };
	char *version = doctor_answer_text(a, path);

	if (version != NULL)
		upstream_set_version(&d->upstream, span_of(version));
	if (a->session_id != NULL)
		upstream_set_session(&d->upstream, span_of(a->session_id));
	free(version);
}

static struct message *
make_initialize(const char *version)
{
	return message_format(
	    "{\"jsonrpc\":\"2.0\",\"id\":\"doctor-3\",\"method\":"
	    "\"initialize\",\"params\":{\"protocolVersion\":\"%s\","
	    "\"capabilities\":{},\"clientInfo\":{\"name\":"
	    "\"mcp-bridge doctor\",\"version\":\"" VERSION "\"}}}",
	    version);
}

static struct message *
make_initialized(void)
{
	return message_format("{\"jsonrpc\":\"2.0\",\"method\":"
			      "\"notifications/initialized\"}");
}

static struct message *
make_ping(void)
{
	return message_format("{\"jsonrpc\":\"2.0\",\"id\":\"doctor-4\","
			      "\"method\":\"ping\"}");
}

void
doctor_open(struct doctor *d)
{
	struct doctor_answer modern;

	if (d->opened || d->era == ERA_OLD_SSE)
		return;
	d->opened = true;
	if (d->sign_in) {
		const struct bearer *bearer = &d->access.bearer;
		upstream_set_bearer(&d->upstream, bearer->scheme,
		    secret_peek(&bearer->token), secret_peek(&bearer->key),
		    bearer->generation);
		doctor_ask_session(d, "initialize",
		    make_initialize("2025-11-25"), &d->opening);
	} else {
		doctor_answer_reset(&d->opening);
		d->opening = d->contact; /* the first one will do */
		doctor_answer_init(&d->contact);
	}
	if (doctor_answer_has(&d->opening, "protocolVersion")) {
		d->era = ERA_SESSION;
		take_session(d, &d->opening);
	}
	if (d->opening.outcome.status == HTTP_UNAUTHORIZED ||
	    d->opening.outcome.status == HTTP_FORBIDDEN)
		return;
	doctor_answer_init(&modern);
	doctor_ask_discover(d, &modern);
	d->also_modern = doctor_answer_has(&modern, "supportedVersions");
	if (d->era == ERA_UNKNOWN && d->also_modern) {
		d->era = ERA_MODERN;
		doctor_answer_reset(&d->opening);
		d->opening = modern;
	} else {
		doctor_answer_reset(&modern);
	}
}

void
doctor_close(struct doctor *d)
{
	struct doctor_answer a;

	if (!upstream_has_session(&d->upstream))
		return;
	doctor_answer_init(&a);
	doctor_ask_session(d, "DELETE", NULL, &a);
	doctor_answer_reset(&a);
}

static void
advise_scope(const struct doctor *d, struct check *c, const char *scope)
{
	struct buf what;

	buf_init(&what, LIMIT_URL);
	if (buf_add_string(&what, "login --scope ") == 0 &&
	    words_quote(scope != NULL ? scope : "SCOPES", &what) == 0)
		doctor_advise_command(d, c, "", what.data, "");
	buf_reset(&what);
}

static void
judge_rejection(struct doctor *d, struct check *c)
{
	const struct outcome *o = &d->opening.outcome;
	struct challenge said;

	challenge_init(&said);
	for (size_t i = 0; i < o->challenge_count; i++)
		challenge_add(&said, span_of(o->challenges[i]));
	check_fact(c, "error", said.error);
	check_fact(c, "errorDescription", said.error_description);
	if (said.error != NULL &&
	    strcmp(said.error, "insufficient_scope") == 0) {
		check_fail(c, FAULT_SCOPE,
		    "the server wants more permission: %s",
		    said.scope != NULL ? said.scope : "it does not say which");
		advise_scope(d, c, said.scope);
	} else if (o->status == HTTP_FORBIDDEN) {
		check_fail(c, FAULT_FORBIDDEN,
		    "the server refuses access to this account (HTTP 403)");
		check_remedy(c,
		    "Ask its operator for access, or sign in with another "
		    "account: --profile NAME");
	} else {
		check_fail(c, FAULT_REJECTED,
		    "the server rejects the token (HTTP 401)");
		doctor_advise_command(d, c, "Sign in anew: ", "logout",
		    ", then login");
	}
	challenge_reset(&said);
}

static void
describe_era(struct doctor *d, struct check *c)
{
	static const char *const plain[][3] = { { "serverInfo", "name", NULL },
		{ "serverInfo", "version", NULL } };
	static const char *const meta[][4] = { { "_meta", RPC_META_SERVER,
						   "name", NULL },
		{ "_meta", RPC_META_SERVER, "version", NULL } };
	bool modern = d->era == ERA_MODERN;
	char *name =
	    doctor_answer_text(&d->opening, modern ? meta[0] : plain[0]);
	char *version =
	    doctor_answer_text(&d->opening, modern ? meta[1] : plain[1]);

	check_fact(c, "server", name);
	check_fact(c, "serverVersion", version);
	check_ok(c, "%s%s%s%s%s%s",
	    modern                ? "2026-07-28, stateless" :
	    d->era == ERA_OLD_SSE ? "HTTP+SSE of 2024-11-05" :
				    d->upstream.version,
	    !modern && d->also_modern ? " and 2026-07-28" : "",
	    name != NULL ? ", " : "", name != NULL ? name : "",
	    name != NULL && version != NULL ? " " : "",
	    name != NULL && version != NULL ? version : "");
	free(name);
	free(version);
}

static void
open_old(struct doctor *d, struct check *c)
{
	struct doctor_old_answer a = { 0 };
	struct fault f = { 0 };

	check_fact(c, "endpoint", "by event");
	if (doctor_old_open(d, &f) == -1) {
		check_fail_fault(c, &f);
	} else if (doctor_old_ask(d, "initialize",
		       make_initialize("2024-11-05"), &a, &f) == 0) {
		message_free(&d->opening.message);
		d->opening.message = a.message;
		describe_era(d, c);
	} else if (f.code == FAULT_TIMEOUT) {
		d->old_held = true;
		check_ok(c, "HTTP+SSE of 2024-11-05");
	} else {
		check_fail_fault(c, &f);
	}
}

void
doctor_protocol(struct doctor *d, struct check *c)
{
	const struct outcome *o = &d->opening.outcome;

	if (d->era == ERA_OLD_SSE) {
		open_old(d, c);
		return;
	}
	if (d->sign_in && !d->usable) {
		check_skip(c, "only who is signed in can tell");
		return;
	}
	doctor_open(d);
	if (d->era != ERA_UNKNOWN) {
		describe_era(d, c);
	} else if (o->status == HTTP_UNAUTHORIZED ||
		   o->status == HTTP_FORBIDDEN) {
		judge_rejection(d, c);
	} else {
		char *text = doctor_answer_error(&d->opening);
		check_fail(c, FAULT_PROTOCOL,
		    "neither initialize nor server/discover is answered%s%s",
		    text != NULL ? ": " : "", text != NULL ? text : "");
		free(text);
	}
}

static void
examine_old_session(struct doctor *d, struct check *c)
{
	struct doctor_old_answer a = { 0 };
	struct fault f = { 0 };

	if (d->old_held) {
		check_skip(c, "see Buffering");
	} else if (doctor_old_tell(d, "notifications/initialized",
		       make_initialized(), &f) == -1 ||
		   doctor_old_ask(d, "ping", make_ping(), &a, &f) == -1) {
		check_fail_fault(c, &f);
	} else {
		check_ok(c, "lasts as long as its event stream");
		message_free(&a.message);
	}
}

void
doctor_session(struct doctor *d, struct check *c)
{
	struct doctor_answer a;

	if (d->era == ERA_OLD_SSE) {
		examine_old_session(d, c);
		return;
	}
	if (d->era != ERA_SESSION) {
		check_skip(c, d->era == ERA_MODERN ? "the protocol has none" :
						     "nothing was opened");
		return;
	}
	doctor_answer_init(&a);
	doctor_ask_session(d, "notifications/initialized", make_initialized(),
	    &a);
	doctor_ask_session(d, "ping", make_ping(), &a);
	if (!a.head) {
		check_fail_fault(c, doctor_answer_fault(&a));
	} else if (a.outcome.status == HTTP_NOT_FOUND &&
		   upstream_has_session(&d->upstream)) {
		check_fail(c, FAULT_PROTOCOL,
		    "the server forgot the session at once (HTTP 404)");
		upstream_set_session(&d->upstream, span_of(""));
	} else if (a.message == NULL) {
		check_fail(c, FAULT_PROTOCOL,
		    "a ping in the session is not answered (HTTP %d)",
		    a.outcome.status);
	} else {
		check_ok(c, upstream_has_session(&d->upstream) ?
				"given, kept" :
				"none is given, none is needed");
	}
	doctor_answer_reset(&a);
}

/*
 * Streams
 */

static void
ask_stream(struct doctor *d, struct doctor_answer *a)
{
	if (d->era == ERA_SESSION) {
		doctor_ask_session(d, "GET", NULL, a);
		return;
	}
	doctor_ask_modern(d, "subscriptions/listen",
	    message_format(
		"{\"jsonrpc\":\"2.0\",\"id\":\"doctor-5\",\"method\":"
		"\"subscriptions/listen\",\"params\":{\"notifications\":"
		"{\"toolsListChanged\":true}," DOCTOR_ENVELOPE "}}"),
	    EVENT_MS, a);
}

static bool
is_declined(const struct doctor_answer *a)
{
	return a->outcome.status == HTTP_BAD_METHOD ||
	       a->outcome.status == HTTP_NOT_FOUND ||
	       doctor_answer_code(a) == METHOD_NOT_FOUND;
}

void
doctor_stream(struct doctor *d, struct check *c)
{
	struct doctor_answer a;

	if (d->era == ERA_OLD_SSE) {
		check_ok(c, "opens in %.1f ms, with the endpoint",
		    doctor_old_opening_ms(d));
		return;
	}
	if (d->era == ERA_UNKNOWN) {
		check_skip(c, "nothing was opened");
		return;
	}
	doctor_answer_init(&a);
	ask_stream(d, &a);
	check_factf(c, "status", "%d", a.outcome.status);
	if (!a.head && a.outcome.fault == NULL) {
		d->stream_silent = true;
		check_warn(c, "asked for, but nothing came in %d s",
		    DOCTOR_STREAM_MS / 1000);
		check_remedy(c, "See Buffering");
	} else if (!a.head) {
		check_fail_fault(c, doctor_answer_fault(&a));
	} else if (a.kind == READER_EVENTS && outcome_success(&a.outcome)) {
		d->stream_open = true;
		d->stream_brought = a.event_us != 0;
		check_ok(c, "opens in %.1f ms%s", (double)a.head_us / 1000,
		    a.event_us != 0 ? ", with an event at once" : "");
		check_factf(c, "firstEventMs", "%.1f",
		    (double)a.event_us / 1000);
	} else if (is_declined(&a)) {
		check_ok(c, "not offered (HTTP %d), which is fine",
		    a.outcome.status);
	} else {
		check_warn(c, "it is answered in a strange way (HTTP %d)",
		    a.outcome.status);
		check_remedy(c,
		    "Tell the operator of the server: GET answers with an "
		    "event stream or with 405");
	}
	doctor_answer_reset(&a);
}

void
doctor_buffering(struct doctor *d, struct check *c)
{
	if (d->stream_silent)
		check_warn(c,
		    "requests are answered, but an event stream is held back "
		    "on its way");
	else if (d->old_held)
		check_fail(c, FAULT_TIMEOUT,
		    "the first event comes through, those after it are held "
		    "back on their way: no request is answered");
	else if (d->era == ERA_OLD_SSE)
		check_ok(c, "events come through one by one");
	else if (d->stream_open)
		check_ok(c, d->stream_brought ?
				"an event comes through at once" :
				"the stream opens at once; no event came to "
				"tell more");
	else if (d->era == ERA_UNKNOWN)
		check_skip(c, "nothing was opened");
	else
		check_skip(c, "there is no event stream to see it by");
	if (d->stream_silent)
		check_remedy(c,
		    "Turn response buffering off in the proxy before the "
		    "server: proxy_buffering off in nginx, or have the server "
		    "send X-Accel-Buffering: no");
}

static int
by_size(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool
go_old_round(struct doctor *d, uint64_t *us)
{
	struct doctor_old_answer a = { 0 };
	struct fault f;
	bool answered = doctor_old_ask(d, "ping", make_ping(), &a, &f) == 0;

	*us = a.us;
	message_free(&a.message);
	return answered;
}

static bool
go_round(struct doctor *d, uint64_t *us)
{
	struct doctor_answer a;

	if (d->era == ERA_OLD_SSE)
		return go_old_round(d, us);
	doctor_answer_init(&a);
	if (d->era == ERA_MODERN)
		doctor_ask_discover(d, &a);
	else
		doctor_ask_session(d, "ping", make_ping(), &a);
	*us = a.event_us;
	bool answered = a.message != NULL;
	doctor_answer_reset(&a);
	return answered;
}

void
doctor_round_trips(struct doctor *d, struct check *c)
{
	uint64_t us[ROUND_TRIPS] = { 0 };
	size_t n = 0;

	if (d->era == ERA_UNKNOWN || d->old_held) {
		check_skip(c, "%s",
		    d->old_held ? "see Buffering" : "nothing was opened");
		return;
	}
	while (n < ROUND_TRIPS && go_round(d, &us[n]))
		n++;
	if (n == 0) {
		check_warn(c, "no request is answered any more");
		check_remedy(c, "See Session");
		return;
	}
	qsort(us, n, sizeof(us[0]), by_size);
	const size_t middle = n / 2;
	const double median_ms = (double)us[middle] / 1000;
	check_factf(c, "medianMs", "%.1f", median_ms);
	check_factf(c, "shortestMs", "%.1f", (double)us[0] / 1000);
	check_factf(c, "longestMs", "%.1f", (double)us[n - 1] / 1000);
	if (us[middle] > SLOW_US) {
		check_warn(c, "%.0f ms, which a model will feel", median_ms);
		check_remedy(c, "Ask the operator of the server why");
	} else {
		check_ok(c, "%.1f ms (%.1f to %.1f)", median_ms,
		    (double)us[0] / 1000, (double)us[n - 1] / 1000);
	}
}
