/* SPDX-License-Identifier: ISC */
/*
 * From a challenge to validated metadata: protected resource metadata (RFC
 * 9728), authorization server metadata (RFC 8414, OpenID Connect Discovery),
 * and the 2025-03-26 fallback.
 */
#ifndef AUTH_DISCOVER_H
#define AUTH_DISCOVER_H

#include "auth/config.h"
#include "io/fetch.h"
#include "wire/challenge.h"
#include "wire/url.h"

/* Owned strings; NULL where absent. Bytes as received (conformance: strings
 * are never normalized). */
struct resource_metadata {
	bool present;	/* false: 2025-03-26 server without any */
	char *resource; /* what `resource` parameters carry; NULL: canonical */
	char **issuers;
	size_t issuer_count;
	char **scopes;
	size_t scope_count;
	bool dpop_required;
	bool tls_bound;
};

struct server_metadata {
	char *issuer; /* the document's spelling */
	char *authorization_endpoint;
	char *token_endpoint;
	char *registration_endpoint;
	char *revocation_endpoint;
	char *device_authorization_endpoint;
	char *par_endpoint;
	bool par_required;
	bool iss_supported; /* RFC 9207 */
	bool cimd_supported;
	bool s256;	    /* code_challenge_methods_supported has it */
	bool default_endpoints; /* no document at all */
	char **scopes;	    /* scopes_supported */
	size_t scope_count;
	bool scopes_listed;
	char **auth_methods; /* token_endpoint_auth_methods_supported */
	size_t auth_method_count;
	bool auth_methods_listed;
	char **auth_signing_algs;
	size_t auth_signing_alg_count;
	char **dpop_algs;
	size_t dpop_alg_count;
	char **grant_types;
	size_t grant_type_count;
};

struct discovery {
	struct url server; /* the MCP URL */
	struct resource_metadata resource;
	struct server_metadata as;
};

void discovery_init(struct discovery *d);
void discovery_reset(struct discovery *d);

/* Everything a discovery needs to reach the network. */
struct auth_net {
	struct http_client *client; /* borrowed */
	const struct auth_config *config; /* borrowed */
	const char *protocol_version; /* or NULL */
	enum address_class server_class; /* of the MCP server */
	void (*stage)(void *ctx, const char *text); /* progress, or NULL */
	void *ctx;
};

/*
 * Runs the whole of it. `preferred_issuer` (or NULL) is the one that holds our
 * tokens. `had_metadata`: resource metadata was found for this URL
 * before, so its absence now is no 2025-03-26 server. Faults:
 * FAULT_DISCOVERY, FAULT_POLICY, FAULT_UNREACHABLE, FAULT_TLS, FAULT_TIMEOUT.
 */
int discover(const struct auth_net *net, const struct challenge *challenge,
    const char *preferred_issuer, bool had_metadata, struct discovery *d,
    struct fault *f) __attribute__((warn_unused_result));

/* The `resource` parameter: --resource, metadata, else the canonical URL; NULL
 * with --no-resource. Caller frees. */
char *discovery_resource(
    const struct discovery *d, const struct auth_config *config);

#endif
