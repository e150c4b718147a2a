/* SPDX-License-Identifier: ISC */
/*
 * Appending within bounds. The lock is held for a line or a copy, never waited
 * for longer than some milliseconds: a process that was stopped while it had
 * it must not stop the others.
 */
#include "io/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"

enum { LOCK_TRIES = 20, LOCK_PAUSE_NS = 200000, COPY_SIZE = 32 * 1024 };

/* Each line begins so. */
static const char signature[] = "{\"time\":\"";

enum lock { LOCK_TAKEN, LOCK_HELD, LOCK_USELESS };

static enum lock
take_lock(int fd)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return LOCK_TAKEN;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return LOCK_USELESS;
		(void)nanosleep(&pause, NULL);
	}
	return LOCK_HELD;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, bytes, len);

		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		bytes += done;
		len -= (size_t)done;
	}
	return 0;
}

/* A wrong name must not cost the user a file. */
static bool
is_trace(int fd)
{
	char front[sizeof(signature) - 1];
	ssize_t got = pread(fd, front, sizeof(front), 0);

	if (got == 0)
		return true;
	return got == (ssize_t)sizeof(front) &&
	       memcmp(front, signature, sizeof(front)) == 0;
}

static int
check(int fd, const char *path, struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return fault_set(f, FAULT_CONFIG, "Cannot write to %s", path);
	if (!S_ISREG(st.st_mode))
		return fault_set(f, FAULT_CONFIG,
		    "A trace needs a regular file, not %s", path);
	if (st.st_uid != geteuid())
		return fault_set(f, FAULT_CONFIG, "%s is somebody else's",
		    path);
	if (!is_trace(fd))
		return fault_set(f, FAULT_CONFIG,
		    "%s holds something else than a trace", path);
	return 0;
}

static int
open_one(const char *path, struct fault *f)
{
	const int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
			  O_NOFOLLOW | O_NONBLOCK;
	int fd = open(path, flags, S_IRUSR | S_IWUSR);

	if (fd == -1) {
		fault_set(f, FAULT_CONFIG, "Cannot write to %s", path);
		return -1;
	}
	if (check(fd, path, f) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

int
trace_file_open(struct trace_file *t, const char *path, bool early,
    struct fault *f)
{
	*t = (struct trace_file){ .fd = -1, .old_fd = -1 };
	t->fd = open_one(path, f);
	if (t->fd == -1)
		return -1;
	t->old_path = mem_format("%s.1", path);
	if (early)
		t->old_fd = open_one(t->old_path, f);
	if (!early || t->old_fd != -1)
		return 0;
	trace_file_close(t);
	return -1;
}

void
trace_file_close(struct trace_file *t)
{
	if (t->fd != -1)
		close(t->fd);
	if (t->old_fd != -1)
		close(t->old_fd);
	free(t->old_path);
	*t = (struct trace_file){ .fd = -1, .old_fd = -1 };
}

static int
copy(int from, int to)
{
	char bytes[COPY_SIZE];
	off_t at = 0;

	for (;;) {
		ssize_t got = pread(from, bytes, sizeof(bytes), at);

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return (int)got;
		if (write_all(to, bytes, (size_t)got) == -1)
			return -1;
		at += got;
	}
}

static int
make_room(struct trace_file *t)
{
	struct fault f;

	if (t->old_fd == -1)
		t->old_fd = open_one(t->old_path, &f);
	if (t->old_fd == -1 || ftruncate(t->old_fd, 0) == -1 ||
	    copy(t->fd, t->old_fd) == -1)
		return -1;
	return ftruncate(t->fd, 0);
}

/* With the lock nobody passes LIMIT_TRACE_FILE; without it there is no more
 * room than the spare. */
static int
append(struct trace_file *t, struct span line, enum lock lock)
{
	struct stat st;
	size_t room = LIMIT_TRACE_FILE;

	if (fstat(t->fd, &st) == -1)
		return -1;
	size_t size = (size_t)st.st_size + line.len;
	if (size > room && lock != LOCK_HELD) {
		if (make_room(t) == -1)
			return -1;
		size = line.len;
	}
	if (lock == LOCK_HELD)
		room += LIMIT_TRACE_SPARE;
	return size > room ? 0 : write_all(t->fd, line.ptr, line.len);
}

int
trace_file_append(struct trace_file *t, struct span line)
{
	enum lock lock = take_lock(t->fd);
	int rc = append(t, line, lock);
	int saved_errno = errno;

	if (lock == LOCK_TAKEN)
		(void)flock(t->fd, LOCK_UN);
	errno = saved_errno;
	return rc;
}
