/* SPDX-License-Identifier: ISC */
/*
 * The identity provider of an enterprise, as an authorization server of its
 * own: its endpoints, and the client we are there. Both are of the user's
 * choice; nothing of the MCP server's leads to it.
 */
#ifndef AUTH_IDP_H
#define AUTH_IDP_H

#include "auth/signin.h"

struct idp {
	/* The job's, lent, but for what is said of the authorization server */
	struct auth_config config;
	struct auth_net net;
	struct discovery discovery;
	struct oauth_client client;
};

/* The provider of the job, borrowed from it; asked for once a job. NULL, with
 * FAULT_CONFIG or the faults of discover_issuer and oauth_client_get. */
struct idp *idp_get(struct signin *s, struct fault *f);
/* NULL-safe. */
void idp_free(struct idp **idp);

#endif
