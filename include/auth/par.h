/* SPDX-License-Identifier: ISC */
/* Pushed authorization requests (RFC 9126): the request goes to the server by
 * itself, and the browser carries a reference to it. */
#ifndef AUTH_PAR_H
#define AUTH_PAR_H

#include "auth/token.h"

struct pushed_request {
	char *request_uri;    /* owned; serves one visit */
	int64_t expires_at_s; /* Unix time */
};

void pushed_request_init(struct pushed_request *p);
void pushed_request_reset(struct pushed_request *p);

/* Reads the answer to what was sent at `sent_at_s` (Unix time).
 * FAULT_PROTOCOL; then `p` is empty. */
int pushed_request_read(struct pushed_request *p, struct span text,
    int64_t sent_at_s, struct fault *f) __attribute__((warn_unused_result));

/*
 * Pushes `form` (auth/authorize) with the client's authentication, and proof,
 * as at the token endpoint. The faults of token_request, which are answers to
 * the authorization request as well.
 */
int pushed_request_send(struct pushed_request *p, const struct auth_net *net,
    const struct discovery *d, const struct oauth_client *client,
    struct span form, struct fault *f) __attribute__((warn_unused_result));

#endif
