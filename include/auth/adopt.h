/* SPDX-License-Identifier: ISC */
/*
 * A sign-in that another program keeps, taken over as one of ours: token,
 * grant and registration, filed as if we had signed in.
 */
#ifndef AUTH_ADOPT_H
#define AUTH_ADOPT_H

#include <stdint.h>

#include "auth/config.h"
#include "base/fault.h"
#include "base/span.h"

struct foreign_login {
	struct span tokens; /* a token response as JSON, possibly with issuer,
			     * requested_scope, expires_at in milliseconds */
	struct span client; /* a registration response; empty: none */
	int64_t saved_at_s; /* when the tokens were written */
};

/*
 * Asks the server for its metadata and files the login under `config`: nothing
 * of it goes anywhere. `*done` is false where there is a sign-in already.
 * FAULT_AS_CHANGED where it is of another issuer than the server's,
 * FAULT_REFRESH where it has run out and cannot be renewed, FAULT_REGISTRATION
 * where its client is not known; those of discovery and of the store.
 */
int
adopt_login(const struct auth_config *config, const struct foreign_login *login,
    bool *done, struct fault *f) __attribute__((warn_unused_result));

#endif
