/* SPDX-License-Identifier: ISC */
/*
 * A running authorizer as the pump sees it: a process of this same program
 * with a job on its stdin, answers on its stdout and our stderr, in a session
 * of its own so that it outlives us.
 */
#ifndef AUTH_CHILD_H
#define AUTH_CHILD_H

#include <sys/types.h>

#include "auth/job.h"
#include "io/loop.h"

struct child;

struct child_events {
	/* Each answer. After a TOKEN or a FAULT nothing more is called. */
	void (*answer)(void *ctx, const struct auth_answer *answer);
	/* It ended, or wrote nonsense, before a final answer. */
	void (*ended)(void *ctx);
};

/* The job is copied; where it names a store_fd, that is inherited. NULL with
 * FAULT_INTERNAL. No callback comes from inside; child_release may be called
 * inside `ended` and inside `answer` of a final one. */
struct child *child_start(struct loop *loop, const struct auth_job *job,
    const struct child_events *events, void *ctx, struct fault *f);

/* Asks it to end (SIGTERM). */
void child_stop(const struct child *child);

/* Closes the pipes and lets it run; the pid is the caller's to reap. 0: there
 * is nothing to reap, another process started it (auth/starter). */
pid_t child_release(struct child **child);

#endif
