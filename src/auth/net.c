/* SPDX-License-Identifier: ISC */
/*
 * Reaching the network for a sign-in. None of the user's headers, cookies or
 * tokens are added here.
 */
#include "auth/net.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth/document.h"
#include "base/limits.h"
#include "base/log.h"
#include "io/resolve.h"
#include "wire/json.h"

enum {
	HTTP_BAD_REQUEST = 400,
	HTTP_UNAUTHORIZED = 401,
	HTTP_TIMEOUT = 408,
	HTTP_TOO_EARLY = 425,
	HTTP_TOO_MANY = 429,
	HTTP_SERVER_ERROR = 500
};

struct http_options
auth_net_options(const struct auth_config *config)
{
	return (struct http_options){
		.ca_file = config->ca_file,
		.cert_file = config->cert_file,
		.key_file = config->key_file,
		.proxy = config->proxy,
		.http1_only = config->http1_only,
		.ipv4_only = config->ipv4_only,
		.connect_timeout_ms = config->connect_timeout_ms,
	};
}

enum address_class
auth_net_server_class(const char *text)
{
	enum address_class class = ADDRESS_PUBLIC;
	struct resolved found;
	struct url url;

	url_init(&url);
	if (url_parse(&url, span_of(text), NULL) == 0 &&
	    resolve(url.host, &found, NULL) == 0)
		class = found.addresses[0].class;
	url_reset(&url);
	return class;
}

void
auth_net_stage(const struct auth_net *net, const char *text)
{
	log_debug("auth", "%s", text);
	if (net->stage != NULL)
		net->stage(net->ctx, text);
}

/* The user named this host with --allow-host. */
static bool
host_allowed(const struct auth_config *config, const struct url *u)
{
	for (size_t i = 0; i < config->allow_host_count; i++) {
		if (strcasecmp(config->allow_hosts[i], u->host) == 0)
			return true;
	}
	return false;
}

static bool
same_origin_as(const char *text, const struct url *u)
{
	struct url other;
	bool same = false;

	if (text == NULL)
		return false;
	url_init(&other);
	if (url_parse(&other, span_of(text), NULL) == 0)
		same = url_same_origin(&other, u);
	url_reset(&other);
	return same;
}

bool
auth_url_allowed(const struct auth_config *config, const struct url *u)
{
	if (url_is_https(u) || url_is_loopback(u))
		return true;
	return config->allow_http &&
	       (host_allowed(config, u) || same_origin_as(config->url, u));
}

int
auth_url_check(const struct auth_config *config, const char *text,
    struct fault *f)
{
	struct url u;
	int result = 0;

	url_init(&u);
	if (url_parse(&u, span_of(text), NULL) == -1)
		result = fault_set(f, FAULT_POLICY,
		    "An address for sign-in is no http or https URL");
	else if (!auth_url_allowed(config, &u))
		result = fault_set(f, FAULT_POLICY,
		    "An address for sign-in is not https");
	if (result == -1)
		fault_detail(f, span_of(text));
	url_reset(&u);
	return result;
}

/* The length of a dot at the start of `p`, plain or encoded; else 0. */
static size_t
dot_len(const char *p)
{
	if (p[0] == '.')
		return 1;
	return strncasecmp(p, "%2e", 3) == 0 ? 3 : 0;
}

static bool
is_dot_segment(const char *segment)
{
	const char *p = segment + dot_len(segment);

	if (p == segment)
		return false;
	p += dot_len(p);
	return *p == '\0' || *p == '/';
}

bool
auth_path_has_dots(const char *path)
{
	const char *slash = strchr(path, '/');

	while (slash != NULL) {
		if (is_dot_segment(slash + 1))
			return true;
		slash = strchr(slash + 1, '/');
	}
	return false;
}

/* What the user named may be of any class; what a peer names only of the MCP
 * server's. */
static struct fetch_policy
policy_for(const struct auth_net *net, const struct url *where)
{
	return (struct fetch_policy){
		.addresses.also = net->server_class,
		.addresses.any = host_allowed(net->config, where) ||
				 same_origin_as(net->config->issuer, where),
		.allow_http = net->config->allow_http,
	};
}

int
auth_net_send(const struct auth_net *net, const struct url *where,
    struct http_request *request, struct fetch_response *response,
    struct fault *f)
{
	if (!auth_url_allowed(net->config, where)) {
		fault_set(f, FAULT_POLICY,
		    "An address for sign-in is not https");
		fault_detail(f, span_of(where->host));
		return -1;
	}

	const struct fetch_policy policy = policy_for(net, where);
	request->url = where->text;
	request->timeout_ms = TIMEOUT_AUTH_FETCH_MS;
	int result = fetch(net->client, request, &policy, response, f);
	if (result == -1 && f->code == FAULT_POLICY)
		fault_advise(f, "If this host is meant: --allow-host %.200s",
		    where->host);
	return result;
}

static int
post_to(const struct auth_net *net, const struct url *where,
    const struct auth_post *post, struct fetch_response *response,
    struct fault *f)
{
	struct http_headers *headers = http_headers_new();
	int result = -1;

	http_headers_add(headers, "Accept", span_of("application/json"));
	http_headers_add(headers, "Content-Type", span_of(post->content_type));
	if (post->basic != NULL)
		http_headers_add_secret(headers, "Authorization", "Basic ",
		    secret_peek(post->basic));
	if (post->prove && net->prover != NULL)
		prover_add(net->prover, where, headers);

	struct http_request request = {
		.method = "POST",
		.headers = headers,
		.body = post->body,
	};
	result = auth_net_send(net, where, &request, response, f);
	http_headers_free(&headers);
	if (result == 0 && net->prover != NULL)
		prover_heard(net->prover, where, response->dpop_nonce);
	return result;
}

int
auth_net_post(const struct auth_net *net, const struct auth_post *post,
    struct fetch_response *response, struct fault *f)
{
	struct url where;

	url_init(&where);
	int result = url_parse(&where, span_of(post->url), f);
	if (result == 0)
		result = post_to(net, &where, post, response, f);
	url_reset(&where);
	return result;
}

/* RFC 9449 section 8. */
bool
auth_net_wants_nonce(const struct auth_net *net,
    const struct fetch_response *response)
{
	struct span object = { 0 }, error = { 0 };

	return net->prover != NULL && net->prover->key != NULL &&
	       (response->status == HTTP_BAD_REQUEST ||
		   response->status == HTTP_UNAUTHORIZED) &&
	       response->dpop_nonce != NULL &&
	       document_open(buf_span(&response->body), &object, NULL) == 0 &&
	       json_get(object, "error", &error) &&
	       json_string_is(error, "use_dpop_nonce");
}

static bool
is_temporary(int status)
{
	return status >= HTTP_SERVER_ERROR || status == HTTP_TOO_MANY ||
	       status == HTTP_TIMEOUT || status == HTTP_TOO_EARLY;
}

int
auth_net_trouble(const struct fetch_response *response, struct fault *f)
{
	const int status = response->status;

	if (!is_temporary(status))
		return 0;
	if (status == HTTP_TOO_MANY)
		fault_set(f, FAULT_RATE_LIMITED, "%s", "");
	else
		fault_set(f, FAULT_HTTP,
		    "The server used for sign-in has trouble (HTTP %d)",
		    status);
	if (f != NULL) {
		f->http_status = status;
		f->retry_after_s = response->retry_after_s;
	}
	return -1;
}

void
auth_fault_issuer(struct fault *f, const char *issuer)
{
	if (f != NULL)
		log_text(f->issuer, sizeof(f->issuer), span_of(issuer));
}

bool
auth_fault_transient(const struct fault *f)
{
	if (f->code == FAULT_HTTP)
		return is_temporary(f->http_status) ||
		       strcmp(f->oauth_error, "server_error") == 0 ||
		       strcmp(f->oauth_error, "temporarily_unavailable") == 0;
	return f->code == FAULT_UNREACHABLE || f->code == FAULT_TIMEOUT ||
	       f->code == FAULT_RATE_LIMITED;
}
