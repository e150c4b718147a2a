/* SPDX-License-Identifier: ISC */
/*
 * What one login has in common whichever way it goes, in the browser
 * (auth/authorize) or by a code (auth/device): who we are to the authorization
 * server, what we ask for, and what there is to change when it refuses.
 */
#ifndef AUTH_ATTEMPT_H
#define AUTH_ATTEMPT_H

#include "auth/authorize.h"

struct attempt {
	const struct authorize_request *request; /* borrowed */
	struct authorization *result;            /* borrowed */
	bool offline_added; /* offline_access is our own addition */
	bool renew_client;  /* the server does not take the one we are */
	bool client_renewed;
};

/* `result` is reset, and its scope set to what is asked for first. */
void attempt_init(struct attempt *attempt,
    const struct authorize_request *request, struct authorization *result);

/* Finds the client, or another one after a refusal: with `redirect_uri`, or
 * for the device grant where that is NULL. Faults of oauth_client_get. */
int attempt_client(struct attempt *attempt, const char *redirect_uri,
    struct fault *f) __attribute__((warn_unused_result));

/* Changes what may have been refused; false when there is nothing left to
 * change. */
bool attempt_adjust(struct attempt *attempt, const struct fault *why);

/* Says what a code of the token endpoint means to somebody who signs in. */
void attempt_explain(const struct attempt *attempt, struct fault *f);

#endif
