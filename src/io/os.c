/* SPDX-License-Identifier: ISC */
/*
 * What differs between operating systems. No policy beyond what the header
 * says: callers decide when.
 */
#include "io/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#if defined(HAVE_MALLOPT) || defined(HAVE_MALLOC_TRIM)
#include <malloc.h>
#endif
#ifdef HAVE_MEMFD_CREATE
#include <sys/mman.h>
#endif
#ifdef HAVE_PRCTL_DUMPABLE
#include <sys/prctl.h>
#endif

enum { LARGE_BLOCK = 1024 * 1024 };

static void
die(const char *what)
{
	perror(what);
	_exit(71); /* EX_OSERR */
}

static void
open_standard_descriptors(void)
{
	int fd = open("/dev/null", O_RDWR);

	while (fd >= 0 && fd <= STDERR_FILENO)
		fd = dup(fd);
	if (fd < 0)
		die("/dev/null");
	close(fd);
}

void
os_prepare(void)
{
	open_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	umask(077);
#ifdef HAVE_MALLOPT
	/* Left alone, glibc stops mapping large blocks after the first has
	 * been freed, and the heap then keeps what a large message took. */
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	/* A burst of calls must not move the heap's end with each. */
	mallopt(M_TRIM_THRESHOLD, 4 * LARGE_BLOCK);
	mallopt(M_TOP_PAD, LARGE_BLOCK / 4);
	/* The resolver's threads need no heaps of their own. */
	mallopt(M_ARENA_MAX, 1);
#endif
}

void
os_harden(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifdef HAVE_PRCTL_DUMPABLE
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

int
os_claim_stdout(void)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (fd < 0)
		return -1;
	if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void
os_release_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	close(null);
}

static uint64_t
clock_ms(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		die("clock_gettime");
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t
os_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

uint64_t
os_boottime_ms(void)
{
#ifdef HAVE_CLOCK_BOOTTIME
	return clock_ms(CLOCK_BOOTTIME);
#else
	return clock_ms(CLOCK_MONOTONIC);
#endif
}

int
os_pipe(int fds[2])
{
#ifdef HAVE_PIPE2
	return pipe2(fds, O_CLOEXEC | O_NONBLOCK);
#else
	if (pipe(fds) != 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
#endif
}

void
os_make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags != -1)
		(void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

int
os_memory_file(void)
{
#ifdef HAVE_MEMFD_CREATE
	return memfd_create("mcp-bridge", MFD_CLOEXEC);
#else
	static const char *const folders[] = { "/dev/shm", "/tmp" };
	int fd = -1;

	for (int i = 0; i < 2 && fd == -1; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s/mcp-bridge-XXXXXX",
		    folders[i]);
		fd = mkstemp(name);
		if (fd != -1) {
			unlink(name);
			fcntl(fd, F_SETFD, FD_CLOEXEC);
		}
	}
	return fd;
#endif
}

/* A second open file description of the same pipe or terminal, or -1. */
static int
open_anew(int fd, int flags)
{
#ifdef HAVE_PROC_SELF_FD
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
#else
	(void)fd;
	(void)flags;
	return -1;
#endif
}

void
os_stream_open(struct os_stream *s, int fd, int flags)
{
	struct stat st;

	*s = (struct os_stream){ .fd = fd, .kind = OS_STREAM_POLLED };
	if (fstat(fd, &st) != 0)
		return;
	if (S_ISSOCK(st.st_mode)) {
		s->kind = OS_STREAM_SOCKET;
		return;
	}
	if (!S_ISFIFO(st.st_mode) && !isatty(fd)) {
		s->kind = OS_STREAM_PLAIN;
		return;
	}
	int own = open_anew(fd, flags);
	if (own >= 0)
		*s = (struct os_stream){ .fd = own,
			.owned = true,
			.kind = OS_STREAM_PLAIN };
}

void
os_stream_close(struct os_stream *s)
{
	if (s->owned)
		close(s->fd);
	*s = (struct os_stream){ .fd = -1 };
}

/* Whether the descriptor is ready; errno is EAGAIN where it is not. */
static bool
ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, 0);

	if (n == 0)
		errno = EAGAIN;
	return n > 0;
}

ssize_t
os_stream_read(const struct os_stream *s, void *dst, size_t len)
{
	if (s->kind == OS_STREAM_SOCKET)
		return recv(s->fd, dst, len, MSG_DONTWAIT);
	if (s->kind == OS_STREAM_POLLED && !ready(s->fd, POLLIN))
		return -1;
	return read(s->fd, dst, len);
}

ssize_t
os_stream_writev(const struct os_stream *s, struct iovec *parts, int count)
{
	if (s->kind == OS_STREAM_PLAIN)
		return writev(s->fd, parts, count);
	if (s->kind == OS_STREAM_SOCKET) {
		struct msghdr m = { .msg_iov = parts };
		m.msg_iovlen = (size_t)count;
		return sendmsg(s->fd, &m, MSG_DONTWAIT);
	}
	/* A writable pipe takes PIPE_BUF bytes without blocking. */
	if (!ready(s->fd, POLLOUT))
		return -1;
	size_t len = parts[0].iov_len;
	return write(s->fd, parts[0].iov_base, len < PIPE_BUF ? len : PIPE_BUF);
}

void
os_random(void *dst, size_t len)
{
#ifdef HAVE_GETENTROPY
	enum { GETENTROPY_LIMIT = 256 };
	unsigned char *at = dst;

	while (len > 0) {
		size_t n = len < GETENTROPY_LIMIT ? len : GETENTROPY_LIMIT;
		if (getentropy(at, n) != 0)
			die("getentropy");
		at += n;
		len -= n;
	}
#else
	unsigned char *at = dst;
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("/dev/urandom");
	while (len > 0) {
		ssize_t n = read(fd, at, len);
		if (n == 0 || (n < 0 && errno != EINTR))
			die("/dev/urandom");
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	close(fd);
#endif
}

void
os_trim(void)
{
#ifdef HAVE_MALLOC_TRIM
	malloc_trim(0);
#endif
}
