/* SPDX-License-Identifier: ISC */
/*
 * Client assertions. An assertion is made for each request: it is as good as a
 * secret while it lasts.
 */
#include "auth/client_key.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/document.h"
#include "auth/secret_file.h"
#include "auth/token.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/json.h"
#include "wire/jwt.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

enum {
	/* A-039 allows 300; clocks differ. */
	ASSERTION_LIFE_S = 180,
	JTI_BYTES = 16
};

/* In the order of preference, where the server lists several. */
static const enum signing_alg algs[] = { SIGNING_ES256, SIGNING_EDDSA,
	SIGNING_RS256, SIGNING_PS256 };

enum { ALG_COUNT = sizeof(algs) / sizeof(algs[0]) };

void
client_key_reset(struct client_key *k)
{
	signing_key_free(&k->key);
	free(k->id);
	free(k->audience);
	*k = (struct client_key){ 0 };
}

/* A server that lists nothing takes what it is given. */
static bool
is_taken(const struct server_metadata *as, enum signing_alg alg)
{
	return as->auth_signing_alg_count == 0 ||
	       document_list_has(as->auth_signing_algs,
		   as->auth_signing_alg_count, signing_alg_name(alg));
}

static int
refuse_alg(const struct server_metadata *as, const char *name, struct fault *f)
{
	fault_set(f, FAULT_REGISTRATION,
	    "The authorization server takes no %s signatures of clients", name);
	auth_fault_issuer(f, as->issuer);
	return -1;
}

/* What the user named is not second-guessed. */
static int
read_named(struct client_key *k, struct span pem, const char *name,
    const struct server_metadata *as, struct fault *f)
{
	enum signing_alg alg = SIGNING_ES256;

	if (!signing_alg_of(span_of(name), &alg) || !is_taken(as, alg))
		return refuse_alg(as, name, f);
	k->key = signing_key_read(pem, alg, f);
	return k->key != NULL ? 0 : -1;
}

/* No algorithm fits: a reason that is the same for all is about the file. */
static int
refuse_key(const struct fault *first, const struct fault *last, struct fault *f)
{
	if (strcmp(first->msg, last->msg) != 0)
		return fault_set(f, FAULT_CONFIG,
		    "it is neither a P-256 nor an Ed25519 key, nor RSA of 2048 "
		    "bits or more");
	*f = *first;
	return -1;
}

static int
read_fitting(struct client_key *k, struct span pem,
    const struct server_metadata *as, struct fault *f)
{
	struct fault why[ALG_COUNT] = { 0 };
	const char *fits = NULL;

	for (size_t i = 0; i < ALG_COUNT; i++) {
		k->key = signing_key_read(pem, algs[i], &why[i]);
		if (k->key == NULL)
			continue;
		if (is_taken(as, algs[i]))
			return 0;
		signing_key_free(&k->key);
		fits = signing_alg_name(algs[i]);
	}
	return fits != NULL ? refuse_alg(as, fits, f) :
			      refuse_key(&why[0], &why[ALG_COUNT - 1], f);
}

int
client_key_load(struct client_key *k, const struct auth_config *config,
    const struct server_metadata *as, struct fault *f)
{
	const struct secret_file file = {
		.path = config->client_key_file,
		.what = "client key",
		.max = SECRET_FILE_MAX,
		.warn = true,
	};
	const char *name = config->client_key_alg;
	struct secret pem = { 0 };

	client_key_reset(k);
	if (secret_file_read(&file, &pem, f) == -1)
		return -1;
	int rc = name != NULL ? read_named(k, secret_peek(&pem), name, as, f) :
				read_fitting(k, secret_peek(&pem), as, f);
	secret_reset(&pem);
	if (rc == -1 && f->code == FAULT_CONFIG) {
		struct fault why = *f;

		return fault_set(f, FAULT_CONFIG,
		    "The client key in %s is of no use: %s", file.path,
		    why.msg);
	}
	if (rc == -1)
		return -1;
	k->id = mem_string(config->client_key_id);
	k->audience = mem_string(config->client_assertion_to_endpoint ?
				     as->token_endpoint :
				     as->issuer);
	return 0;
}

static int
put_text(struct buf *out, const char *name, const char *value)
{
	return json_put_key(out, name) == 0 ?
		   json_put_string(out, span_of(value)) :
		   -1;
}

static int
put_time(struct buf *out, const char *name, int64_t unix_s)
{
	return json_put_key(out, name) == 0 ? json_put_int(out, unix_s) : -1;
}

static int
write_header(const struct client_key *k, struct buf *out)
{
	if (json_open(out, '{') == -1 || put_text(out, "typ", "JWT") == -1 ||
	    put_text(out, "alg", signing_alg_name(signing_key_alg(k->key))) ==
		-1 ||
	    (k->id != NULL && put_text(out, "kid", k->id) == -1))
		return -1;
	return json_close(out, '}');
}

static int
write_claims(const struct client_key *k, const char *client_id, struct buf *out)
{
	const int64_t now_s = (int64_t)time(NULL);
	struct secret jti = { 0 };
	int rc = -1;

	crypto_random_hex(JTI_BYTES, &jti);
	if (json_open(out, '{') == 0 && put_text(out, "iss", client_id) == 0 &&
	    put_text(out, "sub", client_id) == 0 &&
	    put_text(out, "aud", k->audience) == 0 &&
	    put_text(out, "jti", secret_peek(&jti).ptr) == 0 &&
	    put_time(out, "iat", now_s) == 0 &&
	    put_time(out, "exp", now_s + ASSERTION_LIFE_S) == 0)
		rc = json_close(out, '}');
	secret_reset(&jti);
	return rc;
}

int
client_key_assert(const struct client_key *k, const char *client_id,
    struct buf *form)
{
	struct buf header, claims, assertion;
	int rc = -1;

	buf_init(&header, LIMIT_URL);
	buf_init(&claims, 4 * LIMIT_URL);
	buf_init(&assertion, LIMIT_HEADERS);
	if (write_header(k, &header) == 0 &&
	    write_claims(k, client_id, &claims) == 0 &&
	    buf_reserve(&assertion, assertion.max) == 0 &&
	    jwt_sign(k->key, buf_span(&header), buf_span(&claims),
		&assertion) == 0 &&
	    token_form_add(form, "client_assertion_type",
		span_of(ASSERTION_TYPE)) == 0)
		rc = token_form_add(form, "client_assertion",
		    buf_span(&assertion));
	buf_reset(&header);
	buf_reset(&claims);
	buf_wipe(&assertion);
	return rc;
}
