/* SPDX-License-Identifier: ISC */
/*
 * Keys and nonces of the authorizer. Whether tokens are to be bound at all is
 * decided in auth/binding.
 */
#include "auth/prover.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
prover_init(struct prover *p)
{
	*p = (struct prover){ 0 };
}

void
prover_reset(struct prover *p)
{
	signing_key_free(&p->key);
	for (size_t i = 0; i < p->origin_count; i++) {
		free(p->nonces[i].origin);
		free(p->nonces[i].nonce);
	}
	prover_init(p);
}

void
prover_forget(struct prover *p)
{
	signing_key_free(&p->key);
}

void
prover_renew(struct prover *p)
{
	signing_key_free(&p->key);
	p->key = signing_key_make();
}

int
prover_resume(struct prover *p, const struct secret *pem)
{
	struct fault f;

	signing_key_free(&p->key);
	p->key = signing_key_read(secret_peek(pem), SIGNING_ES256, &f);
	return p->key != NULL ? 0 : -1;
}

void
prover_keep(const struct prover *p, struct secret *pem)
{
	secret_reset(pem);
	if (p->key != NULL)
		signing_key_write(p->key, pem);
}

/* Where the nonce of an origin is; NULL where there is none yet. */
static char **
nonce_of(struct prover *p, const char *origin)
{
	for (size_t i = 0; i < p->origin_count; i++) {
		if (strcmp(p->nonces[i].origin, origin) == 0)
			return &p->nonces[i].nonce;
	}
	return NULL;
}

void
prover_add(const struct prover *p, const struct url *where,
    struct http_headers *headers)
{
	struct dpop_request request = { .method = "POST", .url = where->text };
	char *origin = NULL;

	if (p->key == NULL)
		return;
	origin = url_origin(where);
	for (size_t i = 0; i < p->origin_count; i++) {
		if (strcmp(p->nonces[i].origin, origin) == 0)
			request.nonce = p->nonces[i].nonce;
	}
	proof_add(headers, p->key, &request);
	free(origin);
}

void
prover_heard(struct prover *p, const struct url *from, const char *nonce)
{
	char *origin = NULL;
	char **kept = NULL;

	if (p->key == NULL || nonce == NULL)
		return;
	origin = url_origin(from);
	kept = nonce_of(p, origin);
	if (kept == NULL && p->origin_count < PROVER_ORIGINS) {
		p->nonces[p->origin_count].origin = mem_string(origin);
		kept = &p->nonces[p->origin_count++].nonce;
	}
	if (kept != NULL)
		proof_note_nonce(kept, span_of(nonce));
	free(origin);
}
