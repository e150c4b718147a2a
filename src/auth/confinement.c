/* SPDX-License-Identifier: ISC */
/* The paths that are allowed. How is io/confine's. */
#include "auth/confinement.h"

#include <string.h>

#include "auth/credential.h"
#include "base/log.h"
#include "io/confine.h"
#include "io/http.h"
#include "io/store.h"

static struct confine *
begin(const struct auth_config *config)
{
	struct confine *c = confine_new();

	http_confine(config->ca_file, c);
	confine_allow(c, config->cert_file, CONFINE_READ);
	confine_allow(c, config->key_file, CONFINE_READ);
	return c;
}

static void
finish(struct confine *c)
{
	char what[64];

	if (confine_apply(&c))
		log_debug("confine", "confined by %s",
		    confine_describe(what, sizeof(what)));
	else
		log_warn("confine", "--sandbox has no effect: %s",
		    confine_describe(what, sizeof(what)));
}

void
confinement_pump(const struct auth_config *config)
{
	struct confine *c = begin(config);

	store_confine(config->store, STORE_USE_WATCH, c);
	finish(c);
}

static bool
starts_programs(const struct auth_job *job)
{
	const struct auth_config *config = &job->config;

	if (config->id_token_command != NULL || credential_wanted(config))
		return true;
	if (config->store != NULL && strcmp(config->store, "file") != 0 &&
	    !store_is_memory(config->store))
		return true;
	/* An identity provider may have to be signed in at. */
	bool needs_nobody = config->grant == AUTH_GRANT_CLIENT_CREDENTIALS ||
			    config->grant == AUTH_GRANT_JWT_BEARER;
	return !needs_nobody && !config->non_interactive &&
	       job->who != AUTH_WHO_BACKGROUND;
}

void
confinement_authorizer(const struct auth_job *job)
{
	const struct auth_config *config = &job->config;

	if (!config->sandbox || starts_programs(job))
		return;
	struct confine *c = begin(config);
	confine_allow(c, config->client_secret_file, CONFINE_READ);
	confine_allow(c, config->client_key_file, CONFINE_READ);
	confine_allow(c, config->assertion_file, CONFINE_READ);
	confine_allow(c, config->idp_client_secret_file, CONFINE_READ);
	confine_allow(c, config->id_token_file, CONFINE_READ);
	store_confine(config->store, STORE_USE_ALL, c);
	finish(c);
}
