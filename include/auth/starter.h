/* SPDX-License-Identifier: ISC */
/*
 * Who starts authorizers. A confined pump cannot: its children would be
 * confined like it, and through them the browser. So it splits a process off
 * beforehand, which does nothing but start authorizers. Whatever the pump hands
 * it later, the user's decisions in a job are those it was split off with: a
 * pump that was taken over cannot have a program of its choice run.
 */
#ifndef AUTH_STARTER_H
#define AUTH_STARTER_H

#include <sys/types.h>

#include "auth/config.h"
#include "base/fault.h"

/* What an authorizer gets; the caller keeps its own. */
struct starter_fds {
	int job;     /* to be read to its end: auth/job */
	int answers; /* to be written */
	int kept;    /* of a store in memory; 0: none */
};

/* The descriptor for auth_config.starter_fd, or -1 with errno. Forks, so there
 * must be no second thread. The process ends when the descriptor is closed. */
int starter_split(const struct auth_config *config);

/* By that process. It reports a failure as an answer (a FAULT). 0, or -1 with
 * FAULT_INTERNAL. Does not wait. */
int starter_ask(int starter_fd, const struct starter_fds *fds, struct fault *f)
    __attribute__((warn_unused_result));
/* Asks the authorizer it started last to end (SIGTERM). */
void starter_stop(int starter_fd);

/* By this process: 0 and the pid, which is the caller's to reap. */
int starter_spawn(const struct starter_fds *fds, pid_t *pid, struct fault *f)
    __attribute__((warn_unused_result));

#endif
