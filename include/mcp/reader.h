/* SPDX-License-Identifier: ISC */
/*
 * From the bytes of a response body to messages: a JSON body is one message (or
 * an array of them), an event stream one an event. Stops taking bytes while the
 * host's end is full.
 */
#ifndef MCP_READER_H
#define MCP_READER_H

#include "mcp/message.h"
#include "mcp/upstream.h"
#include "wire/sse.h"

enum reader_kind {
	READER_UNKNOWN, /* no Content-Type: the first byte decides (T-131) */
	READER_JSON,
	READER_EVENTS,
	READER_OTHER, /* kept for an error text, up to LIMIT_ERROR_BODY */
	READER_DROP
};

struct reader {
	enum reader_kind kind;
	struct upstream *up; /* borrowed */
	struct upstream_waiter waiter;
	struct buf body; /* JSON or OTHER */
	struct sse sse;
	bool too_large;
	bool stopped; /* the owner wants no more from inside a callback */
	/* An event or a JSON body's text. `type` is empty for JSON. The
	 * receiver may buf_take `text`. */
	void (*text)(void *ctx, struct span type, struct buf *text);
	void *ctx;
};

void reader_init(struct reader *r, struct upstream *up);
void reader_reset(struct reader *r);

/* A new response begins; an event stream keeps its id and retry. */
void reader_begin(struct reader *r, enum reader_kind kind, long long length);

/* By essence, case ignored; empty is READER_UNKNOWN (T-131). */
enum reader_kind reader_kind_of(struct span content_type);

/* For the body callback of `http`. After reader_stop it reads nothing more. */
enum http_verdict
reader_feed(struct reader *r, struct http *http, struct span bytes);
void reader_stop(struct reader *r);

/* The response ended: hands out a JSON body, or an unterminated last event
 * that is a whole message (T-130). */
void reader_finish(struct reader *r);

#endif
