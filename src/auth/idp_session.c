/* SPDX-License-Identifier: ISC */
/*
 * Signing in at the identity provider, and what is kept of that. The ID token
 * is judged when it comes and then only passed on: the provider that exchanges
 * it is the one that made it.
 */
#include "auth/idp_session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/id_token.h"
#include "auth/login.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/json.h"

/* Longer than the holder's one request may take. */
enum { LOCK_WAIT_MS = TIMEOUT_AUTH_FETCH_MS + 10000 };

struct user {
	struct signin *s;
	struct idp_record *session;
	uint64_t useless; /* generation that is no answer */
};

bool
idp_session_wanted(const struct auth_config *config)
{
	return auth_grant_is_unattended(config->grant) &&
	       auth_config_asks_person(config);
}

static void
identify(struct idp_record *session, const struct auth_config *config)
{
	idp_record_reset(session);
	session->issuer = mem_string(config->idp_issuer);
	session->client_id = mem_string(config->idp_client_id);
	session->profile = mem_string(config->profile);
}

int
idp_session_load(const struct signin *s, struct idp_record *session,
    struct fault *f)
{
	bool found = false;

	identify(session, s->config);
	return idp_record_load(session, s->store, &found, f);
}

static bool
serves(const struct user *user)
{
	const struct idp_record *session = user->session;

	return !secret_empty(&session->id_token) &&
	       session->generation != user->useless &&
	       session->expires_at_s > (int64_t)time(NULL);
}

static int
look(void *ctx, bool *done, struct fault *f)
{
	const struct user *user = ctx;

	if (idp_session_load(user->s, user->session, f) == -1)
		return -1;
	*done = serves(user);
	return 0;
}

/*
 * What is kept of an answer
 */

static int
judge(const struct user *user, const struct token_response *tokens,
    const struct secret *nonce, struct id_token *found, struct fault *f)
{
	const struct idp *idp = user->s->idp;
	const struct id_token_want want = {
		.issuer = idp->discovery.as.issuer,
		.client_id = idp->client.id,
		.nonce = nonce,
		.subject = nonce == NULL ? user->session->subject : NULL,
		.now_s = (int64_t)time(NULL),
	};
	int rc = -1;

	if (secret_empty(&tokens->id_token)) {
		fault_set(f, FAULT_PROTOCOL,
		    "The identity provider gave no ID token");
		fault_advise(f,
		    "See whether the client may use the scope openid there");
	} else {
		rc = id_token_read(found, secret_peek(&tokens->id_token), &want,
		    f);
	}
	if (rc == -1) {
		fault_phase(f, "id_token");
		auth_fault_issuer(f, want.issuer);
	}
	return rc;
}

/* With the lock of the record held. */
static void
update(const struct user *user, const struct token_response *tokens,
    const struct id_token *found)
{
	struct idp_record *session = user->session;

	mem_replace(&session->auth_method, user->s->idp->client.auth_method);
	mem_replace(&session->subject, found->subject);
	if (tokens->scope != NULL)
		mem_replace(&session->scope, tokens->scope);
	secret_set(&session->id_token, secret_peek(&tokens->id_token));
	session->expires_at_s = found->expires_at_s;
	session->obtained_at_s = (int64_t)time(NULL);
	/* No generation comes twice, not even after a logout. */
	session->generation = session->generation != 0 ?
				  session->generation + 1 :
				  (uint64_t)time(NULL);
}

static int
lock_record(const struct user *user, struct store_lock **lock, struct fault *f)
{
	char key[65];

	idp_record_key(user->session, key);
	return store_lock(user->s->store, STORE_IDP, key, LOCK_WAIT_MS, lock,
	    f);
}

/*
 * Renewal
 */

static int
request_renewal(const struct user *user, struct token_response *tokens,
    struct fault *f)
{
	const struct idp_record *session = user->session;
	const struct idp *idp = user->s->idp;
	struct buf form;
	int rc = -1;

	auth_net_stage(&idp->net, "Renewing the sign-in at the identity "
				  "provider");
	buf_init(&form, LIMIT_AUTH_DOCUMENT);
	if (token_form_add(&form, "grant_type", span_of("refresh_token")) ==
		-1 ||
	    token_form_add(&form, "refresh_token",
		secret_peek(&session->refresh)) == -1 ||
	    (provider_has(idp->discovery.provider, PROVIDER_REFRESH_SCOPE) &&
		session->scope != NULL &&
		token_form_add(&form, "scope", span_of(session->scope)) == -1))
		fault_set(f, FAULT_TOO_LARGE, "A token request is too large");
	else
		rc = token_request(&idp->net, &idp->discovery, &idp->client,
		    &form, tokens, f);
	buf_wipe(&form);
	return rc;
}

/* What came in place of the refresh token that was spent, with or without an ID
 * token that is any good (OpenID Connect Core section 12.2). */
static int
keep_renewed(const struct user *user, const struct token_response *tokens,
    struct fault *f)
{
	struct idp_record *session = user->session;
	struct id_token found = { 0 };
	struct fault why = { 0 };

	if (!secret_empty(&tokens->refresh))
		secret_set(&session->refresh, secret_peek(&tokens->refresh));
	if (judge(user, tokens, NULL, &found, &why) == 0) {
		update(user, tokens, &found);
	} else {
		log_warn("auth", "not renewed: %s", fault_text(&why));
		secret_reset(&session->refresh);
	}
	id_token_reset(&found);
	return idp_record_save(session, user->s->store, f);
}

/* 0: only a login helps now. */
static int
judge_refusal(const struct user *user, struct fault *f)
{
	if (f->code == FAULT_REGISTRATION || auth_fault_transient(f) ||
	    f->oauth_error[0] == '\0')
		return -1;
	log_info("auth", "the sign-in at the identity provider has ended");
	secret_reset(&user->session->refresh);
	return idp_record_save(user->session, user->s->store, f);
}

/* With the lock of the record held, after reading again. */
static int
renew(struct user *user, struct fault *f)
{
	struct token_response tokens;
	bool done = false;

	if (look(user, &done, f) == -1)
		return -1;
	if (done || secret_empty(&user->session->refresh))
		return 0;
	if (store_probe(user->s->store, STORE_IDP, f) == -1)
		return -1;
	token_response_init(&tokens);
	int rc = request_renewal(user, &tokens, f);
	rc = rc == 0 ? keep_renewed(user, &tokens, f) : judge_refusal(user, f);
	token_response_reset(&tokens);
	return rc;
}

static int
renew_locked(struct user *user, struct fault *f)
{
	struct store_lock *lock = NULL;

	if (secret_empty(&user->session->refresh))
		return 0;
	if (idp_get(user->s, f) == NULL || lock_record(user, &lock, f) == -1)
		return -1;
	int rc = renew(user, f);
	store_unlock(&lock);
	return rc;
}

/*
 * The login
 */

/* From now on the server is one that this sign-in serves: its logout ends it,
 * whatever comes. */
static int
note_server(struct signin *s, struct fault *f)
{
	if (signin_load(s, f) == -1)
		return -1;
	signin_name_idp(s);
	return access_record_save(&s->access, s->store, f);
}

static int
prepare(void *ctx, struct authorize_request *request, struct fault *f)
{
	const struct user *user = ctx;
	const struct idp *idp = idp_get(user->s, f);

	if (idp == NULL || note_server(user->s, f) == -1)
		return -1;
	auth_net_stage(&idp->net, "Signing in at the identity provider");
	request->net = &idp->net;
	request->discovery = &idp->discovery;
	request->scope = "openid";
	request->openid = true;
	return 0;
}

static int
save_login(const struct user *user, const struct authorization *a,
    const struct id_token *found, struct fault *f)
{
	struct idp_record *session = user->session;
	struct store_lock *lock = NULL;
	int rc = lock_record(user, &lock, f);

	if (rc == 0)
		rc = idp_session_load(user->s, session, f);
	if (rc == 0) {
		mem_replace(&session->scope, a->scope);
		secret_set(&session->refresh, secret_peek(&a->tokens.refresh));
		update(user, &a->tokens, found);
		rc = idp_record_save(session, user->s->store, f);
	}
	store_unlock(&lock);
	return rc;
}

static int
keep(void *ctx, const struct authorization *a, struct fault *f)
{
	const struct user *user = ctx;
	struct id_token found = { 0 };
	int rc = judge(user, &a->tokens, &a->nonce, &found, f);

	if (rc == 0)
		rc = save_login(user, a, &found, f);
	id_token_reset(&found);
	return rc;
}

/* Borrows the configuration that the job has now. */
static struct login
login_of(struct user *user)
{
	const struct auth_config *config = user->s->config;

	return (struct login){
		.s = user->s,
		.who = { .url = config->idp_issuer,
		    .profile = config->profile,
		    .idp_client_id = config->idp_client_id },
		.keeps = STORE_IDP,
		.look = look,
		.prepare = prepare,
		.keep = keep,
		.ctx = user,
	};
}

int
idp_session_open(struct signin *s, uint64_t useless, struct idp_record *session,
    struct fault *f)
{
	struct user user = { .s = s, .session = session, .useless = useless };
	const struct login login = login_of(&user);
	bool done = false;

	if (look(&user, &done, f) == -1)
		return -1;
	if (!done && renew_locked(&user, f) == -1)
		return -1;
	return serves(&user) ? 0 : login_run(&login, f);
}

int
idp_session_join(struct signin *s, bool *done, struct fault *f)
{
	const struct auth_config *mine = s->config;
	struct auth_config config = *mine; /* lent */
	struct idp_record session;
	struct user user = { .s = s, .session = &session };

	*done = false;
	if (s->access.idp_issuer == NULL || s->access.idp_client_id == NULL)
		return 0;
	config.idp_issuer = s->access.idp_issuer;
	config.idp_client_id = s->access.idp_client_id;
	s->config = &config;
	idp_record_init(&session);
	const struct login login = login_of(&user);
	int rc = login_join(&login, done, f);
	idp_record_reset(&session);
	s->config = mine;
	return rc;
}

/*
 * Its end
 */

/* Whether another server than the one that leaves is in need of it. */
struct search {
	const struct signin *s;
	const char *issuer, *client_id;
	bool found;
	struct fault *fault; /* set where a record cannot be read */
	int rc;
};

static bool
is_of(const struct access_record *access, const struct search *search)
{
	return access->idp_issuer != NULL && access->idp_client_id != NULL &&
	       strcmp(access->idp_issuer, search->issuer) == 0 &&
	       strcmp(access->idp_client_id, search->client_id) == 0;
}

static bool
note_user(void *ctx, const char *key, struct span json)
{
	struct search *search = ctx;
	const struct auth_config *config = search->s->config;
	struct access_record access;
	struct span value = { 0 };
	bool found = false;

	(void)key;
	access_record_init(&access);
	if (json_get(json, "url", &value))
		access.url = json_string_dup(value, LIMIT_URL);
	if (json_get(json, "profile", &value))
		access.profile = json_string_dup(value, LIMIT_ID);
	if (access.url != NULL && access.profile != NULL &&
	    strcmp(access.profile, config->profile) == 0 &&
	    strcmp(access.url, config->url) != 0) {
		search->rc = access_record_load(&access, search->s->store,
		    &found, search->fault);
		search->found = found && is_of(&access, search);
	}
	access_record_reset(&access);
	return search->rc == 0 && !search->found;
}

/* What is configured is of this provider and client, and so is the secret. */
static bool
is_configured(const struct auth_config *config,
    const struct idp_record *session)
{
	return config->idp_issuer != NULL && config->idp_client_id != NULL &&
	       strcmp(config->idp_issuer, session->issuer) == 0 &&
	       strcmp(config->idp_client_id, session->client_id) == 0;
}

/* As the client that signed in, whatever is configured now. */
static void
revoke(struct signin *s, const struct idp_record *session)
{
	const struct auth_config *mine = s->config;
	struct auth_config config = *mine; /* lent */
	struct fault f = { 0 };

	if (secret_empty(&session->refresh))
		return;
	if (!is_configured(mine, session))
		config.idp_client_secret_file = NULL;
	config.idp_issuer = session->issuer;
	config.idp_client_id = session->client_id;
	idp_free(&s->idp);
	s->config = &config;
	const struct idp *idp = idp_get(s, &f);
	if (idp == NULL ||
	    token_revoke(&idp->net, &idp->discovery, &idp->client,
		"refresh_token", &session->refresh, &f) == -1)
		log_warn("auth",
		    "the identity provider was not told of the logout: %s",
		    fault_text(&f));
	idp_free(&s->idp);
	s->config = mine;
}

static int
forget(struct signin *s, struct idp_record *session, struct fault *f)
{
	const struct user user = { .s = s, .session = session };
	struct store_lock *lock = NULL;
	bool found = false;

	if (lock_record(&user, &lock, f) == -1)
		return -1;
	int rc = idp_record_load(session, s->store, &found, f);
	if (rc == 0) {
		revoke(s, session);
		rc = idp_record_remove(session, s->store, f);
	}
	store_unlock(&lock);
	if (rc == -1)
		return -1;
	const struct login_record login = {
		.url = session->issuer,
		.profile = session->profile,
		.idp_client_id = session->client_id,
	};
	return login_record_remove(&login, s->store, f);
}

int
idp_session_release(struct signin *s, const char *issuer, const char *client_id,
    struct fault *f)
{
	struct search search = {
		.s = s,
		.issuer = issuer,
		.client_id = client_id,
		.fault = f,
	};
	struct idp_record session;

	if (store_each(s->store, STORE_ACCESS, note_user, &search, f) == -1 ||
	    search.rc == -1)
		return -1;
	if (search.found)
		return 0;
	idp_record_init(&session);
	session.issuer = mem_string(issuer);
	session.client_id = mem_string(client_id);
	session.profile = mem_string(s->config->profile);
	int rc = forget(s, &session, f);
	idp_record_reset(&session);
	return rc;
}
