/* SPDX-License-Identifier: ISC */
/*
 * What a person is to do while a login waits: open an address of ours in a
 * browser on this machine, or one of the authorization server's on any
 * device, and enter a code there (RFC 8628 section 3.3, A-087).
 */
#ifndef AUTH_PROMPT_H
#define AUTH_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Owned strings. Either start_url or both user_code and verification_uri are
 * there while a login waits; none of them: it does not. */
struct auth_prompt {
	char *start_url;
	bool browser_opened; /* at start_url */
	char *user_code;     /* letters, digits, and what sets them apart */
	char *verification_uri;
	char *verification_uri_complete; /* has the code in it; or NULL */
	int64_t deadline_s;              /* Unix time */
};

void auth_prompt_reset(struct auth_prompt *p);
void auth_prompt_copy(struct auth_prompt *to, const struct auth_prompt *from);

/* Somebody can do something: there is an address, and time left. */
bool auth_prompt_waits(const struct auth_prompt *p, int64_t now_s);
/* The same address, and the same code. */
bool
auth_prompt_equal(const struct auth_prompt *a, const struct auth_prompt *b);

/* "Open … in a browser on this machine", or "Open … on any device and enter the
 * code …": without its end, cut at `size`. Returns `text`. */
const char *
auth_prompt_text(const struct auth_prompt *p, char *text, size_t size);

/* How it travels and is kept, for auth/job and auth/records. */
struct fields;
extern const struct fields auth_prompt_fields;

#endif
