/* SPDX-License-Identifier: ISC */
/*
 * The user's sign-in at the identity provider of an enterprise: an ID
 * token while it lives, what renews it, and a login in the browser where
 * neither is there. Kept in the store, one for all MCP servers of a profile.
 * Private to the steps of the authorizer, like auth/signin.
 */
#ifndef AUTH_IDP_SESSION_H
#define AUTH_IDP_SESSION_H

#include "auth/idp.h"

/* The user signs in there by us: no ID token comes from elsewhere. */
bool idp_session_wanted(const struct auth_config *config);

/*
 * Fills `session` with an ID token that lives and is of another generation than
 * `useless` (0: any): the one that is kept, a renewed one, or that of a login,
 * in this order. Holds none of the locks of tokens while a person is asked.
 * FAULT_DISCOVERY where the provider has no metadata, those of login_run,
 * id_token_read and, with trouble at the provider, token_request.
 */
int
idp_session_open(struct signin *s, uint64_t useless, struct idp_record *session,
    struct fault *f) __attribute__((warn_unused_result));

/* For who signs in to a server without saying how, while the host, which knows,
 * has a login at the identity provider under way: joins that. `*done`: the user
 * has signed in there. Faults of login_run. */
int idp_session_join(struct signin *s, bool *done, struct fault *f)
    __attribute__((warn_unused_result));

/* What is kept, whatever it is worth; empty where nothing is. */
int idp_session_load(const struct signin *s, struct idp_record *session,
    struct fault *f) __attribute__((warn_unused_result));

/* Revokes and forgets the sign-in at this provider unless another server that
 * is known here still uses it; `s->access` is that of the one that does not any
 * more. */
int idp_session_release(struct signin *s, const char *issuer,
    const char *client_id, struct fault *f) __attribute__((warn_unused_result));

#endif
