/* SPDX-License-Identifier: ISC */
/*
 * mcp-remote's flags: one table, one translation each.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/browser.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/compat_p.h"
#include "io/file.h"
#include "wire/url.h"

enum { LOGIN_DEFAULT_S = 300, LOGIN_MAX_S = 3600, SECONDS_MAX = 86400 };

void
compat_note(struct compat_work *w, const struct compat_flag *flag,
    const char *wanted)
{
	list_addf(&w->c->notes, "--%s is passed over: %s", flag->name, wanted);
}

/*
 * Translations
 */

static int
to_nothing(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	(void)w;
	(void)flag;
	(void)value;
	(void)f;
	return 0;
}

static int
to_flag(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	(void)value;
	(void)f;
	list_addf(&w->c->args, "--%s", flag->ours);
	return 0;
}

static int
to_option(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	(void)f;
	list_addf(&w->c->args, "--%s", flag->ours);
	list_add(&w->c->args, value);
	return 0;
}

/* Fractions are allowed there; ours are whole, and no shorter. */
static int
to_seconds(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	char *end = NULL;
	double seconds = strtod(value, &end);

	(void)f;
	if (end == value || *end != '\0' || !(seconds >= 0) ||
	    (seconds <= 0 && flag->min > 0) || seconds > SECONDS_MAX) {
		compat_note(w, flag, "a number of seconds is needed");
		return 0;
	}
	unsigned whole = (unsigned)seconds;
	whole += (double)whole < seconds;
	whole = whole < flag->min ? flag->min : whole;
	whole = whole > flag->max ? flag->max : whole;
	if (flag->ours != NULL) {
		list_addf(&w->c->args, "--%s", flag->ours);
		list_addf(&w->c->args, "%u", whole);
	}
	return 0;
}

static int
to_keep_alive(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	(void)flag;
	(void)value;
	(void)f;
	w->keep_alive = true;
	return 0;
}

/* A wrong one turns nothing on there either. */
static int
to_interval(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	size_t before = w->c->args.count;
	int rc = to_seconds(w, flag, value, f);

	w->has_interval = w->has_interval || w->c->args.count > before;
	return rc;
}

/* There it bounds a wait within the sign-in, here the whole of it. */
static int
to_auth_timeout(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	const struct compat_flag ours = {
		.name = flag->name,
		.ours = "auth-timeout",
		.min = LOGIN_DEFAULT_S,
		.max = LOGIN_MAX_S,
	};

	return to_seconds(w, &ours, value, f);
}

/* Variables that are not set are empty there, here an error: they are set to
 * nothing, before the option replaces them. */
static void
settle_variables(struct compat_work *w, const struct compat_flag *flag,
    const char *text)
{
	const char *end = NULL;

	for (text = strstr(text, "${"); w->expand && text != NULL;
	     text = strstr(end, "${")) {
		char shown[64] = "";
		char *name = NULL;

		end = text + strcspn(text, "}");
		name = mem_copy(text + 2, (size_t)(end - text) - 2);
		if (*end == '}' && getenv(name) == NULL &&
		    setenv(name, "", 0) == 0)
			list_addf(&w->c->notes,
			    "--%s: the variable %s is not set; it counts as "
			    "empty",
			    flag->name,
			    log_text(shown, sizeof(shown), span_of(name)));
		free(name);
	}
}

/* What mcp-remote takes for a header; false where it would not. */
static bool
split_header(const char *line, char **name, const char **value)
{
	size_t len = strspn(line, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	if (len == 0 || line[len] != ':')
		return false;
	*name = mem_copy(line, len);
	*value = line + len + 1;
	*value += strspn(*value, " \t");
	return true;
}

/* The last one of a name counts. */
static void
set_pair(struct list *pairs, const char *name, const char *value)
{
	for (size_t i = 0; i + 1 < pairs->count; i += 2) {
		if (strcmp(pairs->items[i], name) == 0) {
			freezero(pairs->items[i + 1],
			    strlen(pairs->items[i + 1]) + 1);
			pairs->items[i + 1] = mem_string(value);
			return;
		}
	}
	list_add(pairs, name);
	list_add(pairs, value);
}

static int
to_header(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	char *name = NULL;
	const char *text = NULL;

	(void)f;
	if (!split_header(value, &name, &text)) {
		compat_note(w, flag, "it is not written Name: value");
		return 0;
	}
	set_pair(&w->headers, name, text);
	settle_variables(w, flag, text);
	list_add(&w->c->args, "--header");
	list_addf(&w->c->args, "%s:%s", name, text);
	free(name);
	return 0;
}

/* The headers of the file are part of the key, and ours is stricter. */
static int
to_header_file(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	struct file file;
	int rc = file_open(&file, value, f);
	char *rest =
	    rc == 0 && file.exists && file.text.len > 0 ? file.text.data : NULL;

	if (rc == 0 && !file.exists)
		rc = fault_set(f, FAULT_CONFIG, "The header file is not there");
	while (rc == 0 && rest != NULL) {
		const char *line = strsep(&rest, "\n");
		struct span trimmed = span_trim(span_of(line));
		char *copy =
		    mem_copy(trimmed.len > 0 ? trimmed.ptr : "", trimmed.len);
		char *name = NULL;
		const char *text = NULL;

		if (copy[0] != '#' && split_header(copy, &name, &text)) {
			set_pair(&w->headers, name, text);
			settle_variables(w, flag, text);
		}
		free(name);
		freezero(copy, trimmed.len + 1);
	}
	file_close(&file);
	return rc == 0 ? to_option(w, flag, value, f) : -1;
}

static int
to_transport(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	static const char *const modes[][2] = {
		{ "http-first", "auto" },
		{ "sse-first", "auto" },
		{ "http-only", "http" },
		{ "sse-only", "sse" },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(value, modes[i][0]) == 0)
			return to_option(w, flag, modes[i][1], f);
	}
	compat_note(w, flag,
	    "http-first, sse-first, http-only or sse-only is needed");
	return 0;
}

/* Which era the server is of is found out, in both modes. */
static int
to_protocol(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	(void)f;
	if (strcmp(value, "legacy") != 0 && strcmp(value, "auto") != 0)
		compat_note(w, flag, "legacy or auto is needed");
	return 0;
}

static int
to_host(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	if (strcmp(value, "localhost") != 0 &&
	    strcmp(value, "127.0.0.1") != 0 && strcmp(value, "::1") != 0) {
		compat_note(w, flag, "localhost, 127.0.0.1 or ::1 is needed");
		return 0;
	}
	w->has_host = true;
	return to_option(w, flag, value, f);
}

static int
to_path(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	if (value[0] != '/' || strcspn(value, "?#") != strlen(value)) {
		compat_note(w, flag,
		    "a path such as /oauth/callback is needed");
		return 0;
	}
	w->has_path = true;
	return to_option(w, flag, value, f);
}

static int
to_success_url(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	if (browser_check_url(value, NULL) == 0)
		return to_option(w, flag, value, f);
	compat_note(w, flag, "an https URL is needed, or http on this machine");
	return 0;
}

/* Names are compared without regard to case there. */
static int
to_tool_deny(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	w->ignore_tool = true;
	return to_option(w, flag, value, f);
}

static int
to_resource(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	struct span text = span_trim(span_of(value));

	(void)flag;
	(void)f;
	if (text.len == 0) {
		w->no_resource = true;
	} else {
		free(w->resource);
		w->resource = mem_copy(text.ptr, text.len);
	}
	return 0;
}

static int
to_no_resource(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	(void)flag;
	(void)value;
	(void)f;
	w->no_resource = true;
	return 0;
}

/* Sign-in sets these itself; --resource and the scope have ways of their own.
 */
static int
to_authorize_param(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	size_t len = strcspn(value, "=");
	char *name = mem_copy(value, len);

	if (len == 0 || value[len] == '\0') {
		free(name);
		return fault_set(f, FAULT_USAGE,
		    "--authorize-param needs NAME=VALUE");
	}
	set_pair(&w->params, name, value + len + 1);
	if (strcmp(name, "scope") == 0) {
		list_add(&w->c->args, "--scope");
		list_add(&w->c->args, value + len + 1);
	} else if (strcmp(name, "resource") == 0) {
		compat_note(w, flag, "the resource is set by --resource");
	} else {
		to_option(w, flag, value, f);
	}
	free(name);
	return 0;
}

static int
to_metadata_url(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	struct span text = span_trim(span_of(value));
	char *copy = mem_copy(text.len > 0 ? text.ptr : "", text.len);
	struct url url;
	bool ok = false;

	url_init(&url);
	ok = url_parse(&url, span_of(copy), NULL) == 0 && url_is_https(&url) &&
	     strcmp(url.path, "/") != 0;
	url_reset(&url);
	if (ok) {
		mem_replace(&w->metadata_url, copy);
		to_option(w, flag, copy, f);
	} else {
		compat_note(w, flag, "an https URL with a path is needed");
	}
	free(copy);
	return 0;
}

static int
to_token_endpoint(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	mem_replace(&w->token_endpoint, value);
	return to_option(w, flag, value, f);
}

static int
to_client_credentials(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	(void)flag;
	(void)value;
	(void)f;
	w->client_credentials = true;
	list_add(&w->c->args, "--grant");
	list_add(&w->c->args, "client_credentials");
	return 0;
}

static int
to_device_code(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	(void)flag;
	(void)value;
	(void)f;
	list_add(&w->c->args, "--grant");
	list_add(&w->c->args, "device_code");
	return 0;
}

static int
to_client_info(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	(void)flag;
	w->client_info = true;
	return compat_client_info(w->c, value, w->expand, f);
}

static int
to_client_metadata(struct compat_work *w, const struct compat_flag *flag,
    const char *value, struct fault *f)
{
	(void)flag;
	return compat_client_metadata(w->c, value, f);
}

static int
to_log(struct compat_work *w, const struct compat_flag *flag, const char *value,
    struct fault *f)
{
	(void)value;
	(void)f;
	if (strcmp(flag->name, "debug") == 0)
		w->debug = true;
	else
		w->silent = true;
	return 0;
}

static const struct compat_flag flags[] = {
	{ "header", true, to_header, NULL, 0, 0 },
	{ "header-file", true, to_header_file, "header-file", 0, 0 },
	{ "allow-http", false, to_flag, "allow-http", 0, 0 },
	{ "transport", true, to_transport, "transport", 0, 0 },
	{ "protocol", true, to_protocol, NULL, 0, 0 },
	{ "host", true, to_host, "callback-host", 0, 0 },
	{ "callback-path", true, to_path, "callback-path", 0, 0 },
	{ "auth-timeout", true, to_auth_timeout, NULL, 0, 0 },
	{ "auth-success-url", true, to_success_url, "success-url", 0, 0 },
	{ "resource", true, to_resource, NULL, 0, 0 },
	{ "disable-resource-parameter", false, to_no_resource, NULL, 0, 0 },
	{ "authorize-param", true, to_authorize_param, "authorize-param", 0,
	    0 },
	{ "static-oauth-client-metadata", true, to_client_metadata, NULL, 0,
	    0 },
	{ "static-oauth-client-info", true, to_client_info, NULL, 0, 0 },
	{ "client-metadata-url", true, to_metadata_url, "client-metadata-url",
	    0, 0 },
	{ "client-credentials", false, to_client_credentials, NULL, 0, 0 },
	{ "token-endpoint", true, to_token_endpoint, "token-endpoint", 0, 0 },
	{ "device-code", false, to_device_code, NULL, 0, 0 },
	{ "use-id-token", false, to_flag, "use-id-token", 0, 0 },
	{ "disable-cookies", false, to_flag, "no-cookies", 0, 0 },
	{ "ignore-tool", true, to_tool_deny, "tool-deny", 0, 0 },
	{ "keep-alive", false, to_keep_alive, "ping-interval", 0, 0 },
	{ "ping-interval", true, to_interval, "ping-interval", 1, SECONDS_MAX },
	{ "connect-timeout", true, to_seconds, "connect-timeout", 1, 600 },
	{ "headers-timeout", true, to_seconds, "headers-timeout", 0,
	    SECONDS_MAX },
	{ "body-timeout", true, to_seconds, "body-timeout", 0, SECONDS_MAX },
	{ "ipv4", false, to_flag, "ipv4", 0, 0 },
	{ "enable-proxy", false, to_nothing, NULL, 0, 0 },
	{ "debug", false, to_log, NULL, 0, 0 },
	{ "silent", false, to_log, NULL, 0, 0 },
};

const struct compat_flag *
compat_flag_find(const char *word)
{
	size_t len = strcspn(word, "=");

	if (strncmp(word, "--", 2) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strlen(flags[i].name) == len - 2 &&
		    strncmp(flags[i].name, word + 2, len - 2) == 0)
			return &flags[i];
	}
	return NULL;
}
