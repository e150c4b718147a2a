/* SPDX-License-Identifier: ISC */
/*
 * Where the remote and sign-in meet: a message refused for want of a token
 * waits while the broker fetches one, other traffic goes on, and the host is
 * never left hanging.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/relay_p.h"
#include "wire/challenge.h"

enum {
	/* a 401 on the token fetched for this very message is the end;
	 * a wider token may be asked for twice */
	MAX_REJECTIONS = 2,
	MAX_SCOPE_REFUSALS = 3,
	/* a host hears that we are waiting this often */
	BEAT_MS = 5000,
	/* a proactive refresh that failed is not tried again before */
	REFRESH_PAUSE_MS = 30000,
	/* after a failure on the way that names no time */
	TROUBLE_PAUSE_MS = 2000
};

struct parked {
	TAILQ_ENTRY(parked) link;
	struct outbound *outbound; /* borrowed from the remote */
};

static void
unpark(struct relay *r, struct parked *p)
{
	TAILQ_REMOVE(&r->signin.parked, p, link);
	free(p);
}

void
relay_signin_forget(struct relay *r, const struct outbound *o)
{
	struct parked *p, *next;

	TAILQ_FOREACH_SAFE (p, &r->signin.parked, link, next)
		if (p->outbound == o)
			unpark(r, p);
}

/* -- what the broker says -------------------------------------------------- */

static void
outcome_known(struct relay *r)
{
	r->signin.asked = false;
	r->signin.beats = 0;
	loop_timer_stop(&r->signin.hold);
}

static void
use(struct relay *r, const struct bearer *bearer)
{
	r->signin.awaited = false;
	remote_set_headers(r->remote, secret_peek(&bearer->headers));
	remote_set_bearer(r->remote, bearer->scheme,
	    secret_peek(&bearer->token), secret_peek(&bearer->key),
	    bearer->generation);
}

static void
on_token(void *ctx, const struct bearer *bearer)
{
	struct relay *r = ctx;

	outcome_known(r);
	r->signin.refresh_ms = 0;
	r->signin.pause_until_ms = 0;
	use(r, bearer);
	offline_signin_known(r, NULL,
	    "Signed in. The server's tools are being fetched.");
	while (!TAILQ_EMPTY(&r->signin.parked)) {
		struct parked *p = TAILQ_FIRST(&r->signin.parked);
		struct outbound *o = p->outbound;

		unpark(r, p);
		remote_again(r->remote, o);
	}
}

static void
give_up(struct relay *r, struct outbound *o, const struct fault *fault)
{
	struct call *call = outbound_owner(o);

	if (call == NULL) {
		remote_give_up(r->remote, o, fault);
		return;
	}
	relay_fail(r, call, fault);
	remote_drop(r->remote, o);
}

/* A token endpoint in trouble is not asked again at once. */
static void
pause_after(struct relay *r, const struct fault *fault)
{
	struct signin *s = &r->signin;
	uint64_t pause_ms = fault->retry_after_s * (uint64_t)1000;

	if (pause_ms == 0 && strcmp(fault->phase, "token") == 0 &&
	    fault_info(fault->code)->retryable && !fault->not_retryable)
		pause_ms = TROUBLE_PAUSE_MS;
	s->pause_until_ms = loop_now_ms(r->config.loop) + pause_ms;
	s->trouble = *fault;
}

/* A credential command that fails fails what waits for it, and is asked again
 * for what comes. Where only the store's token was waited for, the server may
 * say what it wants instead. */
static void
end_wait(struct relay *r, const struct fault *fault)
{
	struct call *call, *next;

	if (fault->code != FAULT_COMMAND) {
		r->signin.awaited = false;
		remote_await_bearer(r->remote, false);
		return;
	}
	TAILQ_FOREACH_SAFE (call, &r->calls.pending, link, next)
		if (call->outbound != NULL)
			give_up(r, call->outbound, fault);
}

static void
on_failed(void *ctx, const struct fault *fault)
{
	struct relay *r = ctx;

	outcome_known(r);
	log_warn("signin", "%s", fault_text(fault));
	pause_after(r, fault);
	offline_signin_known(r, NULL, fault_text(fault));
	if (r->signin.awaited)
		end_wait(r, fault);
	while (!TAILQ_EMPTY(&r->signin.parked)) {
		struct parked *p = TAILQ_FIRST(&r->signin.parked);
		struct outbound *o = p->outbound;

		unpark(r, p);
		give_up(r, o, fault);
	}
}

static void
on_pending(void *ctx, const struct auth_answer *answer)
{
	struct relay *r = ctx;
	char text[LIMIT_URL];

	r->signin.told = false;
	offline_signin_known(r, answer, NULL);
	log_warn("signin", "a sign-in waits for its user: %s",
	    answer->prompt.browser_opened ?
		"finish it in the browser" :
		auth_prompt_text(&answer->prompt, text, sizeof(text)));
	if (answer->prompt.browser_opened)
		return;
	handshake_hurry(r);
	if (r->signin.asked)
		loop_timer_start(r->config.loop, &r->signin.hold, 0);
}

/* -- waiting --------------------------------------------------------------- */

/* A code is for people to see, in whatever a host shows them. */
static void
describe_code(const struct auth_prompt *prompt, struct fault *fault)
{
	char todo[sizeof(fault->msg) - sizeof(", then try again")];

	auth_prompt_text(prompt, todo, sizeof(todo));
	snprintf(fault->msg, sizeof(fault->msg), "%s, then retry", todo);
	snprintf(fault->action, sizeof(fault->action), "%s, then try again",
	    todo);
}

/* The address leads to `state`: it is shown only where nothing else can bring
 * the user there, and not where every chat shows it. */
static void
describe_address(const struct relay *r, const struct auth_prompt *prompt,
    struct fault *fault)
{
	char todo[sizeof(fault->action) - sizeof(", then try again")];

	auth_prompt_text(prompt, todo, sizeof(todo));
	snprintf(fault->action, sizeof(fault->action), "%s, then try again",
	    todo);
	auth_config_command(r->config.auth, "login", todo, sizeof(todo));
	snprintf(fault->msg, sizeof(fault->msg),
	    "Sign in in a terminal, then retry: %.200s", todo);
}

static void
describe_wait(const struct relay *r, struct fault *fault)
{
	const struct auth_answer *pending = broker_pending(r->signin.broker);

	fault_set(fault, FAULT_LOGIN_PENDING, "%s", "");
	fault->retry_after_s = 5;
	if (pending == NULL || pending->prompt.browser_opened)
		return;
	if (pending->prompt.user_code != NULL)
		describe_code(&pending->prompt, fault);
	else
		describe_address(r, &pending->prompt, fault);
}

/* How long requests are held: not at all while nothing but an error can tell
 * the user what to do; afterwards they wait for it to be done. */
static uint64_t
patience_ms(const struct relay *r)
{
	const struct auth_answer *pending = broker_pending(r->signin.broker);

	return pending != NULL && !pending->prompt.browser_opened &&
		       !r->signin.told ?
		   0 :
		   r->config.hold_timeout_ms;
}

/* Progress must grow, and stay below what the server will report. */
static void
tell_progress(struct relay *r, const struct call *call)
{
	const struct message *m = outbound_message(call->outbound);
	struct span token;

	if (!rpc_meta(&m->rpc, "progressToken", &token))
		return;
	host_send(r->host,
	    message_format("{\"jsonrpc\":\"2.0\",\"method\":"
			   "\"notifications/progress\",\"params\":{"
			   "\"progressToken\":%.*s,\"progress\":0.%06u,"
			   "\"message\":\"Waiting for sign-in\"}}",
		(int)token.len, token.ptr, r->signin.beats),
	    NULL);
}

static uint64_t
waits_since(const struct relay *r, const struct call *call)
{
	return call->since_ms > r->signin.since_ms ? call->since_ms :
						     r->signin.since_ms;
}

/* The time until somebody has waited too long, or should hear of us again. */
static uint64_t
next_tick(const struct relay *r, uint64_t now)
{
	const struct call *call;
	uint64_t next = BEAT_MS;

	TAILQ_FOREACH (call, &r->calls.pending, link) {
		uint64_t end = waits_since(r, call) + patience_ms(r);

		if (end > now && end - now < next)
			next = end - now;
	}
	return next;
}

/* A tab may open for what a person did, and once for what hosts do unasked,
 * but never for a probe: its process is soon killed (A-124, T-013). */
static enum auth_who
who_calls(enum method method)
{
	switch ((int)method) {
	case METHOD_DISCOVER:
		return AUTH_WHO_BACKGROUND;
	case METHOD_TOOLS_CALL:
	case METHOD_PROMPTS_GET:
	case METHOD_RESOURCES_READ:
		return AUTH_WHO_PERSON;
	}
	return AUTH_WHO_ROUTINE;
}

/* Who has waited too long is told so, the others that we are at it. The
 * handshake waits on: its answer ends all waiting. */
static void
hold_tick(void *ctx)
{
	struct relay *r = ctx;
	uint64_t now = loop_now_ms(r->config.loop);
	uint64_t patience = patience_ms(r);
	struct call *call, *next;
	struct fault fault;

	r->signin.beats++;
	TAILQ_FOREACH_SAFE (call, &r->calls.pending, link, next) {
		if (call->method == METHOD_INITIALIZE || call->answered ||
		    call->outbound == NULL)
			continue;
		if (now - waits_since(r, call) < patience) {
			tell_progress(r, call);
			continue;
		}
		if (offline_offer(r, call))
			continue;
		describe_wait(r, &fault);
		r->signin.told |= who_calls(call->method) == AUTH_WHO_PERSON;
		relay_drop(r, call);
		relay_fail(r, call, &fault);
	}
	if (r->signin.asked)
		loop_timer_start(r->config.loop, &r->signin.hold,
		    next_tick(r, now));
}

/* -- asking ---------------------------------------------------------------- */

/* The bridge's own messages are sent for the sake of the host's, but for its
 * pings. */
static enum auth_who
who_wants(const struct relay *r, const struct outbound *o)
{
	const struct call *call = o != NULL ? outbound_owner(o) : NULL;
	enum auth_who who = AUTH_WHO_BACKGROUND;

	if (call != NULL)
		return who_calls(call->method);
	if (o == NULL || outbound_message(o)->rpc.kind != RPC_REQUEST ||
	    outbound_message(o)->rpc.method_code == METHOD_PING)
		return who;
	TAILQ_FOREACH (call, &r->calls.pending, link)
		if (who_calls(call->method) > who)
			who = who_calls(call->method);
	return who;
}

/* "tools/call name", for the limits on step-up. Caller frees. */
static char *
subject_of(const struct outbound *o)
{
	const struct message *m = outbound_message(o);
	const struct method_info *info = method_info(m->rpc.method_code);
	struct span value;
	char *name = NULL, *subject;

	if (info->mirrored != NULL && message_param(m, info->mirrored, &value))
		name = json_string_dup(value, LIMIT_HEADER_VALUE);
	subject = mem_format("%s %s", info->name, name != NULL ? name : "");
	free(name);
	return subject;
}

static void
ask(struct relay *r, const struct broker_need *need)
{
	struct signin *s = &r->signin;

	if (!s->asked) {
		s->asked = true;
		s->since_ms = loop_now_ms(r->config.loop);
		s->beats = 0;
		loop_timer_start(r->config.loop, &s->hold,
		    r->config.hold_timeout_ms < BEAT_MS ?
			r->config.hold_timeout_ms :
			BEAT_MS);
	}
	broker_ask(s->broker, need);
}

static bool
is_hopeless(const struct outbound *o)
{
	return outbound_rejections(o) >= MAX_REJECTIONS ||
	       outbound_scope_refusals(o) >= MAX_SCOPE_REFUSALS;
}

static void
describe_scope(const struct outcome *outcome, struct fault *fault)
{
	struct challenge c;

	challenge_init(&c);
	for (size_t i = 0; i < outcome->challenge_count; i++)
		challenge_add(&c, span_of(outcome->challenges[i]));
	fault_set(fault, FAULT_SCOPE, "%s", "");
	fault->http_status = outcome->status;
	if (c.scope != NULL)
		snprintf(fault->scopes, sizeof(fault->scopes), "%s", c.scope);
	challenge_reset(&c);
}

void
relay_signin_unauthorized(void *ctx, struct outbound *o, uint64_t bearer,
    const struct outcome *outcome, const struct fault *fault)
{
	struct relay *r = ctx;
	struct broker_need need = {
		.why = outcome->status == 403 ? AUTH_WHY_SCOPE :
						AUTH_WHY_UNAUTHORIZED,
		.who = who_wants(r, o),
		.generation = bearer,
		.challenges = (const char *const *)outcome->challenges,
		.challenge_count = outcome->challenge_count,
	};
	struct fault refusal = *fault;
	struct parked *p;
	char *subject;

	if (outcome->status == 403)
		describe_scope(outcome, &refusal);
	if (r->signin.broker == NULL || r->left || (o && is_hopeless(o))) {
		if (o != NULL)
			give_up(r, o, &refusal);
		return;
	}
	if (loop_now_ms(r->config.loop) < r->signin.pause_until_ms) {
		if (o != NULL)
			give_up(r, o, &r->signin.trouble);
		return;
	}
	if (o == NULL) {
		ask(r, &need);
		return;
	}
	p = mem_alloc(1, sizeof(*p));
	p->outbound = o;
	TAILQ_INSERT_TAIL(&r->signin.parked, p, link);
	need.subject = subject = subject_of(o);
	ask(r, &need);
	free(subject);
	if (outbound_owner(o) != NULL)
		handshake_waits(r, outbound_owner(o));
}

void
relay_signin_start(struct relay *r)
{
	struct broker_need need = { .why = AUTH_WHY_START,
		.who = AUTH_WHO_PERSON };

	ask(r, &need);
}

static void
await(struct relay *r)
{
	struct broker_need need = { .why = AUTH_WHY_START,
		.who = AUTH_WHO_BACKGROUND };

	ask(r, &need);
}

void
relay_signin_sent(struct relay *r)
{
	struct broker_need need = { .why = AUTH_WHY_EXPIRING,
		.who = AUTH_WHO_BACKGROUND };
	struct signin *s = &r->signin;
	uint64_t now = loop_now_ms(r->config.loop);

	if (s->awaited && !s->asked)
		await(r);
	if (s->asked && patience_ms(r) == 0)
		loop_timer_start(r->config.loop, &s->hold, 0);
	if (s->broker == NULL || s->asked || !broker_stale(s->broker) ||
	    (s->refresh_ms != 0 && now - s->refresh_ms < REFRESH_PAUSE_MS))
		return;
	s->refresh_ms = now;
	need.generation = broker_bearer(s->broker)->generation;
	broker_ask(s->broker, &need);
}

void
relay_signin_open(struct relay *r)
{
	static const struct broker_events events = { on_token, on_pending,
		on_failed };
	struct signin *s = &r->signin;
	const struct bearer *bearer;

	TAILQ_INIT(&s->parked);
	s->hold.fire = hold_tick;
	s->hold.ctx = r;
	if (r->config.auth == NULL)
		return;
	s->broker = broker_new(r->config.loop, r->config.auth, &events, r);
	bearer = broker_bearer(s->broker);
	if (bearer != NULL) {
		use(r, bearer);
	} else if (broker_expects(s->broker)) {
		s->awaited = true;
		remote_await_bearer(r->remote, true);
	}
}

void
relay_signin_close(struct relay *r)
{
	struct signin *s = &r->signin;

	loop_timer_stop(&s->hold);
	broker_free(&s->broker);
	while (!TAILQ_EMPTY(&s->parked))
		unpark(r, TAILQ_FIRST(&s->parked));
}
