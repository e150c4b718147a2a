/* SPDX-License-Identifier: ISC */
/*
 * The setters of the option table: each checks one value and stores it. What
 * two options say about each other is checked in options.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/browser.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/signing.h"
#include "cli/option_table.h"
#include "io/store.h"
#include "wire/header.h"
#include "wire/words.h"

enum { GLOB_MAX = 256, NAME_MAX_BYTES = 64 };

static int
refuse(const struct setting *s, struct fault *f, const char *reason)
{
	char shown[81] = "";

	if (s->row->secret || s->value == NULL)
		return fault_set(f, FAULT_USAGE, "%s: %s", s->origin, reason);
	log_text(shown, sizeof(shown), span_of(s->value));
	return fault_set(f, FAULT_USAGE, "%s \"%s\": %s", s->origin, shown,
	    reason);
}

static void *
member(struct options *options, const struct setting *s)
{
	return (char *)options + s->row->at;
}

static void
append(char ***list, size_t *count, const char *value)
{
	*list = mem_resize(*list, (*count + 1) * sizeof(**list));
	(*list)[(*count)++] = mem_string(value);
}

/* 0x21-0x7E but for those in `without`; not empty. */
static bool
is_visible_without(const char *value, const char *without)
{
	return header_is_visible(span_of(value)) &&
	       strcspn(value, without) == strlen(value);
}

int
set_flag(struct options *options, const struct setting *s, struct fault *f)
{
	bool *flag = member(options, s);

	if (s->value == NULL || strcmp(s->value, "1") == 0 ||
	    strcmp(s->value, "true") == 0)
		*flag = true;
	else if (strcmp(s->value, "0") == 0 || strcmp(s->value, "false") == 0)
		*flag = false;
	else
		return refuse(s, f, "1, 0, true or false is needed");
	return 0;
}

int
set_text(struct options *options, const struct setting *s, struct fault *f)
{
	if (s->value[0] == '\0')
		return refuse(s, f, "a value is needed");
	mem_replace(member(options, s), s->value);
	return 0;
}

static int
check_file(const struct setting *s, struct fault *f)
{
	struct stat st;
	char shown[161] = "";
	const char *why = NULL;

	if (stat(s->value, &st) == -1 || access(s->value, R_OK) == -1)
		why = strerror(errno);
	else if (S_ISDIR(st.st_mode))
		why = strerror(EISDIR);
	if (why != NULL) {
		log_text(shown, sizeof(shown), span_of(s->value));
		return fault_set(f, FAULT_CONFIG, "%s: cannot read \"%s\": %s",
		    s->origin, shown, why);
	}
	return 0;
}

int
set_file(struct options *options, const struct setting *s, struct fault *f)
{
	if (check_file(s, f) == -1)
		return -1;
	mem_replace(member(options, s), s->value);
	return 0;
}

/* A program and its arguments, quoted where they hold spaces. */
int
set_command(struct options *options, const struct setting *s, struct fault *f)
{
	char **words = words_split(s->value);

	if (words == NULL)
		return refuse(s, f,
		    "a program is needed, with its arguments behind it");
	words_free(&words);
	mem_replace(member(options, s), s->value);
	return 0;
}

static int
read_number(const struct setting *s, unsigned *number, struct fault *f)
{
	const char *why = NULL;
	long long value = strtonum(s->value, s->row->min, s->row->max, &why);
	char reason[80] = "";

	snprintf(reason, sizeof(reason),
	    "a whole number from %u to %u is needed", s->row->min, s->row->max);
	if (why != NULL)
		return refuse(s, f, reason);
	*number = (unsigned)value;
	return 0;
}

int
set_number(struct options *options, const struct setting *s, struct fault *f)
{
	return read_number(s, member(options, s), f);
}

int
set_milliseconds(struct options *options, const struct setting *s,
    struct fault *f)
{
	unsigned *milliseconds = member(options, s);
	unsigned seconds = 0;

	if (read_number(s, &seconds, f) == -1)
		return -1;
	*milliseconds = seconds * 1000;
	return 0;
}

/* An entry's variables are the host's, when it starts the bridge. */
static bool
is_for_entry(const struct options *options)
{
	return options->command->bit == COMMAND_CONFIG;
}

int
set_header(struct options *options, const struct setting *s, struct fault *f)
{
	if (is_for_entry(options))
		return static_headers_check(s->value, s->origin, f);
	return static_headers_add(&options->headers, s->value, s->origin, f);
}

int
set_header_file(struct options *options, const struct setting *s,
    struct fault *f)
{
	if (is_for_entry(options))
		return check_file(s, f);
	mem_replace(&options->header_file, s->value);
	return static_headers_read(&options->headers, s->value, f);
}

int
set_client_secret(struct options *options, const struct setting *s,
    struct fault *f)
{
	if (s->value[0] == '\0' || strlen(s->value) > LIMIT_HEADER_VALUE)
		return refuse(s, f, "a secret is needed");
	secret_set(&options->auth.client_secret, span_of(s->value));
	return 0;
}

int
set_transport(struct options *options, const struct setting *s, struct fault *f)
{
	if (strcmp(s->value, "auto") == 0)
		options->transport = TRANSPORT_AUTO;
	else if (strcmp(s->value, "http") == 0)
		options->transport = TRANSPORT_HTTP;
	else if (strcmp(s->value, "sse") == 0)
		options->transport = TRANSPORT_SSE;
	else
		return refuse(s, f, "auto, http or sse is needed");
	return 0;
}

int
set_proxy(struct options *options, const struct setting *s, struct fault *f)
{
	static const char *const schemes[] = { "http", "https", "socks4",
		"socks4a", "socks5", "socks5h" };
	const char *colon = strstr(s->value, "://");
	bool known = colon == NULL;

	if (strcmp(s->value, "none") == 0) {
		mem_replace(&options->auth.proxy, "");
		return 0;
	}
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		known =
		    known || (colon != NULL &&
				 span_is_nocase(span_make(s->value,
						    (size_t)(colon - s->value)),
				     schemes[i]));
	if (!known || !is_visible_without(s->value, "\\\"<>"))
		return refuse(s, f,
		    "a proxy is written http://HOST:PORT, https://HOST:PORT, "
		    "socks5h://HOST:PORT, or \"none\"");
	mem_replace(&options->auth.proxy, s->value);
	return 0;
}

static int
add_glob(const struct setting *s, char ***list, size_t *count, struct fault *f)
{
	size_t len = strlen(s->value);

	if (len == 0 || len > GLOB_MAX || !header_value_ok(span_of(s->value)))
		return refuse(s, f,
		    "a tool's name or a pattern such as get_* is needed");
	append(list, count, s->value);
	return 0;
}

int
set_tool_allow(struct options *options, const struct setting *s,
    struct fault *f)
{
	return add_glob(s, &options->tool_allow, &options->tool_allow_count, f);
}

int
set_tool_deny(struct options *options, const struct setting *s, struct fault *f)
{
	return add_glob(s, &options->tool_deny, &options->tool_deny_count, f);
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
		return refuse(s, f,
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
			return refuse(s, f,
			    "scopes are words of ASCII without quotes");
	}
	if (strspn(s->value, " ") == strlen(s->value))
		return refuse(s, f, "a scope is needed");
	mem_replace(&options->auth.scope, s->value);
	return 0;
}

static int
check_name(const struct setting *s, struct fault *f)
{
	size_t len = strlen(s->value);
	size_t ok = strspn(s->value, "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	if (len == 0 || len > NAME_MAX_BYTES || ok < len || s->value[0] == '.')
		return refuse(s, f,
		    "a name of letters, digits, \".\", \"_\" and \"-\" is "
		    "needed");
	return 0;
}

int
set_profile(struct options *options, const struct setting *s, struct fault *f)
{
	if (check_name(s, f) == -1)
		return -1;
	mem_replace(&options->auth.profile, s->value);
	return 0;
}

int
set_grant(struct options *options, const struct setting *s, struct fault *f)
{
	if (!auth_grant_parse(s->value, &options->auth.grant))
		return refuse(s, f,
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
		return refuse(s, f, "ES256, RS256, PS256 or EdDSA is needed");
	mem_replace(&options->auth.client_key_alg, s->value);
	return 0;
}

int
set_client_assertion_audience(struct options *options, const struct setting *s,
    struct fault *f)
{
	bool to_endpoint = strcmp(s->value, "token-endpoint") == 0;

	if (!to_endpoint && strcmp(s->value, "issuer") != 0)
		return refuse(s, f, "issuer or token-endpoint is needed");
	options->auth.client_assertion_to_endpoint = to_endpoint;
	return 0;
}

int
set_store(struct options *options, const struct setting *s, struct fault *f)
{
	const char *why = NULL;

	if (!store_name_ok(s->value, &why))
		return refuse(s, f, why);
	mem_replace(&options->auth.store, s->value);
	return 0;
}

int
set_name(struct options *options, const struct setting *s, struct fault *f)
{
	if (check_name(s, f) == -1)
		return -1;
	mem_replace(&options->name, s->value);
	return 0;
}

int
set_id_token_type(struct options *options, const struct setting *s,
    struct fault *f)
{
	bool is_saml = strcmp(s->value, "saml2") == 0;

	if (!is_saml && strcmp(s->value, "id_token") != 0)
		return refuse(s, f, "id_token or saml2 is needed");
	options->auth.id_token_is_saml = is_saml;
	return 0;
}

int
set_callback_host(struct options *options, const struct setting *s,
    struct fault *f)
{
	if (strcmp(s->value, "127.0.0.1") != 0 &&
	    strcmp(s->value, "::1") != 0 && strcmp(s->value, "localhost") != 0)
		return refuse(s, f, "127.0.0.1, ::1 or localhost is needed");
	mem_replace(&options->auth.callback_host, s->value);
	return 0;
}

int
set_callback_path(struct options *options, const struct setting *s,
    struct fault *f)
{
	if (s->value[0] != '/' || has_dot_segment(s->value) ||
	    !is_visible_without(s->value, "?#\\\"<>"))
		return refuse(s, f,
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
		return refuse(s, f,
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
		return refuse(s, f,
		    "an issuer is an https:// URL without a query");
	mem_replace(member(options, s), s->value);
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
		return refuse(s, f, "an endpoint is an https:// URL");
	mem_replace(member(options, s), s->value);
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
		return refuse(s, f, "auto, require or off is needed");
	return 0;
}

int
set_issuer_match(struct options *options, const struct setting *s,
    struct fault *f)
{
	bool exact = strcmp(s->value, "exact") == 0;

	if (!exact && strcmp(s->value, "slash") != 0)
		return refuse(s, f, "exact or slash is needed");
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
	    !is_visible_without(s->value, "#\\\"<>"))
		return refuse(s, f,
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
		return refuse(s, f, "NAME=VALUE is needed");
	if (belongs_to_sign_in(name))
		return refuse(s, f, "sign-in sets this parameter itself");
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
		return refuse(s, f,
		    "a host name or an address is needed, without scheme, "
		    "port and brackets");
	append(&options->auth.allow_hosts, &options->auth.allow_host_count,
	    s->value);
	return 0;
}

int
set_log_level(struct options *options, const struct setting *s, struct fault *f)
{
	if (!log_level_parse(s->value, &options->log_level))
		return refuse(s, f,
		    "silent, error, warn, info or debug is needed");
	return 0;
}

int
set_help(struct options *options, const struct setting *s, struct fault *f)
{
	(void)s;
	(void)f;
	options->show = SHOW_HELP;
	return 0;
}

int
set_version(struct options *options, const struct setting *s, struct fault *f)
{
	(void)s;
	(void)f;
	options->show = SHOW_VERSION;
	return 0;
}
