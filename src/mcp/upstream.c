/* SPDX-License-Identifier: ISC */
/*
 * Shared state of the exchanges with one remote. Header lists are built when
 * first needed after a change, each over a simpler one, then borrowed by every
 * request.
 */
#include "mcp/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "io/proof.h"
#include "io/trace.h"
#include "wire/header.h"

static void
forget_headers(struct upstream *up)
{
	http_headers_free(&up->base);
	http_headers_free(&up->message);
	http_headers_free(&up->post);
	http_headers_free(&up->get);
	http_headers_free(&up->bare);
}

void
upstream_init(struct upstream *up, struct loop *loop,
    struct http_client *client, const struct http_headers *user_headers)
{
	*up = (struct upstream){
		.loop = loop,
		.client = client,
		.user_headers = user_headers,
	};
	url_init(&up->url);
	TAILQ_INIT(&up->waiters);
}

void
upstream_reset(struct upstream *up)
{
	forget_headers(up);
	url_reset(&up->url);
	free(up->session_id);
	free(up->version);
	free(up->scheme);
	free(up->nonce);
	secret_reset(&up->token);
	secret_reset(&up->lines);
	signing_key_free(&up->key);
	up->session_id = up->version = up->scheme = up->nonce = NULL;
}

static void
replace(char **member, struct span value)
{
	free(*member);
	*member = value.len > 0 ? mem_copy(value.ptr, value.len) : NULL;
}

void
upstream_set_session(struct upstream *up, struct span session_id)
{
	trace_conceal(session_id);
	replace(&up->session_id, session_id);
	forget_headers(up);
}

void
upstream_set_version(struct upstream *up, struct span version)
{
	replace(&up->version, version);
	forget_headers(up);
}

void
upstream_set_bearer(struct upstream *up, const char *scheme, struct span token,
    struct span key, uint64_t generation)
{
	struct fault f;

	up->bearer = generation;
	replace(&up->scheme, span_of(scheme != NULL ? scheme : ""));
	secret_set(&up->token, token);
	signing_key_free(&up->key);
	/* Without its proof the token is refused, and another one fetched. */
	if (key.len > 0)
		up->key = signing_key_read(key, SIGNING_ES256, &f);
	if (key.len > 0 && up->key == NULL)
		log_warn("remote", "the key of the token: %s", fault_text(&f));
	forget_headers(up);
}

void
upstream_set_lines(struct upstream *up, struct span lines)
{
	secret_set(&up->lines, lines);
	forget_headers(up);
}

bool
upstream_has_session(const struct upstream *up)
{
	return up->session_id != NULL;
}

/* They were checked where they came from. */
static void
add_lines(struct http_headers *h, struct span lines)
{
	while (lines.len > 0) {
		const char *newline = memchr(lines.ptr, '\n', lines.len);
		size_t len = newline != NULL ? (size_t)(newline - lines.ptr) :
					       lines.len - 1;
		struct span name, value;
		const char *why = NULL;

		if (header_split(span_make(lines.ptr, len), &name, &value,
			&why)) {
			char *text = mem_copy(name.ptr, name.len);

			http_headers_remove(h, text);
			http_headers_add_secret(h, text, "", value);
			free(text);
		}
		lines = span_make(lines.ptr + len + 1, lines.len - len - 1);
	}
}

/* The user's, and what shows who asks. */
static struct http_headers *
base_headers(struct upstream *up)
{
	if (up->base != NULL)
		return up->base;
	up->base = http_headers_copy(up->user_headers);
	if (up->scheme != NULL) {
		char *prefix = mem_format("%s ", up->scheme);

		http_headers_add_secret(up->base, "Authorization", prefix,
		    secret_peek(&up->token));
		free(prefix);
	}
	add_lines(up->base, secret_peek(&up->lines));
	return up->base;
}

/* And what every message has. */
static struct http_headers *
message_headers(struct upstream *up)
{
	if (up->message == NULL) {
		up->message = http_headers_over(base_headers(up));
		http_headers_add(up->message, "Content-Type",
		    span_of("application/json"));
		http_headers_add(up->message, "Accept",
		    span_of("application/json, text/event-stream"));
	}
	return up->message;
}

static void
add_session(const struct upstream *up, struct http_headers *h)
{
	if (up->version != NULL)
		http_headers_add(h, "MCP-Protocol-Version",
		    span_of(up->version));
	if (up->session_id != NULL)
		http_headers_add(h, "Mcp-Session-Id", span_of(up->session_id));
}

struct http_headers *
upstream_post_headers(struct upstream *up)
{
	if (up->post == NULL) {
		up->post = upstream_fresh_headers(up);
		add_session(up, up->post);
	}
	return up->post;
}

struct http_headers *
upstream_get_headers(struct upstream *up)
{
	if (up->get == NULL) {
		up->get = http_headers_over(base_headers(up));
		http_headers_add(up->get, "Accept",
		    span_of("text/event-stream"));
		add_session(up, up->get);
	}
	return up->get;
}

struct http_headers *
upstream_delete_headers(struct upstream *up)
{
	if (up->bare == NULL) {
		up->bare = http_headers_over(base_headers(up));
		add_session(up, up->bare);
	}
	return up->bare;
}

struct http_headers *
upstream_fresh_headers(struct upstream *up)
{
	return http_headers_over(message_headers(up));
}

static struct http *
start_proven(struct upstream *up, const struct http_request *request,
    const struct http_events *events, void *ctx)
{
	struct http_request proven = *request;
	struct http_headers *headers = http_headers_copy(request->headers);
	struct dpop_request proof = {
		.method = request->method,
		.url = request->url,
		.nonce = up->nonce,
		.token = secret_peek(&up->token),
	};

	proof_add(headers, up->key, &proof);
	proven.headers = headers;
	struct http *http = http_start(up->client, &proven, events, ctx);
	http_headers_free(&headers);
	return http;
}

struct http *
upstream_start(struct upstream *up, const struct http_request *request,
    const struct http_events *events, void *ctx)
{
	if (up->key != NULL)
		return start_proven(up, request, events, ctx);
	return http_start(up->client, request, events, ctx);
}

void
upstream_heard(struct upstream *up, const struct http_head *head)
{
	if (up->key != NULL && head->dpop_nonce.len > 0)
		proof_note_nonce(&up->nonce, head->dpop_nonce);
}

void
upstream_wait(struct upstream *up, struct upstream_waiter *waiter,
    struct http *http)
{
	waiter->http = http;
	if (waiter->waiting)
		return;
	waiter->waiting = true;
	TAILQ_INSERT_TAIL(&up->waiters, waiter, link);
}

void
upstream_unwait(struct upstream *up, struct upstream_waiter *waiter)
{
	if (!waiter->waiting)
		return;
	waiter->waiting = false;
	TAILQ_REMOVE(&up->waiters, waiter, link);
}

void
upstream_block(struct upstream *up, bool blocked)
{
	up->blocked = blocked;
	while (!up->blocked && !TAILQ_EMPTY(&up->waiters)) {
		struct upstream_waiter *first = TAILQ_FIRST(&up->waiters);

		upstream_unwait(up, first);
		http_resume(first->http);
	}
}
