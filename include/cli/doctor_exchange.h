/* SPDX-License-Identifier: ISC */
/*
 * One exchange with the MCP server, blocking, with the moments at which its
 * answer came: head, first event, end. Follows nothing, retries nothing.
 */
#ifndef CLI_DOCTOR_EXCHANGE_H
#define CLI_DOCTOR_EXCHANGE_H

#include "mcp/message.h"
#include "mcp/outcome.h"
#include "mcp/reader.h"
#include "mcp/upstream.h"

struct doctor_ask {
	const char *method;                 /* "POST", "GET", "DELETE" */
	const struct http_headers *headers; /* kept as long as needed */
	const struct message *message;      /* the body; NULL: none */
	struct upstream *at; /* where to; NULL: the server's own URL */
	unsigned patience_ms;
	/* Once the head is there, how long an event is waited for; 0: until
	 * the patience ends. */
	unsigned event_patience_ms;
};

struct doctor_answer {
	bool head; /* one came; else `outcome.fault` says why not */
	struct outcome outcome;
	enum reader_kind kind;
	char *session_id;        /* owned or NULL; checked */
	long long date_s;        /* Date as Unix time; 0: none */
	long long arrived_s;     /* our Unix time then */
	struct message *message; /* owned: the JSON-RPC answer; NULL: none */
	char *event;             /* owned: type of the first event; NULL */
	bool html;               /* the body is a web page */
	/* Microseconds since the ask; 0: it did not come. */
	uint64_t head_us, event_us, end_us;
};

void doctor_answer_init(struct doctor_answer *a);
void doctor_answer_reset(struct doctor_answer *a);

/* Runs the exchange until the message is answered, an event came for a GET, or
 * the patience ends. `a` is reset first. */
void doctor_ask(struct upstream *up, const struct doctor_ask *ask,
    struct doctor_answer *a);

/* The fault of an answer without head. */
const struct fault *doctor_answer_fault(const struct doctor_answer *a);

#endif
