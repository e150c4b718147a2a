/* SPDX-License-Identifier: ISC */
/*
 * The two kinds of metadata as values: protected resource metadata (RFC 9728)
 * and authorization server metadata (RFC 8414, OpenID Connect Discovery), read
 * from JSON and judged.
 */
#ifndef AUTH_METADATA_H
#define AUTH_METADATA_H

#include "auth/config.h"
#include "base/fault.h"
#include "wire/url.h"

/* RFC 8628, section 3.4. */
#define GRANT_TYPE_DEVICE "urn:ietf:params:oauth:grant-type:device_code"

/* Owned strings; NULL where absent. Bytes as received (conformance: strings
 * are never normalized). */
struct resource_metadata {
	bool present;   /* false: 2025-03-26 server without any */
	char *resource; /* what `resource` parameters carry; NULL: canonical */
	char **issuers; /* the usable ones */
	size_t issuer_count;
	char **scopes; /* the well-formed ones */
	size_t scope_count;
	bool dpop_required;
	bool tls_bound; /* takes tokens bound to a client certificate */
};

struct server_metadata {
	char *issuer; /* the document's spelling */
	char *authorization_endpoint;
	char *token_endpoint;
	char *registration_endpoint;
	char *revocation_endpoint;
	char *device_authorization_endpoint;
	char *par_endpoint;
	/* The same for who shows a client certificate (RFC 8705 section 5). */
	struct {
		char *token_endpoint;
		char *revocation_endpoint;
		char *device_authorization_endpoint;
		char *par_endpoint;
	} mtls;
	bool tls_bound; /* can bind tokens to a client certificate */
	bool par_required;
	bool iss_supported; /* RFC 9207 */
	bool cimd_supported;
	bool s256;              /* code_challenge_methods_supported has it */
	bool code_flow;         /* response_types_supported has "code" */
	bool default_endpoints; /* no document at all: A-016, or configured */
	char **scopes;          /* scopes_supported */
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

void resource_metadata_init(struct resource_metadata *m);
void resource_metadata_reset(struct resource_metadata *m);

/*
 * Reads a document. Entries of authorization_servers that A-015 drops are
 * left out; where none remains of a list that had some, FAULT_POLICY. Else
 * FAULT_DISCOVERY. On failure `m` is empty.
 */
int resource_metadata_read(struct resource_metadata *m, struct span text,
    const struct auth_config *config, struct fault *f)
    __attribute__((warn_unused_result));

/*
 * The resource of a document stands for the MCP server: the same text, or the
 * same origin with a path of whole leading segments. `strict` wants
 * the same text, or the origin for a document found at the `root`.
 */
bool resource_matches(const char *resource, const struct url *server, bool root,
    bool strict);

/* A scope-token of RFC 6749, section 3.3. */
bool scope_token_ok(const char *scope);

void server_metadata_init(struct server_metadata *m);
void server_metadata_reset(struct server_metadata *m);

/*
 * Reads a document found by way of `issuer`. FAULT_DISCOVERY where it is broken
 * or has no token endpoint, FAULT_POLICY where it is of another issuer or has
 * an endpoint that may not be used. On failure `m` is empty.
 */
int server_metadata_read(struct server_metadata *m, struct span text,
    const char *issuer, const struct auth_config *config, struct fault *f)
    __attribute__((warn_unused_result));

/* Users can sign in by a code on another device (RFC 8628, section 4): there is
 * an endpoint, and no list of grants without this one. */
bool server_metadata_offers_device(const struct server_metadata *m);

/* What a 2025-03-26 server without metadata has at its origin. */
void server_metadata_defaults(struct server_metadata *m, const char *origin);

/* What the user says instead of a document; `origin` is the issuer where none
 * is pinned. */
void server_metadata_configured(struct server_metadata *m,
    const struct auth_config *config, const char *origin);

/* The same text; unless `exact`, also with one slash more or less after an
 * empty path. */
bool issuer_matches(const char *a, const char *b, bool exact);

#endif
