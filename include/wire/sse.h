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

enum sse_state { SSE_IN_NAME, SSE_AFTER_COLON, SSE_IN_VALUE };

enum sse_field {
	SSE_FIELD_OTHER,
	SSE_FIELD_DATA,
	SSE_FIELD_EVENT,
	SSE_FIELD_ID,
	SSE_FIELD_RETRY
};

struct sse {
	struct buf id; /* last event id of the stream, committed */
	bool has_id;   /* an id was ever committed; it may be empty */
	bool has_retry;
	uint32_t retry_ms; /* last `retry` field, capped at 1 hour */

	/* private: the event being gathered */
	struct buf data;
	struct buf event;      /* its type */
	struct buf pending_id; /* its id */
	bool has_data, has_pending_id;
	bool oversized;  /* its data passed the cap and is skipped */
	bool dispatched; /* it was handed out: forget it at the next call */

	/* private: the line being read */
	enum sse_state state;
	enum sse_field field;
	char name[8]; /* no field we know is longer than "event" */
	size_t name_len;
	struct buf value; /* of a field other than data */
	bool first_line;  /* a BOM may come */
	bool after_cr;    /* an LF that comes next belongs to it */
};

struct sse_event {
	/* The joined data lines; the receiver may buf_take them. */
	struct buf *data;
	struct span type; /* "" and "message" are messages */
};

enum sse_result {
	SSE_MORE,     /* input used up */
	SSE_EVENT,    /* one event; call again with the rest */
	SSE_PRIME,    /* a blank line committed an id without data (T-031) */
	SSE_TOO_LARGE /* the data passed the cap; the rest of it is skipped */
};

void sse_init(struct sse *s, size_t max_event);
/* Frees what it holds; the parser is as fresh from sse_init. */
void sse_reset(struct sse *s);

/* Starts a new connection of the same stream: the parser forgets a partial
 * event but keeps id and retry. */
void sse_restart(struct sse *s);

/*
 * Consumes from `*in` (which is advanced). After SSE_EVENT the event's data and
 * type are valid until the next call. Lines starting with a colon are skipped;
 * unknown fields too; an id with NUL or over LIMIT_EVENT_ID is ignored, an
 * empty id resets; retry takes digits only; an event with no data or empty data
 * is not dispatched but commits its id. One leading BOM is skipped.
 *
 * After SSE_TOO_LARGE the stream can be read on: the event is dropped up to its
 * blank line.
 */
enum sse_result
sse_feed(struct sse *s, struct span *in, struct sse_event *event);

/*
 * At the end of the stream: true when an unterminated last event has data; the
 * caller decides whether it is a whole message (T-130). Its id is not
 * committed. Only sse_restart and sse_reset may follow.
 */
bool sse_finish(struct sse *s, struct sse_event *event);

#endif
