/* SPDX-License-Identifier: ISC */
/*
 * Grants that need no person: client credentials (RFC 6749 section 4.4) and
 * assertions (RFC 7523 section 2.1). One request under the lock of the grant; a
 * refusal is the end of it, since nothing here would make the next try better.
 */
#include "auth/binding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/enterprise.h"
#include "auth/idp_session.h"
#include "auth/scope.h"
#include "auth/secret_file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

#define GRANT_JWT_BEARER "urn:ietf:params:oauth:grant-type:jwt-bearer"

enum {
	/* Longer than the holder's requests may take. */
	LOCK_WAIT_MS = 3 * TIMEOUT_AUTH_FETCH_MS + 10000,
	/* What was refused is refused again: hosts ask all the time. */
	REFUSAL_PAUSE_S = 30,
	FRESH_S = 60
};

/* What is asked for, and by whom. */
struct ask {
	struct oauth_client client;
	struct grant_record grant;
	char *scope; /* owned; NULL: what the server gives by itself */
};

/*
 * The grant
 */

static int
read_assertion(const struct auth_config *config, struct secret *assertion,
    struct fault *f)
{
	const struct secret_file file = {
		.path = config->assertion_file,
		.what = "assertion",
		.max = SECRET_FILE_MAX,
	};

	return secret_file_read(&file, assertion, f);
}

static int
get_assertion(struct signin *s, const struct ask *ask, struct secret *assertion,
    struct fault *f)
{
	const struct enterprise_want want = {
		.audience = s->discovery.as.issuer,
		.resource = ask->grant.resource,
		.scope = ask->scope,
	};

	return s->config->grant == AUTH_GRANT_ENTERPRISE ?
		   enterprise_assertion(s, &want, assertion, f) :
		   read_assertion(s->config, assertion, f);
}

/* The grant itself; an assertion is fetched anew for each request. */
static int
add_grant(struct signin *s, const struct ask *ask, struct buf *form,
    struct fault *f)
{
	struct secret assertion = { 0 };
	int rc = 0;

	if (s->config->grant == AUTH_GRANT_CLIENT_CREDENTIALS) {
		rc = token_form_add(form, "grant_type",
		    span_of("client_credentials"));
	} else {
		if (get_assertion(s, ask, &assertion, f) == -1)
			return -1;
		rc = token_form_add(form, "grant_type",
		    span_of(GRANT_JWT_BEARER));
		if (rc == 0)
			rc = token_form_add(form, "assertion",
			    secret_peek(&assertion));
	}
	secret_reset(&assertion);
	return rc == 0 ? 0 :
			 fault_set(f, FAULT_TOO_LARGE,
			     "A token request is too large");
}

static int
add_optional(struct buf *form, const char *name, const char *value)
{
	return value != NULL ? token_form_add(form, name, span_of(value)) : 0;
}

static int
add_target(const struct signin *s, const struct ask *ask, struct buf *form,
    struct fault *f)
{
	if (add_optional(form, "resource", ask->grant.resource) == -1 ||
	    add_optional(form, "audience", s->config->audience) == -1 ||
	    add_optional(form, "scope", ask->scope) == -1)
		return fault_set(f, FAULT_TOO_LARGE,
		    "A token request is too large");
	return 0;
}

/*
 * Its refusal
 */

static void
advise(struct fault *f, const char *text, const char *action)
{
	snprintf(f->msg, sizeof(f->msg), "%s", text);
	fault_advise(f, "%s", action);
}

static void
explain_client(const struct auth_config *config, struct fault *f)
{
	const bool nameless =
	    config->client_id == NULL && config->client_metadata_url == NULL;

	advise(f, "The authorization server does not accept this client",
	    nameless ?
		"Register a client with it, then give --client-id" :
	    config->client_key_file != NULL ?
		"See whether --client-id is right, the public key of "
		"--client-key-file is registered for it, and it may use this "
		"grant" :
		"See whether --client-id and --client-secret-file are right, "
		"and whether the client may use this grant");
}

static void
explain_grant(const struct auth_config *config, struct fault *f)
{
	f->code = FAULT_DENIED;
	advise(f, "The authorization server does not accept the assertion",
	    config->grant == AUTH_GRANT_ENTERPRISE ?
		"See whether the authorization server trusts this identity "
		"provider, and --client-id is the client it vouched for" :
		"See whether the token in --assertion-file has not expired, "
		"and is meant for this authorization server");
}

/* Which of the user's settings the refusal is about. */
static void
explain(const struct signin *s, const struct ask *ask, struct fault *f)
{
	if (f->code == FAULT_REGISTRATION)
		explain_client(s->config, f);
	else if (f->code == FAULT_REFRESH)
		explain_grant(s->config, f);
	else if (f->code == FAULT_SCOPE && ask->scope != NULL)
		log_text(f->scopes, sizeof(f->scopes), span_of(ask->scope));
	else if (strcmp(f->oauth_error, "unsupported_grant_type") == 0)
		advise(f, "The authorization server does not offer this grant",
		    "Use another --grant, or have this one enabled there");
	auth_fault_issuer(f, s->discovery.as.issuer);
}

static int
request(struct signin *s, const struct ask *ask, struct token_response *tokens,
    struct fault *f)
{
	struct buf form;

	auth_net_stage(&s->net, "Asking for a token");
	buf_init(&form, LIMIT_AUTH_DOCUMENT);
	int rc = add_grant(s, ask, &form, f);
	if (rc == 0)
		rc = add_target(s, ask, &form, f);
	if (rc == 0) {
		rc = token_request(&s->net, &s->discovery, &ask->client, &form,
		    tokens, f);
		if (rc == -1)
			explain(s, ask, f);
	}
	if (rc == -1 && f->oauth_error[0] != '\0' && f->retry_after_s == 0 &&
	    !auth_fault_transient(f))
		f->retry_after_s = REFUSAL_PAUSE_S;
	buf_wipe(&form);
	return rc;
}

/*
 * What becomes of it
 */

/* Scopes not named in the answer are those asked for (RFC 6749 section 5.1). A
 * refresh token that came along is not kept: the grant is all it takes. */
static int
keep(struct signin *s, struct ask *ask, const struct token_response *tokens,
    struct fault *f)
{
	struct grant_record *grant = &ask->grant;

	secret_reset(&grant->refresh);
	mem_replace(&grant->auth_method, ask->client.auth_method);
	mem_replace(&grant->scope,
	    tokens->scope != NULL ? tokens->scope : ask->scope);
	mem_replace(&grant->requested_scope, ask->scope);
	grant->generation = s->access.bearer.generation + 1;
	if (grant_record_save(grant, s->store, f) == -1)
		return -1;
	return signin_save_access(s, grant, tokens, f);
}

/* What was asked for before (a step-up is not forgotten at the next renewal),
 * what is wanted now, and what the user or the server names; all that the
 * resource lists only where nothing else says anything. */
static void
choose_scope(const struct signin *s, struct ask *ask, const char *more)
{
	static const struct resource_metadata nothing;
	const char *before = ask->grant.requested_scope;
	char *wanted = scope_union(before, more);
	char *named = scope_wanted(s->config->scope, &s->challenge,
	    wanted != NULL ? &nothing : &s->discovery.resource);

	free(ask->scope);
	ask->scope = scope_union(wanted, named);
	free(named);
	free(wanted);
}

/* With the lock of the grant held. */
static int
ask_once(struct signin *s, struct ask *ask, const char *scope, struct fault *f)
{
	struct token_response tokens;
	bool found = false;

	if (signin_load(s, f) == -1)
		return -1;
	if (signin_has_token(s))
		return 0;
	if (grant_record_load(&ask->grant, s->store, &found, f) == -1)
		return -1;
	choose_scope(s, ask, scope);
	token_response_init(&tokens);
	int rc = request(s, ask, &tokens, f);
	if (rc == 0)
		rc = keep(s, ask, &tokens, f);
	token_response_reset(&tokens);
	return rc;
}

static int
ask_locked(struct signin *s, struct ask *ask, const char *scope,
    struct fault *f)
{
	struct store_lock *lock = NULL;
	char key[65];

	grant_record_key(&ask->grant, key);
	if (store_lock(s->store, STORE_GRANT, key, LOCK_WAIT_MS, &lock, f) ==
	    -1)
		return -1;
	int rc = ask_once(s, ask, scope, f);
	store_unlock(&lock);
	return rc;
}

/* Another one would be no better than one that just came. */
static bool
is_stale(const struct signin *s, const struct idp_record *session)
{
	return s->id_token_refused &&
	       session->obtained_at_s + FRESH_S <= (int64_t)time(NULL);
}

/* In the name of a user who signs in at the identity provider by us, before any
 * lock is taken; once more where the provider ended that meanwhile. */
static int
ask_for_user(struct signin *s, struct ask *ask, const char *scope,
    struct fault *f)
{
	struct idp_record session;

	idp_record_init(&session);
	int rc = idp_session_open(s, 0, &session, f);
	if (rc == 0)
		rc = ask_locked(s, ask, scope, f);
	if (rc == -1 && is_stale(s, &session)) {
		log_info("auth", "the ID token is no longer accepted");
		rc = idp_session_open(s, session.generation, &session, f);
		if (rc == 0)
			rc = ask_locked(s, ask, scope, f);
	}
	idp_record_reset(&session);
	return rc;
}

int
signin_unattended(struct signin *s, const char *scope, struct fault *f)
{
	struct ask ask = { 0 };

	if (signin_discover(s, f) == -1 || binding_begin(s, f) == -1)
		return -1;
	grant_record_init(&ask.grant);
	oauth_client_init(&ask.client);
	int rc = oauth_client_get(&s->net, s->store, &s->discovery, NULL, scope,
	    false, &ask.client, f);
	if (rc == 0) {
		ask.grant.issuer = mem_string(s->discovery.as.issuer);
		ask.grant.resource =
		    discovery_resource(&s->discovery, s->config);
		ask.grant.client_id = mem_string(ask.client.id);
		ask.grant.profile = mem_string(s->config->profile);
		rc = idp_session_wanted(s->config) ?
			 ask_for_user(s, &ask, scope, f) :
			 ask_locked(s, &ask, scope, f);
	}
	free(ask.scope);
	oauth_client_reset(&ask.client);
	grant_record_reset(&ask.grant);
	return rc;
}
