/* SPDX-License-Identifier: ISC */
/*
 * What every exchange with one remote shares: where it is, which headers go
 * along, and whether the host's end can take more (backpressure, T-017).
 */
#ifndef MCP_UPSTREAM_H
#define MCP_UPSTREAM_H

#include <sys/queue.h>

#include "base/secret.h"
#include "base/signing.h"
#include "io/http.h"
#include "wire/url.h"

/* How long the response to a message may keep us waiting; 0: for ever. */
struct upstream_patience {
	unsigned head_ms; /* for its head, once the message is sent */
	unsigned gap_ms;  /* within a body that is no event stream */
};

struct upstream_waiter; /* something paused for backpressure */

struct upstream {
	struct loop *loop;                       /* borrowed */
	struct http_client *client;              /* borrowed */
	struct url url;                          /* the MCP endpoint */
	const struct http_headers *user_headers; /* borrowed */
	struct upstream_patience patience;

	/* private: set by the functions below */
	char *session_id;    /* owned; NULL: none */
	char *version;       /* owned; MCP-Protocol-Version of the session */
	char *scheme;        /* owned; "Bearer" or "DPoP"; NULL: no token */
	struct secret lines; /* headers beside it, a line each */
	struct secret token;
	uint64_t bearer;         /* generation of the token; 0: none */
	struct signing_key *key; /* owned; proves that the token is ours */
	char *nonce; /* owned; the server's last one for proofs; NULL: none */
	/* owned; NULL: build anew */
	struct http_headers *base, *message, *post, *get, *bare;
	bool blocked;
	TAILQ_HEAD(upstream_waiter_list, upstream_waiter) waiters;
};

void upstream_init(struct upstream *up, struct loop *loop,
    struct http_client *client, const struct http_headers *user_headers);
void upstream_reset(struct upstream *up);

/* Session state of the initialize-based eras (T-022, T-023). NULL: none. A
 * session id must have passed header_is_visible. */
void upstream_set_session(struct upstream *up, struct span session_id);
void upstream_set_version(struct upstream *up, struct span version);
/* `key`: the private key that the token is bound to, as PEM; empty: none. */
void upstream_set_bearer(struct upstream *up, const char *scheme,
    struct span token, struct span key, uint64_t generation);
/* "Name: value" lines; they replace the user's headers of their names. */
void upstream_set_lines(struct upstream *up, struct span lines);

bool upstream_has_session(const struct upstream *up);

/* The headers of a message's POST, of an event stream's GET, and of what has
 * neither body nor stream (DELETE). Borrowed until a set_ call. */
struct http_headers *upstream_post_headers(struct upstream *up);
struct http_headers *upstream_get_headers(struct upstream *up);
struct http_headers *upstream_delete_headers(struct upstream *up);

/* For `initialize` (no session, no version: T-021) and for the stateless era,
 * whose headers are per message: fresh, caller frees. */
struct http_headers *upstream_fresh_headers(struct upstream *up);

/* Starts an exchange with the server: as http_start, with a proof of its own
 * for each where the token is bound to a key. */
struct http *
upstream_start(struct upstream *up, const struct http_request *request,
    const struct http_events *events, void *ctx);
/* Notes what a response says for the requests to come: its nonce. */
void upstream_heard(struct upstream *up, const struct http_head *head);

/* Backpressure: while blocked, body callbacks register their exchange and
 * answer HTTP_PAUSE; unblocking resumes them all. */
struct upstream_waiter {
	TAILQ_ENTRY(upstream_waiter) link;
	struct http *http; /* borrowed */
	bool waiting;
};
void upstream_wait(struct upstream *up, struct upstream_waiter *waiter,
    struct http *http);
void upstream_unwait(struct upstream *up, struct upstream_waiter *waiter);
void upstream_block(struct upstream *up, bool blocked);

#endif
