/* SPDX-License-Identifier: ISC */
/*
 * One login per server, however many bridges want one: whoever holds the login
 * lock asks the user, the others watch the store. When a tab may open
 * at all is decided here as well.
 */
#include "auth/signin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth/binding.h"
#include "auth/browser.h"
#include "auth/device.h"
#include "auth/scope.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

enum {
	POLL_MS = 200,
	LOCK_WAIT_MS = TIMEOUT_AUTH_FETCH_MS + 10000,
	PERSON_PAUSE_S = 60,
	ROUTINE_PAUSE_S = 600,
	ROUTINE_PAUSE_MAX_S = 24 * 3600,
	/* What a login does beside waiting for its user. */
	REST_S = 120,
	/* Servers do not forget clients they know so shortly. */
	PROVEN_S = 24 * 3600
};

static int64_t
now_s(void)
{
	return (int64_t)time(NULL);
}

static int
load_login(const struct signin *s, struct login_record *login, struct fault *f)
{
	bool found = false;

	login_record_reset(login);
	login->url = mem_string(s->config->url);
	login->profile = mem_string(s->config->profile);
	return login_record_load(login, s->store, &found, f);
}

static int
require_login(const struct signin *s, struct fault *f)
{
	bool more = s->job->why == AUTH_WHY_SCOPE;

	fault_set(f, more ? FAULT_SCOPE : FAULT_LOGIN_REQUIRED, "%s", "");
	if (more && s->challenge.scope != NULL)
		log_text(f->scopes, sizeof(f->scopes),
		    span_of(s->challenge.scope));
	auth_config_login_command(s->config, f->action, sizeof(f->action));
	return -1;
}

/* A tab needs somebody who asked for something, and after a login that came
 * to nothing a pause: a short one for people, a long one for what hosts ask
 * by themselves. */
static int
check_brakes(const struct signin *s, const struct login_record *login,
    struct fault *f)
{
	int64_t after_s = 0;

	if (s->config->non_interactive)
		return require_login(s, f);
	switch (s->job->who) {
	case AUTH_WHO_BACKGROUND:
		return require_login(s, f);
	case AUTH_WHO_ROUTINE:
		after_s = login->routine_after_s;
		break;
	case AUTH_WHO_PERSON:
		after_s = login->person_after_s;
		break;
	case AUTH_WHO_TERMINAL:
		break;
	}
	return now_s() < after_s ? require_login(s, f) : 0;
}

/*
 * The owner of a login
 */

struct owner {
	struct signin *s;
	struct login_record login;
	bool asked; /* the user knows where to go */
};

static void
answer_pending(const struct signin *s, const struct login_record *login)
{
	struct auth_answer answer;

	auth_answer_init(&answer);
	answer.kind = AUTH_ANSWER_PENDING;
	auth_prompt_copy(&answer.prompt, &login->prompt);
	s->events->answer(s->events->ctx, &answer);
	auth_answer_reset(&answer);
}

/* Where no browser opens here, somebody has to know where to go. */
static void
tell_operator(const struct signin *s, const struct auth_prompt *prompt)
{
	char host[256] = "", text[LIMIT_URL];
	struct url start;

	if (s->job->who == AUTH_WHO_TERMINAL || prompt->browser_opened)
		return;
	log_warn("auth", "To sign in: %s",
	    auth_prompt_text(prompt, text, sizeof(text)));
	if (prompt->start_url == NULL)
		return;
	url_init(&start);
	if (url_parse(&start, span_of(prompt->start_url), NULL) == 0 &&
	    gethostname(host, sizeof(host) - 1) == 0)
		log_warn("auth",
		    "From another machine, run this there first: "
		    "ssh -L %u:127.0.0.1:%u %s",
		    start.port, start.port, host);
	url_reset(&start);
}

/* Others find the login by its record, so that comes first. */
static void
pending(void *ctx, const struct auth_prompt *prompt)
{
	struct owner *owner = ctx;
	struct login_record *login = &owner->login;
	struct fault f;

	owner->asked = true;
	auth_prompt_copy(&login->prompt, prompt);
	if (login_record_save(login, owner->s->store, &f) == -1)
		log_warn("auth", "%s", fault_text(&f));
	tell_operator(owner->s, prompt);
	answer_pending(owner->s, login);
}

static void
tick(void *ctx)
{
	const struct owner *owner = ctx;
	const struct authorizer_events *events = owner->s->events;

	if (events->tick != NULL)
		events->tick(events->ctx);
}

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

	free(grant->auth_method);
	grant->auth_method = mem_string(a->client.auth_method);
	free(grant->scope);
	grant->scope = mem_string(scope);
	free(grant->requested_scope);
	grant->requested_scope = mem_string(a->scope);
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
	struct owner *owner = ctx;
	struct signin *s = owner->s;
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

/* What the next one who wants a login should know of this one. */
static void
note_end(struct owner *owner, bool good)
{
	struct login_record *login = &owner->login;
	struct fault f;
	int64_t pause_s = ROUTINE_PAUSE_S;

	auth_prompt_reset(&login->prompt);
	if (good) {
		login->refusals = 0;
		login->routine_after_s = 0;
		login->person_after_s = 0;
	} else if (owner->asked) {
		for (unsigned i = 0;
		     i < login->refusals && pause_s < ROUTINE_PAUSE_MAX_S; i++)
			pause_s *= 2;
		if (pause_s > ROUTINE_PAUSE_MAX_S)
			pause_s = ROUTINE_PAUSE_MAX_S;
		login->refusals++;
		login->routine_after_s = now_s() + pause_s;
		login->person_after_s = now_s() + PERSON_PAUSE_S;
	}
	if (login_record_save(login, owner->s->store, &f) == -1)
		log_warn("auth", "%s", fault_text(&f));
}

static bool
has_browser(const struct signin *s)
{
	return !s->config->no_browser && browser_available();
}

/* The user saw nothing yet, and another way may work. */
static bool
may_turn(const struct owner *owner, const struct fault *f)
{
	return !owner->asked && !auth_fault_transient(f) &&
	       f->code != FAULT_STORE;
}

/* The code flow, in a browser here; the fault where none opens. */
static int
authorize_here(const struct owner *owner, struct authorize_request *request,
    struct authorization *a, struct fault *f)
{
	if (!has_browser(owner->s))
		return fault_set(f, FAULT_LOGIN_REQUIRED,
		    "There is no browser here");
	request->browser_only = true;
	int rc = authorize(request, a, f);
	request->browser_only = false;
	return rc;
}

/*
 * As the user wants it, or in a browser where one opens here, else by a code
 * for another device where the server has such, else at an address that the
 * user has to open.
 */
static int
find_way(struct owner *owner, struct authorize_request *request,
    struct authorization *a, struct fault *f)
{
	const struct signin *s = owner->s;

	if (s->config->grant == AUTH_GRANT_DEVICE)
		return device_authorize(request, a, f);
	if (!server_metadata_offers_device(&s->discovery.as))
		return authorize(request, a, f);
	if (authorize_here(owner, request, a, f) == 0)
		return 0;
	if (!may_turn(owner, f))
		return -1;
	log_info("auth", "signing in by a code: %s", fault_text(f));
	if (device_authorize(request, a, f) == 0)
		return 0;
	if (!may_turn(owner, f) ||
	    discovery_check_code_flow(&s->discovery, s->config, NULL) == -1)
		return -1;
	log_warn("auth", "no sign-in by a code: %s", fault_text(f));
	return authorize(request, a, f);
}

/* A token of late came with it, so the server knows it. */
static const char *
proven_client(const struct signin *s)
{
	return s->access.obtained_at_s + PROVEN_S > now_s() ?
		   s->access.client_id :
		   NULL;
}

/* With the login lock held. */
static int
ask_user(struct owner *owner, const char *scope, struct fault *f)
{
	struct signin *s = owner->s;
	struct authorization a;

	if (signin_discover(s, f) == -1 || binding_begin(s, f) == -1)
		return -1;
	/* No tab for tokens that could not be kept. */
	if (store_probe(s->store, STORE_GRANT, f) == -1)
		return -1;
	/* Nor one for a host that has given up meanwhile. */
	if (signin_deserted(s))
		return fault_set(f, FAULT_CANCELED, "Nobody waits any more");
	char *resource = discovery_resource(&s->discovery, s->config);
	char *wanted = scope != NULL ?
			   mem_string(scope) :
			   scope_wanted(s->config->scope, &s->challenge,
			       &s->discovery.resource);
	struct authorize_request request = {
		.net = &s->net,
		.store = s->store,
		.discovery = &s->discovery,
		.resource = resource,
		.scope = wanted,
		.unknown_client = s->unknown_client,
		.proven_client = proven_client(s),
		.deadline_s = now_s() + s->config->auth_timeout_s,
		.pending = pending,
		.keep = keep,
		.tick = tick,
		.ctx = owner,
	};
	authorization_init(&a);
	int rc = find_way(owner, &request, &a, f);
	authorization_reset(&a);
	note_end(owner, rc == 0);
	free(wanted);
	free(resource);
	return rc;
}

/* Reads again what others may have changed before the lock was ours. */
static int
own_login(struct signin *s, const char *scope, struct fault *f)
{
	struct owner owner = { .s = s };
	int rc = signin_load(s, f);

	if (rc == -1 || signin_has_token(s))
		return rc;
	login_record_init(&owner.login);
	if (load_login(s, &owner.login, f) == -1 ||
	    check_brakes(s, &owner.login, f) == -1)
		rc = -1;
	else
		rc = ask_user(&owner, scope, f);
	login_record_reset(&owner.login);
	return rc;
}

/*
 * The others
 */

struct guest {
	struct signin *s;
	struct login_record login; /* of the owner, as last seen */
	struct auth_prompt told;   /* by the last PENDING answer */
	unsigned refusals;         /* when we came */
	int64_t until_s;
};

/* Looks at the owner's records: 0 and nothing new, or -1. */
static int
look(struct guest *guest, struct fault *f)
{
	struct signin *s = guest->s;
	struct login_record *login = &guest->login;

	if (signin_load(s, f) == -1 || load_login(s, login, f) == -1)
		return -1;
	if (login->refusals > guest->refusals)
		return fault_set(f, FAULT_DENIED,
		    "The sign-in that was under way came to nothing");
	if (!auth_prompt_waits(&login->prompt, now_s()) ||
	    auth_prompt_equal(&login->prompt, &guest->told))
		return 0;
	auth_prompt_copy(&guest->told, &login->prompt);
	answer_pending(s, login);
	return 0;
}

/* Waits until there is a token, or the lock is ours (`*lock` set). */
static int
attend(struct guest *guest, const char *key, struct store_lock **lock,
    struct fault *f)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
	struct signin *s = guest->s;

	while (now_s() < guest->until_s) {
		if (look(guest, f) == -1)
			return -1;
		if (signin_has_token(s))
			return 0;
		if (signin_deserted(s))
			return fault_set(f, FAULT_CANCELED,
			    "Nobody waits any more");
		if (store_lock(s->store, STORE_LOGIN, key, 0, lock, f) == 0)
			return 0;
		if (f->code != FAULT_BUSY)
			return -1;
		if (s->events->tick != NULL)
			s->events->tick(s->events->ctx);
		nanosleep(&pause, NULL);
	}
	return fault_set(f, FAULT_LOGIN_TIMEOUT, "%s", "");
}

static int
join_login(struct signin *s, const char *key, struct store_lock **lock,
    struct fault *f)
{
	struct guest guest = { .s = s };

	login_record_init(&guest.login);
	int rc = load_login(s, &guest.login, f);
	guest.refusals = guest.login.refusals;
	guest.until_s = now_s() + s->config->auth_timeout_s + REST_S;
	if (rc == 0)
		rc = attend(&guest, key, lock, f);
	auth_prompt_reset(&guest.told);
	login_record_reset(&guest.login);
	return rc;
}

int
signin_login(struct signin *s, const char *scope, struct fault *f)
{
	const struct login_record identity = {
		.url = s->access.url,
		.profile = s->access.profile,
	};
	struct store_lock *lock = NULL;
	char key[65];

	if (s->config->non_interactive || s->job->who == AUTH_WHO_BACKGROUND)
		return require_login(s, f);
	login_record_key(&identity, key);
	if (store_lock(s->store, STORE_LOGIN, key, 0, &lock, f) == -1 &&
	    (f->code != FAULT_BUSY || join_login(s, key, &lock, f) == -1))
		return -1;
	int rc = lock != NULL ? own_login(s, scope, f) : 0;
	store_unlock(&lock);
	return rc;
}
