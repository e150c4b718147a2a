/* SPDX-License-Identifier: ISC */
/*
 * Private to way_down, a stateless host before an initialize-based server:
 * downward.c (method by method), downward_session.c (the one session behind
 * it), downward_parked.c (questions of the server), downward_listen.c
 * (subscriptions).
 */
#ifndef MCP_DOWNWARD_P_H
#define MCP_DOWNWARD_P_H

#include "mcp/relay_p.h"
#include "mcp/translate.h"

struct downward {
	struct down_server server; /* REVISION_UNKNOWN: not known yet */
	struct fault refusal;      /* it cannot be translated; or FAULT_NONE */
	char *declared; /* owned: raw capabilities the session has; or NULL */
	char *level;    /* owned: raw string the server logs at; or NULL */
	unsigned verbosity; /* the same as a number, as in struct call */
	/* Calls that the host has had an answer to, the server's questions, and
	 * that the server still works at. */
	struct call_list away;
	size_t away_count;
	TAILQ_HEAD(subscription_list, subscription) subscriptions;
	TAILQ_HEAD(topic_list, topic) topics;
};

/* downward.c */
/* Sends the host's request (taken) in the way of the older era. */
void downward_send(struct relay *r, struct call *call, struct message *m);
/* Gives the call the server's answer (taken), or its error. */
void downward_answer(struct relay *r, struct call *call, struct message *m);
/* The server hears that nobody waits for this any more. `reason`: raw; may be
 * empty. */
void
downward_cancel(struct relay *r, const struct outbound *o, struct span reason);
/* A progress notification (taken) under the token of the host's request. */
void downward_progress(struct relay *r, const struct message *request,
    struct message *m);

/* downward_session.c */
/* Sees to it that there is a session, or will be, that declares what `request`
 * declares. */
void downward_open(struct relay *r, const struct message *request);
void downward_close(struct relay *r);
/* The session is there, the first or another one. */
void downward_renewed(struct relay *r);
/* The server logs at this level from now on. */
void downward_note_level(struct downward *down, const struct call *call,
    const struct message *request);

/* downward_parked.c */
/* The server asks before it answers `call`; `m` is taken. */
void questions_add(struct relay *r, struct call *call, struct message *m);
/* The server's error (taken) sends the user to addresses first (T-116). */
void questions_demand(struct relay *r, struct call *call, struct message *m);
/* A request (taken) that brings `state`, and answers. */
void questions_retry(struct relay *r, struct call *call, struct message *m,
    struct span state);
/* The server withdraws its request. */
void questions_withdraw(struct relay *r, struct span raw_id);
/* The session they belong to is gone. */
void questions_lost(struct relay *r);
void questions_close(struct downward *down);
/* The host has them: no request of its own is open for the call. What becomes
 * of it is then kept (messages are taken). */
bool questions_away(const struct call *call);
void questions_keep_answer(struct relay *r, struct call *call,
    struct message *answer);
void questions_keep_fault(struct call *call, const struct fault *fault);
void questions_keep_progress(struct call *call, struct message *m);

/* downward_listen.c */
/* subscriptions/listen (taken): acknowledged when the server has agreed. */
void subscription_open(struct relay *r, struct call *call, struct message *m);
/* A change (taken), for whoever listens to it. */
void subscriptions_tell(struct relay *r, struct message *m);
/* Another session: what was subscribed is subscribed again. */
void subscriptions_renew(struct relay *r);
void subscriptions_close(struct downward *down);

#endif
