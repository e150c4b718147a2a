/* SPDX-License-Identifier: ISC */
/*
 * One remote MCP server, over Streamable HTTP of any revision or HTTP+SSE.
 * Takes messages, brings back messages, and says what became of each. Order
 * and life of a session are kept here and in mcp/session; authorization is not:
 * a refused message is parked and the owner of the bearer decides.
 */
#ifndef MCP_REMOTE_H
#define MCP_REMOTE_H

#include "mcp/message.h"
#include "mcp/outcome.h"
#include "mcp/tools.h"
#include "mcp/upstream.h"

struct remote;
struct outbound; /* one message on its way to the remote */

enum remote_transport { TRANSPORT_AUTO, TRANSPORT_HTTP, TRANSPORT_SSE };

struct remote_config {
	struct loop *loop;                       /* borrowed */
	struct http_client *client;              /* borrowed */
	const struct http_headers *user_headers; /* borrowed */
	const char *url;     /* borrowed; has been checked */
	struct tools *tools; /* borrowed */
	enum remote_transport transport;
	bool static_bearer;        /* user_headers has Authorization */
	const char *extension;     /* declared to the server; or NULL */
	unsigned ping_interval_ms; /* of pings in a session; 0: none */
	struct upstream_patience patience;
};

/* Callbacks come from the loop, never from inside a remote_ call, except that
 * message() of one message may follow another directly. */
struct remote_events {
	/* A message from the server. Taken. `via` is the host's message on
	 * whose stream it came, or NULL. */
	void (
	    *message)(void *ctx, struct outbound *via, struct message *message);
	/* No answer will come for `o`, and it is gone: `fault` is the answer,
	 * or NULL for what wants none (accepted notifications, replies). */
	void (
	    *settled)(void *ctx, struct outbound *o, const struct fault *fault);
	/* 401, or 403 with insufficient_scope. `o` is parked until
	 * remote_again or remote_drop; NULL: a background stream, which opens
	 * again with remote_set_bearer. `bearer` is the generation of the
	 * token that was refused, 0: none. `fault` is what to answer if
	 * nothing can be done. */
	void (*unauthorized)(void *ctx, struct outbound *o, uint64_t bearer,
	    const struct outcome *outcome, const struct fault *fault);
	/* Another session has replaced a dead one (T-037). */
	void (*renewed)(void *ctx);
};

struct remote *remote_new(const struct remote_config *config,
    const struct remote_events *events, void *ctx);
void remote_free(struct remote **remote);

/* New requests carry this token, and proofs by the key it is bound to (PEM;
 * empty: none); open streams stay. `generation` > 0. */
void remote_set_bearer(struct remote *remote, const char *scheme,
    struct span token, struct span key, uint64_t generation);

/* Headers beside the token, or instead of one: "Name: value" lines, replacing
 * those of the user's that have their names. Before remote_set_bearer. */
void remote_set_headers(struct remote *remote, struct span lines);

/* Nothing is sent until a bearer is set, or this is undone. */
void remote_await_bearer(struct remote *remote, bool awaited);

/* The host was answered but the server never was: its session is opened, in the
 * host's name, before the next message goes. */
void remote_owes_handshake(struct remote *remote);

/* While full, no response bodies are read (T-017). */
void remote_block(struct remote *remote, bool blocked);

/*
 * Sends `message` (taken) when its turn comes. `stateless`: in the way of
 * 2026-07-28 under protocol `version` (raw JSON string, copied). `owner` comes
 * back by outbound_owner. The handle lives until settled(), remote_drop() or
 * remote_answered().
 */
struct outbound *remote_send(struct remote *remote, struct message *message,
    bool stateless, void *owner);

/* The same for a stateless request that was lost: under an id of our own, which
 * the owner never sees (T-061). */
struct outbound *
remote_send_anew(struct remote *remote, struct message *message, void *owner);

/* The same, but what goes out is `wire` (taken too), a translation of `message`
 * under an id of ours; the answer comes back under the id of `message`. */
struct outbound *remote_send_as(struct remote *remote, struct message *message,
    struct message *wire, bool stateless, void *owner);

/* A fresh id of the bridge's own, as raw JSON. Caller frees. */
char *remote_own_id(struct remote *remote);

/* A request or notification of the bridge's own. `done`, exactly once: the
 * answer (taken by it), or NULL and a fault, or NULL twice for an accepted
 * notification. */
typedef void
remote_done(void *ctx, struct message *answer, const struct fault *fault);
/* The handle lives until `done`, or until remote_drop, after which there is
 * none. */
struct outbound *remote_ask(struct remote *remote, struct message *message,
    bool stateless, remote_done *done, void *ctx);

/*
 * Opens a session in the bridge's own name with `initialize` (taken): before
 * the next message goes, and then again whenever the server loses it. One that
 * there is already is ended. renewed()
 * tells when it is there; remote_initialize_result is then known.
 */
void remote_begin(struct remote *remote, struct message *initialize);
/* The session's InitializeResult as JSON; empty: none. */
struct span remote_initialize_result(const struct remote *remote);

/* It goes on in the name of another message (taken), under whose id the answer
 * comes back. Only for what was sent by remote_send_as. */
void outbound_adopt(struct outbound *o, struct message *message, void *owner);

void *outbound_owner(const struct outbound *o);
const struct message *outbound_message(const struct outbound *o);
/* As it was last sent: the message itself, or its translation. */
const struct message *outbound_wire(const struct outbound *o);
/* How often it was refused: by 401, by insufficient_scope. */
unsigned outbound_rejections(const struct outbound *o);
unsigned outbound_scope_refusals(const struct outbound *o);

/* The answer has been matched; the handle is gone, its response is read to
 * its end. */
void remote_answered(struct remote *remote, struct outbound *o);

/* NULL-safe. Nobody waits any longer: unsent it is never sent, in flight its
 * stream is closed (stateless era) or left open (T-034). The handle is gone. */
void remote_drop(struct remote *remote, struct outbound *o);

/* It has been handed to the server, at least in part. */
bool outbound_delivered(const struct outbound *o);

/* Sends a parked message again. */
void remote_again(struct remote *remote, struct outbound *o);
/* Gives up one of the bridge's own: its `done` hears of it. */
void remote_give_up(struct remote *remote, struct outbound *o,
    const struct fault *fault);

/* While held, nothing of the host's goes in the way of a session. */
void remote_hold(struct remote *remote, bool held);
/* There will be no session: what waits for one and needs no answer is dropped.
 */
void remote_forgo_session(struct remote *remote);

/* Messages that want no answer are still on their way. */
bool remote_busy(const struct remote *remote);

/* Bytes of messages held for sending (LIMIT_HELD). */
size_t remote_held(const struct remote *remote);

/* Its `capabilities`. */
struct span remote_capabilities(const struct remote *remote);

/*
 * Ends the session: DELETE where there is one, then `closed` (T-038). Nothing
 * else is reported any more.
 */
void remote_close(struct remote *remote, void (*closed)(void *ctx), void *ctx);

#endif
