/* SPDX-License-Identifier: ISC */
/*
 * Protected resource metadata (RFC 9728).
 */
#include "auth/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "auth/document.h"
#include "auth/net.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

void
resource_metadata_init(struct resource_metadata *m)
{
	*m = (struct resource_metadata){ 0 };
}

void
resource_metadata_reset(struct resource_metadata *m)
{
	free(m->resource);
	document_list_free(&m->issuers, &m->issuer_count);
	document_list_free(&m->scopes, &m->scope_count);
	resource_metadata_init(m);
}

bool
scope_token_ok(const char *scope)
{
	const char *p = scope;

	while (
	    *p == '!' || (*p >= '#' && *p <= '[') || (*p >= ']' && *p <= '~'))
		p++;
	return *p == '\0' && p > scope;
}

/* An issuer identifier (RFC 8414, section 2) that we may ask. */
static bool
issuer_usable(const struct auth_config *config, const char *issuer)
{
	struct url u;

	url_init(&u);
	bool usable = url_parse(&u, span_of(issuer), NULL) == 0 &&
		      u.query == NULL && auth_url_allowed(config, &u);
	url_reset(&u);
	return usable;
}

static void
drop_unusable_issuers(struct resource_metadata *m,
    const struct auth_config *config)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->issuer_count; i++) {
		char *issuer = m->issuers[i];

		if (issuer_usable(config, issuer)) {
			m->issuers[kept++] = issuer;
			continue;
		}
		char shown[128] = "";
		log_warn("discover", "ignoring the authorization server \"%s\"",
		    log_text(shown, sizeof(shown), span_of(issuer)));
		free(issuer);
	}
	m->issuer_count = kept;
}

static int
read_members(struct resource_metadata *m, struct span object,
    const struct auth_config *config, struct fault *f)
{
	m->resource = document_string(object, "resource", LIMIT_URL);
	if (m->resource == NULL)
		return fault_set(f, FAULT_DISCOVERY,
		    "The resource metadata name no resource");

	document_list(object, "authorization_servers", NULL, &m->issuers,
	    &m->issuer_count);
	const size_t listed = m->issuer_count;
	drop_unusable_issuers(m, config);
	if (listed > 0 && m->issuer_count == 0)
		return fault_set(f, FAULT_POLICY,
		    "The resource metadata name no usable authorization "
		    "server");

	document_list(object, "scopes_supported", scope_token_ok, &m->scopes,
	    &m->scope_count);
	m->dpop_required =
	    document_true(object, "dpop_bound_access_tokens_required");
	m->tls_bound =
	    document_true(object, "tls_client_certificate_bound_access_tokens");
	m->present = true;
	return 0;
}

int
resource_metadata_read(struct resource_metadata *m, struct span text,
    const struct auth_config *config, struct fault *f)
{
	struct span object = { 0 };
	int result = document_open(text, &object, f);

	resource_metadata_reset(m);
	if (result == -1)
		return fault_set(f, FAULT_DISCOVERY,
		    "The resource metadata are no valid JSON object");
	result = read_members(m, object, config, f);
	if (result == -1)
		resource_metadata_reset(m);
	return result;
}

/* `text` is the origin as such: with no path, or an empty one. */
static bool
is_origin(const char *text, const struct url *server)
{
	char *origin = url_origin(server);
	const size_t len = strlen(origin);
	bool same = strncmp(text, origin, len) == 0 &&
		    (text[len] == '\0' || strcmp(text + len, "/") == 0);

	free(origin);
	return same;
}

/* Every segment of `prefix` is, byte for byte, a leading segment of `path`. */
static bool
path_covers(const char *prefix, const char *path)
{
	const size_t len = strlen(prefix);

	if (strncmp(prefix, path, len) != 0)
		return false;
	return path[len] == '\0' || path[len] == '/' || prefix[len - 1] == '/';
}

static bool
covers(const struct url *resource, const struct url *server)
{
	if (!url_same_origin(resource, server))
		return false;
	if (auth_path_has_dots(resource->path) ||
	    auth_path_has_dots(server->path))
		return false;
	if (resource->query != NULL &&
	    (server->query == NULL ||
		strcmp(resource->query, server->query) != 0))
		return false;
	return path_covers(resource->path, server->path);
}

bool
resource_matches(const char *resource, const struct url *server, bool root,
    bool strict)
{
	struct url u;
	bool match = false;

	if (strcmp(resource, server->text) == 0)
		return true;
	if (strict)
		return root && is_origin(resource, server);

	url_init(&u);
	if (url_parse(&u, span_of(resource), NULL) == 0)
		match = covers(&u, server);
	url_reset(&u);
	return match;
}
