/* SPDX-License-Identifier: ISC */
/*
 * posix_spawn with everything closed. Does not wait for the child: whoever
 * started it reaps it.
 */
#include "io/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum { STANDARD_FDS = 3, MOST_GIVEN = STANDARD_FDS + 1 };

extern char **environ;

#ifndef HAVE_SPAWN_CLOSEFROM
enum { MOST_FDS = 65536 };

/* What a careless parent left open in us would reach the child as well. */
static void
close_all_on_exec(int from)
{
	long limit = sysconf(_SC_OPEN_MAX);

	if (limit < 0 || limit > MOST_FDS)
		limit = MOST_FDS;
	for (int fd = from; fd < (int)limit; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags != -1 && (flags & FD_CLOEXEC) == 0)
			(void)fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
	}
}
#endif

static int
given_count(const struct spawn *what)
{
	return what->kept_fd > 0 ? MOST_GIVEN : STANDARD_FDS;
}

/*
 * Each descriptor moved out of the way of the targets, so that the order in
 * which they are put in place does not matter. -1 stays.
 */
static int
move_up(const struct spawn *what, int moved[MOST_GIVEN])
{
	const int given[MOST_GIVEN] = { what->in_fd, what->out_fd, what->err_fd,
		what->kept_fd };

	for (int i = 0; i < given_count(what); i++) {
		if (given[i] == -1)
			continue;
		moved[i] = fcntl(given[i], F_DUPFD_CLOEXEC, MOST_GIVEN);
		if (moved[i] == -1)
			return errno;
	}
	return 0;
}

static int
add_actions(posix_spawn_file_actions_t *actions, const int *fds, int count)
{
	int error = 0;

	for (int i = 0; i < count && error == 0; i++) {
		if (fds[i] == -1)
			error = posix_spawn_file_actions_addopen(actions, i,
			    "/dev/null", O_RDWR, 0);
		else
			error = posix_spawn_file_actions_adddup2(actions,
			    fds[i], i);
	}
#ifdef HAVE_SPAWN_CLOSEFROM
	if (error == 0)
		error =
		    posix_spawn_file_actions_addclosefrom_np(actions, count);
#else
	close_all_on_exec(count);
#endif
	return error;
}

/* Signals as a program expects them at its start: we ignore SIGPIPE, and
 * ignoring is inherited. */
static int
set_attributes(posix_spawnattr_t *attributes, bool new_session)
{
	short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
	sigset_t defaults, mask;

	sigemptyset(&mask);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	if (new_session) {
#ifdef HAVE_SPAWN_SETSID
		flags |= POSIX_SPAWN_SETSID;
#else
		/* Enough to be spared when a host kills its process group. */
		flags |= POSIX_SPAWN_SETPGROUP;
#endif
	}

	int error = posix_spawnattr_setsigdefault(attributes, &defaults);
	if (error == 0)
		error = posix_spawnattr_setsigmask(attributes, &mask);
	if (error == 0)
		error = posix_spawnattr_setflags(attributes, flags);
	return error;
}

/* posix_spawn takes the vectors without const and leaves them alone. */
static char *const *
unconst(const char *const *vector)
{
	char *const *same = NULL;

	memcpy(&same, &vector, sizeof(same));
	return same;
}

static int
run(const struct spawn *what, const int fds[MOST_GIVEN], pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (error == 0) {
		error = add_actions(&actions, fds, given_count(what));
		if (error == 0)
			error = set_attributes(&attributes, what->new_session);
		if (error == 0)
			error = posix_spawnp(pid, what->argv[0], &actions,
			    &attributes, unconst(what->argv),
			    what->env != NULL ? unconst(what->env) : environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int
spawn_start(const struct spawn *what, pid_t *pid, struct fault *f)
{
	int fds[MOST_GIVEN] = { -1, -1, -1, -1 };
	int error = move_up(what, fds);

	if (error == 0)
		error = run(what, fds, pid);
	for (int i = 0; i < MOST_GIVEN; i++)
		if (fds[i] != -1)
			close(fds[i]);
	if (error != 0)
		return fault_set(f, FAULT_INTERNAL, "Cannot start %.100s: %s",
		    what->argv[0], strerror(error));
	return 0;
}

char *
spawn_self(void)
{
	/* Linux, NetBSD, FreeBSD */
	static const char *const links[] = { "/proc/self/exe",
		"/proc/curproc/exe", "/proc/curproc/file" };
	char path[PATH_MAX] = "";

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		ssize_t len = readlink(links[i], path, sizeof(path) - 1);

		if (len <= 0)
			continue;
		path[len] = '\0';
		/* After an upgrade only the link leads to us. */
		return mem_string(access(path, X_OK) == 0 ? path : links[i]);
	}
	return NULL;
}
