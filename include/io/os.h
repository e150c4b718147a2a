/* SPDX-License-Identifier: ISC */
/*
 * The one place where operating systems differ. Every Linux-only call has a
 * portable fallback behind a HAVE_ macro that the Makefile probes; both ways
 * are compiled in the checks, so a port is this file.
 */
#ifndef IO_OS_H
#define IO_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct iovec;

/* Makes descriptors 0-2 open (on /dev/null where they were not), ignores
 * SIGPIPE, sets umask 077, tells malloc to give large blocks back. */
void os_prepare(void);

/* Undumpable, no core file. */
void os_harden(void);

/* Moves the protocol's stdout to a private close-on-exec descriptor and points
 * 1 at stderr, so that no library can write into the protocol (T-003). -1 with
 * errno. */
int os_claim_stdout(void);

/* Lets go of the host's stdin and stdout: both become /dev/null. */
void os_release_stdio(void);

/* Monotonic milliseconds without, and with, time spent suspended. */
uint64_t os_monotonic_ms(void);
uint64_t os_boottime_ms(void);

/* A close-on-exec, non-blocking pipe. 0, or -1 with errno. */
int os_pipe(int fds[2]);
/* For the end of one that becomes a program's stdio, as it expects. */
void os_make_blocking(int fd);

/*
 * A descriptor that was given to us, read or written without blocking and
 * without touching its flags, which other processes may share: a pipe, FIFO
 * or terminal is opened anew where the system can, a socket is asked call by
 * call, anything else is polled first.
 */
struct os_stream {
	int fd; /* to be polled and used; -1 when closed */
	bool owned;
	enum { OS_STREAM_PLAIN, OS_STREAM_SOCKET, OS_STREAM_POLLED } kind;
};

/* `flags`: O_RDONLY or O_WRONLY. Cannot fail: `fd` (borrowed) is the last
 * resort. */
void os_stream_open(struct os_stream *s, int fd, int flags);
void os_stream_close(struct os_stream *s);

/* Like read and writev; -1 with EAGAIN where they would block. */
ssize_t os_stream_read(const struct os_stream *s, void *dst, size_t len);
ssize_t
os_stream_writev(const struct os_stream *s, struct iovec *parts, int count);

/* A file without a name, in memory where the system can: read and written at
 * offsets, close-on-exec, gone with its last descriptor. -1 with errno. */
int os_memory_file(void);

/* Fills with cryptographic randomness or ends the process. */
void os_random(void *dst, size_t len);

/* Gives freed memory back after a large message, where the C library can. */
void os_trim(void);

#endif
