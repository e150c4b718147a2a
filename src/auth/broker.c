/* SPDX-License-Identifier: ISC */
/*
 * Who gets which token when. One authorizer at a time (a round); asks join it
 * or follow it. Events are told from a timer, one at a time, so that whoever
 * receives one may do anything.
 */
#include "auth/broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "auth/breaker.h"
#include "auth/child.h"
#include "auth/credential.h"
#include "auth/stored.h"
#include "base/log.h"
#include "base/mem.h"

enum {
	WATCH_MS = 2000,
	REAP_FIRST_MS = 50,
	REAP_MAX_MS = 5000,
	/* For what an authorizer does besides waiting for its user: a lock
	 * (40 s) and some requests of 30 s each. */
	ROUND_REST_S = 240,
};

/* A process that was let go and has not been reaped. */
struct leaver {
	pid_t pid;
	struct leaver *next;
};

struct broker {
	struct loop *loop;                /* borrowed */
	const struct auth_config *config; /* borrowed */
	struct broker_events events;
	void *ctx;

	struct stored stored;
	bool has_unseen; /* an authorizer has to look at the store */
	struct bearer bearer;
	struct breaker breaker;

	/* Their `config` stays empty. */
	struct auth_job round; /* while `child` runs */
	struct auth_job next;  /* where `has_next` */
	bool has_next;
	struct child *child;    /* owned */
	struct leaver *leavers; /* owned */
	unsigned reap_ms;

	/* What is still to be told. */
	bool has_token, has_pending_news, has_failure;
	struct auth_answer pending; /* where `is_pending` */
	bool is_pending;
	struct fault failure;

	struct loop_timer tell, watch, reap, guard;
};

static void start_round(struct broker *broker);

static void
tell_soon(struct broker *broker)
{
	loop_timer_start(broker->loop, &broker->tell, 0);
}

/* The events' receivers may free the broker: nothing is touched after them. */
static void
tell(void *ctx)
{
	struct broker *broker = ctx;
	bool token = broker->has_token;
	bool pending = !token && broker->has_pending_news;
	bool failed = !token && !pending && broker->has_failure;

	if (token)
		broker->has_token = false;
	if (pending)
		broker->has_pending_news = false;
	if (failed)
		broker->has_failure = false;
	if (broker->has_pending_news || broker->has_failure)
		tell_soon(broker);
	/* A logout may have come in between. */
	if (token && !bearer_usable(&broker->bearer)) {
		fault_set(&broker->failure, FAULT_LOGIN_REQUIRED,
		    "Signed out meanwhile");
		token = false;
		failed = true;
	}
	if (token)
		broker->events.token(broker->ctx, &broker->bearer);
	else if (pending)
		broker->events.pending(broker->ctx, &broker->pending);
	else if (failed)
		broker->events.failed(broker->ctx, &broker->failure);
}

static void
fail(struct broker *broker, const struct fault *f)
{
	broker->failure = *f;
	broker->has_failure = true;
	tell_soon(broker);
	loop_timer_start(broker->loop, &broker->watch, WATCH_MS);
}

/* Ours is a new one. */
static void
announce(struct broker *broker)
{
	breaker_obtained(&broker->breaker, broker->bearer.generation,
	    loop_now_ms(broker->loop));
	loop_timer_stop(&broker->watch);
	broker->has_token = true;
	tell_soon(broker);
}

/*
 * Takes over what the store has, if that changed; true where it is another
 * token. Without a change ours stays, even where it is not the store's: an
 * authorizer that could not save its token has still told us of it.
 */
static bool
look_at_store(struct broker *broker)
{
	struct bearer found;
	bool another = false;

	bearer_init(&found);
	switch (stored_look(&broker->stored, &found)) {
	case STORED_SAME:
		break;
	case STORED_READ:
		another = bearer_usable(&found) &&
			  found.generation != broker->bearer.generation;
		if (another || !bearer_usable(&found))
			bearer_copy(&broker->bearer, &found);
		break;
	case STORED_UNREAD:
		broker->has_unseen = true;
		break;
	}
	bearer_reset(&found);
	return another;
}

static void
copy_need(struct auth_job *job, const struct broker_need *need)
{
	auth_job_reset(job);
	job->why = need->why;
	job->who = need->who;
	job->generation = need->generation;
	job->subject = mem_string(need->subject);
	job->protocol_version = mem_string(need->protocol_version);
	job->challenges =
	    mem_alloc(need->challenge_count, sizeof(*job->challenges));
	for (size_t i = 0; i < need->challenge_count; i++)
		job->challenges[i] = mem_string(need->challenges[i]);
	job->challenge_count = need->challenge_count;
}

/* Another process has changed what we cannot read ourselves. The token at hand
 * serves until an authorizer has looked. */
static void
look_by_authorizer(struct broker *broker)
{
	const struct broker_need need = {
		.why = AUTH_WHY_START,
		.who = AUTH_WHO_BACKGROUND,
		.generation = broker->bearer.generation,
	};

	if (!broker->has_unseen || broker->child != NULL)
		return;
	copy_need(&broker->round, &need);
	start_round(broker);
}

static void
watch(void *ctx)
{
	struct broker *broker = ctx;

	loop_timer_start(broker->loop, &broker->watch, WATCH_MS);
	stored_open(&broker->stored);
	if (look_at_store(broker))
		announce(broker);
	look_by_authorizer(broker);
}

static void
reap(void *ctx)
{
	struct broker *broker = ctx;
	struct leaver **at = &broker->leavers;

	while (*at != NULL) {
		struct leaver *leaver = *at;

		if (waitpid(leaver->pid, NULL, WNOHANG) == 0) {
			at = &leaver->next;
			continue;
		}
		*at = leaver->next;
		free(leaver);
	}
	if (broker->leavers == NULL)
		return;
	loop_timer_start(broker->loop, &broker->reap, broker->reap_ms);
	if (broker->reap_ms < REAP_MAX_MS)
		broker->reap_ms *= 2;
}

static void
let_go(struct broker *broker)
{
	pid_t pid = child_release(&broker->child);

	if (pid == 0)
		return;
	struct leaver *leaver = mem_alloc(1, sizeof(*leaver));
	leaver->pid = pid;
	leaver->next = broker->leavers;
	broker->leavers = leaver;
	broker->reap_ms = REAP_FIRST_MS;
	reap(broker);
}

static void
end_round(struct broker *broker)
{
	let_go(broker);
	loop_timer_stop(&broker->guard);
	auth_job_reset(&broker->round);
	auth_answer_reset(&broker->pending);
	broker->is_pending = false;
	broker->has_pending_news = false;
}

static void
start_next(struct broker *broker)
{
	broker->round = broker->next;
	broker->next = (struct auth_job){ 0 };
	broker->has_next = false;
	start_round(broker);
}

static void
round_failed(struct broker *broker, const struct fault *f)
{
	if (broker->has_next)
		start_next(broker);
	else
		fail(broker, f);
}

static void
round_succeeded(struct broker *broker, const struct bearer *bearer)
{
	bearer_copy(&broker->bearer, bearer);
	announce(broker);
	stored_note(&broker->stored);
	if (!broker->has_next)
		return;
	if (broker->next.why == AUTH_WHY_SCOPE ||
	    broker->next.generation == bearer->generation) {
		start_next(broker);
	} else {
		auth_job_reset(&broker->next);
		broker->has_next = false;
	}
}

static void
take_pending(struct broker *broker, const struct auth_answer *answer)
{
	auth_answer_reset(&broker->pending);
	broker->pending.kind = AUTH_ANSWER_PENDING;
	auth_prompt_copy(&broker->pending.prompt, &answer->prompt);
	broker->is_pending = true;
	broker->has_pending_news = true;
	tell_soon(broker);
}

static void
child_answered(void *ctx, const struct auth_answer *answer)
{
	struct broker *broker = ctx;

	switch (answer->kind) {
	case AUTH_ANSWER_TOKEN:
		end_round(broker);
		round_succeeded(broker, &answer->bearer);
		break;
	case AUTH_ANSWER_PENDING:
		take_pending(broker, answer);
		break;
	case AUTH_ANSWER_STAGE:
		break;
	case AUTH_ANSWER_FAULT:
		end_round(broker);
		round_failed(broker, &answer->fault);
		break;
	}
}

static void
child_ended(void *ctx)
{
	struct broker *broker = ctx;
	struct fault f = { 0 };

	end_round(broker);
	fault_set(&f, FAULT_INTERNAL, "The sign-in process ended early");
	round_failed(broker, &f);
}

/* It hangs: nobody else may hang with it. */
static void
round_overdue(void *ctx)
{
	struct broker *broker = ctx;
	struct fault f = { 0 };

	child_stop(broker->child);
	end_round(broker);
	fault_set(&f, FAULT_INTERNAL, "The sign-in process did not answer");
	round_failed(broker, &f);
}

static const struct child_events child_events = {
	.answer = child_answered,
	.ended = child_ended,
};

/* For broker->round. */
static void
start_round(struct broker *broker)
{
	struct auth_job job = broker->round;
	uint64_t limit_s = broker->config->auth_timeout_s + ROUND_REST_S;
	struct fault f = { 0 };

	broker->has_unseen = false;
	job.config = *broker->config; /* lent */
	job.config.store_fd = stored_memory_fd(&broker->stored);
	broker->child =
	    child_start(broker->loop, &job, &child_events, broker, &f);
	if (broker->child == NULL) {
		auth_job_reset(&broker->round);
		round_failed(broker, &f);
		return;
	}
	loop_timer_start(broker->loop, &broker->guard, limit_s * 1000);
}

static bool
same_challenges(const struct auth_job *job, const struct broker_need *need)
{
	if (job->challenge_count != need->challenge_count)
		return false;
	for (size_t i = 0; i < need->challenge_count; i++)
		if (strcmp(job->challenges[i], need->challenges[i]) != 0)
			return false;
	return true;
}

/* The round under way serves `need` as well. */
static bool
joins(const struct broker *broker, const struct broker_need *need)
{
	const struct auth_job *round = &broker->round;

	if (need->why == AUTH_WHY_SCOPE &&
	    (round->why != AUTH_WHY_SCOPE || !same_challenges(round, need)))
		return false;
	return need->who <= round->who || broker->is_pending;
}

/* A scope challenge is the most that can be needed, and its first asker's is
 * the one that is answered: others ask again. */
static void
follow(struct broker *broker, const struct broker_need *need)
{
	enum auth_who who = need->who;

	if (broker->has_next && broker->next.who > who)
		who = broker->next.who;
	if (!broker->has_next ||
	    (need->why == AUTH_WHY_SCOPE && broker->next.why != AUTH_WHY_SCOPE))
		copy_need(&broker->next, need);
	broker->next.who = who;
	broker->has_next = true;
}

static bool
is_expired(const struct bearer *bearer)
{
	return bearer->expires_at_s != 0 && time(NULL) >= bearer->expires_at_s;
}

/* The store's token may serve: it is not the one that failed. */
static bool
has_other_token(struct broker *broker, uint64_t generation)
{
	return bearer_usable(&broker->bearer) &&
	       broker->bearer.generation != generation &&
	       !is_expired(&broker->bearer);
}

/* A token that lived its time was not rejected for what it is. */
static uint64_t
time_to_wait(struct broker *broker, const struct broker_need *need)
{
	if (need->why != AUTH_WHY_UNAUTHORIZED || need->generation == 0 ||
	    is_expired(&broker->bearer))
		return 0;
	return breaker_rejected(&broker->breaker, need->generation,
	    loop_now_ms(broker->loop));
}

static void
reject(struct broker *broker, uint64_t wait_ms)
{
	struct fault f = { 0 };

	fault_set(&f, FAULT_REJECTED, "The server rejects every new token");
	f.retry_after_s = (unsigned)((wait_ms + 999) / 1000);
	snprintf(f.action, sizeof(f.action),
	    "See whether the tokens are meant for this server: their audience "
	    "(--resource) and scopes (--scope)");
	fail(broker, &f);
}

void
broker_ask(struct broker *broker, const struct broker_need *need)
{
	uint64_t wait_ms = 0;

	stored_open(&broker->stored);
	if (look_at_store(broker))
		announce(broker);
	if (has_other_token(broker, need->generation)) {
		broker->has_token = true;
		tell_soon(broker);
		return;
	}
	if (broker->child != NULL) {
		if (!joins(broker, need))
			follow(broker, need);
		return;
	}
	wait_ms = time_to_wait(broker, need);
	if (wait_ms > 0) {
		reject(broker, wait_ms);
		return;
	}
	copy_need(&broker->round, need);
	start_round(broker);
}

static void
init_timer(struct broker *broker, struct loop_timer *timer,
    void (*fire)(void *ctx))
{
	timer->fire = fire;
	timer->ctx = broker;
}

struct broker *
broker_new(struct loop *loop, const struct auth_config *config,
    const struct broker_events *events, void *ctx)
{
	struct broker *broker = mem_alloc(1, sizeof(*broker));

	broker->loop = loop;
	broker->config = config;
	stored_init(&broker->stored, config);
	broker->events = *events;
	broker->ctx = ctx;
	init_timer(broker, &broker->tell, tell);
	init_timer(broker, &broker->watch, watch);
	init_timer(broker, &broker->reap, reap);
	init_timer(broker, &broker->guard, round_overdue);
	stored_open(&broker->stored);
	(void)look_at_store(broker);
	return broker;
}

void
broker_free(struct broker **broker)
{
	struct broker *b = *broker;

	if (b == NULL)
		return;
	if (b->child != NULL)
		end_round(b);
	loop_timer_stop(&b->tell);
	loop_timer_stop(&b->watch);
	loop_timer_stop(&b->reap);
	while (b->leavers != NULL) {
		struct leaver *leaver = b->leavers;

		b->leavers = leaver->next;
		free(leaver);
	}
	auth_job_reset(&b->next);
	bearer_reset(&b->bearer);
	stored_reset(&b->stored);
	free(b);
	*broker = NULL;
}

const struct bearer *
broker_bearer(struct broker *broker)
{
	if (look_at_store(broker))
		announce(broker);
	look_by_authorizer(broker);
	return bearer_usable(&broker->bearer) ? &broker->bearer : NULL;
}

bool
broker_stale(struct broker *broker)
{
	const struct bearer *bearer = &broker->bearer;

	return bearer->refresh_at_s != 0 && time(NULL) >= bearer->refresh_at_s;
}

const struct auth_answer *
broker_pending(const struct broker *broker)
{
	return broker->is_pending ? &broker->pending : NULL;
}

bool
broker_expects(const struct broker *broker)
{
	return !bearer_usable(&broker->bearer) &&
	       (credential_wanted(broker->config) || broker->child != NULL);
}
