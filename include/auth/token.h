/* SPDX-License-Identifier: ISC */
/*
 * The token endpoint (RFC 6749 section 3.2) and revocation (RFC 7009): one form
 * POST, one answer, never a blind retry.
 */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include "auth/client.h"

/* Ten years: what lives longer is used until it is refused. */
enum { TOKEN_LIFETIME_MAX_S = 10 * 366 * 24 * 3600 };

/* When to get another than a token that lives so long from now; 0:
 * never by time. */
int64_t token_refresh_at(int64_t now_s, int64_t lifetime_s);

struct token_response {
	struct secret access;
	struct secret refresh;  /* empty: none returned */
	struct secret id_token; /* likewise; unread */
	char *type;             /* owned: "Bearer", "DPoP" */
	char *scope;            /* owned; NULL: as requested */
	int64_t expires_at_s;   /* 0: unknown */
	int64_t refresh_at_s;   /* when to refresh; 0: never by time */
};

void token_response_init(struct token_response *t);
void token_response_reset(struct token_response *t);

/* Appends name=value to a form under construction, leaving no copy of it
 * behind as it grows. -1 past the cap of `form`. */
int token_form_add(struct buf *form, const char *name, struct span value)
    __attribute__((warn_unused_result));

/*
 * Reads the answer of a success to a request sent at `sent_at_s` (Unix time).
 * FAULT_PROTOCOL for what is no usable token. On failure `t` is empty.
 */
int token_response_read(struct token_response *t, struct span text,
    int64_t sent_at_s, struct fault *f) __attribute__((warn_unused_result));

/*
 * Posts `form` (wiped by the caller) with the client's authentication added.
 * With --use-id-token the access token is the ID token that came along.
 * An OAuth error is -1 with f->oauth_error set and code FAULT_REFRESH for
 * invalid_grant, FAULT_REGISTRATION for invalid_client and
 * unauthorized_client, FAULT_SCOPE for invalid_scope, FAULT_DENIED for
 * access_denied, else FAULT_HTTP; 5xx and 429 FAULT_HTTP / FAULT_RATE_LIMITED,
 * retryable: auth_fault_transient. A redirect is FAULT_HTTP.
 */
int token_request(const struct auth_net *net, const struct discovery *d,
    const struct oauth_client *client, struct buf *form,
    struct token_response *t, struct fault *f)
    __attribute__((warn_unused_result));

#define TOKEN_TYPE_ID_JAG "urn:ietf:params:oauth:token-type:id-jag"

/* Reads the answer of an exchange that ends in an identity assertion (RFC 8693
 * section 2.2.1): an issued_token_type of TOKEN_TYPE_ID_JAG and a token_type of
 * N_A, else FAULT_PROTOCOL. On failure `assertion` is empty. */
int token_exchange_read(struct secret *assertion, struct span text,
    struct fault *f) __attribute__((warn_unused_result));

/* As token_request, for such an exchange. */
int token_exchange(const struct auth_net *net, const struct discovery *d,
    const struct oauth_client *client, struct buf *form,
    struct secret *assertion, struct fault *f)
    __attribute__((warn_unused_result));

/*
 * Posts `form` (wiped by the caller) with the client's authentication added to
 * another endpoint of the server that answers with a document: `answer`. The
 * faults of token_request.
 */
int token_post(const struct auth_net *net, const char *url,
    const struct oauth_client *client, struct buf *form, struct buf *answer,
    struct fault *f) __attribute__((warn_unused_result));

/* `hint`: "refresh_token" or "access_token". FAULT_DISCOVERY where revocation
 * is not offered. Best effort; the caller deletes locally whatever comes
 * (A-089). */
int token_revoke(const struct auth_net *net, const struct discovery *d,
    const struct oauth_client *client, const char *hint,
    const struct secret *token, struct fault *f)
    __attribute__((warn_unused_result));

#endif
