/* SPDX-License-Identifier: ISC */
/*
 * A whole HTTP exchange as one blocking call, for the authorizer and the
 * commands. Same policy as io/http, plus: bodies up to LIMIT_AUTH_DOCUMENT, no
 * compression, a wall-clock limit, addresses judged before connecting.
 */
#ifndef IO_FETCH_H
#define IO_FETCH_H

#include "base/buf.h"
#include "io/address.h"
#include "io/http.h"

struct fetch_response {
	int status;
	struct buf body;    /* wiped on reset */
	char *content_type; /* owned; NULL when absent */
	char *location;     /* owned; NULL when absent */
	char *dpop_nonce;   /* owned; NULL when absent */
	char **challenges;  /* owned, and each of them */
	size_t challenge_count;
	unsigned retry_after_s; /* 0: not said */
	unsigned max_age_s;     /* Cache-Control freshness, <= 3600; 0: none */
	long long date_s;       /* Date header as Unix time; 0: absent */
};

void fetch_response_init(struct fetch_response *response);
void fetch_response_reset(struct fetch_response *response);

struct fetch_policy {
	struct address_policy addresses;
	bool allow_http; /* plain http beyond loopback */
};

/*
 * Runs the exchange to its end. 0 with any HTTP status; -1 with FAULT_TLS,
 * FAULT_UNREACHABLE, FAULT_TIMEOUT, FAULT_TOO_LARGE or FAULT_POLICY, or
 * FAULT_CANCELED when somebody stopped the loop. Redirects are not followed:
 * the caller judges `location`. Runs the client's loop, so not from inside it.
 */
int fetch(struct http_client *client, const struct http_request *request,
    const struct fetch_policy *policy, struct fetch_response *response,
    struct fault *f) __attribute__((warn_unused_result));

#endif
