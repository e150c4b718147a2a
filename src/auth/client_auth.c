/* SPDX-License-Identifier: ISC */
/*
 * How a client authenticates at the token endpoint (RFC 6749 section 2.3).
 */
#include "auth/client.h"

#include <string.h>

#include "auth/document.h"
#include "auth/token.h"
#include "base/base64.h"
#include "wire/url.h"

/* A server that lists nothing takes what it is given. */
static bool
takes(const struct server_metadata *as, const char *method)
{
	return !as->auth_methods_listed || document_list_has(as->auth_methods,
					       as->auth_method_count, method);
}

static const char *const tls_methods[] = { "tls_client_auth",
	"self_signed_tls_client_auth" };

enum { TLS_METHODS = sizeof(tls_methods) / sizeof(tls_methods[0]) };

bool
client_auth_is_tls(const char *method)
{
	for (size_t i = 0; i < TLS_METHODS; i++) {
		if (strcmp(method, tls_methods[i]) == 0)
			return true;
	}
	return false;
}

/* A certificate may be there for other reasons, so the server has to say that
 * it looks at it. */
static const char *
method_without_secret(const struct server_metadata *as, const char *registered,
    bool has_certificate)
{
	if (!has_certificate || !as->auth_methods_listed ||
	    (registered != NULL && !client_auth_is_tls(registered)))
		return "none";
	for (size_t i = 0; i < TLS_METHODS; i++) {
		if (registered != NULL &&
		    strcmp(registered, tls_methods[i]) == 0 &&
		    takes(as, tls_methods[i]))
			return tls_methods[i];
	}
	for (size_t i = 0; i < TLS_METHODS; i++) {
		if (takes(as, tls_methods[i]))
			return tls_methods[i];
	}
	return "none";
}

const char *
client_auth_method(const struct server_metadata *as, const char *registered,
    struct client_means means)
{
	static const char *const methods[] = { "client_secret_basic",
		"client_secret_post", "none" };
	const size_t count = sizeof(methods) / sizeof(methods[0]);

	if (!means.secret)
		return method_without_secret(as, registered, means.certificate);
	for (size_t i = 0; i < count; i++) {
		if (registered != NULL && strcmp(registered, methods[i]) == 0 &&
		    takes(as, methods[i]))
			return methods[i];
	}
	for (size_t i = 0; i < count; i++) {
		if (takes(as, methods[i]))
			return methods[i];
	}
	return NULL;
}

/* Both buffers have room for the longest outcome from the start: growing would
 * leave copies of the secret behind. */
static int
make_basic(const struct oauth_client *c, struct secret *basic)
{
	const struct span id = span_of(c->id);
	const struct span secret = secret_peek(&c->secret);
	const size_t longest = 3 * (id.len + secret.len) + 1;
	struct buf pair, coded;
	int result = -1;

	buf_init(&pair, longest);
	buf_init(&coded, longest / 3 * 4 + 4);
	if (buf_reserve(&pair, pair.max) == 0 &&
	    buf_reserve(&coded, coded.max) == 0 &&
	    url_form_encode(id, &pair) == 0 &&
	    buf_add_string(&pair, ":") == 0 &&
	    url_form_encode(secret, &pair) == 0 &&
	    base64_encode(buf_span(&pair), &coded) == 0) {
		secret_set(basic, buf_span(&coded));
		result = 0;
	}
	buf_wipe(&pair);
	buf_wipe(&coded);
	return result;
}

const char *
oauth_client_endpoint(const struct oauth_client *c, const char *endpoint,
    const char *alias)
{
	return c->mutual_tls && alias != NULL ? alias : endpoint;
}

/* An authorization request that is pushed says it already. */
static int
add_client_id(const struct oauth_client *c, struct buf *form)
{
	struct span there = { 0 };

	if (c->source == CLIENT_NAMELESS ||
	    url_query_get(buf_span(form), "client_id", &there, NULL))
		return 0;
	return token_form_add(form, "client_id", span_of(c->id));
}

int
oauth_client_authenticate(const struct oauth_client *c, struct buf *form,
    struct secret *basic)
{
	secret_reset(basic);
	if (strcmp(c->auth_method, "client_secret_basic") == 0)
		return make_basic(c, basic);
	if (strcmp(c->auth_method, METHOD_PRIVATE_KEY_JWT) == 0)
		return client_key_assert(&c->key, c->id, form);
	if (add_client_id(c, form) == -1)
		return -1;
	if (strcmp(c->auth_method, "client_secret_post") == 0)
		return token_form_add(form, "client_secret",
		    secret_peek(&c->secret));
	return 0;
}
