/* SPDX-License-Identifier: ISC */
/*
 * auth/resource_metadata and auth/server_metadata: what is taken from a
 * document can be used as it is; what is refused leaves nothing behind.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/discover.h"
#include "auth/metadata.h"
#include "auth/net.h"
#include "base/log.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char server_url[] = "https://h/mcp?a=1";
static const struct auth_config config = { .url = server_url };

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
require_usable(const char *endpoint)
{
	if (endpoint != NULL)
		require(auth_url_check(&config, endpoint, NULL) == 0);
}

static void
check_resource(struct span text)
{
	struct resource_metadata m;
	struct url server;

	url_init(&server);
	resource_metadata_init(&m);
	require(url_parse(&server, span_of(server_url), NULL) == 0);
	int result = resource_metadata_read(&m, text, &config, NULL);
	require(m.present == (result == 0));
	require((m.resource != NULL) == (result == 0));
	for (size_t i = 0; i < m.issuer_count; i++)
		require_usable(m.issuers[i]);
	for (size_t i = 0; i < m.scope_count; i++)
		require(scope_token_ok(m.scopes[i]));

	/* The strict rule takes nothing that the tolerant one refuses. */
	if (result == 0 && resource_matches(m.resource, &server, true, true))
		require(resource_matches(m.resource, &server, true, false));
	resource_metadata_reset(&m);
	url_reset(&server);
}

static void
check_server(struct span text)
{
	struct discovery d;

	discovery_init(&d);
	int result =
	    server_metadata_read(&d.as, text, "https://as", &config, NULL);
	require((d.as.issuer != NULL) == (result == 0));
	require((d.as.token_endpoint != NULL) == (result == 0));
	if (result == 0)
		require(strcmp(d.as.issuer, "https://as") == 0 ||
			strcmp(d.as.issuer, "https://as/") == 0);
	require_usable(d.as.token_endpoint);
	require_usable(d.as.authorization_endpoint);
	require_usable(d.as.registration_endpoint);
	require_usable(d.as.revocation_endpoint);
	require_usable(d.as.device_authorization_endpoint);
	require_usable(d.as.par_endpoint);
	if (result == 0 && discovery_check_code_flow(&d, &config, NULL) == 0)
		require(d.as.s256 && d.as.authorization_endpoint != NULL);
	discovery_reset(&d);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LOG_SILENT);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct span text = span_make((const char *)bytes, size);

	check_resource(text);
	check_server(text);
	return 0;
}
