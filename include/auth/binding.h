/* SPDX-License-Identifier: ISC */
/*
 * Whether the tokens of a server are bound to a key of ours, and to which
 * . Sets up the prover that token requests use. Private to the
 * steps of the authorizer, like auth/signin.
 */
#ifndef AUTH_BINDING_H
#define AUTH_BINDING_H

#include "auth/signin.h"

/* A fresh key for the tokens to come, or none where they are to be plain
 * bearers. Once the server is discovered. FAULT_POLICY where its authorization
 * server takes no proofs of ours. */
int binding_begin(struct signin *s, struct fault *f)
    __attribute__((warn_unused_result));

/* The key of a grant on record, or none. False: the key is lost, or the grant
 * is no longer of the kind that is wanted, and only a login helps. */
bool binding_resume(struct signin *s, const struct grant_record *grant);

#endif
