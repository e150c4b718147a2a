/* SPDX-License-Identifier: ISC */
/*
 * What is said to the server in the course of an examination, in either era,
 * and reading what it says.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/doctor_p.h"
#include "mcp/mirror.h"

enum { ASK_MS = 15000, EVENT_MS = 1000, CLOSE_MS = 2000 };

/* A request whose headers depend on it. */
void
doctor_ask_modern(struct doctor *d, const char *what, struct message *m,
    unsigned event_patience_ms, struct doctor_answer *a)
{
	struct http_headers *headers =
	    mirror_headers(&d->upstream, NULL, m, NULL);
	const struct doctor_ask ask = {
		.method = "POST",
		.headers = headers,
		.message = m,
		.patience_ms =
		    event_patience_ms > 0 ? DOCTOR_STREAM_MS : ASK_MS,
		.event_patience_ms = event_patience_ms,
	};

	doctor_exchange(d, what, &ask, a);
	http_headers_free(&headers);
	message_free(&m);
}

void
doctor_ask_discover(struct doctor *d, struct doctor_answer *a)
{
	doctor_ask_modern(d, "server/discover",
	    message_format(
		"{\"jsonrpc\":\"2.0\",\"id\":\"doctor-2\",\"method\":"
		"\"server/discover\",\"params\":{" DOCTOR_ENVELOPE "}}"),
	    0, a);
}

void
doctor_ask_session(struct doctor *d, const char *what, struct message *m,
    struct doctor_answer *a)
{
	bool get = strcmp(what, "GET") == 0;
	struct http_headers *headers = upstream_delete_headers(&d->upstream);

	if (get)
		headers = upstream_get_headers(&d->upstream);
	else if (m != NULL)
		headers = upstream_post_headers(&d->upstream);
	const struct doctor_ask ask = {
		.method = m != NULL ? "POST" : what,
		.headers = headers,
		.message = m,
		.patience_ms = get       ? DOCTOR_STREAM_MS :
			       m != NULL ? ASK_MS :
					   CLOSE_MS,
		.event_patience_ms = get ? EVENT_MS : 0,
	};

	doctor_exchange(d,
	    m != NULL ? what :
	    get       ? "event stream" :
			"end of the session",
	    &ask, a);
	message_free(&m);
}

bool
doctor_answer_has(const struct doctor_answer *a, const char *member)
{
	struct span value;

	return a->message != NULL && a->message->rpc.kind == RPC_RESULT &&
	       json_get(a->message->rpc.result, member, &value);
}

int64_t
doctor_answer_code(const struct doctor_answer *a)
{
	struct span value;
	int64_t code = 0;

	if (a->message == NULL || a->message->rpc.kind != RPC_ERROR ||
	    !json_get(a->message->rpc.error, "code", &value) ||
	    !json_int64(value, &code))
		return 0;
	return code;
}

char *
doctor_answer_error(const struct doctor_answer *a)
{
	struct span value;

	if (doctor_answer_code(a) == 0 ||
	    !json_get(a->message->rpc.error, "message", &value))
		return NULL;
	return json_string_dup(value, 200);
}

char *
doctor_answer_text(const struct doctor_answer *a, const char *const *path)
{
	struct span value;

	if (a->message == NULL || a->message->rpc.kind != RPC_RESULT ||
	    !json_get_path(a->message->rpc.result, path, &value))
		return NULL;
	return json_string_dup(value, 200);
}
