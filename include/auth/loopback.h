/* SPDX-License-Identifier: ISC */
/*
 * Listening on 127.0.0.1 and ::1 under one port.
 */
#ifndef AUTH_LOOPBACK_H
#define AUTH_LOOPBACK_H

enum { LOOPBACK_LISTENERS = 2 };

/*
 * Opens both listeners on `*port`, or on a free one where that is 0, and says
 * which. fds[1] stays -1 on a machine without IPv6. -1 with errno; EADDRINUSE
 * also when only one of the two addresses is taken.
 */
int loopback_listen(int fds[LOOPBACK_LISTENERS], unsigned *port)
    __attribute__((warn_unused_result));

/* Makes a socket non-blocking and close-on-exec. -1 with errno. */
int loopback_private(int fd) __attribute__((warn_unused_result));

#endif
