/* SPDX-License-Identifier: ISC */
/*
 * A sign-in whose browser cannot come back to this machine: the person
 * pastes the address it ended at into the terminal. A process of its own does
 * what the browser would have done, against the listener of whichever process
 * owns the login; what counts as an answer is judged there.
 */
#ifndef CLI_PASTE_H
#define CLI_PASTE_H

#include <sys/types.h>

#include "auth/prompt.h"
#include "base/fault.h"

/*
 * Shows the authorization URL on the terminal and takes pasted addresses there,
 * in the background. 0 and the pid for paste_stop; -1 where there is no
 * terminal (FAULT_CONFIG) or no process.
 */
int paste_start(const struct auth_prompt *prompt, pid_t *pid, struct fault *f)
    __attribute__((warn_unused_result));
/* Whether it ended before it could show anything; `*pid` is -1 then. Does not
 * wait. */
bool paste_failed(pid_t *pid);
/* Ends it, and leaves the terminal as it was. */
void paste_stop(pid_t pid);

/* The process: reads deadline and start URL from fd 0. Exit status. */
int paste_main(void);

#endif
