/* SPDX-License-Identifier: ISC */
/*
 * The host's side: its lines become messages, ours become lines. Rejects what
 * is no JSON-RPC (T-007), takes batches apart and puts their answers together
 * (T-008).
 */
#ifndef MCP_HOST_H
#define MCP_HOST_H

#include "io/channel.h"
#include "mcp/batch.h"

struct host;

struct host_events {
	/* A valid single message. Taken. `batch` (borrowed) goes back with
	 * the answer of a request. */
	void (
	    *message)(void *ctx, struct message *message, struct batch *batch);
	/* End of input, or nobody reads our answers any more. */
	void (*left)(void *ctx);
	/* The host reads again after it had fallen behind. */
	void (*drained)(void *ctx);
};

struct host *host_new(struct loop *loop, int in_fd, int out_fd,
    const struct host_events *events, void *ctx);
void host_free(struct host **host);

/* 2025-03-26 was negotiated: arrays are batches. */
void host_allow_batches(struct host *host, bool allowed);

/* Queues a message (taken) for the host; part of `batch` where not NULL. */
void host_send(struct host *host, struct message *message, struct batch *batch);
/* The same for a text (moved out of `line`). */
void host_send_text(struct host *host, struct buf *line, struct batch *batch);
/* A request of `batch` (or NULL) will have no answer. */
void host_skip(struct host *host, struct batch *batch);

/* Stops and restarts reading. */
void host_pause(struct host *host, bool paused);
/* The host has fallen behind reading. */
bool host_full(const struct host *host);
void host_flush(struct host *host, unsigned timeout_ms);

#endif
