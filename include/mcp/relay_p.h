/* SPDX-License-Identifier: ISC */
/*
@@@ (what waits for a token), relay_end.c (leaving).
 */
#ifndef MCP_RELAY_P_H
#define MCP_RELAY_P_H

#include "auth/broker.h"
#include "mcp/calls.h"
#include "mcp/host.h"
#include "mcp/relay.h"

enum era {
	ERA_UNKNOWN,
	ERA_INITIALIZE, /* 2024-11-05 to 2025-11-25 */
	ERA_STATELESS   /* 2026-07-28 */
};

/* What is known of a token being fetched. */
struct signin {
	struct broker *broker; /* owned; NULL: no sign-in */
	TAILQ_HEAD(, parked) parked;
	bool asked;          /* no outcome yet */
	uint64_t since_ms;   /* of the first ask without outcome */
	uint64_t refresh_ms; /* of the last proactive ask */
	unsigned beats;      /* progress notifications sent */
	struct loop_timer hold;
};

struct relay {
	struct relay_config config;
	struct host *host;
	struct remote *remote;
	struct tools *tools;
	struct calls calls;
	struct signin signin;
	struct {
		struct loop_timer patience;
		bool provisional; /* the host awaits word of changes */
	} handshake;
	enum era era;              /* pinned by the host's opening (T-080) */
	struct loop_timer timeout; /* of the oldest call */
	/* leaving */
	bool left;
	bool closing;
	struct loop_timer drain;
};

/* relay.c */
/* Answers a call with a fault; the call is gone. */
void relay_fail(struct relay *r, struct call *call, const struct fault *fault);
/* The same, with no second thought about handshakes. */
void relay_answer_fault(struct relay *r, struct call *call,
    const struct fault *fault);
/* Nobody waits any longer for what the call sent. */
void relay_drop(struct relay *r, struct call *call);
/* Lets stdin and response bodies flow, or not. */
void relay_balance(struct relay *r);

/* listen.c */
/* An acknowledgment has come: true when it is the second one, not for the
 * host. */
bool listen_acknowledged(struct relay *r, const struct message *m);
/* The stream of a listen call is gone without an answer: true when that was
 * dealt with, by another try or by telling the host. */
bool listen_lost(struct relay *r, struct call *call, const struct fault *fault);

/* handshake.c */
void handshake_open(struct relay *r);
void handshake_close(struct relay *r);
/* A call was sent: the host's patience begins. */
void handshake_sent(struct relay *r, const struct call *call);
/* It waits for sign-in: what is known is said at once. */
void handshake_waits(struct relay *r, struct call *call);
/* It has failed: true when the host need not know, and the call is gone. */
bool
handshake_failed(struct relay *r, struct call *call, const struct fault *fault);
/* The server has answered: true when the host has its answer already. */
bool handshake_answered(struct relay *r, struct call *call,
    const struct message *answer);
/* The server is there after all: tells the host what may differ. */
void handshake_done(struct relay *r, struct span capabilities);

/* relay_signin.c */
void relay_signin_open(struct relay *r);
void relay_signin_close(struct relay *r);
/* A request was sent: is its token getting old? */
void relay_signin_sent(struct relay *r);
/* The call goes: it waits no more for a token. */
void relay_signin_forget(struct relay *r, const struct outbound *o);
void relay_signin_unauthorized(void *ctx, struct outbound *o,
    const struct outcome *outcome, const struct fault *fault);

/* relay_end.c */
void relay_host_left(void *ctx);
/* After each settled message: is everything drained? */
void relay_check_drained(struct relay *r);

#endif
