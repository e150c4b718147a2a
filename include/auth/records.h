/* SPDX-License-Identifier: ISC */
/*
 * What the store's records of sign-in hold. Readers
 * re-check the identifying fields against the key; members they do not know
 * survive a rewrite, so that a newer and an older version can share a store.
 *
 * The access token stands apart from the grant: the pump reads STORE_ACCESS by
 * itself, without an authorizer, and so never touches a refresh token.
 */
#ifndef AUTH_RECORDS_H
#define AUTH_RECORDS_H

#include "auth/job.h"
#include "io/store.h"

/* STORE_ACCESS, by (URL, profile). */
struct access_record {
	char *url, *profile;
	char *issuer, *resource, *client_id; /* which grant; NULL: none yet */
	char *scope;                         /* granted */
	char *grant; /* how it came; NULL: a person signed in */
	/* Who vouches for the user who signed in there; or NULL */
	char *idp_issuer, *idp_client_id;
	struct bearer bearer;  /* token empty when logged out */
	int64_t obtained_at_s; /* Unix time the token came */
	bool tls_bound;        /* the token, to our certificate */
	bool had_metadata;     /* resource metadata were found */
	char *unknown;         /* owned JSON object of members we do not know */
};

/* STORE_GRANT, by (issuer, resource, client id, profile). */
struct grant_record {
	char *issuer, *resource, *client_id, *profile;
	char *auth_method; /* token_endpoint_auth_method */
	struct secret refresh;
	struct secret dpop_key; /* PEM; the tokens are bound to it */
	char *scope, *requested_scope;
	bool tls_bound; /* the server takes tokens bound to a certificate */
	uint64_t generation;
	char *unknown;
};

/* STORE_REGISTRATION, by (issuer, profile, redirect host). */
struct registration_record {
	char *issuer, *profile;
	char *redirect_host; /* NULL: for the device grant, without redirect */
	char *client_id, *auth_method;
	struct secret client_secret;
	int64_t secret_expires_at_s; /* 0: never */
	char *redirect_uri;
	char *scope;                /* asked for at registration; NULL: none */
	bool dpop_bound, tls_bound; /* every token is bound to a key */
	char *unknown;
};

/* STORE_IDP, by (issuer, client id, profile): the user's sign-in at an identity
 * provider, for all MCP servers that it vouches to. */
struct idp_record {
	char *issuer, *client_id, *profile;
	char *auth_method;
	struct secret id_token;
	int64_t expires_at_s;  /* Unix time the ID token ends */
	int64_t obtained_at_s; /* it came */
	char *subject;         /* its `sub` */
	struct secret refresh;
	char *scope;
	uint64_t generation; /* grows with every new ID token */
	char *unknown;
};

/* STORE_LOGIN, by (URL, profile), or for an identity provider (issuer, profile,
 * client id). */
struct login_record {
	char *url, *profile, *idp_client_id;
	struct auth_prompt prompt; /* of the one under way; else empty */
	int64_t routine_after_s;   /* brakes: no tab before */
	int64_t person_after_s;
	unsigned refusals; /* in a row, for the doubling */
	unsigned step_ups; /* authorizations for more scope */
	char *subject;     /* what the last one was for: "tools/call x" */
	unsigned subject_step_ups; /* those for it, in a row */
	char *unknown;
};

#define RECORD_API(type)                                                       \
	void type##_init(struct type *r);                                      \
	void type##_reset(struct type *r);                                     \
	/* Fills `r` from the identifying fields already set in it. Absent, of \
	 * another version, or contradicting its key: `*found` is false and    \
	 * nothing but the identifying fields stays in `r`. */                 \
	int type##_load(struct type *r, struct store *store, bool *found,      \
	    struct fault *f) __attribute__((warn_unused_result));              \
	int type##_save(const struct type *r, struct store *store,             \
	    struct fault *f) __attribute__((warn_unused_result));              \
	int type##_remove(const struct type *r, struct store *store,           \
	    struct fault *f) __attribute__((warn_unused_result));              \
	/* The store key of the identifying fields. */                         \
	void type##_key(const struct type *r, char hex[65]);

RECORD_API(access_record)
RECORD_API(grant_record)
RECORD_API(registration_record)
RECORD_API(login_record)
RECORD_API(idp_record)

#undef RECORD_API

/* The token came the way the user wants it now: that of a person is no answer
 * where a machine is to sign in, nor the other way round. */
bool access_record_is_of(const struct access_record *r, enum auth_grant grant);
/* The `grant` of tokens that came this way. */
const char *access_record_grant(enum auth_grant grant);

#endif
