/* SPDX-License-Identifier: ISC */
/*
 * Authorization server metadata (RFC 8414, OpenID Connect Discovery).
 */
#include "auth/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "auth/document.h"
#include "auth/net.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/json.h"

void
server_metadata_init(struct server_metadata *m)
{
	*m = (struct server_metadata){ 0 };
}

void
server_metadata_reset(struct server_metadata *m)
{
	free(m->issuer);
	free(m->authorization_endpoint);
	free(m->token_endpoint);
	free(m->registration_endpoint);
	free(m->revocation_endpoint);
	free(m->device_authorization_endpoint);
	free(m->par_endpoint);
	free(m->mtls.token_endpoint);
	free(m->mtls.revocation_endpoint);
	free(m->mtls.device_authorization_endpoint);
	free(m->mtls.par_endpoint);
	document_list_free(&m->scopes, &m->scope_count);
	document_list_free(&m->auth_methods, &m->auth_method_count);
	document_list_free(&m->auth_signing_algs, &m->auth_signing_alg_count);
	document_list_free(&m->dpop_algs, &m->dpop_alg_count);
	document_list_free(&m->grant_types, &m->grant_type_count);
	server_metadata_init(m);
}

/* The path of an issuer is empty, not even a slash. */
static bool
has_empty_path(const char *issuer, size_t len)
{
	const char *host = strstr(issuer, "://");

	return host != NULL &&
	       memchr(host + 3, '/', len - (size_t)(host + 3 - issuer)) == NULL;
}

bool
issuer_matches(const char *a, const char *b, bool exact)
{
	const char *shorter = strlen(a) < strlen(b) ? a : b;
	const char *longer = shorter == a ? b : a;
	const size_t len = strlen(shorter);

	if (strcmp(a, b) == 0)
		return true;
	return !exact && strncmp(shorter, longer, len) == 0 &&
	       strcmp(longer + len, "/") == 0 && has_empty_path(shorter, len);
}

static int
check_issuer(const struct server_metadata *m, const char *issuer,
    const struct auth_config *config, struct fault *f)
{
	if (m->issuer == NULL)
		return fault_set(f, FAULT_DISCOVERY,
		    "The authorization server metadata name no issuer");
	if (!issuer_matches(issuer, m->issuer, config->issuer_exact)) {
		fault_set(f, FAULT_POLICY,
		    "The authorization server metadata are of another issuer");
		fault_detail(f, span_of(m->issuer));
		return -1;
	}
	if (strcmp(issuer, m->issuer) != 0) {
		char shown[128] = "";

		log_warn("discover",
		    "the issuer \"%s\" is named with one slash more or less",
		    log_text(shown, sizeof(shown), span_of(m->issuer)));
	}
	return 0;
}

/* What a sign-in can do without is left out when it may not be used. */
static char *
optional_endpoint(struct span object, const char *key,
    const struct auth_config *config)
{
	char *text = document_string(object, key, LIMIT_URL);

	if (text != NULL && auth_url_check(config, text, NULL) == -1) {
		log_warn("discover", "ignoring an unusable %s", key);
		free(text);
		text = NULL;
	}
	return text;
}

static int
read_endpoints(struct server_metadata *m, struct span object,
    const struct auth_config *config, struct fault *f)
{
	m->token_endpoint =
	    document_string(object, "token_endpoint", LIMIT_URL);
	if (m->token_endpoint == NULL)
		return fault_set(f, FAULT_DISCOVERY,
		    "The authorization server metadata name no token "
		    "endpoint");
	if (auth_url_check(config, m->token_endpoint, f) == -1)
		return -1;

	m->authorization_endpoint =
	    document_string(object, "authorization_endpoint", LIMIT_URL);
	if (m->authorization_endpoint != NULL &&
	    auth_url_check(config, m->authorization_endpoint, f) == -1)
		return -1;

	m->registration_endpoint =
	    optional_endpoint(object, "registration_endpoint", config);
	m->revocation_endpoint =
	    optional_endpoint(object, "revocation_endpoint", config);
	m->device_authorization_endpoint =
	    optional_endpoint(object, "device_authorization_endpoint", config);
	m->par_endpoint = optional_endpoint(object,
	    "pushed_authorization_request_endpoint", config);
	return 0;
}

/* Endpoints to go to with a client certificate; those not named there have no
 * other place. */
static void
read_mtls_aliases(struct server_metadata *m, struct span object,
    const struct auth_config *config)
{
	struct span aliases = { 0 };

	if (!json_get(object, "mtls_endpoint_aliases", &aliases) ||
	    json_type_of(aliases) != JSON_OBJECT)
		return;
	m->mtls.token_endpoint =
	    optional_endpoint(aliases, "token_endpoint", config);
	m->mtls.revocation_endpoint =
	    optional_endpoint(aliases, "revocation_endpoint", config);
	m->mtls.device_authorization_endpoint =
	    optional_endpoint(aliases, "device_authorization_endpoint", config);
	m->mtls.par_endpoint = optional_endpoint(aliases,
	    "pushed_authorization_request_endpoint", config);
}

static bool
list_has(struct span object, const char *key, const char *item)
{
	char **items = NULL;
	size_t count = 0;

	document_list(object, key, NULL, &items, &count);
	bool has = document_list_has(items, count, item);
	document_list_free(&items, &count);
	return has;
}

static void
read_abilities(struct server_metadata *m, struct span object)
{
	m->par_required =
	    document_true(object, "require_pushed_authorization_requests");
	m->tls_bound =
	    document_true(object, "tls_client_certificate_bound_access_tokens");
	m->iss_supported = document_true(object,
	    "authorization_response_iss_parameter_supported");
	m->cimd_supported =
	    document_true(object, "client_id_metadata_document_supported");
	m->s256 = list_has(object, "code_challenge_methods_supported", "S256");
	m->code_flow = list_has(object, "response_types_supported", "code");

	m->scopes_listed = document_list(object, "scopes_supported",
	    scope_token_ok, &m->scopes, &m->scope_count);
	m->auth_methods_listed =
	    document_list(object, "token_endpoint_auth_methods_supported", NULL,
		&m->auth_methods, &m->auth_method_count);
	document_list(object,
	    "token_endpoint_auth_signing_alg_values_supported", NULL,
	    &m->auth_signing_algs, &m->auth_signing_alg_count);
	document_list(object, "dpop_signing_alg_values_supported", NULL,
	    &m->dpop_algs, &m->dpop_alg_count);
	document_list(object, "grant_types_supported", NULL, &m->grant_types,
	    &m->grant_type_count);
}

int
server_metadata_read(struct server_metadata *m, struct span text,
    const char *issuer, const struct auth_config *config, struct fault *f)
{
	struct span object = { 0 };

	server_metadata_reset(m);
	if (document_open(text, &object, f) == -1)
		return fault_set(f, FAULT_DISCOVERY,
		    "The authorization server metadata are no valid JSON "
		    "object");

	m->issuer = document_string(object, "issuer", LIMIT_URL);
	if (check_issuer(m, issuer, config, f) == -1 ||
	    read_endpoints(m, object, config, f) == -1) {
		server_metadata_reset(m);
		return -1;
	}
	read_mtls_aliases(m, object, config);
	read_abilities(m, object);
	return 0;
}

bool
server_metadata_offers_device(const struct server_metadata *m)
{
	return m->device_authorization_endpoint != NULL &&
	       (m->grant_type_count == 0 ||
		   document_list_has(m->grant_types, m->grant_type_count,
		       GRANT_TYPE_DEVICE));
}

void
server_metadata_defaults(struct server_metadata *m, const char *origin)
{
	server_metadata_reset(m);
	m->issuer = mem_string(origin);
	m->authorization_endpoint = mem_format("%s/authorize", origin);
	m->token_endpoint = mem_format("%s/token", origin);
	m->registration_endpoint = mem_format("%s/register", origin);
	m->code_flow = true;
	m->default_endpoints = true;
}

void
server_metadata_configured(struct server_metadata *m,
    const struct auth_config *config, const char *origin)
{
	server_metadata_reset(m);
	m->issuer =
	    mem_string(config->issuer != NULL ? config->issuer : origin);
	m->authorization_endpoint = mem_string(config->authorization_endpoint);
	m->token_endpoint = mem_string(config->token_endpoint);
	m->code_flow = m->authorization_endpoint != NULL;
	m->default_endpoints = true;
}
