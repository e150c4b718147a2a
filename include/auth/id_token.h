/* SPDX-License-Identifier: ISC */
/*
 * What an identity provider says of the user who signed in, judged as OpenID
 * Connect Core section 3.1.3.7 wants it. Pure. The signature is not
 * looked at: the token came from the token endpoint itself, over TLS (rule 6).
 */
#ifndef AUTH_ID_TOKEN_H
#define AUTH_ID_TOKEN_H

#include "base/fault.h"
#include "base/secret.h"

struct id_token_want {
	const char *issuer;
	const char *client_id;
	const struct secret *nonce; /* as sent; NULL or empty: none was */
	const char *subject;        /* of the token it follows; or NULL */
	int64_t now_s;              /* Unix time */
};

struct id_token {
	char *subject;        /* owned */
	int64_t expires_at_s; /* Unix time */
};

void id_token_reset(struct id_token *t);

/*
 * Fills `t`, which is zeroed, from a token that is whole, signed, of the issuer
 * and for the client wanted (one of several audiences: by its `azp`), answers
 * this very request, and has begun and not ended. FAULT_PROTOCOL for what is no
 * ID token, else FAULT_POLICY; `t` is empty then.
 */
int id_token_read(struct id_token *t, struct span token,
    const struct id_token_want *want, struct fault *f)
    __attribute__((warn_unused_result));

#endif
