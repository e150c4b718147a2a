/* SPDX-License-Identifier: ISC */
/*
 * What a browser sends to the loopback listener: reading a request head that
 * comes in pieces, and judging it by the table of A-052. Pure: no descriptor,
 * no clock; whether the `state` is right is not known here.
 */
#ifndef AUTH_CALLBACK_REQUEST_H
#define AUTH_CALLBACK_REQUEST_H

#include "auth/callback.h"

enum callback_progress {
	CALLBACK_MORE,      /* the head is not whole yet */
	CALLBACK_WHOLE,     /* judge it */
	CALLBACK_TOO_LONG,  /* request line over LIMIT_CALLBACK_LINE */
	CALLBACK_NO_REQUEST /* no HTTP at all: a TLS ClientHello */
};

/*
 * Gathers one head. Cookies of every port of the host arrive here: a header
 * line over LIMIT_HEADER_VALUE, or past LIMIT_CALLBACK_HEAD altogether, is left
 * out, the rest still counts.
 */
struct callback_head {
	struct buf text;   /* whole lines, and the one being read */
	size_t line_start; /* where that one begins */
	size_t line_len;   /* its bytes so far, left out or not */
	char last;         /* the last of them */
	bool in_headers;   /* the request line is whole */
	bool leave_out;    /* the line being read does not fit */
};

void callback_head_init(struct callback_head *head);
void callback_head_reset(struct callback_head *head);

/* What follows the head in `bytes` is ignored: a GET has no body. */
enum callback_progress
callback_head_feed(struct callback_head *head, struct span bytes);

/* Where we listen, as requests must name it. */
struct callback_place {
	const char *host;  /* "127.0.0.1:49152", as in the redirect URI */
	const char *path;  /* "/callback" */
	const char *start; /* "/NONCE" of the start page */
};

enum callback_kind {
	CALLBACK_BAD,     /* answer `status` and go on waiting */
	CALLBACK_START,   /* the start page, from any loopback host name */
	CALLBACK_REDIRECT /* well-formed; `state` is still to be compared */
};

struct callback_request {
	enum callback_kind kind;
	int status;          /* BAD: 400, 403, 404, 405 or 421 */
	struct secret state; /* REDIRECT */
	/* REDIRECT: exactly one of code and error is there. */
	struct callback_result result;
};

void callback_request_init(struct callback_request *request);
void callback_request_reset(struct callback_request *request);

/* Judges a whole head into `request` (initialised). */
void callback_request_judge(struct callback_request *request, struct span head,
    const struct callback_place *place);

#endif
