/* SPDX-License-Identifier: ISC */
/*
 * Starting another program: argv only, never a shell; no descriptor inherited
 * but those given; its own session where it must outlive us.
 */
#ifndef IO_SPAWN_H
#define IO_SPAWN_H

#include <sys/types.h>

#include "base/fault.h"

enum { SPAWN_KEPT_FD = 3 };

struct spawn {
	const char *const *argv;   /* NULL-terminated; argv[0] by PATH */
	const char *const *env;    /* NULL-terminated, or NULL: ours */
	int in_fd, out_fd, err_fd; /* -1: /dev/null */
	int kept_fd;               /* reaches it as SPAWN_KEPT_FD; 0: none */
	bool new_session; /* a process group where there is no way to one */
};

/* 0 and the child's pid, or -1 with FAULT_INTERNAL. */
int spawn_start(const struct spawn *what, pid_t *pid, struct fault *f)
    __attribute__((warn_unused_result));

/* The path by which this program can be started again; NULL when unknown.
 * Caller frees. */
char *spawn_self(void);

#endif
