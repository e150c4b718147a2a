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

/* FAULT_CONFIG, and the faults of discover_issuer and oauth_client_get. On
 * failure there is nothing to close. */
int idp_open(struct idp *idp, struct signin *s, struct fault *f)
    __attribute__((warn_unused_result));
void idp_close(struct idp *idp);

#endif
