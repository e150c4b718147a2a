/* SPDX-License-Identifier: ISC */
/*
 * OAuth errors. The description of a server is quoted, unless it quotes in its
 * turn what we sent: "Invalid refresh token: …" is not rare.
 */
#include "auth/oauth_error.h"

#include <stdlib.h>
#include <string.h>

#include "auth/document.h"
#include "auth/net.h"
#include "base/limits.h"
#include "wire/header.h"
#include "wire/url.h"

/* A quoted secret this short says nothing; shorter values are words. */
enum { SECRET_MIN = 8 };

static const struct {
	const char *code;
	enum fault_code fault; /* FAULT_NONE: as the endpoint sees it */
} errors[] = {
	{ "access_denied", FAULT_DENIED },
	{ "account_selection_required", FAULT_NONE },
	{ "authorization_pending", FAULT_NONE },
	{ "consent_required", FAULT_NONE },
	{ "expired_token", FAULT_NONE },
	{ "interaction_required", FAULT_NONE },
	{ "invalid_client", FAULT_REGISTRATION },
	{ "invalid_client_metadata", FAULT_NONE },
	{ "invalid_dpop_proof", FAULT_NONE },
	{ "invalid_grant", FAULT_REFRESH },
	{ "invalid_redirect_uri", FAULT_NONE },
	{ "invalid_request", FAULT_NONE },
	{ "invalid_scope", FAULT_SCOPE },
	{ "invalid_software_statement", FAULT_NONE },
	{ "invalid_target", FAULT_NONE },
	{ "invalid_token", FAULT_NONE },
	{ "login_required", FAULT_NONE },
	{ "server_error", FAULT_HTTP },
	{ "slow_down", FAULT_NONE },
	{ "temporarily_unavailable", FAULT_HTTP },
	{ "unapproved_software_statement", FAULT_NONE },
	{ "unauthorized_client", FAULT_REGISTRATION },
	{ "unsupported_grant_type", FAULT_NONE },
	{ "unsupported_response_type", FAULT_NONE },
	{ "unsupported_token_type", FAULT_NONE },
	{ "use_dpop_nonce", FAULT_NONE },
};

enum { ERROR_COUNT = sizeof(errors) / sizeof(errors[0]) };

static size_t
find(struct span text)
{
	size_t i = 0;

	while (i < ERROR_COUNT && !span_is(text, errors[i].code))
		i++;
	return i;
}

const char *
oauth_error_known(struct span text)
{
	const size_t i = find(text);

	return i < ERROR_COUNT ? errors[i].code : NULL;
}

static bool
holds(struct span text, struct span secret)
{
	if (secret.len < SECRET_MIN)
		return false;
	for (size_t i = 0; i + secret.len <= text.len; i++) {
		if (memcmp(text.ptr + i, secret.ptr, secret.len) == 0)
			return true;
	}
	return false;
}

static bool
holds_field(struct span text, struct span form, const char *name)
{
	struct span value = { 0 };
	struct buf plain;

	if (!url_query_get(form, name, &value, NULL))
		return false;
	buf_init(&plain, LIMIT_AUTH_DOCUMENT);
	bool held = buf_reserve(&plain, value.len) == -1 ||
		    url_decode(value, true, &plain) == -1 ||
		    holds(text, buf_span(&plain));
	buf_wipe(&plain);
	return held;
}

static bool
quotes_secret(struct span text, const struct oauth_sent *sent)
{
	static const char *const fields[] = { "assertion", "client_assertion",
		"client_secret", "code", "code_verifier", "device_code",
		"refresh_token", "subject_token", "token" };

	if (sent == NULL)
		return false;
	if (sent->secret != NULL && holds(text, secret_peek(sent->secret)))
		return true;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (holds_field(text, sent->form, fields[i]))
			return true;
	}
	return false;
}

static void
quote(struct span text, const struct oauth_sent *sent, struct fault *f)
{
	if (!quotes_secret(text, sent))
		fault_detail(f, text);
}

/* A page would be noise; a line of plain text is meant for us. */
static bool
is_plain_text(const struct fetch_response *response)
{
	return response->content_type != NULL &&
	       span_is_nocase(header_media_type(
				  span_of(response->content_type)),
		   "text/plain");
}

int
oauth_error_fault(const struct fetch_response *response,
    const struct oauth_sent *sent, enum fault_code otherwise, struct fault *f)
{
	const struct span body = buf_span(&response->body);
	struct span object = { 0 };
	char *code = NULL, *description = NULL;
	size_t i = ERROR_COUNT;

	if (auth_net_trouble(response, f) == -1)
		return -1;
	if (document_open(body, &object, NULL) == 0) {
		code = document_string(object, "error", LIMIT_ID);
		description = document_string(object, "error_description",
		    LIMIT_AUTH_DOCUMENT);
	}
	if (code != NULL)
		i = find(span_of(code));

	enum fault_code fault = i < ERROR_COUNT ? errors[i].fault : FAULT_NONE;
	fault_set(f, fault != FAULT_NONE ? fault : otherwise, "%s", "");
	if (f != NULL) {
		f->http_status = response->status;
		f->retry_after_s = response->retry_after_s;
		if (i < ERROR_COUNT)
			strlcpy(f->oauth_error, errors[i].code,
			    sizeof(f->oauth_error));
		if (description != NULL)
			quote(span_of(description), sent, f);
		else if (is_plain_text(response))
			quote(body, sent, f);
	}
	free(code);
	free(description);
	return -1;
}
