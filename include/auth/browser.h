/* SPDX-License-Identifier: ISC */
/*
 * Opening a page for the user: $BROWSER, then the system's openers, by argv and
 * never a shell, with the desktop session's variables found
 * again where the host stripped them.
 */
#ifndef AUTH_BROWSER_H
#define AUTH_BROWSER_H

#include "base/fault.h"

/* A person could see a browser here: a display (after recovery), macOS, WSL,
 * or $BROWSER set; not in an SSH session without display. */
bool browser_available(void);

/* The program that would be tried first, of those that are there; NULL where
 * there is none. Caller frees. */
char *browser_opener(void);

/*
 * Opens `url`, which must be one of our own loopback addresses. 0 when an
 * opener took it: it exited with 0, still runs after a short while, or the
 * browser has come: `knock_fd` (a listening socket, or -1) became readable. -1
 * when none did, with the reason.
 */
int browser_open(const char *url, int knock_fd, struct fault *f)
    __attribute__((warn_unused_result));

/* An authorization URL that may be shown to a browser: https, or http on
 * loopback; no userinfo, no controls. FAULT_POLICY. */
int browser_check_url(const char *url, struct fault *f)
    __attribute__((warn_unused_result));

#endif
