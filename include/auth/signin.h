/* SPDX-License-Identifier: ISC */
/*
 * One job of the authorizer while it is being done. Private to
 * auth/authorizer and the steps of it: auth/refresh, auth/interactive,
 * auth/unattended, auth/revoke.
 */
#ifndef AUTH_SIGNIN_H
#define AUTH_SIGNIN_H

#include "auth/authorizer.h"
#include "auth/token.h"

struct idp;

struct signin {
	const struct auth_job *job;
	const struct auth_config *config; /* the job's */
	const struct authorizer_events *events;
	struct loop *loop;          /* owned */
	struct http_client *client; /* owned */
	struct store *store;        /* owned */
	struct auth_net net;
	struct prover prover; /* of auth/binding; `net` borrows it */
	struct challenge challenge;
	struct access_record access; /* as last read or saved */
	uint64_t useless;            /* generation that is no answer */
	struct discovery discovery;
	struct idp *idp;       /* owned; NULL: not asked yet */
	bool id_token_refused; /* by it, in the last exchange */
	bool discovered;       /* from the server itself, not the record */
	char *unknown_client;  /* owned: refused by the issuer */
};

int signin_open(struct signin *s, const struct auth_job *job,
    const struct authorizer_events *events, struct fault *f)
    __attribute__((warn_unused_result));
void signin_close(struct signin *s);

/* Reads the access record again. */
int signin_load(struct signin *s, struct fault *f)
    __attribute__((warn_unused_result));

/* The store's token answers the job: not the one that failed, not expired. */
bool signin_has_token(const struct signin *s);

/* Discovery from the challenge on, once per job. */
int signin_discover(struct signin *s, struct fault *f)
    __attribute__((warn_unused_result));

/* The grant that the access record points at, read from the store; the record
 * is the caller's. */
int signin_load_grant(const struct signin *s, struct grant_record *grant,
    bool *found, struct fault *f) __attribute__((warn_unused_result));

/* The client the grant belongs to, at the issuer discovered. 0 with an empty
 * one: it is lost. Never registers one. */
int signin_client(struct signin *s, const struct grant_record *grant,
    struct oauth_client *client, struct fault *f)
    __attribute__((warn_unused_result));

/*
 * Makes `tokens` the access token of the server: fills the access record, with
 * the next generation, and saves it. The grant must have been saved before.
 */
int signin_save_access(struct signin *s, const struct grant_record *grant,
    const struct token_response *tokens, struct fault *f)
    __attribute__((warn_unused_result));

/* Names the identity provider in the access record, where the user signs in
 * there by us: the logout of the last such server ends that sign-in. */
void signin_name_idp(struct signin *s);

/* The asker has gone. */
bool signin_deserted(const struct signin *s);

/*
 * Spends the refresh token, if there is one that may be spent.
 * `*done`: the access record has a token that answers the job. 0 without it:
 * only a login helps.
 */
int signin_refresh(struct signin *s, bool *done, struct fault *f)
    __attribute__((warn_unused_result));

/*
 * Asks for a token by a grant that needs no person, with
 * `scope` beside all that is asked for anyway (or NULL); one request, however
 * many bridges want it. Never a browser, no other grant after a refusal. The
 * access record then has the token.
 */
int signin_unattended(struct signin *s, const char *scope, struct fault *f)
    __attribute__((warn_unused_result));

/* Logs in with `scope` (or NULL), or joins the login that is under way
 * . The access record then has the token. */
int signin_login(struct signin *s, const char *scope, struct fault *f)
    __attribute__((warn_unused_result));

#endif
