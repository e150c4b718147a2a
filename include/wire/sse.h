/* SPDX-License-Identifier: ISC */
/*
 * Server-sent events as WHATWG HTML section 9.2 parses them, incrementally:
 * chunk edges, also inside CRLF, UTF-8 and field names, do not matter (T-130).
 * The data of an event is gathered in place, so memory is one copy of it.
 */
#ifndef WIRE_SSE_H
#define WIRE_SSE_H

#include <stdint.h>

#include "base/buf.h"

struct sse {
	struct buf data;	 /* the event being gathered */
	struct buf id;		 /* last event id of the stream, committed */
	struct buf pending_id;	 /* id field of the event being gathered */
	struct buf event;	 /* event type being gathered */
	struct buf line;	 /* field name and short fields */
	bool has_id;		 /* `id` was ever set */
	bool has_retry;
	uint32_t retry_ms;	 /* last `retry` field, capped at 1 hour */
	/* private: the state of the line scanner */
	int state;
	bool saw_cr, saw_any, has_data, has_pending_id;
};

struct sse_event {
	struct buf *data; /* the joined data lines: the receiver may buf_take it */
	struct span type; /* "" and "message" are messages */
};

enum sse_result {
	SSE_MORE,  /* input used up */
	SSE_EVENT, /* one event; call again with the rest */
	SSE_PRIME, /* a blank line committed an id without data (T-031) */
	SSE_TOO_LARGE
};

void sse_init(struct sse *s, size_t max_event);
void sse_reset(struct sse *s);

/* Starts a new connection of the same stream: the parser forgets a partial
 * event but keeps id and retry. */
void sse_restart(struct sse *s);

/*
 * Consumes from `*in` (which is advanced). After SSE_EVENT the event's data is
 * valid until the next call. Lines starting with a colon are skipped; unknown
 * fields too; an id with NUL is ignored, an empty id resets; retry takes
 * digits only; an event without data is not dispatched but commits its id.
 * One leading BOM is skipped.
 */
enum sse_result sse_feed(
    struct sse *s, struct span *in, struct sse_event *event);

/*
 * At the end of the stream: true when an unterminated last event has data; the
 * caller decides whether it is a whole message (T-130).
 */
bool sse_finish(struct sse *s, struct sse_event *event);

#endif
