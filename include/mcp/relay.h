/* SPDX-License-Identifier: ISC */
/*
 * The heart of the pump: every request of the host gets exactly one answer, the
 * remote's or a fault (T-009). Knows who waits for what, in which era the host
 * speaks, and what the host may see; alone connects the remote with sign-in.
 */
#ifndef MCP_RELAY_H
#define MCP_RELAY_H

#include "auth/config.h"
#include "mcp/remote.h"

struct relay;

struct relay_config {
	struct loop *loop; /* borrowed */
	int in_fd, out_fd; /* the host */
	/* The remote; config.tools is filled in by the relay. */
	struct remote_config remote;
	struct tools_rules rules;
	/* Sign-in; NULL where a static Authorization header decides. */
	const struct auth_config *auth;
	uint64_t request_timeout_ms; /* 0: none */
	bool discover_first;         /* before an older host's initialize */
	bool cached_handshake;       /* answer from memory, or provisionally */
	bool sign_in_tool;           /* offer one where nothing is known */
	uint64_t hold_timeout_ms;    /* how long a request waits for sign-in */
};

/* Starts reading the host. `config` is copied, what it points to borrowed. */
struct relay *relay_new(const struct relay_config *config);
void relay_free(struct relay **relay);

/* SIGTERM and its like: no draining, out within half a second (T-011). Stops
 * the loop when done. */
void relay_quit(struct relay *relay);

#endif
