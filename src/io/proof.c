/* SPDX-License-Identifier: ISC */
/*
 * Proofs as headers. For whom a nonce is good is the caller's to know.
 */
#include "io/proof.h"

#include <stdlib.h>
#include <time.h>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

enum { ID_BYTES = 16 };

void
proof_add(struct http_headers *headers, const struct signing_key *key,
    struct dpop_request *request)
{
	struct secret id = { 0 };
	struct buf proof;

	buf_init(&proof, 2 * LIMIT_PROOF);
	crypto_random_hex(ID_BYTES, &id);
	request->id = secret_peek(&id);
	request->issued_at_s = (int64_t)time(NULL);
	if (dpop_proof(key, request, &proof) == 0)
		http_headers_add_secret(headers, "DPoP", "", buf_span(&proof));
	else
		log_error("proof", "a request goes out without its proof");
	buf_wipe(&proof);
	secret_reset(&id);
}

void
proof_note_nonce(char **nonce, struct span received)
{
	if (!dpop_nonce_ok(received) ||
	    (*nonce != NULL && span_is(received, *nonce)))
		return;
	free(*nonce);
	*nonce = mem_copy(received.ptr, received.len);
}
