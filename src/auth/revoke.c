/* SPDX-License-Identifier: ISC */
/*
 * Logging out: the server is told, as far as it listens, and everything kept
 * here is removed whatever it says. Registrations stay: they are the
 * issuer's other servers' as well; so does a sign-in at an identity provider,
 * until the last of its servers goes.
 */
#include "auth/idp_session.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

enum { LOCK_WAIT_MS = TIMEOUT_AUTH_FETCH_MS + 10000 };

static void
ignore_answer(void *ctx, const struct auth_answer *answer)
{
	(void)ctx;
	(void)answer;
}

static void
revoke_one(struct signin *s, const struct oauth_client *client,
    const char *hint, const struct secret *token)
{
	struct fault f;

	if (!secret_empty(token) &&
	    token_revoke(&s->net, &s->discovery, client, hint, token, &f) == -1)
		log_warn("auth", "the server did not revoke the %s: %s", hint,
		    fault_text(&f));
}

/* An empty client where the server cannot be told. */
static void
find_client(struct signin *s, const struct grant_record *grant,
    struct oauth_client *client)
{
	struct fault f;

	if (discover_issuer(&s->net, grant->issuer, &s->discovery, &f) == -1 ||
	    signin_client(s, grant, client, &f) == -1)
		log_warn("auth", "the server was not told of the logout: %s",
		    fault_text(&f));
}

static int
forget(struct signin *s, const struct grant_record *grant, struct fault *f)
{
	const struct login_record login = {
		.url = s->access.url,
		.profile = s->access.profile,
	};

	if (grant->client_id != NULL &&
	    grant_record_remove(grant, s->store, f) == -1)
		return -1;
	if (access_record_remove(&s->access, s->store, f) == -1)
		return -1;
	return login_record_remove(&login, s->store, f);
}

/* With the lock of the grant held: a refresh under way has ended, and what is
 * revoked is the latest. */
static int
end_session(struct signin *s, struct grant_record *grant,
    const struct oauth_client *client, struct fault *f)
{
	bool found = false;

	if (signin_load(s, f) == -1 ||
	    signin_load_grant(s, grant, &found, f) == -1)
		return -1;
	/* The refresh token first: with it goes, at most servers, the rest. */
	if (client->id != NULL) {
		revoke_one(s, client, "refresh_token", &grant->refresh);
		revoke_one(s, client, "access_token", &s->access.bearer.token);
	}
	return forget(s, grant, f);
}

static int
log_out(struct signin *s, bool *was, struct fault *f)
{
	struct store_lock *lock = NULL;
	struct grant_record grant;
	struct oauth_client client;
	bool found = false;
	char key[65];
	int rc = -1;

	grant_record_init(&grant);
	oauth_client_init(&client);
	if (signin_load(s, f) == -1 ||
	    signin_load_grant(s, &grant, &found, f) == -1)
		goto out;
	*was = found || !secret_empty(&s->access.bearer.token);
	if (found)
		find_client(s, &grant, &client);
	grant_record_key(&grant, key);
	if (store_lock(s->store, STORE_GRANT, key, LOCK_WAIT_MS, &lock, f) == 0)
		rc = end_session(s, &grant, &client, f);
	store_unlock(&lock);
	if (rc == 0 && s->access.idp_issuer != NULL &&
	    s->access.idp_client_id != NULL)
		rc = idp_session_release(s, s->access.idp_issuer,
		    s->access.idp_client_id, f);
out:
	oauth_client_reset(&client);
	grant_record_reset(&grant);
	return rc;
}

int
authorizer_logout(const struct auth_config *config, bool *was, struct fault *f)
{
	const struct auth_job job = { .config = *config };
	const struct authorizer_events events = {
		.answer = ignore_answer,
		.stop_fd = -1,
	};
	struct signin s;

	*was = false;
	int rc = signin_open(&s, &job, &events, f);
	if (rc == 0)
		rc = log_out(&s, was, f);
	signin_close(&s);
	return rc;
}
