/* SPDX-License-Identifier: ISC */
/*
 * Spending a refresh token: under a lock, after reading again, once. A token
 * that rotates is gone the moment it is sent, so everything that can fail
 * beforehand is tried beforehand.
 */
#include "auth/binding.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

/* Longer than the holder's one request may take. */
enum { LOCK_WAIT_MS = TIMEOUT_AUTH_FETCH_MS + 10000 };

enum {
	HTTP_BAD_REQUEST = 400,
	HTTP_UNAUTHORIZED = 401,
	HTTP_UNPROCESSABLE = 422
};

/*
 * A 401 says that something is wrong with what we believe: the server is asked
 * again before anything is spent. Where it just cannot be reached, nothing says
 * that its authorization server changed.
 */
static int
find_issuer(struct signin *s, struct fault *f)
{
	const bool doubtful = s->job->why == AUTH_WHY_UNAUTHORIZED ||
			      s->job->why == AUTH_WHY_SCOPE;

	if (doubtful) {
		if (signin_discover(s, f) == 0)
			return 0;
		if (!auth_fault_transient(f))
			return -1;
	}
	return discover_issuer(&s->net, s->access.issuer, &s->discovery, f);
}

/* The scope again, where the provider would give a token for something else
 * without: never more than was asked for. */
static const char *
scope_to_repeat(const struct signin *s, const struct grant_record *grant)
{
	if (!provider_has(s->discovery.provider, PROVIDER_REFRESH_SCOPE))
		return NULL;
	return grant->requested_scope != NULL ? grant->requested_scope :
						grant->scope;
}

static int
request_tokens(struct signin *s, const struct grant_record *grant,
    const struct oauth_client *client, struct token_response *tokens,
    struct fault *f)
{
	const char *scope = scope_to_repeat(s, grant);
	struct buf form;
	int rc = -1;

	buf_init(&form, LIMIT_AUTH_DOCUMENT);
	if (token_form_add(&form, "grant_type", span_of("refresh_token")) ==
		-1 ||
	    token_form_add(&form, "refresh_token",
		secret_peek(&grant->refresh)) == -1 ||
	    (grant->resource != NULL && token_form_add(&form, "resource",
					    span_of(grant->resource)) == -1) ||
	    (scope != NULL &&
		token_form_add(&form, "scope", span_of(scope)) == -1))
		fault_set(f, FAULT_TOO_LARGE, "A token request is too large");
	else
		rc = token_request(&s->net, &s->discovery, client, &form,
		    tokens, f);
	buf_wipe(&form);
	return rc;
}

/* The reply may have got lost after the token was spent. Another try may look
 * like theft to the server, but that token is all we have. */
static int
request_twice(struct signin *s, const struct grant_record *grant,
    const struct oauth_client *client, struct token_response *tokens,
    struct fault *f)
{
	int rc = request_tokens(s, grant, client, tokens, f);

	if (rc == -1 &&
	    (f->code == FAULT_UNREACHABLE || f->code == FAULT_TIMEOUT))
		rc = request_tokens(s, grant, client, tokens, f);
	return rc;
}

/* A new refresh token replaces the old one, none keeps it; a scope not named
 * has not changed. What cannot be saved still serves this once. */
static void
keep(struct signin *s, struct grant_record *grant,
    const struct token_response *tokens)
{
	struct fault f;

	if (!secret_empty(&tokens->refresh))
		secret_set(&grant->refresh, secret_peek(&tokens->refresh));
	if (tokens->scope != NULL) {
		mem_replace(&grant->scope, tokens->scope);
	}
	grant->generation = s->access.bearer.generation + 1;
	if (grant_record_save(grant, s->store, &f) == -1)
		log_warn("refresh", "the next refresh token is lost: %s",
		    fault_text(&f));
	if (signin_save_access(s, grant, tokens, &f) == -1)
		log_warn("refresh", "the access token is not kept: %s",
		    fault_text(&f));
}

/* The server does not take this refresh token any more: forget it, and it
 * alone. */
static int
forget(struct signin *s, struct grant_record *grant, struct fault *f)
{
	log_info("refresh", "the session has ended");
	secret_reset(&grant->refresh);
	return grant_record_save(grant, s->store, f);
}

/* What a refusal means: 0, and a login may follow; -1, and none may. */
static int
judge_refusal(struct signin *s, const struct oauth_client *client,
    struct grant_record *grant, struct fault *f)
{
	if (f->code == FAULT_REFRESH)
		return forget(s, grant, f);
	if (f->code == FAULT_REGISTRATION && client->source == CLIENT_DYNAMIC) {
		mem_replace(&s->unknown_client, client->id);
		return 0;
	}
	/* No OAuth error at all, but no trouble either. */
	if (f->code == FAULT_HTTP && f->oauth_error[0] == '\0' &&
	    (f->http_status == HTTP_BAD_REQUEST ||
		f->http_status == HTTP_UNAUTHORIZED ||
		f->http_status == HTTP_UNPROCESSABLE))
		return 0;
	return -1;
}

/* With the lock of the grant held. */
static int
spend(struct signin *s, struct grant_record *grant,
    const struct oauth_client *client, bool *done, struct fault *f)
{
	struct token_response tokens;
	bool found = false;

	if (signin_load(s, f) == -1)
		return -1;
	*done = signin_has_token(s);
	if (*done)
		return 0;
	if (signin_load_grant(s, grant, &found, f) == -1)
		return -1;
	if (secret_empty(&grant->refresh) || !binding_resume(s, grant))
		return 0;
	if (store_probe(s->store, STORE_GRANT, f) == -1)
		return -1;

	auth_net_stage(&s->net, "Renewing the session");
	token_response_init(&tokens);
	int rc = request_twice(s, grant, client, &tokens, f);
	if (rc == 0) {
		keep(s, grant, &tokens);
		*done = true;
	} else {
		rc = judge_refusal(s, client, grant, f);
	}
	token_response_reset(&tokens);
	return rc;
}

static int
spend_locked(struct signin *s, struct grant_record *grant,
    const struct oauth_client *client, bool *done, struct fault *f)
{
	struct store_lock *lock = NULL;
	char key[65];

	grant_record_key(grant, key);
	if (store_lock(s->store, STORE_GRANT, key, LOCK_WAIT_MS, &lock, f) ==
	    -1)
		return -1;
	int rc = spend(s, grant, client, done, f);
	store_unlock(&lock);
	return rc;
}

static int
refresh_grant(struct signin *s, struct grant_record *grant, bool *done,
    struct fault *f)
{
	struct oauth_client client;
	int rc = 0;

	if (find_issuer(s, f) == -1)
		return -1;
	/* Tokens of one issuer never go to another. */
	if (strcmp(s->discovery.as.issuer, grant->issuer) != 0)
		return 0;
	if (!binding_resume(s, grant))
		return 0;
	oauth_client_init(&client);
	rc = signin_client(s, grant, &client, f);
	if (rc == 0 && client.id != NULL)
		rc = spend_locked(s, grant, &client, done, f);
	oauth_client_reset(&client);
	return rc;
}

int
signin_refresh(struct signin *s, bool *done, struct fault *f)
{
	struct grant_record grant;
	bool found = false;

	*done = false;
	grant_record_init(&grant);
	int rc = signin_load_grant(s, &grant, &found, f);
	if (rc == 0 && found && !secret_empty(&grant.refresh))
		rc = refresh_grant(s, &grant, done, f);
	grant_record_reset(&grant);
	return rc;
}
