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
 * SIGPIPE, sets umask 077. */
void os_prepare(void);

/* Undumpable, no core file. */
void os_harden(void);

/* Moves the protocol's stdout to a private close-on-exec descriptor and points
 * 1 at stderr, so that no library can write into the protocol (T-003). */
int os_claim_stdout(void);

/* Monotonic milliseconds without, and with, time spent suspended. */
uint64_t os_monotonic_ms(void);
uint64_t os_boottime_ms(void);

/* A close-on-exec, non-blocking pipe. 0, or -1 with errno. */
int os_pipe(int fds[2]);

/*
 * read and writev that do not block whatever the descriptor's flags are, and
 * without changing those flags, which other processes may share: -1 with
 * EAGAIN where they would.
 */
ssize_t os_read(int fd, void *dst, size_t len);
ssize_t os_writev(int fd, const struct iovec *parts, int count);

/* Fills with cryptographic randomness or ends the process. */
void os_random(void *dst, size_t len);

/* Gives freed memory back after a large message, where the C library can. */
void os_trim(void);

#endif
