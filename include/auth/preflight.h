/* SPDX-License-Identifier: ISC */
/*
 * Asking the authorization endpoint about our registration before a person is
 * sent there: servers forget clients, and say so on a page that leads nowhere
 * (RFC 6749 section 4.1.2.1), so that nobody would come back from it.
 */
#ifndef AUTH_PREFLIGHT_H
#define AUTH_PREFLIGHT_H

#include "auth/authorize.h"

/*
 * The server does not know the client of `query`. State and challenge are
 * thrown-away ones, not the query's. False where it cannot be asked: the person
 * will see.
 */
bool preflight_refuses(const struct auth_net *net,
    const struct authorization_query *query);

/* A refusal of this kind, by status and words. Pure. */
bool preflight_says_unknown(int status, struct span body);

#endif
