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
	struct buf body;    /* JSON or OTHER */
	struct sse *events; /* owned; NULL: none were read yet */
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

/* An event stream that goes on from where `from` was. */
void reader_go_on(struct reader *r, const struct sse *from);

/* Of the event stream, empty: none. Borrowed until more is read. */
struct span reader_last_id(const struct reader *r);
/* False: the server has not said how long to wait before reconnecting. */
bool reader_retry(const struct reader *r, uint32_t *retry_ms);

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
