/* SPDX-License-Identifier: ISC */
/*
 * Token requests and revocation. Which grant is asked for, and what happens to
 * the tokens, is decided by the callers.
 */
#include "auth/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "auth/document.h"
#include "auth/oauth_error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "wire/header.h"
#include "wire/json.h"
#include "wire/url.h"

enum { HTTP_OK = 200, HTTP_REDIRECT = 300, HTTP_CLIENT_ERROR = 400 };

enum { REFRESH_EARLY_MIN_S = 30, REFRESH_EARLY_MAX_S = 300 };

void
token_response_init(struct token_response *t)
{
	*t = (struct token_response){ 0 };
}

void
token_response_reset(struct token_response *t)
{
	secret_reset(&t->access);
	secret_reset(&t->refresh);
	secret_reset(&t->id_token);
	free(t->type);
	free(t->scope);
	token_response_init(t);
}

/* Like buf_reserve, wiping what the storage grows out of. */
static int
reserve_wiping(struct buf *form, size_t extra)
{
	struct buf bigger;

	if (form->space > form->len + extra)
		return 0;
	buf_init(&bigger, form->max);
	if (buf_reserve(&bigger, form->len * 2 + extra) == -1 &&
	    buf_reserve(&bigger, form->len + extra) == -1)
		return -1;
	int result = buf_add_span(&bigger, buf_span(form));
	buf_wipe(form);
	buf_take(form, &bigger);
	return result;
}

int
token_form_add(struct buf *form, const char *name, struct span value)
{
	/* '&', '=' and every byte of the value escaped. */
	if (value.len > form->max ||
	    reserve_wiping(form, strlen(name) + 2 + 3 * value.len) == -1)
		return -1;
	if (form->len > 0 && buf_add_string(form, "&") == -1)
		return -1;
	if (buf_add_string(form, name) == -1 || buf_add_string(form, "=") == -1)
		return -1;
	return url_form_encode(value, form);
}

static const char *
known_type(const char *type)
{
	static const char *const types[] = { "Bearer", "DPoP" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (type != NULL && strcasecmp(type, types[i]) == 0)
			return types[i];
	}
	return NULL;
}

/*
 * A token that is born expired gets no time to refresh it at: it is used once,
 * and then the server says what it thinks of it.
 */
int64_t
token_refresh_at(int64_t now_s, int64_t lifetime_s)
{
	int64_t early = lifetime_s / 10;

	if (lifetime_s == 0)
		return 0;
	if (early < REFRESH_EARLY_MIN_S)
		early = REFRESH_EARLY_MIN_S;
	if (early > REFRESH_EARLY_MAX_S)
		early = REFRESH_EARLY_MAX_S;
	if (early > lifetime_s / 2)
		early = lifetime_s / 2;
	return now_s + lifetime_s - early;
}

static void
set_times(struct token_response *t, struct span object, int64_t sent_at_s)
{
	int64_t lifetime = 0;

	if (!document_int(object, "expires_in", &lifetime) || lifetime < 0 ||
	    lifetime > TOKEN_LIFETIME_MAX_S)
		return;
	t->expires_at_s = sent_at_s + lifetime;
	t->refresh_at_s = token_refresh_at(sent_at_s, lifetime);
}

static int
read_token(struct token_response *t, struct span object, int64_t sent_at_s,
    struct fault *f)
{
	if (!document_secret(object, "access_token", LIMIT_HEADERS, &t->access))
		return fault_set(f, FAULT_PROTOCOL,
		    "The token endpoint gave no token");
	if (!header_is_visible(secret_peek(&t->access)))
		return fault_set(f, FAULT_PROTOCOL,
		    "The access token has characters no header can carry");

	char *type = document_string(object, "token_type", LIMIT_ID);
	t->type = mem_string(known_type(type));
	free(type);
	if (t->type == NULL)
		return fault_set(f, FAULT_PROTOCOL,
		    "The token endpoint gave a token of no known type");

	(void)document_secret(object, "refresh_token", LIMIT_HEADERS,
	    &t->refresh);
	(void)document_secret(object, "id_token", LIMIT_HEADERS, &t->id_token);
	t->scope = document_string(object, "scope", LIMIT_HEADERS);
	set_times(t, object, sent_at_s);
	return 0;
}

int
token_response_read(struct token_response *t, struct span text,
    int64_t sent_at_s, struct fault *f)
{
	struct span object = { 0 };

	token_response_reset(t);
	if (document_open(text, &object, f) == -1)
		return -1;
	if (read_token(t, object, sent_at_s, f) == -1) {
		token_response_reset(t);
		return -1;
	}
	return 0;
}

/* Posts `form` with the client's authentication added. */
static int
post_once(const struct auth_net *net, const char *url,
    const struct oauth_client *client, struct buf *form,
    struct fetch_response *response, struct fault *f)
{
	struct secret basic = { 0 };
	struct auth_post post = {
		.url = url,
		.content_type = "application/x-www-form-urlencoded",
	};
	int result = oauth_client_authenticate(client, form, &basic);

	if (result == -1) {
		fault_set(f, FAULT_TOO_LARGE, "A token request is too large");
	} else {
		post.body = buf_span(form);
		post.prove = true;
		post.basic = secret_empty(&basic) ? NULL : &basic;
		result = auth_net_post(net, &post, response, f);
	}
	secret_reset(&basic);
	return result;
}

/* Authenticated anew where the server wants its nonce: an assertion of the
 * client serves once, as a proof does. */
static int
post_form(const struct auth_net *net, const char *url,
    const struct oauth_client *client, struct buf *form,
    struct fetch_response *response, struct fault *f)
{
	const size_t bare = form->len;
	int result = post_once(net, url, client, form, response, f);

	if (result == 0 && auth_net_wants_nonce(net, response)) {
		form->len = bare;
		result = post_once(net, url, client, form, response, f);
	}
	return result;
}

/* Some servers send errors with a status of success. */
static bool
is_success(const struct fetch_response *response)
{
	struct span object = { 0 }, error = { 0 };

	if (response->status < HTTP_OK || response->status >= HTTP_REDIRECT)
		return false;
	return document_open(buf_span(&response->body), &object, NULL) == -1 ||
	       !json_get(object, "error", &error);
}

static int
refuse(const struct fetch_response *response, const struct oauth_client *client,
    const struct buf *form, struct fault *f)
{
	const struct oauth_sent sent = {
		.form = buf_span(form),
		.secret = &client->secret,
	};

	if (response->status >= HTTP_REDIRECT &&
	    response->status < HTTP_CLIENT_ERROR) {
		fault_set(f, FAULT_HTTP,
		    "The authorization server redirects a request that may "
		    "not be redirected");
		f->http_status = response->status;
		return -1;
	}
	return oauth_error_fault(response, &sent, FAULT_HTTP, f);
}

/* The answer of a success. */
static int
post_to_token_endpoint(const struct auth_net *net, const struct discovery *d,
    const struct oauth_client *client, struct buf *form,
    struct fetch_response *response, struct fault *f)
{
	const char *endpoint = oauth_client_endpoint(client,
	    d->as.token_endpoint, d->as.mtls.token_endpoint);
	int result = post_form(net, endpoint, client, form, response, f);

	if (result == 0 && !is_success(response))
		result = refuse(response, client, form, f);
	return result;
}

/* What was asked for as bound must not come as a plain bearer, which would
 * serve whoever takes it; what is bound without our proof serves nobody
 * (A-085). */
static int
check_binding(const struct auth_net *net, const struct token_response *t,
    struct fault *f)
{
	const bool bound = strcmp(t->type, "DPoP") == 0;
	const bool proven = net->prover != NULL && net->prover->key != NULL;

	if (bound == proven)
		return 0;
	if (bound)
		return fault_set(f, FAULT_PROTOCOL,
		    "The token endpoint gave a token that is bound to no key "
		    "of ours");
	fault_set(f, FAULT_POLICY,
	    "The authorization server gave a token that is not bound to our "
	    "key");
	fault_advise(f, "%s",
	    "If the server takes plain tokens after all: --dpop off");
	return -1;
}

/* For servers that take it instead of the access token. */
static int
use_id_token(struct token_response *t, struct fault *f)
{
	if (secret_empty(&t->id_token) ||
	    !header_is_visible(secret_peek(&t->id_token))) {
		fault_set(f, FAULT_PROTOCOL,
		    "The token endpoint gave no ID token");
		fault_advise(f, "Ask for the scope openid as well: --scope");
		return -1;
	}
	secret_set(&t->access, secret_peek(&t->id_token));
	return 0;
}

int
token_request(const struct auth_net *net, const struct discovery *d,
    const struct oauth_client *client, struct buf *form,
    struct token_response *t, struct fault *f)
{
	const int64_t sent_at_s = (int64_t)time(NULL);
	struct fetch_response response;

	token_response_reset(t);
	fetch_response_init(&response);
	int result = post_to_token_endpoint(net, d, client, form, &response, f);
	if (result == 0)
		result = token_response_read(t, buf_span(&response.body),
		    sent_at_s, f);
	fetch_response_reset(&response);
	if (result == 0)
		result = check_binding(net, t, f);
	if (result == 0 && net->config->use_id_token)
		result = use_id_token(t, f);
	if (result == -1) {
		token_response_reset(t);
		fault_phase(f, "token");
	}
	return result;
}

static bool
member_is(struct span object, const char *key, const char *wanted)
{
	char *text = document_string(object, key, LIMIT_ID);
	bool same = text != NULL && strcasecmp(text, wanted) == 0;

	free(text);
	return same;
}

int
token_exchange_read(struct secret *assertion, struct span text, struct fault *f)
{
	struct span object = { 0 };

	secret_reset(assertion);
	if (document_open(text, &object, f) == -1)
		return -1;
	if (!member_is(object, "issued_token_type", TOKEN_TYPE_ID_JAG) ||
	    !member_is(object, "token_type", "N_A"))
		return fault_set(f, FAULT_PROTOCOL,
		    "The identity provider gave another token than an "
		    "identity assertion");
	if (!document_secret(object, "access_token", LIMIT_HEADERS, assertion))
		return fault_set(f, FAULT_PROTOCOL,
		    "The identity provider gave no token");
	return 0;
}

int
token_exchange(const struct auth_net *net, const struct discovery *d,
    const struct oauth_client *client, struct buf *form,
    struct secret *assertion, struct fault *f)
{
	struct fetch_response response;

	fetch_response_init(&response);
	int result = post_to_token_endpoint(net, d, client, form, &response, f);
	if (result == 0)
		result =
		    token_exchange_read(assertion, buf_span(&response.body), f);
	fetch_response_reset(&response);
	if (result == -1)
		fault_phase(f, "exchange");
	return result;
}

int
token_post(const struct auth_net *net, const char *url,
    const struct oauth_client *client, struct buf *form, struct buf *answer,
    struct fault *f)
{
	struct fetch_response response;

	fetch_response_init(&response);
	int result = post_form(net, url, client, form, &response, f);
	if (result == 0 && is_success(&response))
		buf_take(answer, &response.body);
	else if (result == 0)
		result = refuse(&response, client, form, f);
	fetch_response_reset(&response);
	return result;
}

int
token_revoke(const struct auth_net *net, const struct discovery *d,
    const struct oauth_client *client, const char *hint,
    const struct secret *token, struct fault *f)
{
	const char *endpoint = oauth_client_endpoint(client,
	    d->as.revocation_endpoint, d->as.mtls.revocation_endpoint);
	struct fetch_response response;
	struct buf form;
	int result = -1;

	if (endpoint == NULL)
		return fault_set(f, FAULT_DISCOVERY,
		    "The authorization server offers no revocation");

	buf_init(&form, LIMIT_AUTH_DOCUMENT);
	fetch_response_init(&response);
	if (token_form_add(&form, "token", secret_peek(token)) == -1 ||
	    token_form_add(&form, "token_type_hint", span_of(hint)) == -1) {
		fault_set(f, FAULT_TOO_LARGE, "%s", "");
		goto out;
	}
	result = post_form(net, endpoint, client, &form, &response, f);
	if (result == 0 && response.status != HTTP_OK)
		result = refuse(&response, client, &form, f);
out:
	fetch_response_reset(&response);
	buf_wipe(&form);
	return result;
}
