/* SPDX-License-Identifier: ISC */
/*
 * A job from start to end. The order is that of the standards: a token that is
 * there, a refresh (RFC 6749 section 6), more scope (MCP, step-up), and a login
 * (section 4.1) last; a grant that needs no person takes the place of both
 * refresh and login.
 */
#include "auth/authorizer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "auth/confinement.h"
#include "auth/credential.h"
#include "auth/idp_session.h"
#include "auth/scope.h"
#include "auth/signin.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/os.h"
#include "io/spawn.h"
#include "io/trace.h"

/* The pump's pipes. */
enum { JOB_FD = 0, ANSWER_FD = 1 };

enum {
	/* A token younger than this is fresh: another would be no better. */
	FRESH_S = 60,
	/* Authorizations for more scope in a row: in all, and for one method
	 * and name. */
	STEP_UPS_MAX = 3,
	SUBJECT_STEP_UPS_MAX = 2,
	STEP_UPS_ROW_S = 600
};

/* A 401 may ask for more scope just as a 403 does. */
static bool
wants_more_scope(const struct signin *s)
{
	if (s->job->why == AUTH_WHY_SCOPE)
		return true;
	return s->job->generation != 0 && s->challenge.error != NULL &&
	       strcmp(s->challenge.error, "insufficient_scope") == 0 &&
	       !scope_covers(s->access.scope, s->challenge.scope);
}

static int
refuse_scope(const struct signin *s, const char *why, struct fault *f)
{
	fault_set(f, FAULT_SCOPE, "%s", why);
	if (s->challenge.scope != NULL)
		log_text(f->scopes, sizeof(f->scopes),
		    span_of(s->challenge.scope));
	return -1;
}

/* One thing that wants more again and again has had its turn before the server
 * as a whole has. */
static bool
may_step_up(const struct signin *s, struct login_record *login)
{
	const char *subject = s->job->subject;
	const bool same = login->subject != NULL && subject != NULL &&
			  strcmp(login->subject, subject) == 0;

	if (s->access.obtained_at_s + STEP_UPS_ROW_S < (int64_t)time(NULL)) {
		login->step_ups = 0;
		login->subject_step_ups = 0;
	}
	if (!same) {
		mem_replace(&login->subject, subject);
		login->subject_step_ups = 0;
	}
	return login->step_ups++ < STEP_UPS_MAX &&
	       login->subject_step_ups++ < SUBJECT_STEP_UPS_MAX;
}

/* Counts authorizations that follow each other closely. */
static int
count_step_up(struct signin *s, struct fault *f)
{
	struct login_record login;
	bool found = false;

	login_record_init(&login);
	login.url = mem_string(s->config->url);
	login.profile = mem_string(s->config->profile);
	int rc = login_record_load(&login, s->store, &found, f);
	if (rc == 0 && !may_step_up(s, &login))
		rc = refuse_scope(s,
		    "The server keeps asking for more permission", f);
	if (rc == 0)
		rc = login_record_save(&login, s->store, f);
	login_record_reset(&login);
	return rc;
}

static bool
is_unattended(const struct signin *s)
{
	return auth_grant_is_unattended(s->config->grant);
}

/* By the way the user chose, from the start. */
static int
obtain_anew(struct signin *s, const char *scope, struct fault *f)
{
	return is_unattended(s) ? signin_unattended(s, scope, f) :
				  signin_login(s, scope, f);
}

/* Without asking anybody, where that can be done. */
static int
renew(struct signin *s, bool *done, struct fault *f)
{
	if (!is_unattended(s))
		return signin_refresh(s, done, f);
	*done = true;
	return signin_unattended(s, NULL, f);
}

/* Asks for what the challenge wants beside all that was asked for before
 * (A-074). */
static int
widen(struct signin *s, const struct grant_record *grant, struct fault *f)
{
	char *before = scope_union(grant->requested_scope, s->access.scope);
	char *wanted = scope_union(before, s->challenge.scope);
	int rc = count_step_up(s, f);

	if (rc == 0)
		rc = obtain_anew(s, wanted, f);
	free(wanted);
	free(before);
	return rc;
}

/* Scopes we have need a fresh token, scopes we asked for in vain are not asked
 * for again, others need the user. */
static int
step_up(struct signin *s, struct fault *f)
{
	const char *challenged = s->challenge.scope;
	bool fresh = s->access.obtained_at_s + FRESH_S > (int64_t)time(NULL);
	bool done = false, found = false;
	struct grant_record grant;

	if (challenged == NULL)
		return refuse_scope(s,
		    "The server wants more permission, but not which", f);
	if (scope_covers(s->access.scope, challenged)) {
		if (!fresh && renew(s, &done, f) == -1)
			return -1;
		return done ? 0 :
			      refuse_scope(s,
				  "The permission granted is not enough", f);
	}
	grant_record_init(&grant);
	int rc = signin_load_grant(s, &grant, &found, f);
	if (rc == 0 && scope_covers(grant.requested_scope, challenged))
		rc = refuse_scope(s,
		    "This permission was asked for, but not granted", f);
	else if (rc == 0)
		rc = widen(s, &grant, f);
	grant_record_reset(&grant);
	return rc;
}

/* Nothing has failed yet: the token just nears its end. */
static bool
still_good(const struct signin *s)
{
	const struct bearer *b = &s->access.bearer;

	return s->job->why == AUTH_WHY_EXPIRING && bearer_usable(b) &&
	       b->expires_at_s > (int64_t)time(NULL);
}

/* Finds a token; the access record then holds it. */
static int
obtain(struct signin *s, struct fault *f)
{
	bool done = false;

	if (signin_load(s, f) == -1)
		return -1;
	if (s->job->who == AUTH_WHO_TERMINAL) {
		s->useless = s->access.bearer.generation;
		if (!is_unattended(s) && idp_session_join(s, &done, f) == -1)
			return -1;
		return done ? 0 : obtain_anew(s, NULL, f);
	}
	if (signin_has_token(s))
		return 0;
	if (wants_more_scope(s))
		return step_up(s, f);
	if (renew(s, &done, f) == -1)
		return -1;
	if (done)
		return 0;
	if (still_good(s))
		return fault_set(f, FAULT_REFRESH,
		    "The session cannot be renewed");
	return obtain_anew(s, NULL, f);
}

static const char *const why_texts[] = {
	[AUTH_WHY_START] = "a token is wanted",
	[AUTH_WHY_EXPIRING] = "the token is to be renewed before its end",
	[AUTH_WHY_UNAUTHORIZED] = "the server wants another token",
	[AUTH_WHY_SCOPE] = "the server wants more permission",
};

static void
answer_token(const struct authorizer_events *events,
    const struct bearer *bearer)
{
	struct auth_answer answer;

	log_debug("auth", "there is a token");

	auth_answer_init(&answer);
	answer.kind = AUTH_ANSWER_TOKEN;
	bearer_copy(&answer.bearer, bearer);
	events->answer(events->ctx, &answer);
	auth_answer_reset(&answer);
}

static void
answer_fault(const struct authorizer_events *events, const struct fault *f)
{
	struct auth_answer answer;

	log_debug("auth", "no token: %s", fault_text(f));

	auth_answer_init(&answer);
	answer.kind = AUTH_ANSWER_FAULT;
	answer.fault = *f;
	events->answer(events->ctx, &answer);
	auth_answer_reset(&answer);
}

/* Neither the store nor the network is needed. */
static void
run_command(const struct auth_job *job, const struct authorizer_events *events)
{
	struct bearer bearer;
	struct fault f = { 0 };

	bearer_init(&bearer);
	if (credential_obtain(job, &bearer, &f) == 0)
		answer_token(events, &bearer);
	else
		answer_fault(events, &f);
	bearer_reset(&bearer);
}

void
authorizer_run(const struct auth_job *job,
    const struct authorizer_events *events)
{
	struct signin s;
	struct fault f = { 0 };

	log_debug("auth", "%s", why_texts[job->why]);
	if (credential_wanted(&job->config)) {
		run_command(job, events);
		return;
	}
	if (signin_open(&s, job, events, &f) == 0 && obtain(&s, &f) == 0)
		answer_token(events, &s.access.bearer);
	else
		answer_fault(events, &f);
	signin_close(&s);
}

/*
 * The process
 */

/* A pump that is gone reads nothing; that is no reason to stop. */
static void
write_answer(void *ctx, const struct auth_answer *answer)
{
	struct buf line;
	size_t done = 0;

	(void)ctx;
	buf_init(&line, LIMIT_AUTH_DOCUMENT);
	if (auth_answer_write(answer, &line) == -1)
		log_error("auth", "an answer is too large");
	while (done < line.len) {
		ssize_t put =
		    write(ANSWER_FD, line.data + done, line.len - done);

		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			break;
		done += (size_t)put;
	}
	buf_wipe(&line);
}

static void
open_log(const struct auth_config *config)
{
	log_set_level(config->log_level);
	if (config->log_file != NULL && log_open(config->log_file) != 0)
		log_warn("auth", "the log file cannot be written");
}

static void
open_trace(const struct auth_config *config)
{
	const struct trace_start start = {
		.path = config->trace_file,
		.role = "authorizer",
		.url = config->url,
		.confined = config->sandbox,
	};
	struct fault f;

	if (start.path != NULL && trace_open(&start, &f) == -1)
		log_warn("auth", "no trace is kept: %s", fault_text(&f));
	trace_conceal_lasting(secret_peek(&config->client_secret));
}

int
authorizer_main(void)
{
	/* The pump's end of our stdout closing shows as an error there. */
	const struct authorizer_events events = {
		.answer = write_answer,
		.stop_fd = ANSWER_FD,
	};
	struct auth_job job;
	struct fault f = { 0 };

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	os_harden();
	auth_job_init(&job);
	int rc = auth_job_receive(&job, JOB_FD, &f);
	if (rc == 0) {
		if (job.config.store_fd != 0)
			job.config.store_fd = SPAWN_KEPT_FD;
		open_log(&job.config);
		open_trace(&job.config);
		confinement_authorizer(&job);
		authorizer_run(&job, &events);
	} else {
		answer_fault(&events, &f);
	}
	auth_job_reset(&job);
	trace_close();
	return rc == 0 ? EX_OK : EX_SOFTWARE;
}
