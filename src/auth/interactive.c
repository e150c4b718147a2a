/* SPDX-License-Identifier: ISC */
/*
 * The login at the authorization server of the MCP server: what is asked for,
 * and what is kept of the answer.
 */
#include "auth/login.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/binding.h"
#include "auth/scope.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

enum {
	LOCK_WAIT_MS = TIMEOUT_AUTH_FETCH_MS + 10000,
	/* Servers do not forget clients they know so shortly. */
	PROVEN_S = 24 * 3600
};

struct server_login {
	struct signin *s;
	const char *more; /* scope wanted beside the usual; or NULL */
	char *scope;      /* owned: to ask for */
	char *resource;   /* owned */
};

static int
look(void *ctx, bool *done, struct fault *f)
{
	struct signin *s = ((struct server_login *)ctx)->s;

	if (signin_load(s, f) == -1)
		return -1;
	*done = signin_has_token(s);
	return 0;
}

/* A token of late came with it, so the server knows it. */
static const char *
proven_client(const struct signin *s)
{
	return s->access.obtained_at_s + PROVEN_S > (int64_t)time(NULL) ?
		   s->access.client_id :
		   NULL;
}

static int
prepare(void *ctx, struct authorize_request *request, struct fault *f)
{
	struct server_login *login = ctx;
	struct signin *s = login->s;

	if (signin_discover(s, f) == -1 || binding_begin(s, f) == -1)
		return -1;
	login->resource = discovery_resource(&s->discovery, s->config);
	login->scope = login->more != NULL ?
			   mem_string(login->more) :
			   scope_wanted(s->config->scope, &s->challenge,
			       &s->discovery.resource);
	request->net = &s->net;
	request->discovery = &s->discovery;
	request->resource = login->resource;
	request->scope = login->scope;
	request->unknown_client = s->unknown_client;
	request->proven_client = proven_client(s);
	return 0;
}

/*
 * What is kept
 */

static void
fill_grant(struct grant_record *grant, const struct signin *s,
    const struct authorization *a)
{
	grant->issuer = mem_string(s->discovery.as.issuer);
	grant->resource = discovery_resource(&s->discovery, s->config);
	grant->client_id = mem_string(a->client.id);
	grant->profile = mem_string(s->config->profile);
}

/* Scopes not named in the answer are those asked for (RFC 6749 section 5.1). */
static void
update_grant(struct grant_record *grant, const struct signin *s,
    const struct authorization *a)
{
	const char *scope =
	    a->tokens.scope != NULL ? a->tokens.scope : a->scope;

	mem_replace(&grant->auth_method, a->client.auth_method);
	mem_replace(&grant->scope, scope);
	mem_replace(&grant->requested_scope, a->scope);
	secret_set(&grant->refresh, secret_peek(&a->tokens.refresh));
	prover_keep(&s->prover, &grant->dpop_key);
	grant->tls_bound = s->discovery.resource.tls_bound;
	grant->generation = s->access.bearer.generation + 1;
}

/* The refresh token of another client, or issuer, serves nobody any more. */
static void
drop_grant(struct signin *s, const struct grant_record *old,
    const struct grant_record *new)
{
	char old_key[65], new_key[65];
	struct fault f;

	grant_record_key(old, old_key);
	grant_record_key(new, new_key);
	if (strcmp(old_key, new_key) != 0 &&
	    grant_record_remove(old, s->store, &f) == -1)
		log_warn("auth", "%s", fault_text(&f));
}

/* The grant first: an access token without one could not be renewed, a grant
 * without access token can. */
static int
save_tokens(struct signin *s, struct grant_record *grant,
    const struct authorization *a, struct fault *f)
{
	struct grant_record old;
	bool found = false;
	int rc = -1;

	grant_record_init(&old);
	if (grant_record_load(grant, s->store, &found, f) == -1 ||
	    signin_load(s, f) == -1 ||
	    signin_load_grant(s, &old, &found, f) == -1)
		goto out;
	update_grant(grant, s, a);
	if (grant_record_save(grant, s->store, f) == -1 ||
	    signin_save_access(s, grant, &a->tokens, f) == -1)
		goto out;
	if (found)
		drop_grant(s, &old, grant);
	rc = 0;
out:
	grant_record_reset(&old);
	return rc;
}

static int
keep(void *ctx, const struct authorization *a, struct fault *f)
{
	struct signin *s = ((struct server_login *)ctx)->s;
	struct store_lock *lock = NULL;
	struct grant_record grant;
	char key[65];

	grant_record_init(&grant);
	fill_grant(&grant, s, a);
	grant_record_key(&grant, key);
	int rc = store_lock(s->store, STORE_GRANT, key, LOCK_WAIT_MS, &lock, f);
	if (rc == 0)
		rc = save_tokens(s, &grant, a, f);
	store_unlock(&lock);
	grant_record_reset(&grant);
	return rc;
}

int
signin_login(struct signin *s, const char *scope, struct fault *f)
{
	struct server_login server = { .s = s, .more = scope };
	const struct login login = {
		.s = s,
		.who = { .url = s->config->url, .profile = s->config->profile },
		.keeps = STORE_GRANT,
		.look = look,
		.prepare = prepare,
		.keep = keep,
		.ctx = &server,
	};
	int rc = login_run(&login, f);

	free(server.resource);
	free(server.scope);
	return rc;
}
