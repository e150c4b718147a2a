/* SPDX-License-Identifier: ISC */
/*
 * The pipe between the pump and an authorizer: one JSON object in (a job), JSON
 * lines out (answers). Both ends are the same binary, so the format has no
 * versions; it is still parsed strictly.
 */
#ifndef AUTH_JOB_H
#define AUTH_JOB_H

#include <stdint.h>

#include "auth/config.h"
#include "auth/prompt.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/secret.h"

enum auth_why {
	AUTH_WHY_START,        /* no token known */
	AUTH_WHY_EXPIRING,     /* refresh, no challenge seen */
	AUTH_WHY_UNAUTHORIZED, /* 401 */
	AUTH_WHY_SCOPE         /* insufficient_scope */
};

/* Who wants it decides whether a browser tab may open. */
enum auth_who {
	AUTH_WHO_BACKGROUND, /* timers, streams, notifications: never a tab */
	AUTH_WHO_ROUTINE,    /* requests hosts make unasked: lists, ping */
	AUTH_WHO_PERSON,     /* tools/call, prompts/get, resources/read */
	AUTH_WHO_TERMINAL    /* `mcp-bridge login` */
};

struct auth_job {
	struct auth_config config; /* owned */
	enum auth_why why;
	enum auth_who who;
	uint64_t generation; /* of the token that failed; 0: none */
	char **challenges;   /* owned: WWW-Authenticate values, as received */
	size_t challenge_count;
	char *protocol_version; /* owned or NULL: for metadata GETs */
	char *subject; /* owned or NULL: "method name" for A-076's limit */
};

void auth_job_init(struct auth_job *job);
void auth_job_reset(struct auth_job *job);
/* Appends to `out`, capped at LIMIT_AUTH_LINE: -1 past that. */
int auth_job_write(const struct auth_job *job, struct buf *out)
    __attribute__((warn_unused_result));
/* Strict: FAULT_PROTOCOL for what auth_job_write would not have written. */
int auth_job_read(struct auth_job *job, struct span json, struct fault *f)
    __attribute__((warn_unused_result));
/* The same from a blocking descriptor, up to its end. */
int auth_job_receive(struct auth_job *job, int fd, struct fault *f)
    __attribute__((warn_unused_result));

/* An access token as the pump knows it, or what a program of the user's gave in
 * its place. */
struct bearer {
	struct secret token;
	struct secret headers; /* beside it or instead: "Name: value" lines */
	char *scheme;          /* owned: "Bearer" or "DPoP" */
	struct secret key;     /* DPoP: the private key as PEM; else empty */
	int64_t expires_at_s;  /* Unix time; 0: not known */
	int64_t refresh_at_s;  /* Unix time; 0: never by time */
	uint64_t generation;   /* grows with every new token of the record */
};
void bearer_init(struct bearer *b);
void bearer_reset(struct bearer *b);
void bearer_copy(struct bearer *to, const struct bearer *from);
/* There is a token, and the key it is bound to, if it is; or there are
 * headers. */
bool bearer_usable(const struct bearer *b);

enum auth_answer_kind {
	AUTH_ANSWER_TOKEN,
	AUTH_ANSWER_PENDING, /* a login waits for its user; more follows */
	AUTH_ANSWER_STAGE,   /* progress for a terminal: text */
	AUTH_ANSWER_FAULT
};

struct auth_answer {
	enum auth_answer_kind kind;
	struct bearer bearer;      /* TOKEN */
	struct auth_prompt prompt; /* PENDING */
	char *text;                /* STAGE: owned */
	struct fault fault;        /* FAULT */
};

void auth_answer_init(struct auth_answer *a);
void auth_answer_reset(struct auth_answer *a);
/* Appends one line, newline included, to `out`, capped at LIMIT_AUTH_LINE. It
 * may hold a token: the caller wipes it. */
int auth_answer_write(const struct auth_answer *a, struct buf *out)
    __attribute__((warn_unused_result));
/* `line` with or without its newline. FAULT_PROTOCOL. */
int auth_answer_read(struct auth_answer *a, struct span line, struct fault *f)
    __attribute__((warn_unused_result));

#endif
