/* SPDX-License-Identifier: ISC */
/*
 * What became of one HTTP exchange with the remote: kept after its response is
 * gone, for the policy that decides what to do next (mcp/recovery).
 */
#ifndef MCP_OUTCOME_H
#define MCP_OUTCOME_H

#include "io/http.h"

struct outcome {
	int status;          /* 0: no response head */
	bool sent;           /* the request may have reached the server */
	bool ended;          /* the response came to its proper end */
	struct fault *fault; /* owned; where it did not; else NULL */
	bool has_retry_after;
	unsigned retry_after_s;
	bool wants_nonce;  /* 401: a nonce in the proof came with it */
	char *location;    /* owned; redirects only */
	char **challenges; /* owned, and each: WWW-Authenticate as received */
	size_t challenge_count;
};

void outcome_init(struct outcome *o);
void outcome_reset(struct outcome *o);

/* Notes what the head says. */
void outcome_head(struct outcome *o, const struct http_head *head);
/* The fault, for writing: made where there was none. */
struct fault *outcome_fault(struct outcome *o);
/* Notes how the exchange ended. */
void outcome_result(struct outcome *o, const struct http_result *result);

bool outcome_success(const struct outcome *o); /* 2xx */

#endif
