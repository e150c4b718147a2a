/* SPDX-License-Identifier: ISC */
/*
 * The lock of a login, its brakes, and the ways to its user. What is asked for,
 * and what becomes of the answer, is not known here.
 */
#include "auth/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth/browser.h"
#include "auth/device.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

enum {
	POLL_MS = 200,
	PERSON_PAUSE_S = 60,
	ROUTINE_PAUSE_S = 600,
	ROUTINE_PAUSE_MAX_S = 24 * 3600,
	/* What a login does beside waiting for its user. */
	REST_S = 120
};

static int64_t
now_s(void)
{
	return (int64_t)time(NULL);
}

static int
load_record(const struct login *login, struct login_record *r, struct fault *f)
{
	bool found = false;

	login_record_reset(r);
	r->url = mem_string(login->who.url);
	r->profile = mem_string(login->who.profile);
	r->idp_client_id = mem_string(login->who.idp_client_id);
	return login_record_load(r, login->s->store, &found, f);
}

/* More permission is the server's matter, and not the identity provider's. */
static int
require_login(const struct login *login, struct fault *f)
{
	const struct signin *s = login->s;
	bool more =
	    s->job->why == AUTH_WHY_SCOPE && login->who.idp_client_id == NULL;

	fault_set(f, more ? FAULT_SCOPE : FAULT_LOGIN_REQUIRED, "%s", "");
	if (more && s->challenge.scope != NULL)
		log_text(f->scopes, sizeof(f->scopes),
		    span_of(s->challenge.scope));
	auth_config_command(s->config, "login", f->action, sizeof(f->action));
	return -1;
}

/* A tab needs somebody who asked for something, and after a login that came
 * to nothing a pause: a short one for people, a long one for what hosts ask
 * by themselves. */
static int
check_brakes(const struct login *login, const struct login_record *r,
    struct fault *f)
{
	int64_t after_s = 0;

	switch (login->s->job->who) {
	case AUTH_WHO_BACKGROUND:
		return require_login(login, f);
	case AUTH_WHO_ROUTINE:
		after_s = r->routine_after_s;
		break;
	case AUTH_WHO_PERSON:
		after_s = r->person_after_s;
		break;
	case AUTH_WHO_TERMINAL:
		break;
	}
	return now_s() < after_s ? require_login(login, f) : 0;
}

/*
 * The owner of a login
 */

struct owner {
	const struct login *login;
	struct login_record record;
	bool asked; /* the user knows where to go */
};

static void
answer_pending(const struct signin *s, const struct auth_prompt *prompt)
{
	struct auth_answer answer;

	log_debug("auth", "%s",
	    prompt->browser_opened ?
		"the browser is open; waiting for the user" :
		"waiting for the user");
	auth_answer_init(&answer);
	answer.kind = AUTH_ANSWER_PENDING;
	auth_prompt_copy(&answer.prompt, prompt);
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
	const struct signin *s = owner->login->s;
	struct fault f;

	owner->asked = true;
	auth_prompt_copy(&owner->record.prompt, prompt);
	if (login_record_save(&owner->record, s->store, &f) == -1)
		log_warn("auth", "%s", fault_text(&f));
	tell_operator(s, prompt);
	answer_pending(s, prompt);
}

static void
tick(void *ctx)
{
	const struct owner *owner = ctx;
	const struct authorizer_events *events = owner->login->s->events;

	events->tick(events->ctx);
}

static int
keep(void *ctx, const struct authorization *a, struct fault *f)
{
	const struct login *login = ((struct owner *)ctx)->login;

	return login->keep(login->ctx, a, f);
}

/* What the next one who wants a login should know of this one. */
static void
note_end(struct owner *owner, bool good)
{
	struct login_record *r = &owner->record;
	struct fault f;
	int64_t pause_s = ROUTINE_PAUSE_S;

	auth_prompt_reset(&r->prompt);
	if (good) {
		r->refusals = 0;
		r->routine_after_s = 0;
		r->person_after_s = 0;
	} else if (owner->asked) {
		for (unsigned i = 0;
		     i < r->refusals && pause_s < ROUTINE_PAUSE_MAX_S; i++)
			pause_s *= 2;
		if (pause_s > ROUTINE_PAUSE_MAX_S)
			pause_s = ROUTINE_PAUSE_MAX_S;
		r->refusals++;
		r->routine_after_s = now_s() + pause_s;
		r->person_after_s = now_s() + PERSON_PAUSE_S;
	}
	if (login_record_save(r, owner->login->s->store, &f) == -1)
		log_warn("auth", "%s", fault_text(&f));
}

static bool
has_browser(const struct authorize_request *request)
{
	return !request->net->config->no_browser && browser_available();
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
authorize_here(struct authorize_request *request, struct authorization *a,
    struct fault *f)
{
	if (!has_browser(request))
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
	const struct auth_config *config = request->net->config;

	if (config->grant == AUTH_GRANT_DEVICE)
		return device_authorize(request, a, f);
	if (!server_metadata_offers_device(&request->discovery->as))
		return authorize(request, a, f);
	if (authorize_here(request, a, f) == 0)
		return 0;
	if (!may_turn(owner, f))
		return -1;
	log_info("auth", "signing in by a code: %s", fault_text(f));
	if (device_authorize(request, a, f) == 0)
		return 0;
	if (!may_turn(owner, f) ||
	    discovery_check_code_flow(request->discovery, config, NULL) == -1)
		return -1;
	log_warn("auth", "no sign-in by a code: %s", fault_text(f));
	return authorize(request, a, f);
}

/* With the lock held. */
static int
ask_user(struct owner *owner, struct fault *f)
{
	const struct login *login = owner->login;
	const struct signin *s = login->s;
	struct authorize_request request = {
		.store = s->store,
		.pending = pending,
		.keep = keep,
		.tick = s->events->tick != NULL ? tick : NULL,
		.ctx = owner,
	};
	struct authorization a;

	if (login->prepare(login->ctx, &request, f) == -1)
		return -1;
	/* No tab for tokens that could not be kept. */
	if (store_probe(s->store, login->keeps, f) == -1)
		return -1;
	/* Nor one for a host that has given up meanwhile. */
	if (signin_deserted(s))
		return fault_set(f, FAULT_CANCELED, "Nobody waits any more");
	request.deadline_s = now_s() + s->config->auth_timeout_s;
	authorization_init(&a);
	int rc = find_way(owner, &request, &a, f);
	authorization_reset(&a);
	note_end(owner, rc == 0);
	return rc;
}

/* Reads again what others may have changed before the lock was ours. */
static int
own_login(const struct login *login, struct fault *f)
{
	struct owner owner = { .login = login };
	bool done = false;
	int rc = login->look(login->ctx, &done, f);

	if (rc == -1 || done)
		return rc;
	login_record_init(&owner.record);
	if (load_record(login, &owner.record, f) == -1 ||
	    check_brakes(login, &owner.record, f) == -1)
		rc = -1;
	else
		rc = ask_user(&owner, f);
	login_record_reset(&owner.record);
	return rc;
}

/*
 * The others
 */

struct guest {
	const struct login *login;
	struct login_record record; /* of the owner, as last seen */
	struct auth_prompt told;    /* by the last PENDING answer */
	unsigned refusals;          /* when we came */
	int64_t until_s;
};

/* Looks at the owner's records: 0 and nothing new, or -1. */
static int
look(struct guest *guest, bool *done, struct fault *f)
{
	const struct login *login = guest->login;
	const struct auth_prompt *prompt = &guest->record.prompt;

	if (login->look(login->ctx, done, f) == -1 ||
	    load_record(login, &guest->record, f) == -1)
		return -1;
	if (*done)
		return 0;
	if (guest->record.refusals > guest->refusals)
		return fault_set(f, FAULT_DENIED,
		    "The sign-in that was under way came to nothing");
	if (!auth_prompt_waits(prompt, now_s()) ||
	    auth_prompt_equal(prompt, &guest->told))
		return 0;
	auth_prompt_copy(&guest->told, prompt);
	answer_pending(login->s, prompt);
	return 0;
}

/* Waits until it is done, or the lock is ours (`*lock` set). */
static int
attend(struct guest *guest, const char *key, struct store_lock **lock,
    struct fault *f)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
	const struct signin *s = guest->login->s;
	bool done = false;

	while (now_s() < guest->until_s) {
		if (look(guest, &done, f) == -1)
			return -1;
		if (done)
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
join_login(const struct login *login, const char *key, struct store_lock **lock,
    struct fault *f)
{
	struct guest guest = { .login = login };

	login_record_init(&guest.record);
	int rc = load_record(login, &guest.record, f);
	auth_net_stage(&login->s->net, "Waiting for another sign-in");
	guest.refusals = guest.record.refusals;
	guest.until_s = now_s() + login->s->config->auth_timeout_s + REST_S;
	if (rc == 0)
		rc = attend(&guest, key, lock, f);
	auth_prompt_reset(&guest.told);
	login_record_reset(&guest.record);
	return rc;
}

int
login_run(const struct login *login, struct fault *f)
{
	const struct signin *s = login->s;
	struct store_lock *lock = NULL;
	char key[65];

	if (s->config->non_interactive || s->job->who == AUTH_WHO_BACKGROUND)
		return require_login(login, f);
	login_record_key(&login->who, key);
	if (store_lock(s->store, STORE_LOGIN, key, 0, &lock, f) == -1 &&
	    (f->code != FAULT_BUSY || join_login(login, key, &lock, f) == -1))
		return -1;
	int rc = lock != NULL ? own_login(login, f) : 0;
	store_unlock(&lock);
	return rc;
}

int
login_join(const struct login *login, bool *done, struct fault *f)
{
	struct store_lock *lock = NULL;
	char key[65];
	int rc = 0;

	*done = false;
	login_record_key(&login->who, key);
	if (store_lock(login->s->store, STORE_LOGIN, key, 0, &lock, f) == -1) {
		if (f->code != FAULT_BUSY ||
		    join_login(login, key, &lock, f) == -1)
			rc = -1;
		*done = rc == 0 && lock == NULL;
	}
	store_unlock(&lock);
	return rc;
}
