/* SPDX-License-Identifier: ISC */
/*
 * One job, start to end: find a usable access token for a server and say so.
 * Straight-line and blocking; run as a process of its own by the pump's
 * broker, or in the foreground by `mcp-bridge login`.
 */
#ifndef AUTH_AUTHORIZER_H
#define AUTH_AUTHORIZER_H

#include "auth/job.h"

struct authorizer_events {
	void (*answer)(void *ctx, const struct auth_answer *answer);
	/* Some times a second while a login waits for its user; or NULL. */
	void (*tick)(void *ctx);
	void *ctx;
	int stop_fd; /* readable: the asker is gone; -1: none */
};

/*
 * Adopts a newer token from the store, refreshes, or logs in, in that order,
 * as the job allows. The last answer is a TOKEN or a FAULT. An interactive
 * login goes on when the asker goes.
 */
void authorizer_run(const struct auth_job *job,
    const struct authorizer_events *events);

/* The process: reads a job from fd 0, writes answers to fd 1. Exit status. */
int authorizer_main(void);

/* Revokes and forgets the login of a server. `*was`: there was one. */
int authorizer_logout(const struct auth_config *config, bool *was,
    struct fault *f) __attribute__((warn_unused_result));

#endif
