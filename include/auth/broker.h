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

/* None is called inside a broker_ call; broker_free inside one is fine. */
struct broker_events {
	/* A token of another generation than the one asked about; also
	 * unasked, when another process changed the store. */
	void (*token)(void *ctx, const struct bearer *bearer);
	/* A login waits for its user. May come more than once. */
	void (*pending)(void *ctx, const struct auth_answer *answer);
	/* What was asked for will not come. */
	void (*failed)(void *ctx, const struct fault *fault);
};

/* `config` is borrowed. Reads the stored token at once: broker_bearer. */
struct broker *broker_new(struct loop *loop, const struct auth_config *config,
    const struct broker_events *events, void *ctx);
/* Stops waiting; an interactive login goes on without us. */
void broker_free(struct broker **broker);

/* The current token, expired or not; NULL when there is none. Borrowed until
 * the next event or broker_ call. Reads the store when its stamp changed (one
 * stat). After a failure the broker also looks there every two seconds, so that
 * a login made elsewhere is noticed. */
const struct bearer *broker_bearer(struct broker *broker);

/* There is no token at hand, but an authorizer is to be asked, or has been,
 * that needs nobody: it is worth waiting for before anything is sent. */
bool broker_expects(const struct broker *broker);

/* Unix time has passed the token's refresh_at_s. */
bool broker_stale(struct broker *broker);

struct broker_need {
	enum auth_why why;
	enum auth_who who;
	uint64_t generation; /* of the token that failed; 0: none was sent */
	const char *const *challenges; /* copied */
	size_t challenge_count;
	const char *subject;          /* copied; or NULL */
	const char *protocol_version; /* copied; or NULL */
};

/*
 * Asks for a token. Where the store has one that is not expired and of another
 * generation than `generation`, it is that. While an authorizer runs,
 * another ask joins it; or follows it when it needs more: a person after a
 * background ask, as long as no login is pending, and a scope challenge after
 * anything but the same one.
 *
 * Each round ends with exactly one of token and failed; but a failure is not
 * told when another ask follows, since the failure may not hold for that one.
 *
 * A server that rejects one new token after the other opens a breaker
 * (auth/breaker.h): AUTH_WHY_UNAUTHORIZED then fails at once with
 * FAULT_REJECTED and retry_after_s, for 30 s at first, doubling to an hour.
 */
void broker_ask(struct broker *broker, const struct broker_need *need);

/* A login is under way: its last PENDING answer, else NULL. Borrowed. */
const struct auth_answer *broker_pending(const struct broker *broker);

#endif
