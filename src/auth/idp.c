/* SPDX-License-Identifier: ISC */
/*
 * Where the identity provider is. What is asked of it: auth/enterprise.
 */
#include "auth/idp.h"

#include <stdlib.h>

#include "base/mem.h"

/* Keys, scopes and pins are for the authorization server of the MCP server. */
static void
set_config(struct idp *idp, const struct auth_config *config)
{
	idp->config = *config;
	idp->config.grant = AUTH_GRANT_CODE;
	idp->config.client_id = config->idp_client_id;
	idp->config.client_secret = (struct secret){ 0 };
	idp->config.client_secret_file = config->idp_client_secret_file;
	idp->config.client_key_file = NULL;
	idp->config.client_metadata_url = NULL;
	idp->config.issuer = config->idp_issuer != NULL ?
				 config->idp_issuer :
				 config->idp_token_endpoint;
	idp->config.scope = NULL;
	idp->config.resource = NULL;
	idp->config.no_resource = true;
	idp->config.audience = NULL;
	idp->config.use_id_token = false;
	idp->config.token_endpoint = NULL;
	idp->config.authorization_endpoint = NULL;
}

/* Without metadata, the one address is all there is to know. */
static int
find_endpoints(struct idp *idp, struct fault *f)
{
	struct server_metadata *as = &idp->discovery.as;

	auth_net_stage(&idp->net, "Asking the identity provider how");
	if (idp->config.idp_issuer != NULL)
		return discover_issuer(&idp->net, idp->config.idp_issuer,
		    &idp->discovery, f);
	if (auth_url_check(&idp->config, idp->config.idp_token_endpoint, f) ==
	    -1)
		return -1;
	as->issuer = mem_string(idp->config.idp_token_endpoint);
	as->token_endpoint = mem_string(idp->config.idp_token_endpoint);
	return 0;
}

struct idp *
idp_get(struct signin *s, struct fault *f)
{
	struct idp *idp = s->idp;

	if (idp != NULL)
		return idp;
	idp = mem_alloc(1, sizeof(*idp));
	*idp = (struct idp){ .net = s->net };
	set_config(idp, s->config);
	idp->net.config = &idp->config;
	idp->net.prover = NULL; /* its tokens are no access tokens */
	discovery_init(&idp->discovery);
	oauth_client_init(&idp->client);
	if (find_endpoints(idp, f) == 0 &&
	    oauth_client_get(&idp->net, s->store, &idp->discovery, NULL, NULL,
		false, &idp->client, f) == 0)
		s->idp = idp;
	else
		idp_free(&idp);
	return s->idp;
}

void
idp_free(struct idp **idp)
{
	if (*idp == NULL)
		return;
	oauth_client_reset(&(*idp)->client);
	discovery_reset(&(*idp)->discovery);
	free(*idp);
	*idp = NULL;
}
