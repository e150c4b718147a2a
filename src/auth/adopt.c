/* SPDX-License-Identifier: ISC */
/*
 * Taking over a sign-in. What an older file does not say (issuer, resource) the
 * server is asked for; what it says has to agree with the server.
 */
#include "auth/adopt.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/document.h"
#include "auth/register.h"
#include "auth/signin.h"
#include "base/limits.h"
#include "base/mem.h"

enum { MILLISECONDS = 1000 };

/* One login under way into the store. */
struct adoption {
	struct signin signin;
	struct token_response tokens;
	struct grant_record grant;
	struct registration_record registration;
	const struct foreign_login *login;
	struct span object; /* of login->tokens */
};

static void
ignore(void *ctx, const struct auth_answer *answer)
{
	(void)ctx;
	(void)answer;
}

/* Lifetimes are from when the response came: known by when it ends. */
static int64_t
received_at(const struct adoption *a)
{
	int64_t ends_ms = 0, lifetime_s = 0;

	if (document_int(a->object, "expires_at", &ends_ms) &&
	    document_int(a->object, "expires_in", &lifetime_s) && ends_ms > 0 &&
	    lifetime_s > 0)
		return ends_ms / MILLISECONDS - lifetime_s;
	return a->login->saved_at_s;
}

static int
read_tokens(struct adoption *a, struct fault *f)
{
	if (document_open(a->login->tokens, &a->object, f) == -1 ||
	    token_response_read(&a->tokens, a->login->tokens, received_at(a),
		f) == -1)
		return -1;
	if (secret_empty(&a->tokens.refresh) && a->tokens.expires_at_s != 0 &&
	    a->tokens.expires_at_s <= (int64_t)time(NULL))
		return fault_set(f, FAULT_REFRESH,
		    "It has expired and cannot be renewed");
	return 0;
}

/* The issuer a file names, if it names one, is the server's. */
static int
check_issuer(const struct adoption *a, struct span object, struct fault *f)
{
	const struct signin *s = &a->signin;
	char *issuer = document_string(object, "issuer", LIMIT_URL);
	bool same =
	    issuer == NULL || issuer_matches(issuer, s->discovery.as.issuer,
				  s->config->issuer_exact);

	free(issuer);
	if (same)
		return 0;
	return fault_set(f, FAULT_AS_CHANGED,
	    "It is of another authorization server than the server names now");
}

static int
save_registration(struct adoption *a, struct fault *f)
{
	struct registration_record *r = &a->registration;
	const struct signin *s = &a->signin;
	struct span object = { 0 };
	char **uris = NULL;
	size_t count = 0;

	if (document_open(a->login->client, &object, f) == -1 ||
	    check_issuer(a, object, f) == -1)
		return -1;
	document_list(object, "redirect_uris", NULL, &uris, &count);
	if (count > 0)
		r->redirect_uri = mem_string(uris[0]);
	document_list_free(&uris, &count);
	if (r->redirect_uri == NULL)
		return fault_set(f, FAULT_REGISTRATION,
		    "Its client has no redirect URI");
	if (registration_read(r, a->login->client, f) == -1)
		return -1;
	r->scope = document_string(object, "scope", LIMIT_URL);
	r->issuer = mem_string(s->discovery.as.issuer);
	r->profile = mem_string(s->config->profile);
	r->redirect_host = mem_string(s->config->callback_host);
	a->grant.client_id = mem_string(r->client_id);
	a->grant.auth_method = mem_string(r->auth_method);
	return registration_record_save(r, s->store, f);
}

/* The client is the user's own, a document, or one that was registered. */
static int
find_client(struct adoption *a, struct fault *f)
{
	const struct signin *s = &a->signin;
	const struct auth_config *config = s->config;

	if (config->client_id != NULL)
		a->grant.client_id = mem_string(config->client_id);
	else if (config->client_metadata_url != NULL &&
		 s->discovery.as.cimd_supported)
		a->grant.client_id = mem_string(config->client_metadata_url);
	else if (a->login->client.len > 0)
		return save_registration(a, f);
	else
		return fault_set(f, FAULT_REGISTRATION,
		    "The client it belongs to is not kept");
	return 0;
}

static int
save(struct adoption *a, struct fault *f)
{
	struct signin *s = &a->signin;
	struct grant_record *grant = &a->grant;

	grant->issuer = mem_string(s->discovery.as.issuer);
	grant->resource = discovery_resource(&s->discovery, s->config);
	grant->profile = mem_string(s->config->profile);
	if (find_client(a, f) == -1)
		return -1;
	if (!secret_empty(&a->tokens.refresh))
		secret_set(&grant->refresh, secret_peek(&a->tokens.refresh));
	grant->requested_scope =
	    document_string(a->object, "requested_scope", LIMIT_URL);
	grant->scope = mem_string(
	    a->tokens.scope != NULL ? a->tokens.scope : grant->requested_scope);
	if (grant_record_save(grant, s->store, f) == -1)
		return -1;
	return signin_save_access(s, grant, &a->tokens, f);
}

static int
adopt(struct adoption *a, bool *done, struct fault *f)
{
	struct signin *s = &a->signin;

	if (signin_load(s, f) == -1)
		return -1;
	if (!secret_empty(&s->access.bearer.token))
		return 0;
	if (read_tokens(a, f) == -1 || signin_discover(s, f) == -1 ||
	    check_issuer(a, a->object, f) == -1 || save(a, f) == -1)
		return -1;
	*done = true;
	return 0;
}

int
adopt_login(const struct auth_config *config, const struct foreign_login *login,
    bool *done, struct fault *f)
{
	const struct auth_job job = {
		.config = *config, /* lent */
		.who = AUTH_WHO_TERMINAL,
	};
	const struct authorizer_events events = {
		.answer = ignore,
		.stop_fd = -1,
	};
	struct adoption a = { .login = login };
	int rc = 0;

	*done = false;
	token_response_init(&a.tokens);
	grant_record_init(&a.grant);
	registration_record_init(&a.registration);
	rc = signin_open(&a.signin, &job, &events, f);
	if (rc == 0)
		rc = adopt(&a, done, f);
	signin_close(&a.signin);
	token_response_reset(&a.tokens);
	grant_record_reset(&a.grant);
	registration_record_reset(&a.registration);
	return rc;
}
