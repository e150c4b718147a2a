/* SPDX-License-Identifier: ISC */
/*
 * Proof of possession on the authorizer's side (RFC 9449): the key that the
 * tokens of a sign-in are bound to, and the nonces of authorization servers
 * . What the MCP server gives as nonces is the pump's.
 */
#ifndef AUTH_PROVER_H
#define AUTH_PROVER_H

#include "base/secret.h"
#include "io/proof.h"
#include "wire/url.h"

/* Token endpoint, pushed requests and others may stand at different origins. */
enum { PROVER_ORIGINS = 4 };

struct prover {
	struct signing_key *key; /* owned; NULL: nothing is proven */
	struct {
		char *origin, *nonce; /* owned */
	} nonces[PROVER_ORIGINS];
	size_t origin_count;
};

void prover_init(struct prover *p);
void prover_reset(struct prover *p);

/* No key, a fresh one, one that was kept as PEM: -1 and no key where that is
 * none. Nonces stay. */
void prover_forget(struct prover *p);
void prover_renew(struct prover *p);
int prover_resume(struct prover *p, const struct secret *pem)
    __attribute__((warn_unused_result));

/* The key as PEM, to be kept with the tokens; empty: none. */
void prover_keep(const struct prover *p, struct secret *pem);

/* Adds a proof for one POST; nothing without a key. */
void prover_add(const struct prover *p, const struct url *where,
    struct http_headers *headers);

/* Notes the nonce of a response (or NULL). */
void prover_heard(struct prover *p, const struct url *from, const char *nonce);

#endif
