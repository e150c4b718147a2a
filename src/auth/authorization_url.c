/* SPDX-License-Identifier: ISC */
/*
 * The authorization request as a URL. Which parameters a user may add is
 * checked where options are read.
 */
#include "auth/authorize.h"

#include <string.h>

#include "wire/url.h"

static int
add(struct buf *out, const char *name, struct span value)
{
	const char last = out->data[out->len - 1];
	const bool first = strchr(out->data, '?') == NULL;

	/* An endpoint may have a query of its own (RFC 6749 section 3.1). */
	if (last != '?' && last != '&' &&
	    buf_add_string(out, first ? "?" : "&") == -1)
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

/* The user's own; the last prompt wins, so ours need not be there as well. */
static int
add_configured(struct buf *out, const struct authorization_query *query)
{
	const struct auth_config *config = query->config;
	bool has_prompt = false;

	for (size_t i = 0; i < config->authorize_param_count; i++) {
		const struct auth_param *param = &config->authorize_params[i];

		has_prompt |= strcmp(param->name, "prompt") == 0;
		if (add(out, param->name, span_of(param->value)) == -1)
			return -1;
	}
	/* OpenID Connect Core section 11: no offline access without it. */
	if (query->ask_consent && !has_prompt)
		return add(out, "prompt", span_of("consent"));
	return 0;
}

int
authorization_url(const struct authorization_query *query, struct buf *out)
{
	if (buf_add_string(out, query->endpoint) == -1 ||
	    add(out, "response_type", span_of("code")) == -1 ||
	    add(out, "client_id", span_of(query->client_id)) == -1 ||
	    add(out, "redirect_uri", span_of(query->redirect_uri)) == -1 ||
	    add(out, "state", secret_peek(query->state)) == -1 ||
	    add(out, "code_challenge", query->challenge) == -1 ||
	    add(out, "code_challenge_method", span_of("S256")) == -1 ||
	    add_optional(out, "scope", query->scope) == -1 ||
	    add_optional(out, "resource", query->resource) == -1)
		return -1;
	return add_configured(out, query);
}
