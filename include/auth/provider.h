/* SPDX-License-Identifier: ISC */
/*
 * Authorization servers that are known to need something their metadata do not
 * say. One table; what an option sets goes before it, and what it does not name
 * is done by the standards. Nothing in it weakens a check for anybody else:
 * a provider is recognised by the host of its issuer alone, over https.
 */
#ifndef AUTH_PROVIDER_H
#define AUTH_PROVIDER_H

#include <stdbool.h>

enum provider_trait {
	/* refuses, or does not know, the resource parameter (RFC 8707) */
	PROVIDER_NO_RESOURCE = 1,
	/* takes PKCE with S256 without announcing it */
	PROVIDER_PKCE = 2,
	/* needs the scope again with a refresh (against A-065) */
	PROVIDER_REFRESH_SCOPE = 4,
	/* offline_access without prompt=consent (against A-045) */
	PROVIDER_NO_CONSENT_PROMPT = 8
};

struct provider_param {
	const char *name, *value;
};

enum { PROVIDER_HOSTS = 4, PROVIDER_PARAMS = 2 };

struct provider {
	const char *name;
	/* Of its issuers; "*" stands for one label. */
	const char *hosts[PROVIDER_HOSTS];
	unsigned traits;
	/* Added to the authorization request; the last name is NULL. */
	struct provider_param params[PROVIDER_PARAMS + 1];
	/* What to do where it registers no clients by itself, or NULL. */
	const char *advice;
	const char *why;    /* in a sentence or two, for people */
	const char *source; /* where that is known from */
};

/* Every one of them; ends with a row whose name is NULL. */
extern const struct provider providers[];

/* The provider of an issuer; NULL: none that is known. */
const struct provider *provider_of(const char *issuer);

/* NULL-safe: nobody's traits are none. */
bool provider_has(const struct provider *p, enum provider_trait trait);

#endif
