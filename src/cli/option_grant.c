/* SPDX-License-Identifier: ISC */
/*
 * What the options about ways to a credential say about each other: which each
 * grant needs, which are for another one, and that commands stand alone.
 */
#include "cli/option_table.h"

#include <stdio.h>

/* A setting that serves some grants, one bit each, and is needed by some. */
struct need {
	const char *option;
	bool given;
	unsigned serves, needed;
};

#define BIT(grant) (1U << (grant))

enum { EVERY_GRANT = BIT(AUTH_GRANT_COUNT) - 1 };

static int
check_need(const struct need *need, enum auth_grant grant, struct fault *f)
{
	if (need->given && (need->serves & BIT(grant)) == 0)
		return fault_set(f, FAULT_USAGE,
		    "--%s is of no use with --grant %s", need->option,
		    auth_grant_name(grant));
	if (!need->given && (need->needed & BIT(grant)) != 0)
		return fault_set(f, FAULT_USAGE, "--grant %s needs --%s",
		    auth_grant_name(grant), need->option);
	return 0;
}

/* Without a person, nobody but the client itself can vouch for it. */
static int
check_credentials(const struct auth_config *auth, struct fault *f)
{
	bool has_key = auth->client_key_file != NULL;
	bool has_secret = auth->client_secret_file != NULL ||
			  !secret_empty(&auth->client_secret);

	if (auth->grant == AUTH_GRANT_CLIENT_CREDENTIALS && !has_key &&
	    !has_secret)
		return fault_set(f, FAULT_USAGE,
		    "--grant client_credentials needs --client-secret-file or "
		    "--client-key-file");
	return 0;
}

static int
check_enterprise(const struct auth_config *auth, struct fault *f)
{
	if ((auth->idp_issuer != NULL) == (auth->idp_token_endpoint != NULL))
		return fault_set(f, FAULT_USAGE,
		    "--grant enterprise needs --idp-issuer or "
		    "--idp-token-endpoint, and not both");
	if (auth->id_token_file != NULL && auth->id_token_command != NULL)
		return fault_set(f, FAULT_USAGE,
		    "--id-token-file and --id-token-command exclude each "
		    "other");
	if (auth->id_token_file != NULL || auth->id_token_command != NULL)
		return 0;
	/* A person signs in there, which takes more than one endpoint. */
	if (auth->idp_issuer == NULL)
		return fault_set(f, FAULT_USAGE,
		    "--idp-token-endpoint needs --id-token-file or "
		    "--id-token-command; to sign in there: --idp-issuer");
	if (auth->id_token_is_saml)
		return fault_set(f, FAULT_USAGE,
		    "--id-token-type saml2 needs --id-token-file or "
		    "--id-token-command");
	return 0;
}

int
options_check_grant(const struct auth_config *auth, struct fault *f)
{
	const unsigned jwt_bearer = BIT(AUTH_GRANT_JWT_BEARER);
	const unsigned enterprise = BIT(AUTH_GRANT_ENTERPRISE);
	/* An assertion names its subject; more the server may not need. */
	const unsigned named = BIT(AUTH_GRANT_CLIENT_CREDENTIALS) | enterprise;
	const struct need needs[] = {
		{ "client-id",
		    auth->client_id != NULL ||
			auth->client_metadata_url != NULL,
		    EVERY_GRANT, named },
		{ "assertion-file", auth->assertion_file != NULL, jwt_bearer,
		    jwt_bearer },
		{ "idp-client-id", auth->idp_client_id != NULL, enterprise,
		    enterprise },
		{ "idp-client-secret-file",
		    auth->idp_client_secret_file != NULL, enterprise, 0 },
		{ "idp-issuer", auth->idp_issuer != NULL, enterprise, 0 },
		{ "idp-token-endpoint", auth->idp_token_endpoint != NULL,
		    enterprise, 0 },
		{ "id-token-file", auth->id_token_file != NULL, enterprise, 0 },
		{ "id-token-command", auth->id_token_command != NULL,
		    enterprise, 0 },
		{ "id-token-type", auth->id_token_is_saml, enterprise, 0 },
	};

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (check_need(&needs[i], auth->grant, f) == -1)
			return -1;
	}
	if (auth->grant == AUTH_GRANT_ENTERPRISE)
		return check_enterprise(auth, f);
	return check_credentials(auth, f);
}

int
options_check_client_key(const struct auth_config *auth, struct fault *f)
{
	if (auth->client_key_file == NULL) {
		if (auth->client_key_alg != NULL ||
		    auth->client_key_id != NULL ||
		    auth->client_assertion_to_endpoint)
			return fault_set(f, FAULT_USAGE,
			    "--client-key-alg, --client-key-id and "
			    "--client-assertion-audience need "
			    "--client-key-file");
		return 0;
	}
	if (auth->client_id == NULL && auth->client_metadata_url == NULL)
		return fault_set(f, FAULT_USAGE,
		    "--client-key-file needs --client-id or "
		    "--client-metadata-url");
	if (auth->client_secret_file != NULL ||
	    !secret_empty(&auth->client_secret))
		return fault_set(f, FAULT_USAGE,
		    "--client-key-file and a client secret exclude each "
		    "other");
	return 0;
}

int
options_check_commands(const struct options *o, struct fault *f)
{
	const struct auth_config *auth = &o->auth;
	const char *name = auth->token_command != NULL ? "--token-command" :
							 "--header-command";
	const char *other = NULL;

	if (auth->token_command == NULL && auth->header_command == NULL)
		return 0;
	if (o->static_authorization)
		other = "an Authorization header";
	else if (o->no_auth)
		other = "--no-auth";
	else if (auth->grant != AUTH_GRANT_CODE)
		other = "--grant";
	if (other != NULL)
		return fault_set(f, FAULT_USAGE, "%s and %s exclude each other",
		    name, other);
	return 0;
}
