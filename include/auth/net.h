/* SPDX-License-Identifier: ISC */
/*
 * What the requests of a sign-in have in common: which URLs may be reached at
 * all, and bodies posted exactly once.
 *
 * What uses the network, here and above, takes no NULL for its fault.
 */
#ifndef AUTH_NET_H
#define AUTH_NET_H

#include "auth/config.h"
#include "auth/prover.h"
#include "base/secret.h"
#include "io/fetch.h"
#include "wire/url.h"

/* Everything a sign-in needs to reach the network. */
struct auth_net {
	struct http_client *client;       /* borrowed */
	const struct auth_config *config; /* borrowed */
	struct prover *prover;            /* borrowed; NULL: none */
	const char *protocol_version;     /* or NULL */
	enum address_class server_class;  /* of the MCP server */
	void (*stage)(void *ctx, const char *text); /* progress, or NULL */
	void *ctx;
};

/* Trust, certificate, proxy and protocol, as the user set them for the pump and
 * the sign-in; the texts are the configuration's. */
struct http_options auth_net_options(const struct auth_config *config);

/* How private the address of the MCP server at `url` is. A name that
 * does not resolve here is a proxy's business, and public. */
enum address_class auth_net_server_class(const char *url);

/* Says what is being done, where anybody listens. */
void auth_net_stage(const struct auth_net *net, const char *text);

/* https, or http on loopback; with --allow-http also http to the origin of the
 * MCP server and to the hosts of --allow-host. */
bool auth_url_allowed(const struct auth_config *config, const struct url *u);

/* The same for text from a peer. FAULT_POLICY. */
int auth_url_check(const struct auth_config *config, const char *text,
    struct fault *f) __attribute__((warn_unused_result));

/* "." or ".." as a segment of a raw path, percent-encoded ones included. */
bool auth_path_has_dots(const char *path);

/* One exchange with an allowed URL, addresses judged. FAULT_POLICY and
 * the faults of fetch. */
int auth_net_send(const struct auth_net *net, const struct url *where,
    struct http_request *request, struct fetch_response *response,
    struct fault *f) __attribute__((warn_unused_result));

struct auth_post {
	const char *url;
	const char *content_type;
	struct span body;
	const struct secret *basic; /* credentials for Basic; NULL: none */
	bool prove; /* with a proof, where the prover has a key */
};

/* POSTs once. 0 with any status: a redirect is for the caller to refuse. */
int auth_net_post(const struct auth_net *net, const struct auth_post *post,
    struct fetch_response *response, struct fault *f)
    __attribute__((warn_unused_result));

/* The server did nothing yet but wants its nonce, which came along, in the
 * proof: the request may go once more. */
bool auth_net_wants_nonce(const struct auth_net *net,
    const struct fetch_response *response);

/* FAULT_HTTP or FAULT_RATE_LIMITED for an answer of 408, 425, 429 or 5xx;
 * 0 for any other. */
int auth_net_trouble(const struct fetch_response *response, struct fault *f)
    __attribute__((warn_unused_result));

/* Names the issuer concerned; NULL-safe in `f`. */
void auth_fault_issuer(struct fault *f, const char *issuer);

/* Nothing is wrong with what was sent: credentials are kept, no browser opens,
 * the same may be tried later. */
bool auth_fault_transient(const struct fault *f);

#endif
