/* SPDX-License-Identifier: ISC */
/*
 * An event stream by GET that heals itself: the standing stream of a session
 * (T-028), the resumption of a POST's stream (T-032), and the one stream of
 * HTTP+SSE (T-071). Waits the server's `retry`, else backs off, and goes on
 * from the last event id.
 */
#ifndef MCP_STREAM_H
#define MCP_STREAM_H

#include "mcp/outcome.h"
#include "mcp/reader.h"

struct stream;

enum stream_use {
	STREAM_STANDING, /* heals; 409 and 5xx are tried again */
	STREAM_RESUMED,  /* begins after `retry` ms; a 4xx ends it (T-032) */
	STREAM_LEGACY    /* HTTP+SSE: never resumed, its end is reported */
};

struct stream_events {
	/* The response head of an event stream is in; again after healing. */
	void (*opened)(void *ctx);
	/* Taken. */
	void (*message)(void *ctx, struct message *message);
	/* HTTP+SSE: data of an `endpoint` event. May be NULL. */
	void (*endpoint)(void *ctx, struct span reference);
	/* Over, nothing follows: refused, or (LEGACY) ended. */
	void (*ended)(void *ctx, const struct outcome *why);
};

/* `from` (or NULL) gives last event id and retry to begin with. `url` NULL: the
 * MCP endpoint. Starts by itself; callbacks come from the loop. */
struct stream *stream_new(struct upstream *up, enum stream_use use,
    const struct sse *from, const struct stream_events *events, void *ctx);

/* The generation of the token its last request carried; 0: none. */
uint64_t stream_bearer(const struct stream *stream);

/* Ends it without a callback; may be called inside one. NULL-safe. */
void stream_free(struct stream **stream);

#endif
