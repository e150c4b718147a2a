/* SPDX-License-Identifier: ISC */
/*
 * Setters of sign-in.
 */
#include "cli/option_values_p.h"

#include <string.h>

#include "auth/browser.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/signing.h"
#include "wire/header.h"

int
set_client_secret(struct options *options, const struct setting *s,
    struct fault *f)
{
	if (s->value[0] == '\0' || strlen(s->value) > LIMIT_HEADER_VALUE)
		return option_refuse(s, f, "a secret is needed");
	secret_set(&options->auth.client_secret, span_of(s->value));
	return 0;
}

static bool
has_dot_segment(const char *path)
{
	for (const char *at = strchr(path, '/'); at != NULL;
	     at = strchr(at + 1, '/')) {
		size_t len = strcspn(at + 1, "/");

		if ((len == 1 && at[1] == '.') ||
		    (len == 2 && at[1] == '.' && at[2] == '.'))
			return true;
	}
	return false;
}

/* what a client id may be when it is a URL. */
int
set_metadata_url(struct options *options, const struct setting *s,
    struct fault *f)
{
	struct url url;
	bool ok = false;

	url_init(&url);
	ok = url_parse(&url, span_of(s->value), NULL) == 0 &&
	     url_is_https(&url) && strcmp(url.path, "/") != 0 &&
	     url.query == NULL && !has_dot_segment(url.path);
	url_reset(&url);
	if (!ok)
		return option_refuse(s, f,
		    "an https:// URL with a path and without a query is "
		    "needed");
	mem_replace(&options->auth.client_metadata_url, s->value);
	return 0;
}

/* The characters of RFC 6749, section 3.3. */
int
set_scope(struct options *options, const struct setting *s, struct fault *f)
{
	for (const char *at = s->value; *at != '\0'; at++) {
		if (*at < 0x20 || *at > 0x7e || *at == '"' || *at == '\\')
			return option_refuse(s, f,
			    "scopes are words of ASCII without quotes");
	}
	if (strspn(s->value, " ") == strlen(s->value))
		return option_refuse(s, f, "a scope is needed");
	mem_replace(&options->auth.scope, s->value);
	return 0;
}

int
set_grant(struct options *options, const struct setting *s, struct fault *f)
{
	if (!auth_grant_parse(s->value, &options->auth.grant))
		return option_refuse(s, f,
		    "authorization_code, device_code, client_credentials, "
		    "jwt-bearer or enterprise is needed");
	return 0;
}

int
set_client_key_alg(struct options *options, const struct setting *s,
    struct fault *f)
{
	enum signing_alg alg = SIGNING_ES256;

	if (!signing_alg_of(span_of(s->value), &alg))
		return option_refuse(s, f,
		    "ES256, RS256, PS256 or EdDSA is needed");
	mem_replace(&options->auth.client_key_alg, s->value);
	return 0;
}

int
set_client_assertion_audience(struct options *options, const struct setting *s,
    struct fault *f)
{
	bool to_endpoint = strcmp(s->value, "token-endpoint") == 0;

	if (!to_endpoint && strcmp(s->value, "issuer") != 0)
		return option_refuse(s, f,
		    "issuer or token-endpoint is needed");
	options->auth.client_assertion_to_endpoint = to_endpoint;
	return 0;
}

int
set_id_token_type(struct options *options, const struct setting *s,
    struct fault *f)
{
	bool is_saml = strcmp(s->value, "saml2") == 0;

	if (!is_saml && strcmp(s->value, "id_token") != 0)
		return option_refuse(s, f, "id_token or saml2 is needed");
	options->auth.id_token_is_saml = is_saml;
	return 0;
}

int
set_callback_host(struct options *options, const struct setting *s,
    struct fault *f)
{
	if (strcmp(s->value, "127.0.0.1") != 0 &&
	    strcmp(s->value, "::1") != 0 && strcmp(s->value, "localhost") != 0)
		return option_refuse(s, f,
		    "127.0.0.1, ::1 or localhost is needed");
	mem_replace(&options->auth.callback_host, s->value);
	return 0;
}

int
set_callback_path(struct options *options, const struct setting *s,
    struct fault *f)
{
	if (s->value[0] != '/' || has_dot_segment(s->value) ||
	    !option_is_visible(s->value, "?#\\\"<>"))
		return option_refuse(s, f,
		    "a path such as /callback is needed, without \"?\" and "
		    "\"#\"");
	mem_replace(&options->auth.callback_path, s->value);
	return 0;
}

int
set_success_url(struct options *options, const struct setting *s,
    struct fault *f)
{
	if (browser_check_url(s->value, NULL) == -1)
		return option_refuse(s, f,
		    "an https:// URL is needed, or http:// on this machine");
	mem_replace(&options->auth.success_url, s->value);
	return 0;
}

int
set_issuer(struct options *options, const struct setting *s, struct fault *f)
{
	struct url url;
	bool ok = false;

	url_init(&url);
	ok = url_parse(&url, span_of(s->value), NULL) == 0 &&
	     (url_is_https(&url) || url_is_loopback(&url)) && url.query == NULL;
	url_reset(&url);
	if (!ok)
		return option_refuse(s, f,
		    "an issuer is an https:// URL without a query");
	mem_replace(option_member(options, s), s->value);
	return 0;
}

int
set_endpoint(struct options *options, const struct setting *s, struct fault *f)
{
	struct url url;
	bool ok = false;

	url_init(&url);
	ok = url_parse(&url, span_of(s->value), NULL) == 0 &&
	     (url_is_https(&url) || url_is_loopback(&url));
	url_reset(&url);
	if (!ok)
		return option_refuse(s, f, "an endpoint is an https:// URL");
	mem_replace(option_member(options, s), s->value);
	return 0;
}

int
set_dpop(struct options *options, const struct setting *s, struct fault *f)
{
	if (strcmp(s->value, "auto") == 0)
		options->auth.dpop = AUTH_DPOP_AUTO;
	else if (strcmp(s->value, "require") == 0)
		options->auth.dpop = AUTH_DPOP_REQUIRE;
	else if (strcmp(s->value, "off") == 0)
		options->auth.dpop = AUTH_DPOP_OFF;
	else
		return option_refuse(s, f, "auto, require or off is needed");
	return 0;
}

int
set_issuer_match(struct options *options, const struct setting *s,
    struct fault *f)
{
	bool exact = strcmp(s->value, "exact") == 0;

	if (!exact && strcmp(s->value, "slash") != 0)
		return option_refuse(s, f, "exact or slash is needed");
	options->auth.issuer_exact = exact;
	return 0;
}

/* RFC 8707, section 2: an absolute URI without a fragment, of any scheme. */
int
set_resource(struct options *options, const struct setting *s, struct fault *f)
{
	size_t scheme =
	    strspn(s->value, "abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	if (scheme == 0 || s->value[scheme] != ':' ||
	    s->value[scheme + 1] == '\0' ||
	    !option_is_visible(s->value, "#\\\"<>"))
		return option_refuse(s, f,
		    "an absolute URI without a fragment is needed");
	mem_replace(&options->auth.resource, s->value);
	return 0;
}

static bool
belongs_to_sign_in(struct span name)
{
	static const char *const names[] = { "client_id", "code_challenge",
		"code_challenge_method", "redirect_uri", "request",
		"request_uri", "resource", "response_mode", "response_type",
		"scope", "state" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (span_is(name, names[i]))
			return true;
	}
	return false;
}

int
set_authorize_param(struct options *options, const struct setting *s,
    struct fault *f)
{
	struct auth_config *auth = &options->auth;
	size_t name_len = strcspn(s->value, "=");
	struct span name = span_make(s->value, name_len);

	if (s->value[name_len] != '=' || !header_is_visible(name) ||
	    !header_value_ok(span_of(s->value)))
		return option_refuse(s, f, "NAME=VALUE is needed");
	if (belongs_to_sign_in(name))
		return option_refuse(s, f,
		    "sign-in sets this parameter itself");
	auth->authorize_params = mem_resize(auth->authorize_params,
	    (auth->authorize_param_count + 1) *
		sizeof(*auth->authorize_params));
	auth->authorize_params[auth->authorize_param_count++] =
	    (struct auth_param){
		    .name = mem_copy(name.ptr, name.len),
		    .value = mem_string(s->value + name_len + 1),
	    };
	return 0;
}

int
set_allow_host(struct options *options, const struct setting *s,
    struct fault *f)
{
	size_t ok =
	    strspn(s->value, "abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:");

	if (ok == 0 || s->value[ok] != '\0')
		return option_refuse(s, f,
		    "a host name or an address is needed, without scheme, "
		    "port and brackets");
	option_append(&options->auth.allow_hosts,
	    &options->auth.allow_host_count, s->value);
	return 0;
}
