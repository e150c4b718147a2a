/* SPDX-License-Identifier: ISC */
/*
 * The pump's side of sign-in. Knows the current access token; gets another one
 * by reading the store or starting an authorizer, one at a time. Never blocks,
 * never sees a refresh token.
 */
#ifndef AUTH_BROKER_H
#define AUTH_BROKER_H

#include "auth/job.h"
#include "io/loop.h"

struct broker;

struct broker_events {
	/* A token newer than the one asked about; also unasked, when another
	 * process changed the store. Never inside a broker_ call. */
	void (*token)(void *ctx, const struct bearer *bearer);
	/* A login waits for its user. */
	void (*pending)(void *ctx, const struct auth_answer *answer);
	/* What was asked for will not come. */
	void (*failed)(void *ctx, const struct fault *fault);
};

/* `config` is borrowed. Reads the stored token at once: broker_bearer. */
struct broker *broker_new(struct loop *loop, const struct auth_config *config,
    const struct broker_events *events, void *ctx);
/* Stops waiting; an interactive login goes on without us. */
void broker_free(struct broker **broker);

/* The current token, NULL when there is none. Borrowed until the next event.
 * Looks at the store when its stamp changed (one stat). */
const struct bearer *broker_bearer(struct broker *broker);

/* Unix time has passed the token's refresh_at_s. */
bool broker_stale(struct broker *broker);

struct broker_need {
	enum auth_why why;
	enum auth_who who;
	uint64_t generation; /* of the token that failed; 0: none was sent */
	const char *const *challenges; /* copied */
	size_t challenge_count;
	const char *subject; /* copied; or NULL */
	const char *protocol_version; /* copied; or NULL */
};

/*
 * Asks for a token. While an authorizer runs, another ask joins it, or follows
 * it when it needs more (a person after a background ask, a scope challenge
 * after a refresh). Exactly one of token and failed follows each round.
 */
void broker_ask(struct broker *broker, const struct broker_need *need);

/* A login is under way: its last PENDING answer, else NULL. Borrowed. */
const struct auth_answer *broker_pending(const struct broker *broker);

#endif
