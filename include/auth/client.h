/* SPDX-License-Identifier: ISC */
/*
 * Which OAuth client we are at an issuer: pre-registered, client ID metadata
 * document, or dynamically registered (RFC 7591) and remembered (A-029 to
 *
 */
#ifndef AUTH_CLIENT_H
#define AUTH_CLIENT_H

#include "auth/client_key.h"
#include "auth/discover.h"
#include "auth/records.h"

enum client_source {
	CLIENT_PREREGISTERED,
	CLIENT_METADATA_URL,
	CLIENT_DYNAMIC,
	CLIENT_NAMELESS /* an assertion is all there is (RFC 7521, 4.1) */
};

struct oauth_client {
	enum client_source source;
	char *id;              /* owned; "" where it is nameless */
	struct secret secret;  /* empty: none */
	struct client_key key; /* empty: none */
	char *auth_method;     /* owned: none, client_secret_basic, … */
	char *redirect_uri;    /* owned: the one to use, see oauth_client_get */
	unsigned registered_port; /* redirect port of the registration; 0 */
	char *registered_scope;   /* owned: of the registration; or NULL */
	bool kept; /* registered before; the server may have forgotten it */
	bool has_certificate; /* of --cert */
	bool mutual_tls;      /* shown to endpoints meant for it */
};

void oauth_client_init(struct oauth_client *c);
void oauth_client_reset(struct oauth_client *c);

/*
 * The client for this issuer with `redirect_uri`, registering only where no
 * usable registration is kept; under the registration lock. The
 * client's own redirect_uri may name localhost where ours has 127.0.0.1, or
 * the other way round, because the server registers only that: the
 * authorization and token requests carry the client's.
 *
 * Without a redirect_uri (NULL) the client is one for the device grant, with a
 * registration of its own.
 *
 * `scope` is about to be asked for, or NULL. With `renew`, `c` still is
 * the client that the server does not know any more: it is registered anew,
 * unless another process did that already. A pre-registered client is
 * bound to the first issuer it meets for this server and profile.
 * For a grant without a person none is registered: that is for clients that
 * somebody vouched for. Where the assertion of a platform is the grant
 * the client needs no name (RFC 7521 section 4.1).
 *
 * Faults: FAULT_REGISTRATION, FAULT_AS_CHANGED, FAULT_CONFIG, FAULT_STORE,
 * FAULT_BUSY and those of auth_net_post.
 */
int oauth_client_get(const struct auth_net *net, struct store *store,
    const struct discovery *d, const char *redirect_uri, const char *scope,
    bool renew, struct oauth_client *c, struct fault *f)
    __attribute__((warn_unused_result));

/*
 * The client that has this id at the issuer, however it was come by, for what
 * goes on without the user; never registers one. 0 with an empty `c`: it is not
 * known any more, or the user chose another one since. Same faults.
 */
int oauth_client_find(const struct auth_net *net, struct store *store,
    const struct discovery *d, const char *id, struct oauth_client *c,
    struct fault *f) __attribute__((warn_unused_result));

/* The kept redirect port for this issuer, so that the listener can take it
 * again before oauth_client_get; 0 when free to choose. */
unsigned oauth_client_port(struct store *store,
    const struct auth_config *config, const char *issuer);

/* What a client has to authenticate with. */
struct client_means {
	bool secret;
	bool certificate; /* of --cert */
};

/*
 * How to authenticate at the token endpoint: by a secret where there is
 * one; else by the certificate, where the server lists such a way; else
 * "none". NULL where the server takes no secret. `registered`: the method of
 * the registration, or NULL.
 */
const char *client_auth_method(const struct server_metadata *as,
    const char *registered, struct client_means means);

/* The method is one by a certificate. */
bool client_auth_is_tls(const char *method);

/* RFC 9728 and RFC 8414: both sides can bind tokens to our certificate, so they
 * are asked to. */
bool
oauth_client_binds(const struct auth_config *config, const struct discovery *d);

/* Where a request of the client goes: to `alias`, if there is one, with its
 * certificate (RFC 8705 section 5), else to `endpoint`. */
const char *oauth_client_endpoint(const struct oauth_client *c,
    const char *endpoint, const char *alias);

/* An https URL that can be a client ID metadata document's. */
bool client_metadata_url_ok(const char *text);

/*
 * Adds the client's authentication to a form, or fills `basic` with the
 * credentials of HTTP Basic; else `basic` stays empty. -1 past the cap
 * of `form`.
 */
int oauth_client_authenticate(const struct oauth_client *c, struct buf *form,
    struct secret *basic) __attribute__((warn_unused_result));

#endif
