/* SPDX-License-Identifier: ISC */
/*
 * The authorization code grant in the browser (RFC 6749 section 4.1, RFC 7636,
 * RFC 8252, RFC 9207), from known metadata to tokens.
 */
#ifndef AUTH_AUTHORIZE_H
#define AUTH_AUTHORIZE_H

#include "auth/prompt.h"
#include "auth/token.h"

struct authorization;

struct authorize_request {
	const struct auth_net *net; /* borrowed, like the rest */
	struct store *store;
	const struct discovery *discovery;
	const char *resource;       /* or NULL */
	const char *scope;          /* to ask for; NULL: nothing */
	const char *unknown_client; /* id the server does not know any more
				     * or NULL */
	const char *proven_client;  /* id that a token came with lately, or
				     * NULL */
	bool openid;                /* an ID token is wanted: with a nonce */
	int64_t deadline_s;         /* Unix time */
	bool browser_only; /* give up where none opens, before `pending` */
	/* The user can do something from now on, or does already. */
	void (*pending)(void *ctx, const struct auth_prompt *prompt);
	/* The tokens have come: keeps them, before the user is told. */
	int (*keep)(void *ctx, const struct authorization *a, struct fault *f);
	void (*tick)(void *ctx); /* some times a second, waiting; or NULL */
	void *ctx;
};

struct authorization {
	struct oauth_client client;
	struct token_response tokens;
	char *scope;         /* owned: what was asked for in the end; or NULL */
	struct secret nonce; /* that the ID token has to have; or empty */
};

void authorization_init(struct authorization *a);
void authorization_reset(struct authorization *a);

/*
 * Listens, sends the user to the authorization endpoint and redeems the code.
 * A server that refuses offline_access, or does not know our registration any
 * more, is asked once more in the same tab. Shows the last page.
 * FAULT_LOGIN_REQUIRED: no browser opens, and it was to be `browser_only`;
 * FAULT_BUSY: the callback port is taken; FAULT_DENIED, FAULT_LOGIN_TIMEOUT,
 * FAULT_POLICY, FAULT_SCOPE and those of oauth_client_get and
 * token_request.
 */
int authorize(const struct authorize_request *request, struct authorization *a,
    struct fault *f) __attribute__((warn_unused_result));

/* What an authorization request says. */
struct authorization_query {
	const char *endpoint;
	const char *client_id;
	const char *redirect_uri;
	const char *resource; /* or NULL */
	const char *scope;    /* or NULL */
	bool ask_consent;     /* offline_access was added by us */
	const struct secret *state;
	const struct secret *nonce;       /* OpenID Connect; empty: none */
	struct span challenge;            /* PKCE, S256 */
	const char *dpop_jkt;             /* binds the code; or NULL */
	const struct auth_config *config; /* further parameters */
	const struct provider *provider;  /* likewise; or NULL */
};

/* Its parameters as a form, appended to `out`: -1 past its cap. */
int authorization_form(const struct authorization_query *query, struct buf *out)
    __attribute__((warn_unused_result));

/* The authorization URL with all of them, or for a request that was pushed (RFC
 * 9126 section 4), appended likewise. */
int authorization_url(const struct authorization_query *query, struct buf *out)
    __attribute__((warn_unused_result));
int authorization_pushed_url(const struct authorization_query *query,
    const char *request_uri, struct buf *out)
    __attribute__((warn_unused_result));

#endif
