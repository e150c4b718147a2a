/* SPDX-License-Identifier: ISC */
/*
 * Proofs of possession on their way out: what wire/dpop writes, with a fresh id
 * and the present time, as a header of one request.
 */
#ifndef IO_PROOF_H
#define IO_PROOF_H

#include "io/http.h"
#include "wire/dpop.h"

/* Adds a DPoP header for one sending. `request` has its id and time set here.
 */
void proof_add(struct http_headers *headers, const struct signing_key *key,
    struct dpop_request *request);

/* Replaces the nonce kept in *nonce (owned or NULL) by what a response brings,
 * if it does. */
void proof_note_nonce(char **nonce, struct span received);

#endif
