/* SPDX-License-Identifier: ISC */
/*
 * Enterprise-managed authorization (MCP extension; RFC 8693, identity assertion
 * authorization grant): the identity provider exchanges what it said of the
 * user for an assertion to one authorization server about one resource.
 */
#ifndef AUTH_ENTERPRISE_H
#define AUTH_ENTERPRISE_H

#include "auth/signin.h"

struct enterprise_want {
	const char *audience; /* issuer of the authorization server */
	const char *resource; /* or NULL */
	const char *scope;    /* or NULL */
};

/*
 * An assertion to present at the authorization server, once. The sign-in at the
 * identity provider, where it is ours, is open (auth/idp_session).
 * FAULT_COMMAND, FAULT_DENIED where the identity provider refuses,
 * FAULT_REGISTRATION where it does not take our client, FAULT_CONFIG, and those
 * of token_exchange and idp_get. `s->id_token_refused` says whether the token
 * was the reason.
 */
int enterprise_assertion(struct signin *s, const struct enterprise_want *want,
    struct secret *assertion, struct fault *f)
    __attribute__((warn_unused_result));

#endif
