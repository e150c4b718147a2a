/* SPDX-License-Identifier: ISC */
/*
 * From a challenge to validated metadata: protected resource metadata (RFC
 * 9728), authorization server metadata (RFC 8414, OpenID Connect Discovery),
 * and the 2025-03-26 fallback.
 */
#ifndef AUTH_DISCOVER_H
#define AUTH_DISCOVER_H

#include "auth/metadata.h"
#include "auth/net.h"
#include "auth/provider.h"
#include "wire/challenge.h"

struct discovery {
	struct url server; /* the MCP URL */
	char *resource_at; /* owned: where its metadata were; NULL: nowhere */
	char *as_at;       /* owned: the same for its issuer's */
	struct resource_metadata resource;
	struct server_metadata as;
	const struct provider *provider; /* static; NULL: none known */
};

void discovery_init(struct discovery *d);
void discovery_reset(struct discovery *d);

/*
 * Runs the whole of it. `preferred_issuer` (or NULL) is the one that holds our
 * tokens. `had_metadata`: resource metadata was found for this URL
 * before, so its absence now is no 2025-03-26 server. Faults:
 * FAULT_DISCOVERY, FAULT_POLICY, FAULT_HTTP, FAULT_RATE_LIMITED and those of
 * fetch, with the phase "prm" or "asm"; then `d` is empty.
 */
int discover(const struct auth_net *net, const struct challenge *challenge,
    const char *preferred_issuer, bool had_metadata, struct discovery *d,
    struct fault *f) __attribute__((warn_unused_result));

/* The two halves of it, in this order: what the server says of itself, and its
 * issuer. The first keeps nothing of what `d` held; after a failure of the
 * second the result of the first stays. */
int discover_resource(const struct auth_net *net,
    const struct challenge *challenge, bool had_metadata, struct discovery *d,
    struct fault *f) __attribute__((warn_unused_result));
int discover_server(const struct auth_net *net, const char *preferred_issuer,
    struct discovery *d, struct fault *f) __attribute__((warn_unused_result));

/* Only the metadata of an issuer on record: for logout, and for a refresh while
 * the resource metadata cannot be had. The origin of the MCP server may
 * be one without metadata, with default endpoints. Same faults. */
int discover_issuer(const struct auth_net *net, const char *issuer,
    struct discovery *d, struct fault *f) __attribute__((warn_unused_result));

/* FAULT_POLICY unless the authorization code flow with PKCE S256 can be used
 * (A-023, A-024). */
int discovery_check_code_flow(const struct discovery *d,
    const struct auth_config *config, struct fault *f)
    __attribute__((warn_unused_result));

/* The `resource` parameter: --resource, metadata, else the canonical URL; NULL
 * with --no-resource, and for providers that know none. Caller frees. */
char *
discovery_resource(const struct discovery *d, const struct auth_config *config);

#endif
