/* SPDX-License-Identifier: ISC */
/*
 * One POST of one message, and everything that comes of it: the JSON answer or
 * event stream in its response, redirects within the origin (T-135), and the
 * resumption of a stream that broke before the answer (T-032).
 */
#ifndef MCP_EXCHANGE_H
#define MCP_EXCHANGE_H

#include "mcp/message.h"
#include "mcp/outcome.h"
#include "mcp/upstream.h"

struct exchange;

enum exchange_end {
	EXCHANGE_DONE,    /* 2xx and nothing more to expect from here */
	EXCHANGE_SILENT,  /* 2xx, but the answer did not come with it */
	EXCHANGE_REFUSED, /* another status; the body is in `refusal` */
	EXCHANGE_BROKEN   /* no proper response: see the outcome's fault */
};

struct exchange_report {
	enum exchange_end end;
	const struct outcome *outcome; /* borrowed for the call */
	/* REFUSED: the body where it is a JSON-RPC response, else NULL;
	 * the receiver may take it by setting it to NULL. */
	struct message *answer;
	struct span body; /* REFUSED: the beginning of any other body */
};

struct exchange_events {
	/* A 2xx head is in. `session_id` is empty where absent. */
	void (*accepted)(void *ctx, int status, struct span session_id);
	/* Taken. */
	void (*message)(void *ctx, struct message *message);
	/* Exactly once, unless freed before. May free the exchange. */
	void (*ended)(void *ctx, struct exchange_report *report);
};

struct exchange_request {
	const char *url; /* NULL: the MCP endpoint; borrowed till the end */
	struct http_headers *headers; /* borrowed till the end */
	struct span body;             /* borrowed till the end */
	bool wants_answer;            /* the message is a request */
	bool resumable;               /* by GET with Last-Event-ID */
	bool legacy; /* HTTP+SSE: a 2xx body is ignored (T-073) */
};

struct exchange *
exchange_new(struct upstream *up, const struct exchange_request *request,
    const struct exchange_events *events, void *ctx);

/* The answer has come, from here or elsewhere: a broken stream is no longer
 * resumed. True while the POST's response is still open: its end will be
 * EXCHANGE_DONE; false when nothing more will be reported. */
bool exchange_answered(struct exchange *exchange);

/* The request has left whole, or a response has begun. */
bool exchange_delivered(const struct exchange *exchange);

/* Closes what is open, without a callback; may be called inside one. In the
 * stateless era this cancels the request (T-060). NULL-safe. */
void exchange_free(struct exchange **exchange);

#endif
