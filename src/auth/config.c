/* SPDX-License-Identifier: ISC */
/*
 * The authorizer's options: defaults, the way to it as JSON, and what a person
 * types to use them. Does not judge values: cli/options did.
 */
#include "auth/config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/field.h"
#include "base/limits.h"
#include "base/mem.h"
#include "wire/url.h"
#include "wire/words.h"

enum { LOGIN_TIMEOUT_S = 300, COMMAND_TIMEOUT_MS = 10000 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIELD(kind, member)                                                    \
	{                                                                      \
		.name = #member, .type = kind,                                 \
		.at = offsetof(struct auth_config, member)                     \
	}

static const struct field param_list[] = {
	{ .name = "name",
	    .type = FIELD_STRING,
	    .at = offsetof(struct auth_param, name) },
	{ .name = "value",
	    .type = FIELD_STRING,
	    .at = offsetof(struct auth_param, value) },
};

static const struct fields param_fields = { param_list, COUNT(param_list) };

static const struct field list[] = {
	FIELD(FIELD_STRING, url),
	FIELD(FIELD_STRING, profile),
	FIELD(FIELD_STRING, config_file),
	{ .name = "grant",
	    .type = FIELD_ENUM,
	    .at = offsetof(struct auth_config, grant),
	    .size = AUTH_GRANT_COUNT },
	FIELD(FIELD_STRING, client_id),
	FIELD(FIELD_SECRET, client_secret),
	FIELD(FIELD_STRING, client_secret_file),
	FIELD(FIELD_STRING, client_key_file),
	FIELD(FIELD_STRING, client_key_id),
	FIELD(FIELD_STRING, client_key_alg),
	FIELD(FIELD_BOOL, client_assertion_to_endpoint),
	FIELD(FIELD_STRING, assertion_file),
	FIELD(FIELD_STRING, idp_issuer),
	FIELD(FIELD_STRING, idp_token_endpoint),
	FIELD(FIELD_STRING, idp_client_id),
	FIELD(FIELD_STRING, idp_client_secret_file),
	FIELD(FIELD_STRING, id_token_file),
	FIELD(FIELD_STRING, id_token_command),
	FIELD(FIELD_BOOL, id_token_is_saml),
	FIELD(FIELD_STRING, client_metadata_url),
	FIELD(FIELD_STRING, client_metadata),
	FIELD(FIELD_STRING, scope),
	FIELD(FIELD_STRING, resource),
	FIELD(FIELD_BOOL, no_resource),
	{ .name = "authorize_params",
	    .type = FIELD_ROWS,
	    .at = offsetof(struct auth_config, authorize_params),
	    .size = sizeof(struct auth_param),
	    .count_at = offsetof(struct auth_config, authorize_param_count),
	    .of = &param_fields },
	FIELD(FIELD_STRING, callback_host),
	FIELD(FIELD_STRING, callback_path),
	FIELD(FIELD_UNSIGNED, callback_port),
	FIELD(FIELD_STRING, success_url),
	FIELD(FIELD_UNSIGNED, auth_timeout_s),
	FIELD(FIELD_STRING, issuer),
	FIELD(FIELD_BOOL, issuer_exact),
	FIELD(FIELD_BOOL, strict_resource),
	FIELD(FIELD_BOOL, assume_pkce_s256),
	{ .name = "dpop",
	    .type = FIELD_ENUM,
	    .at = offsetof(struct auth_config, dpop),
	    .size = AUTH_DPOP_OFF + 1 },
	FIELD(FIELD_BOOL, no_adaptations),
	FIELD(FIELD_BOOL, use_id_token),
	FIELD(FIELD_STRING, audience),
	FIELD(FIELD_STRING, authorization_endpoint),
	FIELD(FIELD_STRING, token_endpoint),
	FIELD(FIELD_BOOL, non_interactive),
	FIELD(FIELD_BOOL, no_browser),
	FIELD(FIELD_BOOL, allow_http),
	{ .name = "allow_hosts",
	    .type = FIELD_LIST,
	    .at = offsetof(struct auth_config, allow_hosts),
	    .count_at = offsetof(struct auth_config, allow_host_count) },
	FIELD(FIELD_STRING, token_command),
	FIELD(FIELD_STRING, header_command),
	FIELD(FIELD_UNSIGNED, command_timeout_ms),
	FIELD(FIELD_STRING, store),
	FIELD(FIELD_INT, store_fd),
	FIELD(FIELD_BOOL, sandbox),
	FIELD(FIELD_STRING, ca_file),
	FIELD(FIELD_STRING, cert_file),
	FIELD(FIELD_STRING, key_file),
	FIELD(FIELD_STRING, proxy),
	FIELD(FIELD_BOOL, http1_only),
	FIELD(FIELD_BOOL, ipv4_only),
	FIELD(FIELD_UNSIGNED, connect_timeout_ms),
	{ .name = "log_level",
	    .type = FIELD_ENUM,
	    .at = offsetof(struct auth_config, log_level),
	    .size = LOG_DEBUG + 1 },
	FIELD(FIELD_STRING, log_file),
	FIELD(FIELD_STRING, trace_file),
};

const struct fields auth_config_fields = { list, COUNT(list) };

static const char *const grant_names[AUTH_GRANT_COUNT] = {
	[AUTH_GRANT_CODE] = "authorization_code",
	[AUTH_GRANT_DEVICE] = "device_code",
	[AUTH_GRANT_CLIENT_CREDENTIALS] = "client_credentials",
	[AUTH_GRANT_JWT_BEARER] = "jwt-bearer",
	[AUTH_GRANT_ENTERPRISE] = "enterprise",
};

const char *
auth_grant_name(enum auth_grant grant)
{
	return grant_names[grant];
}

bool
auth_grant_parse(const char *word, enum auth_grant *grant)
{
	for (int i = 0; i < AUTH_GRANT_COUNT; i++) {
		if (strcmp(word, grant_names[i]) == 0) {
			*grant = (enum auth_grant)i;
			return true;
		}
	}
	return false;
}

bool
auth_grant_is_unattended(enum auth_grant grant)
{
	return grant != AUTH_GRANT_CODE && grant != AUTH_GRANT_DEVICE;
}

bool
auth_config_asks_person(const struct auth_config *c)
{
	if (c->grant == AUTH_GRANT_ENTERPRISE)
		return c->id_token_file == NULL && c->id_token_command == NULL;
	return !auth_grant_is_unattended(c->grant);
}

const char *
auth_grant_extension(enum auth_grant grant)
{
	switch (grant) {
	case AUTH_GRANT_CLIENT_CREDENTIALS:
		return "io.modelcontextprotocol/oauth-client-credentials";
	case AUTH_GRANT_ENTERPRISE:
		return "io.modelcontextprotocol/"
		       "enterprise-managed-authorization";
	case AUTH_GRANT_CODE:
	case AUTH_GRANT_DEVICE:
	case AUTH_GRANT_JWT_BEARER:
	case AUTH_GRANT_COUNT:
		break;
	}
	return NULL;
}

void
auth_config_init(struct auth_config *c)
{
	*c = (struct auth_config){
		.profile = mem_string("default"),
		.callback_host = mem_string("127.0.0.1"),
		.callback_path = mem_string("/callback"),
		.auth_timeout_s = LOGIN_TIMEOUT_S,
		.command_timeout_ms = COMMAND_TIMEOUT_MS,
		.log_level = LOG_WARN,
	};
}

void
auth_config_reset(struct auth_config *c)
{
	if (c != NULL)
		fields_reset(&auth_config_fields, c);
}

static int
add_option(struct buf *line, const char *name, const char *value)
{
	if (buf_addf(line, " %s ", name) == -1)
		return -1;
	return words_quote(value, line);
}

static int
add_places(const struct auth_config *c, struct buf *line)
{
	if (c->config_file != NULL &&
	    add_option(line, "--config", c->config_file) == -1)
		return -1;
	if (strcmp(c->profile, "default") != 0)
		return add_option(line, "--profile", c->profile);
	return 0;
}

/* A query may hold a key: whoever types it in knows it. */
static int
add_url(const char *text, struct buf *line)
{
	struct url url;
	char *shown = NULL;
	int rc = 0;

	url_init(&url);
	if (url_parse(&url, span_of(text), NULL) == 0 && url.query != NULL) {
		char *public = url_public(&url);
		shown = mem_format("%s?...", public);
		free(public);
	}
	rc = words_quote(shown != NULL ? shown : text, line);
	free(shown);
	url_reset(&url);
	return rc;
}

const char *
auth_config_command(const struct auth_config *c, const char *what, char *text,
    size_t size)
{
	struct buf line;

	buf_init(&line, 2 * LIMIT_URL);
	if (buf_addf(&line, "mcp-bridge %s", what) == 0 &&
	    add_places(c, &line) == 0 && buf_add_string(&line, " ") == 0)
		(void)add_url(c->url, &line);
	snprintf(text, size, "%s", line.len > 0 ? line.data : "mcp-bridge");
	buf_reset(&line);
	return text;
}
