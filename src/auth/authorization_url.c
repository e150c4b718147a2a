/* SPDX-License-Identifier: ISC */
/*
 * The authorization request as a URL, or as a form to be pushed. Which
 * parameters a user may add is checked where options are read.
 */
#include "auth/authorize.h"

#include <string.h>

#include "wire/url.h"

/* An endpoint may have a query of its own (RFC 6749 section 3.1). */
static int
start_query(struct buf *out, const char *endpoint)
{
	if (buf_add_string(out, endpoint) == -1)
		return -1;
	return strchr(endpoint, '?') == NULL ? buf_add_string(out, "?") : 0;
}

static int
add(struct buf *out, const char *name, struct span value)
{
	const char last = out->len > 0 ? out->data[out->len - 1] : '&';

	if (last != '?' && last != '&' && buf_add_string(out, "&") == -1)
		return -1;
	if (url_form_encode(span_of(name), out) == -1 ||
	    buf_add_string(out, "=") == -1)
		return -1;
	return url_form_encode(value, out);
}

static int
add_optional(struct buf *out, const char *name, const char *value)
{
	return value != NULL ? add(out, name, span_of(value)) : 0;
}

static bool
is_configured(const struct auth_config *config, const char *name)
{
	for (size_t i = 0; i < config->authorize_param_count; i++) {
		if (strcmp(config->authorize_params[i].name, name) == 0)
			return true;
	}
	return false;
}

/* What the provider is known to need, unless the user says otherwise. */
static int
add_provided(struct buf *out, const struct authorization_query *query,
    bool *has_prompt)
{
	const struct provider_param *param =
	    query->provider != NULL ? query->provider->params : NULL;

	for (; param != NULL && param->name != NULL; param++) {
		if (is_configured(query->config, param->name))
			continue;
		*has_prompt |= strcmp(param->name, "prompt") == 0;
		if (add(out, param->name, span_of(param->value)) == -1)
			return -1;
	}
	return 0;
}

/* The last prompt wins at some servers: only one is sent. */
static int
add_further(struct buf *out, const struct authorization_query *query)
{
	const struct auth_config *config = query->config;
	bool has_prompt = is_configured(config, "prompt");

	for (size_t i = 0; i < config->authorize_param_count; i++) {
		const struct auth_param *param = &config->authorize_params[i];

		if (add(out, param->name, span_of(param->value)) == -1)
			return -1;
	}
	if (add_provided(out, query, &has_prompt) == -1)
		return -1;
	/* OpenID Connect Core section 11: no offline access without it. */
	if (query->ask_consent && !has_prompt)
		return add(out, "prompt", span_of("consent"));
	return 0;
}

int
authorization_form(const struct authorization_query *query, struct buf *out)
{
	if (add(out, "response_type", span_of("code")) == -1 ||
	    add(out, "client_id", span_of(query->client_id)) == -1 ||
	    add(out, "redirect_uri", span_of(query->redirect_uri)) == -1 ||
	    add(out, "state", secret_peek(query->state)) == -1 ||
	    add(out, "code_challenge", query->challenge) == -1 ||
	    add(out, "code_challenge_method", span_of("S256")) == -1 ||
	    add_optional(out, "scope", query->scope) == -1 ||
	    add_optional(out, "resource", query->resource) == -1 ||
	    add_optional(out, "audience", query->config->audience) == -1 ||
	    add_optional(out, "dpop_jkt", query->dpop_jkt) == -1 ||
	    (query->nonce != NULL && !secret_empty(query->nonce) &&
		add(out, "nonce", secret_peek(query->nonce)) == -1))
		return -1;
	return add_further(out, query);
}

int
authorization_url(const struct authorization_query *query, struct buf *out)
{
	if (start_query(out, query->endpoint) == -1)
		return -1;
	return authorization_form(query, out);
}

int
authorization_pushed_url(const struct authorization_query *query,
    const char *request_uri, struct buf *out)
{
	if (start_query(out, query->endpoint) == -1 ||
	    add(out, "client_id", span_of(query->client_id)) == -1)
		return -1;
	return add(out, "request_uri", span_of(request_uri));
}
