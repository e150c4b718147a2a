/* SPDX-License-Identifier: ISC */
/*
 * Private to the files of the relay: relay.c (routing), listen.c (subscriptions
 * that heal), relay_end.c (leaving).
 */
#ifndef MCP_RELAY_P_H
#define MCP_RELAY_P_H

#include "mcp/calls.h"
#include "mcp/host.h"
#include "mcp/relay.h"

enum era {
	ERA_UNKNOWN,
	ERA_INITIALIZE, /* 2024-11-05 to 2025-11-25 */
	ERA_STATELESS	/* 2026-07-28 */
};

struct relay {
	struct relay_config config;
	struct host *host;
	struct remote *remote;
	struct tools *tools;
	struct calls calls;
	enum era era; /* pinned by the host's opening (T-080) */
	struct loop_timer timeout; /* of the oldest call */
	/* leaving */
	bool left;
	bool closing;
	struct loop_timer drain;
};

/* relay.c */
/* Answers a call with a fault; the call is gone. */
void relay_fail(
    struct relay *r, struct call *call, const struct fault *fault);
/* Lets stdin and response bodies flow, or not. */
void relay_balance(struct relay *r);

/* listen.c */
/* An acknowledgment has come: true when it is the second one, not for the
 * host. */
bool listen_acknowledged(struct relay *r, const struct message *m);
/* The stream of a listen call is gone without an answer: true when that was
 * dealt with, by another try or by telling the host. */
bool listen_lost(
    struct relay *r, struct call *call, const struct fault *fault);

/* relay_end.c */
void relay_host_left(void *ctx);
/* After each settled message: is everything drained? */
void relay_check_drained(struct relay *r);

#endif
