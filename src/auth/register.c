/* SPDX-License-Identifier: ISC */
/*
 * Dynamic client registration. Where the result is kept is not known here.
 */
#include "auth/register.h"

#include <stdlib.h>
#include <string.h>

#include "auth/document.h"
#include "auth/oauth_error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/json.h"

#define CLIENT_NAME "mcp-bridge"
/* Identifies the program across versions and installations. */
#define SOFTWARE_ID "6f1c1b1e-5f0e-4d7e-9d0a-2a6f6d1f4c53"

enum {
	HTTP_OK = 200,
	HTTP_CREATED = 201,
	HTTP_BAD_REQUEST = 400,
	HTTP_UNPROCESSABLE = 422
};

/* With a secret the server may insist on, without one by choice. */
static const char *
method_to_register(const struct server_metadata *as)
{
	static const char *const methods[] = { "none", "client_secret_basic",
		"client_secret_post" };

	if (!as->auth_methods_listed || as->auth_method_count == 0)
		return methods[0];
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (document_list_has(as->auth_methods, as->auth_method_count,
			methods[i]))
			return methods[i];
	}
	return NULL;
}

static int
put_string(struct buf *out, const char *key, const char *value)
{
	if (json_put_key(out, key) == -1)
		return -1;
	return json_put_string(out, span_of(value));
}

static int
put_list(struct buf *out, const char *key, const char *const *items)
{
	if (json_put_key(out, key) == -1 || json_open(out, '[') == -1)
		return -1;
	for (size_t i = 0; items[i] != NULL; i++) {
		if (json_put_string(out, span_of(items[i])) == -1)
			return -1;
	}
	return json_close(out, ']');
}

/* How users sign in to this client: sent back with a code, or by a code that
 * they enter elsewhere (RFC 8628), for which nothing is redirected. */
static int
put_flow(struct buf *out, const char *redirect_uri)
{
	const char *const redirects[] = { redirect_uri, NULL };
	const char *const grants[] = { redirect_uri != NULL ?
					   "authorization_code" :
					   GRANT_TYPE_DEVICE,
		"refresh_token", NULL };
	const char *const responses[] = { redirect_uri != NULL ? "code" : NULL,
		NULL };

	if (redirect_uri != NULL &&
	    put_list(out, "redirect_uris", redirects) == -1)
		return -1;
	if (put_list(out, "grant_types", grants) == -1)
		return -1;
	return put_list(out, "response_types", responses);
}

static int
put_flag(struct buf *out, const char *key, bool set)
{
	if (!set)
		return 0;
	if (json_put_key(out, key) == -1)
		return -1;
	return json_put_bool(out, true);
}

/* RFC 9449 section 5.2, RFC 8705 section 3.4. */
static int
put_binding(struct buf *out, const struct registration_record *r)
{
	if (put_flag(out, "dpop_bound_access_tokens", r->dpop_bound) == -1)
		return -1;
	return put_flag(out, "tls_client_certificate_bound_access_tokens",
	    r->tls_bound);
}

bool
registration_owns(struct span key)
{
	static const char *const names[] = { "application_type", "client_id",
		"client_secret", "dpop_bound_access_tokens", "grant_types",
		"jwks", "jwks_uri", "redirect_uris", "response_types", "scope",
		"tls_client_certificate_bound_access_tokens",
		"token_endpoint_auth_method" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (json_key_is(key, names[i]))
			return true;
	}
	return false;
}

static int
put_name(struct buf *out, struct span more)
{
	struct span given;

	return json_get(more, "client_name", &given) ?
		   0 :
		   put_string(out, "client_name", CLIENT_NAME);
}

/* The name of a version goes with the name of its software. */
static int
put_software(struct buf *out, struct span more)
{
	struct span given;

	if (json_get(more, "software_id", &given) ||
	    json_get(more, "software_version", &given))
		return 0;
	if (put_string(out, "software_id", SOFTWARE_ID) == -1)
		return -1;
	return put_string(out, "software_version", VERSION);
}

static int
put_more(struct buf *out, struct span more)
{
	struct json_iter it;
	struct span key, value;
	int rc = 0;

	json_iter_init(&it, more);
	while (rc == 0 && json_next(&it, &key, &value)) {
		char *name =
		    json_string_dup(span_make(key.ptr - 1, key.len + 2),
			LIMIT_URL);

		rc = name == NULL || json_put_key(out, name) == -1 ||
			     json_put_raw(out, value) == -1 ?
			 -1 :
			 0;
		free(name);
	}
	return rc;
}

static int
put_metadata(struct buf *out, const struct registration_record *r,
    const char *method)
{
	if (put_flow(out, r->redirect_uri) == -1 || put_binding(out, r) == -1 ||
	    put_string(out, "application_type", "native") == -1)
		return -1;
	return put_string(out, "token_endpoint_auth_method", method);
}

int
registration_write(const struct server_metadata *as,
    const struct registration_record *r, struct span more, struct buf *out,
    struct fault *f)
{
	const char *method = method_to_register(as);

	if (method == NULL)
		return fault_set(f, FAULT_REGISTRATION,
		    "The authorization server wants clients to authenticate "
		    "in a way that registration cannot set up");
	if (json_open(out, '{') == -1 || put_name(out, more) == -1 ||
	    put_more(out, more) == -1 || put_metadata(out, r, method) == -1 ||
	    put_software(out, more) == -1 ||
	    (r->scope != NULL && put_string(out, "scope", r->scope) == -1) ||
	    json_close(out, '}') == -1)
		return fault_set(f, FAULT_TOO_LARGE,
		    "A registration is too large");
	return 0;
}

/* RFC 6749, appendix A: visible characters and spaces. */
static bool
client_id_ok(const char *id)
{
	const char *p = id;

	while (*p >= ' ' && *p <= '~')
		p++;
	return *p == '\0' && p > id;
}

/* Gateways in front of a fixed client return redirects of their own. */
static void
compare_redirects(const struct registration_record *r, struct span object)
{
	char **uris = NULL;
	size_t count = 0;

	if (r->redirect_uri == NULL)
		return;
	document_list(object, "redirect_uris", NULL, &uris, &count);
	if (!document_list_has(uris, count, r->redirect_uri))
		log_warn("register",
		    "the registration came back without our redirect URI");
	document_list_free(&uris, &count);
}

int
registration_read(struct registration_record *r, struct span text,
    struct fault *f)
{
	struct span object = { 0 };

	if (document_open(text, &object, f) == -1)
		return fault_set(f, FAULT_REGISTRATION,
		    "The answer to a registration is no valid JSON object");

	char *id = document_string(object, "client_id", LIMIT_URL);
	if (id == NULL || !client_id_ok(id)) {
		free(id);
		return fault_set(f, FAULT_REGISTRATION,
		    "The answer to a registration has no usable client_id");
	}
	free(r->client_id);
	r->client_id = id;
	free(r->auth_method);
	r->auth_method =
	    document_string(object, "token_endpoint_auth_method", LIMIT_ID);
	document_secret(object, "client_secret", LIMIT_HEADER_VALUE,
	    &r->client_secret);
	r->secret_expires_at_s = 0;
	if (!document_int(object, "client_secret_expires_at",
		&r->secret_expires_at_s) ||
	    r->secret_expires_at_s < 0)
		r->secret_expires_at_s = 0;
	compare_redirects(r, object);
	return 0;
}

static int
register_once(const struct auth_net *net, const struct server_metadata *as,
    struct registration_record *r, struct fault *f)
{
	struct fetch_response response;
	struct buf body;
	struct auth_post post = {
		.url = as->registration_endpoint,
		.content_type = "application/json",
	};

	buf_init(&body, LIMIT_AUTH_DOCUMENT);
	fetch_response_init(&response);
	const char *more = net->config->client_metadata;
	int result = registration_write(as, r,
	    span_of(more != NULL ? more : ""), &body, f);
	if (result == 0) {
		post.body = buf_span(&body);
		result = auth_net_post(net, &post, &response, f);
	}
	if (result == 0)
		result = response.status == HTTP_OK ||
				 response.status == HTTP_CREATED ?
			     registration_read(r, buf_span(&response.body), f) :
			     oauth_error_fault(&response, NULL,
				 FAULT_REGISTRATION, f);
	fetch_response_reset(&response);
	buf_reset(&body);
	return result;
}

/* 127.0.0.1 for localhost and the other way round; false for other hosts. */
static bool
swap_loopback_name(struct registration_record *r)
{
	static const char by_number[] = "http://127.0.0.1:";
	static const char by_name[] = "http://localhost:";
	const struct span uri =
	    span_of(r->redirect_uri != NULL ? r->redirect_uri : "");
	const char *from = by_number, *to = by_name;

	if (span_starts_with(uri, by_name)) {
		from = by_name;
		to = by_number;
	} else if (!span_starts_with(uri, by_number)) {
		return false;
	}
	char *swapped = mem_format("%s%s", to, uri.ptr + strlen(from));
	free(r->redirect_uri);
	r->redirect_uri = swapped;
	return true;
}

struct attempts {
	bool without_scope; /* each of them is made once */
	bool with_other_name;
};

/* Changes what the server may have disliked; false when nothing is left. */
static bool
adjust(struct registration_record *r, struct attempts *tried,
    const struct fault *f)
{
	const bool redirect =
	    strcmp(f->oauth_error, "invalid_redirect_uri") == 0;
	const bool metadata =
	    strcmp(f->oauth_error, "invalid_client_metadata") == 0;

	if (f->http_status != HTTP_BAD_REQUEST &&
	    f->http_status != HTTP_UNPROCESSABLE)
		return false;
	if (!redirect && r->scope != NULL && !tried->without_scope) {
		tried->without_scope = true;
		free(r->scope);
		r->scope = NULL;
		return true;
	}
	if ((redirect || metadata) && !tried->with_other_name) {
		tried->with_other_name = true;
		return swap_loopback_name(r);
	}
	return false;
}

int
register_client(const struct auth_net *net, const struct server_metadata *as,
    struct registration_record *r, struct fault *f)
{
	struct attempts tried = { 0 };

	auth_net_stage(net, "Registering with the authorization server");
	int result = register_once(net, as, r, f);
	while (result == -1 && adjust(r, &tried, f))
		result = register_once(net, as, r, f);
	if (result == -1) {
		fault_phase(f, "registration");
		auth_fault_issuer(f, as->issuer);
	}
	return result;
}
