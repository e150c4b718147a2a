/* SPDX-License-Identifier: ISC */
/*
 * A JSON-RPC batch of a 2025-03-26 host (T-008): its messages go out one by one
 * and its answers come back as one array, when the last of them is in.
 */
#ifndef MCP_BATCH_H
#define MCP_BATCH_H

#include "mcp/message.h"

struct batch;

struct batch *batch_new(void);

/* One more answer is expected. */
void batch_expect(struct batch *batch);

/* No more messages follow; a batch without requests has no answer. */
void batch_close(struct batch *batch);

/* An answer (a whole JSON text) is in, or none will come (empty span). */
void batch_add(struct batch *batch, struct span answer);

/* When closed and complete: true, frees the batch, and moves the array into
 * `out` (empty where nothing was to be answered). */
bool batch_finish(struct batch **batch, struct buf *out);

#endif
