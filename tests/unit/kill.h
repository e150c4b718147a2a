/* SPDX-License-Identifier: ISC */
/*
 * A child that kills itself at its Nth persistent step: the system calls that
 * leave a trace are counted by functions that stand before the C library's.
 * Included by one file of a program, after _GNU_SOURCE (RTLD_NEXT).
 */
#ifndef TESTS_UNIT_KILL_H
#define TESTS_UNIT_KILL_H

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* -1: not counting. At 0 the process is killed. */
static int steps_left = -1;

static void
step(void)
{
	if (steps_left == 0)
		raise(SIGKILL);
	if (steps_left > 0)
		steps_left--;
}

static void
find_real(const char *name, void *function)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	memcpy(function, &symbol, sizeof(symbol));
}

int
openat(int at, const char *path, int flags, ...)
{
	int (*real)(int, const char *, int, ...) = NULL;
	mode_t mode = 0;

	if ((flags & O_CREAT) != 0) {
		va_list args;

		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
		step();
	}
	find_real("openat", &real);
	return real(at, path, flags, mode);
}

int
mkdirat(int at, const char *path, mode_t mode)
{
	int (*real)(int, const char *, mode_t) = NULL;

	step();
	find_real("mkdirat", &real);
	return real(at, path, mode);
}

/* Killed before the first byte, or after half of them. A pipe takes what we
 * write to it as one. */
ssize_t
write(int fd, const void *bytes, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) = NULL;
	struct stat st = { 0 };

	find_real("write", &real);
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		return real(fd, bytes, len);
	step();
	if (steps_left == 0)
		(void)real(fd, bytes, len / 2);
	step();
	return real(fd, bytes, len);
}

int
fsync(int fd)
{
	int (*real)(int) = NULL;

	step();
	find_real("fsync", &real);
	return real(fd);
}

int
renameat(int from_at, const char *from, int to_at, const char *to)
{
	int (*real)(int, const char *, int, const char *) = NULL;

	step();
	find_real("renameat", &real);
	return real(from_at, from, to_at, to);
}

int
unlinkat(int at, const char *path, int flags)
{
	int (*real)(int, const char *, int) = NULL;

	step();
	find_real("unlinkat", &real);
	return real(at, path, flags);
}

/* Killed before the first byte, or after half of them. */
ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	ssize_t (*real)(int, const void *, size_t, off_t) = NULL;

	step();
	find_real("pwrite", &real);
	if (steps_left == 0)
		(void)real(fd, bytes, len / 2, at);
	step();
	return real(fd, bytes, len, at);
}

/* Killed before another program is started. */
int
posix_spawnp(pid_t *pid, const char *file,
    const posix_spawn_file_actions_t *actions,
    const posix_spawnattr_t *attributes, char *const argv[], char *const env[])
{
	int (*real)(pid_t *, const char *, const posix_spawn_file_actions_t *,
	    const posix_spawnattr_t *, char *const[], char *const[]) = NULL;

	step();
	find_real("posix_spawnp", &real);
	return real(pid, file, actions, attributes, argv, env);
}

#endif
