/* SPDX-License-Identifier: ISC */
/*
 * What went wrong, once. Functions that can fail return 0 or -1 and take a
 * `struct fault *` last; fault_set returns -1 so that a failing line is one
 * `return`. The table in fault.c maps each code to its JSON-RPC error code
 * (outside the range JSON-RPC reserves), `data.kind`, exit status (sysexits)
 * and default remedy. Only mcp/answer and the commands render faults.
 *
 * `msg` is ours; peer text goes into `detail` through fault_detail, which
 * escapes and cuts it. Neither ever holds a token, code, verifier, state,
 * secret or full authorization URL.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/span.h"

enum fault_code {
	FAULT_NONE,
	FAULT_CANCELED,
	FAULT_INTERNAL,
	FAULT_USAGE,
	FAULT_CONFIG,

	/* the host's message */
	FAULT_INVALID_REQUEST,
	FAULT_INVALID_PARAMS,
	FAULT_METHOD_NOT_FOUND,
	FAULT_DUPLICATE_ID,
	FAULT_BUSY,
	FAULT_SHUTDOWN,

	/* sign-in */
	FAULT_LOGIN_REQUIRED,
	FAULT_DENIED,
	FAULT_FORBIDDEN,
	FAULT_SCOPE,
	FAULT_LOGIN_PENDING,
	FAULT_LOGIN_TIMEOUT,
	FAULT_DISCOVERY,
	FAULT_POLICY,
	FAULT_REGISTRATION,
	FAULT_AS_CHANGED,
	FAULT_REFRESH,
	FAULT_REJECTED,
	FAULT_COMMAND,
	FAULT_STORE,

	/* the wire */
	FAULT_RATE_LIMITED,
	FAULT_TLS,
	FAULT_UNREACHABLE,
	FAULT_TIMEOUT,
	FAULT_HTTP,
	FAULT_PROTOCOL,
	FAULT_STREAM_ERROR,
	FAULT_STREAM_LOST,
	FAULT_TOO_LARGE,
	FAULT_REDIRECT,

	FAULT_COUNT
};

struct fault {
	enum fault_code code;
	int http_status;        /* 0: none */
	unsigned retry_after_s; /* 0: not known */
	bool not_retryable;     /* overrides the table: effects unknown */
	char phase[24];         /* "connect", "post", "stream", "prm" … */
	char msg[256];          /* "" : the table's text */
	char detail[256];       /* peer text, escaped; "" : none */
	char action[256];       /* what to do next; "" : the table's */
	char issuer[256];
	char resource[256];
	char scopes[256];     /* requiredScopes, space-separated */
	char oauth_error[40]; /* a registered OAuth error code */
};

struct fault_info {
	int rpc_code;
	const char *kind; /* "net.tls" */
	int exit_status;
	bool retryable;
	const char *text;
	const char *action; /* or NULL */
};

const struct fault_info *fault_info(enum fault_code code);

/* Of the sign-in: while there is no login, only a login helps. */
bool fault_wants_login(enum fault_code code);

void fault_clear(struct fault *f);

/* Clears `f` and sets code and message (fmt may be "" for the table's text).
 * A NULL `f` is allowed where the caller does not care. Always -1. */
int fault_set(struct fault *f, enum fault_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void fault_phase(struct fault *f, const char *phase);
void fault_detail(struct fault *f, struct span peer_text);

/* What to do next, in place of the table's. */
void fault_advise(struct fault *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The message, or the table's text where it is empty. Borrowed. */
const char *fault_text(const struct fault *f);
const char *fault_action(const struct fault *f); /* "" : none */

#endif
