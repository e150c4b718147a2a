/* SPDX-License-Identifier: ISC */
/*
 * Which OAuth client we are at an issuer: pre-registered, client ID metadata
 * document, or dynamically registered (RFC 7591) and remembered (A-029 to
 *
 */
#ifndef AUTH_CLIENT_H
#define AUTH_CLIENT_H

#include "auth/discover.h"
#include "auth/records.h"

enum client_source { CLIENT_PREREGISTERED, CLIENT_METADATA_URL, CLIENT_DYNAMIC };

struct oauth_client {
	enum client_source source;
	char *id;	     /* owned */
	struct secret secret; /* empty: public client */
	char *auth_method;   /* owned: none, client_secret_basic, … */
	unsigned registered_port; /* redirect port of the registration; 0 */
};

void oauth_client_init(struct oauth_client *c);
void oauth_client_reset(struct oauth_client *c);

/*
 * The client for this issuer with `redirect_uri`, registering only where no
 * usable registration is kept; under the registration lock. `scope` is
 * about to be asked for, or NULL. `renew` discards the kept
 * registration first. Faults: FAULT_REGISTRATION, FAULT_AS_CHANGED,
 * FAULT_CONFIG and those of fetch.
 */
int oauth_client_get(const struct auth_net *net, struct store *store,
    const struct discovery *d, const char *redirect_uri, const char *scope,
    bool renew, struct oauth_client *c, struct fault *f)
    __attribute__((warn_unused_result));

/* The kept redirect port for this issuer, so that the listener can take it
 * again before oauth_client_get; 0 when free to choose. */
unsigned oauth_client_port(struct store *store, const struct auth_config *config,
    const char *issuer);

#endif
