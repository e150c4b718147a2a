/* SPDX-License-Identifier: ISC */
/*
 * The loopback listener of RFC 8252 section 7.3: on 127.0.0.1 and ::1, one
 * port, many connections at once, strict about what counts as the redirect
 * . It also answers the start page, the only URL an
 * opener ever sees.
 */
#ifndef AUTH_CALLBACK_H
#define AUTH_CALLBACK_H

#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/secret.h"

struct callback;

struct callback_options {
	const char *host; /* name in the redirect URI */
	const char *path; /* "/callback" */
	unsigned port;    /* 0: any free one */
	/* Where the browser goes in place of PAGE_SUCCESS; has been checked by
	 * NULL: the page. */
	const char *success_url;
};

/* Listens. FAULT_BUSY: the port is taken. FAULT_INTERNAL: else. */
int callback_open(struct callback **cb, const struct callback_options *options,
    struct fault *f) __attribute__((warn_unused_result));
void callback_free(struct callback **cb);

unsigned callback_port(const struct callback *cb);
/* "http://127.0.0.1:PORT/callback", borrowed. */
const char *callback_redirect_uri(const struct callback *cb);
/* "http://127.0.0.1:PORT/NONCE", borrowed: 302s to the authorization URL. */
const char *callback_start_url(const struct callback *cb);

/* Listening socket of the start URL: readable once a browser has come. */
int callback_knock_fd(const struct callback *cb);

/* The redirect URI that was registered, where it names the loopback otherwise
 * than ours: requests must carry its host from now on. Copied. */
void callback_set_redirect_uri(struct callback *cb, const char *redirect_uri);

/* What the start page redirects to; copied. Set before callback_wait, and
 * perhaps anew in a visit() of it. */
void callback_set_target(struct callback *cb, const char *authorization_url);

/* A redirect, parameters decoded. Owned by the caller. */
struct callback_result {
	struct secret code;
	char *iss;   /* NULL when absent */
	char *error; /* NULL when absent; registered characters only */
	char *error_description;
};
void callback_result_init(struct callback_result *r);
void callback_result_reset(struct callback_result *r);

struct callback_waiting {
	const struct secret *state; /* the redirect must bring it */
	int64_t deadline_s;         /* Unix time */
	int stop_fd;                /* readable: give up; -1: none */
	void (*tick)(void *ctx);    /* some times a second; or NULL */
	/* Somebody comes to the start page: sets the target anew where each
	 * serves once. False: the visitor is shown that it failed. Or NULL. */
	bool (*visit)(void *ctx);
	void *ctx;
};

/*
 * Serves until a redirect with the right `state` has come, the deadline passes
 * (FAULT_LOGIN_TIMEOUT), or `stop_fd` becomes readable (FAULT_CANCELED). Other
 * requests are answered and change nothing. The browser's connection is kept
 * open: callback_finish sends the page.
 */
int callback_wait(struct callback *cb, const struct callback_waiting *waiting,
    struct callback_result *r, struct fault *f)
    __attribute__((warn_unused_result));

/* Sends the browser of the accepted redirect on to the target, which was set
 * anew, instead of showing a page; callback_wait may follow. */
void callback_again(struct callback *cb);

enum callback_page {
	PAGE_SUCCESS,
	PAGE_DENIED,
	PAGE_EXPIRED,
	PAGE_FAILED,
	PAGE_ALREADY
};

/* Answers the accepted redirect with a page, or sends it to the success_url;
 * flushes, stops listening. */
void callback_finish(struct callback *cb, enum callback_page page);

/* The full HTTP response of a page; for callback_connection.c and tests. */
int callback_page_render(enum callback_page page, struct buf *out)
    __attribute__((warn_unused_result));

#endif
