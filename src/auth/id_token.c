/* SPDX-License-Identifier: ISC */
/*
 * The rules for ID tokens, one function each, in the order of the standard.
 */
#include "auth/id_token.h"

#include <stdlib.h>
#include <strings.h>

#include "auth/document.h"
#include "base/limits.h"
#include "wire/json.h"
#include "wire/jwt.h"

/* Between the clock of the identity provider and ours. */
enum { SKEW_S = 60 };

void
id_token_reset(struct id_token *t)
{
	free(t->subject);
	*t = (struct id_token){ 0 };
}

static int
refuse(struct fault *f, const char *why)
{
	return fault_set(f, FAULT_POLICY, "%s", why);
}

static bool
is_text(struct span object, const char *key, const char *wanted)
{
	struct span value = { 0 };

	return json_get(object, key, &value) && json_string_is(value, wanted);
}

static int
check_header(struct span header, struct fault *f)
{
	struct span object = { 0 };
	int rc = document_open(header, &object, f);
	char *alg = rc == 0 ? document_string(object, "alg", LIMIT_ID) : NULL;

	if (rc == 0 && (alg == NULL || strcasecmp(alg, "none") == 0))
		rc = refuse(f, "The ID token is not signed");
	free(alg);
	return rc;
}

/* One alone, or a list (RFC 7519 section 4.1.3). */
static bool
names_client(struct span claims, const char *client_id, size_t *count)
{
	struct span audience = { 0 }, none = { 0 }, value = { 0 };
	struct json_iter it;
	bool named = false;

	*count = 1;
	if (!json_get(claims, "aud", &audience) ||
	    json_type_of(audience) != JSON_ARRAY)
		return json_string_is(audience, client_id);
	json_iter_init(&it, audience);
	for (*count = 0; json_next(&it, &none, &value); ++*count)
		named |= json_string_is(value, client_id);
	return named;
}

static int
check_parties(struct span claims, const struct id_token_want *want,
    struct fault *f)
{
	struct span azp = { 0 };
	size_t count = 0;

	if (!is_text(claims, "iss", want->issuer))
		return refuse(f,
		    "The ID token is from another identity provider");
	if (!names_client(claims, want->client_id, &count))
		return refuse(f, "The ID token is for another client");
	if ((count > 1 || json_get(claims, "azp", &azp)) &&
	    !is_text(claims, "azp", want->client_id))
		return refuse(f, "The ID token was given to another client");
	return 0;
}

static int
check_times(struct id_token *t, struct span claims, int64_t now_s,
    struct fault *f)
{
	int64_t issued_at_s = 0;

	if (!document_int(claims, "exp", &t->expires_at_s) ||
	    !document_int(claims, "iat", &issued_at_s))
		return fault_set(f, FAULT_PROTOCOL,
		    "The ID token does not say when it begins and ends");
	if (t->expires_at_s <= now_s - SKEW_S)
		return refuse(f, "The ID token has expired");
	if (issued_at_s > now_s + SKEW_S)
		return refuse(f, "The ID token is from the future");
	return 0;
}

/* It answers the request that was sent, and no other one (rule 11). */
static int
check_nonce(struct span claims, const struct secret *nonce, struct fault *f)
{
	struct secret found = { 0 };
	bool same = true;

	if (nonce == NULL || secret_empty(nonce))
		return 0;
	same = document_secret(claims, "nonce", LIMIT_ID, &found) &&
	       secret_equal(&found, nonce);
	secret_reset(&found);
	return same ? 0 : refuse(f, "The ID token answers another sign-in");
}

/* Section 12.2: a renewal is about the same user. */
static int
check_subject(struct id_token *t, struct span claims, const char *wanted,
    struct fault *f)
{
	t->subject = document_string(claims, "sub", LIMIT_ID);
	if (t->subject == NULL || t->subject[0] == '\0')
		return fault_set(f, FAULT_PROTOCOL,
		    "The ID token does not say who signed in");
	if (wanted != NULL && strcmp(t->subject, wanted) != 0)
		return refuse(f, "The ID token is about another user");
	return 0;
}

static int
check(struct id_token *t, struct span header, struct span claims,
    const struct id_token_want *want, struct fault *f)
{
	struct span object = { 0 };

	if (check_header(header, f) == -1 ||
	    document_open(claims, &object, f) == -1 ||
	    check_parties(object, want, f) == -1 ||
	    check_times(t, object, want->now_s, f) == -1 ||
	    check_nonce(object, want->nonce, f) == -1)
		return -1;
	return check_subject(t, object, want->subject, f);
}

int
id_token_read(struct id_token *t, struct span token,
    const struct id_token_want *want, struct fault *f)
{
	struct buf header, claims;
	int rc = -1;

	buf_init(&header, LIMIT_HEADERS);
	buf_init(&claims, LIMIT_HEADERS);
	if (jwt_read(token, &header, &claims) == -1)
		fault_set(f, FAULT_PROTOCOL, "The ID token is no signed JWT");
	else
		rc = check(t, buf_span(&header), buf_span(&claims), want, f);
	if (rc == -1)
		id_token_reset(t);
	buf_wipe(&claims);
	buf_wipe(&header);
	return rc;
}
