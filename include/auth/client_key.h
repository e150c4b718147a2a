/* SPDX-License-Identifier: ISC */
/*
 * The private key by which a client proves who it is: private_key_jwt (OpenID
 * Connect Core section 9, RFC 7523 section 2.2; ).
 */
#ifndef AUTH_CLIENT_KEY_H
#define AUTH_CLIENT_KEY_H

#include "auth/metadata.h"
#include "base/buf.h"
#include "base/signing.h"

#define METHOD_PRIVATE_KEY_JWT "private_key_jwt"

struct client_key {
	struct signing_key *key; /* owned; NULL: none */
	char *id;                /* owned: `kid`; or NULL */
	char *audience;          /* owned: `aud` */
};

void client_key_reset(struct client_key *k);

/*
 * The key in the user's file, with the algorithm the user names, else the first
 * that fits both the key and what the server lists. FAULT_CONFIG: no usable
 * key; FAULT_REGISTRATION: the server takes no such signatures.
 */
int client_key_load(struct client_key *k, const struct auth_config *config,
    const struct server_metadata *as, struct fault *f)
    __attribute__((warn_unused_result));

/* Adds an assertion in the name of `client_id`, good once and for three
 * minutes, to a form. -1 past the cap of `form`, and where the key cannot
 * sign. */
int client_key_assert(const struct client_key *k, const char *client_id,
    struct buf *form) __attribute__((warn_unused_result));

#endif
