/* SPDX-License-Identifier: ISC */
/*
 * Credentials from programs of the user's, in place of a sign-in
 * (--token-command, --header-command). They are run again before what they gave
 * expires and when the server rejects it; nothing is kept on disk.
 */
#ifndef AUTH_CREDENTIAL_H
#define AUTH_CREDENTIAL_H

#include "auth/job.h"

/* The user has named such a program. */
bool credential_wanted(const struct auth_config *config);

/*
 * Runs the programs named and fills `bearer`, of a generation above the job's.
 * FAULT_COMMAND where one fails, takes too long, or prints what is none;
 * FAULT_SCOPE where more scope is wanted, which is not theirs to give.
 */
int credential_obtain(const struct auth_job *job, struct bearer *bearer,
    struct fault *f) __attribute__((warn_unused_result));

/*
 * What --token-command printed: the token alone, or JSON with token or
 * access_token, and perhaps token_type (Bearer), expires_in (seconds) or
 * expires_at (Unix time). Adds to `bearer`; FAULT_COMMAND, never with a byte of
 * `text`.
 */
int credential_read_token(struct bearer *bearer, struct span text,
    int64_t now_s, struct fault *f) __attribute__((warn_unused_result));

/* What --header-command printed: "Name: value" lines, or JSON with headers, an
 * object of strings, and perhaps expires_in or expires_at. As above. */
int credential_read_headers(struct bearer *bearer, struct span text,
    int64_t now_s, struct fault *f) __attribute__((warn_unused_result));

#endif
