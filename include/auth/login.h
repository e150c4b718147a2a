/* SPDX-License-Identifier: ISC */
/*
 * A login, however many bridges want it: whoever holds its lock asks the user,
 * the others watch the store. When a tab may open at all is decided
 * here as well. What is signed in to, the MCP server's authorization
 * server (auth/interactive) or an identity provider (auth/idp_session), gives
 * the functions. Private to the steps of the authorizer, like auth/signin.
 */
#ifndef AUTH_LOGIN_H
#define AUTH_LOGIN_H

#include "auth/authorize.h"
#include "auth/signin.h"

struct login {
	struct signin *s;
	struct login_record who; /* its identifying fields, borrowed */
	enum store_kind keeps;   /* where its tokens go */
	/* Reads again what others may have changed. `*done`: they have what
	 * this login is for. */
	int (*look)(void *ctx, bool *done, struct fault *f);
	/* Finds out whom to ask and for what: `net`, `discovery`, and what of
	 * the request depends on them. Borrowed until the login is over. */
	int (*prepare)(void *ctx, struct authorize_request *request,
	    struct fault *f);
	/* As that of the request. */
	int (*keep)(void *ctx, const struct authorization *a, struct fault *f);
	void *ctx;
};

/* 0: look() says it is done, or keep() has kept what came. FAULT_LOGIN_REQUIRED
 * or FAULT_SCOPE where nobody may be asked now, FAULT_CANCELED where nobody
 * waits any more, FAULT_DENIED where the login of another came to nothing, and
 * those of authorize and device_authorize. */
int login_run(const struct login *login, struct fault *f)
    __attribute__((warn_unused_result));

/* Watches the login that is under way, if there is one, and begins none.
 * `*done` as for look(). Same faults. */
int login_join(const struct login *login, bool *done, struct fault *f)
    __attribute__((warn_unused_result));

#endif
