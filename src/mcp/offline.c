/* SPDX-License-Identifier: ISC */
/*
 * Tools while the server is not there: the list it gave the last time, or, on
 * the very first use, one tool of the bridge's own by which a person in a chat
 * can sign in. Both go, with list_changed, when the server answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/known.h"
#include "mcp/relay_p.h"

static const char sign_in[] = "sign_in";

static const char sign_in_list[] =
    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{%s\"tools\":[{\"name\":\"%s\","
    "\"title\":\"Sign in\",\"description\":\"Provided by mcp-bridge, not by "
    "the server: the server asks its users to sign in, and its own tools "
    "appear once that is done. Returns the address to open in a browser, with "
    "the code to enter there if one is needed.\",\"inputSchema\":{\"type\":"
    "\"object\",\"additionalProperties\":false},\"annotations\":{"
    "\"readOnlyHint\":true}}]}}";

static const char text_result[] =
    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{%s\"content\":[{\"type\":"
    "\"text\",\"text\":%s}]}}";

/* What a result of the host's era begins with. */
static const char *
opening(const struct relay *r)
{
	return r->era == ERA_STATELESS ? "\"resultType\":\"complete\"," : "";
}

void
offline_answer(struct relay *r, struct call *call, struct message *m)
{
	relay_drop(r, call);
	host_send(r->host, m, call->batch);
	calls_remove(&r->calls, call);
}

/* -- the last list ----------------------------------------------------------
 */

/* One page is a whole list; a part of one would hide the rest. */
void
offline_learned(struct relay *r, const struct call *call,
    const struct message *list)
{
	struct span cursor;

	if (r->config.cached_handshake && call->first_page &&
	    !json_get(list->rpc.result, "nextCursor", &cursor))
		handshake_keep(r, METHOD_TOOLS_LIST, list->rpc.result);
}

/* A list is kept in the words of the era it was asked for in. */
static bool
suits_host(const struct relay *r, const char *list)
{
	struct span type;

	return json_get(span_of(list), "resultType", &type) ==
	       (r->era == ERA_STATELESS);
}

bool
offline_list(struct relay *r, struct call *call)
{
	struct known known;
	struct message *m = NULL;

	if (!r->handshake.provisional || call->method != METHOD_TOOLS_LIST ||
	    !call->first_page || !r->config.cached_handshake)
		return false;
	known_init(&known);
	known_load(&known, r->config.remote.url, relay_profile(r));
	if (known.tools != NULL && suits_host(r, known.tools))
		m = message_format("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%"
				   "s}",
		    call->id, known.tools);
	known_reset(&known);
	if (m == NULL)
		return false;
	tools_learn(r->tools, r->era == ERA_STATELESS, true, &m);
	offline_answer(r, call, m);
	return true;
}

/* -- the tool that signs in -------------------------------------------------
 */

static bool
is_sign_in(const struct relay *r, const struct message *m)
{
	struct span name;

	return r->offline.offered && message_param(m, "name", &name) &&
	       json_string_is(name, sign_in);
}

static void
answer_text(struct relay *r, struct call *call, const char *text)
{
	struct buf json;

	buf_init(&json, LIMIT_HEADER_VALUE * 2);
	if (json_put_string(&json, span_of(text)) != 0)
		abort();
	offline_answer(r, call,
	    message_format(text_result, call->id, opening(r), json.data));
	buf_reset(&json);
}

static void
answer_pending(struct relay *r, struct call *call,
    const struct auth_answer *pending)
{
	const struct auth_prompt *prompt = &pending->prompt;
	long long left = prompt->deadline_s - (long long)time(NULL);
	char todo[LIMIT_HEADER_VALUE], text[LIMIT_HEADER_VALUE + KIB];
	const char *seen = "No browser could be opened from here.";

	if (prompt->browser_opened)
		seen = "A browser has been opened there.";
	if (prompt->start_url == NULL)
		seen = "The code is for this sign-in alone.";
	snprintf(text, sizeof(text),
	    "%s to sign in. %s There are %lld seconds left for it. The "
	    "server's tools appear as soon as the sign-in is done.",
	    auth_prompt_text(prompt, todo, sizeof(todo)), seen,
	    left > 0 ? left : 0);
	answer_text(r, call, text);
}

/* The state of the sign-in, which is begun where none is under way. */
static void
call_sign_in(struct relay *r, struct call *call)
{
	const struct auth_answer *pending = broker_pending(r->signin.broker);

	if (pending != NULL) {
		answer_pending(r, call, pending);
		return;
	}
	call->sign_in = true;
	relay_signin_start(r);
}

void
offline_signin_known(struct relay *r, const struct auth_answer *pending,
    const char *text)
{
	struct call *call, *next;

	TAILQ_FOREACH_SAFE (call, &r->calls.pending, link, next) {
		if (!call->sign_in)
			continue;
		if (pending != NULL)
			answer_pending(r, call, pending);
		else
			answer_text(r, call, text);
	}
}

bool
offline_offer(struct relay *r, struct call *call)
{
	if (!r->config.sign_in_tool || call->method != METHOD_TOOLS_LIST ||
	    !call->first_page)
		return false;
	log_info("offline", "offering to sign in as a tool");
	r->offline.offered = true;
	r->handshake.provisional = true;
	offline_answer(r, call,
	    message_format(sign_in_list, call->id, opening(r), sign_in));
	return true;
}

/* -- what comes --------------------------------------------------------------
 */

bool
offline_allows(const struct relay *r, const struct message *call)
{
	return is_sign_in(r, call);
}

bool
offline_request(struct relay *r, struct call *call, const struct message *m)
{
	if (!r->handshake.provisional)
		return false;
	if (call->method == METHOD_TOOLS_CALL && is_sign_in(r, m)) {
		call_sign_in(r, call);
		return true;
	}
	return offline_list(r, call);
}

void
offline_over(struct relay *r)
{
	r->offline.offered = false;
}
