/* SPDX-License-Identifier: ISC */
/*
 * Private to the files of the remote: remote.c (the whole), outbound.c (life of
 * a message), session.c (life of a session), legacy_sse.c (the HTTP+SSE
 * connection), tool_refresh.c (tools/list of our own), ping.c.
 */
#ifndef MCP_REMOTE_P_H
#define MCP_REMOTE_P_H

#include "mcp/exchange.h"
#include "mcp/recovery.h"
#include "mcp/remote.h"
#include "mcp/stream.h"

enum outbound_state {
	OUT_QUEUED,   /* its turn has not come */
	OUT_LIVE,     /* sent; its answer is expected */
	OUT_DELAYED,  /* its timer sends it again */
	OUT_PARKED,   /* refused for want of authorization */
	OUT_LINGERING /* answered or dropped; the response is read to its end */
};

TAILQ_HEAD(outbound_list, outbound);

struct outbound {
	TAILQ_ENTRY(outbound) link;
	struct remote *remote; /* borrowed */
	enum outbound_state state;
	struct message *message; /* owned: as the host wrote it */
	struct message *wire;    /* owned: as it goes; NULL: as it is */
	void *owner;
	/* The bridge's own messages: takes the answer, or NULL and a fault.
	 * NULL for the host's. The outbound is gone after it. */
	remote_done *own;
	void *own_ctx;
	struct exchange *exchange;    /* owned */
	struct http_headers *headers; /* owned; NULL: the session's */
	struct loop_timer again;
	unsigned attempts;
	unsigned generation; /* of the session it was sent in */
	uint64_t bearer;     /* generation of the token it carried; 0: none */
	unsigned rejections, scope_refusals;
	bool stateless;
	bool had_session, renewed, awaits_tools;
};

enum session_phase {
	SESSION_FRESH,        /* no handshake seen */
	SESSION_INITIALIZING, /* initialize is on its way */
	SESSION_READY,        /* answered; `initialized` not yet seen */
	SESSION_CONFIRMING,   /* `initialized` is on its way */
	SESSION_OPENING,      /* the standing stream is being opened */
	SESSION_OPEN,
	SESSION_OWED,    /* the server has none; the next message opens one */
	SESSION_RENEWING /* our own initialize, then `initialized` */
};

struct session {
	enum session_phase phase;
	struct message *initialize; /* owned: the host's, for renewal */
	char *version;              /* owned: negotiated */
	char *result;               /* owned: JSON of its InitializeResult */
	struct stream *standing;    /* owned */
	struct loop_timer open_wait;
	struct loop_timer pay_again; /* while OWED and the server is down */
	uint32_t pay_backoff_ms;
	unsigned generation;
	bool stream_refused; /* 401: opens again with another bearer */
	/* Owned: what the host said to the dead session and the next one must
	 * hear too: the last logging/setLevel, each resources/subscribe. */
	STAILQ_HEAD(remembered_list, remembered) remembered;
};

struct remembered {
	STAILQ_ENTRY(remembered) link;
	struct message *message; /* owned */
};

struct tool_refresh {
	bool running;
	unsigned pages;
	struct message *model; /* owned */
};

struct ping {
	struct loop_timer due;
	bool sent; /* and not yet answered */
};

struct legacy; /* the HTTP+SSE connection */

struct remote {
	struct remote_config config;
	const struct remote_events *events; /* borrowed: static */
	void *ctx;
	struct upstream up;
	struct outbound_list queue, live, lingering;
	size_t lingering_count;
	struct loop_timer linger;
	size_t held;
	bool awaits_bearer; /* nothing is sent without one */
	bool on_hold;       /* no host's messages in the way of a session */
	struct session session;
	struct legacy *legacy; /* owned; NULL: Streamable HTTP */
	struct tool_refresh tool_refresh;
	struct ping ping;
	char *prefix; /* owned: of our own ids */
	unsigned next_id;
	char *version;        /* owned: of the last stateless request */
	struct http *closing; /* owned: the DELETE */
	void (*closed)(void *ctx);
	void *closed_ctx;
	struct loop_timer close_wait;
};

/* remote.c */
void remote_incoming(struct remote *r, struct outbound *via, struct message *m);

/* outbound.c */
/* Queues a message (taken); remote_pump sends it when its turn comes. */
struct outbound *outbound_new(struct remote *r, struct message *message);
void outbound_free(struct outbound *o);
/* Sends what may go, in order. */
void remote_pump(struct remote *r);
/* In the stateless era a lost request is issued anew, under another id
 * (T-061); before, the same id may be used again. */
void outbound_renumber(struct outbound *o);
/* Puts a message back at the head of the queue. */
void outbound_requeue(struct outbound *o);
void outbound_park(struct outbound *o);
/* Hands up a refusal (taken) as the answer, under the id the host knows. */
void outbound_refused(struct outbound *o, struct message *answer);
/* Settles it with a fault. */
void outbound_fail(struct outbound *o, const struct fault *fault);
/* Fails everything queued (and, with `live`, everything sent). */
void remote_fail_all(struct remote *r, bool live, const struct fault *fault);

/* tool_refresh.c */
/* Asks for all pages of tools/list with the envelope of `model`, then queues
 * every message that awaits_tools (T-057). */
void tool_refresh_start(struct remote *r, const struct message *model);
void tool_refresh_reset(struct remote *r);

/* session.c */
void session_init(struct remote *r);
void session_reset(struct remote *r);
bool session_allows(const struct remote *r, const struct outbound *o);
void session_sending(struct remote *r, struct outbound *o);
void
session_accepted(struct remote *r, struct outbound *o, struct span session_id);
void session_incoming(struct remote *r, const struct message *m);
void session_over(struct remote *r, const struct outbound *o);
void session_renew(struct remote *r);
/* The host has its answer, the server never had the request (SESSION_OWED). */
void session_owe(struct remote *r);
/* A session in the bridge's own name; `initialize` is taken. */
void session_begin(struct remote *r, struct message *initialize);
/* A message waits: opens the session that is owed. */
void session_pay(struct remote *r);
/* A bearer has come: is there a session to open? */
void session_bearer_changed(struct remote *r);

/* ping.c */
/* The session is open, or another bearer is there: the next ping is due an
 * interval from now. Nothing where pings are off. */
void ping_start(struct remote *r);
void ping_stop(struct remote *r);

/* legacy_sse.c */
/* Connects. */
void legacy_start(struct remote *r);
/* The same, because the POST of `o` was refused: where HTTP+SSE is not spoken
 * either, its answer (taken; NULL: none) or `fault` stands. */
void legacy_detect(struct outbound *o, struct message *answer,
    const struct fault *fault);
void legacy_free(struct remote *r);
bool legacy_ready(const struct remote *r);
/* Connects anew where it was refused for want of a bearer. */
void legacy_reconnect(struct remote *r);
const char *legacy_endpoint(const struct remote *r);

#endif
