/* SPDX-License-Identifier: ISC */
/*
 * The way to a token: what the server asks for, who signs users in, and what
 * the store has already. A token is looked into, never shown.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/authorizer.h"
#include "auth/client.h"
#include "auth/document.h"
#include "base/base64.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/doctor_p.h"

static bool
no_sign_in(const struct doctor *d, struct check *c)
{
	if (!d->sign_in)
		check_skip(c, "no sign-in is needed");
	return !d->sign_in;
}

void
doctor_advise_command(const struct doctor *d, struct check *c,
    const char *before, const char *what, const char *after)
{
	char command[LIMIT_URL];

	auth_config_command(d->config, what, command, sizeof(command));
	check_remedy(c, "%s%s%s", before, command, after);
}

bool
doctor_is_unattended(const struct doctor *d, struct check *c)
{
	bool unattended = auth_grant_is_unattended(d->config->grant);

	if (unattended)
		check_skip(c, "nobody has to sign in (--grant %s)",
		    auth_grant_name(d->config->grant));
	return unattended;
}

bool
doctor_asks_nobody(const struct doctor *d, struct check *c)
{
	return !auth_config_asks_person(d->config) &&
	       doctor_is_unattended(d, c);
}

static char *
join(char *const *items, size_t count)
{
	struct buf out;

	buf_init(&out, LIMIT_URL);
	for (size_t i = 0; i < count; i++) {
		if (buf_addf(&out, "%s%s", i > 0 ? " " : "", items[i]) == -1)
			break;
	}
	return out.data;
}

static void
explain_resource(const struct doctor *d, const struct fault *f, struct check *c)
{
	check_fail_fault(c, f);
	if (f->resource[0] != '\0') {
		check_fail(c, f->code,
		    "the server's metadata are of %s, not of %s", f->resource,
		    d->diagnosis->url);
		check_remedy(c,
		    "Give the URL as the server names it: %s; or tell its "
		    "operator",
		    f->resource);
	} else if (f->http_status >= 500 || f->code == FAULT_RATE_LIMITED) {
		check_fail(c, f->code,
		    "the resource metadata cannot be had (HTTP %d)",
		    f->http_status);
		check_remedy(c,
		    "Try again later; if it stays, tell the operator of the "
		    "server");
	}
}

void
doctor_resource(struct doctor *d, struct check *c)
{
	const struct resource_metadata *m = &d->discovery.resource;
	struct fault f = { 0 };
	char *scopes = NULL;

	if (no_sign_in(d, c))
		return;
	if (discover_resource(&d->net, &d->challenge, false, &d->discovery,
		&f) == -1) {
		explain_resource(d, &f, c);
		return;
	}
	if (!m->present) {
		check_warn(c,
		    "none: a server of 2025-03-26, whose own origin is asked "
		    "how to sign in");
		check_remedy(c,
		    "Nothing for you; its operator should add protected "
		    "resource metadata (RFC 9728)");
		return;
	}
	scopes = join(m->scopes, m->scope_count);
	check_fact(c, "foundAt", d->discovery.resource_at);
	check_fact(c, "resource", m->resource);
	check_fact(c, "scopes", scopes);
	for (size_t i = 0; i < m->issuer_count; i++)
		check_fact(c, "issuer", m->issuers[i]);
	check_ok(c, "of %s, naming %zu authorization server%s", m->resource,
	    m->issuer_count, m->issuer_count == 1 ? "" : "s");
	free(scopes);
}

static void
explain_issuer(const struct fault *f, struct check *c)
{
	check_fail_fault(c, f);
	check_fact(c, "issuer", f->issuer[0] != '\0' ? f->issuer : NULL);
	if (f->http_status >= 500 || f->code == FAULT_RATE_LIMITED) {
		check_fail(c, f->code, "%s cannot be asked (HTTP %d)",
		    f->issuer, f->http_status);
		check_remedy(c,
		    "Try again later; if it stays, tell its operator");
	} else if (f->code == FAULT_POLICY && f->detail[0] != '\0' &&
		   strstr(fault_text(f), "another issuer") != NULL) {
		check_fail(c, f->code, "the metadata of %s are those of %s",
		    f->issuer, f->detail);
		check_remedy(c,
		    "If %s is the one you trust: --issuer %s; else tell the "
		    "operator of the server",
		    f->detail, f->detail);
	}
}

void
doctor_issuer(struct doctor *d, struct check *c)
{
	const struct server_metadata *as = &d->discovery.as;
	const char *kept = d->access.issuer;
	const struct provider *provider = NULL;
	struct fault f = { 0 };

	if (no_sign_in(d, c))
		return;
	if (discover_server(&d->net, kept, &d->discovery, &f) == -1) {
		explain_issuer(&f, c);
		return;
	}
	provider = d->discovery.provider;
	check_fact(c, "issuer", as->issuer);
	check_fact(c, "provider", provider != NULL ? provider->name : NULL);
	check_fact(c, "foundAt", d->discovery.as_at);
	check_fact(c, "authorizationEndpoint", as->authorization_endpoint);
	check_fact(c, "tokenEndpoint", as->token_endpoint);
	check_fact(c, "registrationEndpoint", as->registration_endpoint);
	if (kept != NULL && !issuer_matches(kept, as->issuer, false)) {
		check_warn(c, "%s, but the kept sign-in is from %s", as->issuer,
		    kept);
		doctor_advise_command(d, c, "If the server moved: ", "logout",
		    "");
	} else if (as->default_endpoints) {
		check_warn(c, "%s has no metadata: the usual paths are tried",
		    as->issuer);
		check_remedy(c, "Its operator should add metadata (RFC 8414)");
	} else if (provider != NULL) {
		check_ok(c, "%s is %s. %s", as->issuer, provider->name,
		    provider->why);
	} else {
		check_ok(c, "%s", as->issuer);
	}
}

/* Who says so, where the server does not. */
static const char *
pkce_assumed_by(const struct discovery *d)
{
	if (d->as.default_endpoints)
		return "";
	return provider_has(d->provider, PROVIDER_PKCE) ?
		   " (known of this provider)" :
		   " (--assume-pkce-s256)";
}

void
doctor_pkce(struct doctor *d, struct check *c)
{
	const struct server_metadata *as = &d->discovery.as;
	struct fault f = { 0 };

	if (no_sign_in(d, c) || doctor_is_unattended(d, c))
		return;
	if (discovery_check_code_flow(&d->discovery, d->config, &f) == -1)
		check_fail_fault(c, &f);
	else if (as->s256)
		check_ok(c, "S256 is announced");
	else
		check_ok(c, "S256 is taken for granted%s",
		    pkce_assumed_by(&d->discovery));
}

void
doctor_registration(struct doctor *d, struct check *c)
{
	const struct auth_config *config = d->config;
	const struct server_metadata *as = &d->discovery.as;

	if (no_sign_in(d, c))
		return;
	if (config->client_id != NULL)
		check_ok(c, "%s (--client-id)", config->client_id);
	else if (config->client_metadata_url != NULL && as->cimd_supported)
		check_ok(c, "by its metadata document at %s",
		    config->client_metadata_url);
	else if (d->store != NULL &&
		 oauth_client_port(d->store, config, as->issuer) != 0)
		check_ok(c, "registered before, and kept");
	else if (as->registration_endpoint != NULL)
		check_ok(c, "registered at the first sign-in");
	else
		check_fail(c, FAULT_REGISTRATION,
		    "%s registers no clients by itself", as->issuer);
	if (c->status == CHECK_FAILED && d->discovery.provider != NULL &&
	    d->discovery.provider->advice != NULL)
		check_remedy(c, "%s", d->discovery.provider->advice);
	else if (c->status == CHECK_FAILED)
		check_remedy(c,
		    "Register a client there by hand and give it: --client-id "
		    "ID%s",
		    as->cimd_supported ? "; or --client-metadata-url URL" : "");
}

/*
 * What the store has
 */

int
doctor_load_access(struct doctor *d, bool *found, struct fault *f)
{
	struct grant_record grant;
	bool has_grant = false;

	access_record_reset(&d->access);
	d->access.url = mem_string(d->config->url);
	d->access.profile = mem_string(d->config->profile);
	if (access_record_load(&d->access, d->store, found, f) == -1)
		return -1;
	if (d->access.issuer == NULL || d->access.client_id == NULL)
		return 0;
	grant_record_init(&grant);
	grant.issuer = mem_string(d->access.issuer);
	grant.resource = mem_string(d->access.resource);
	grant.client_id = mem_string(d->access.client_id);
	grant.profile = mem_string(d->access.profile);
	int rc = grant_record_load(&grant, d->store, &has_grant, f);
	d->renewable = auth_grant_is_unattended(d->config->grant) ||
		       (has_grant && !secret_empty(&grant.refresh));
	grant_record_reset(&grant);
	return rc;
}

static void
take_answer(void *ctx, const struct auth_answer *answer)
{
	struct fault *f = ctx;

	if (answer->kind == AUTH_ANSWER_FAULT)
		*f = answer->fault;
}

/* As the pump has it done while nobody looks: no browser. */
static int
refresh(const struct doctor *d, struct fault *f)
{
	const struct auth_job job = {
		.config = *d->config, /* lent */
		.why = AUTH_WHY_EXPIRING,
		.who = AUTH_WHO_BACKGROUND,
		.generation = d->access.bearer.generation,
	};
	const struct authorizer_events events = {
		.answer = take_answer,
		.ctx = f,
		.stop_fd = -1,
	};

	authorizer_run(&job, &events);
	return f->code == FAULT_NONE ? 0 : -1;
}

static void
judge_token(struct doctor *d, struct check *c)
{
	const struct bearer *bearer = &d->access.bearer;
	int64_t left_s = bearer->expires_at_s - (int64_t)time(NULL);
	char span[32];

	check_fact(c, "issuer", d->access.issuer);
	check_fact(c, "client", d->access.client_id);
	check_fact(c, "scope", d->access.scope);
	check_fact(c, "renewable", d->renewable ? "yes" : "no");
	d->usable = bearer->expires_at_s == 0 || left_s > 0;
	doctor_describe_span(left_s > 0 ? left_s : -left_s, span, sizeof(span));
	if (bearer->expires_at_s == 0) {
		check_ok(c, "good until the server says otherwise");
	} else if (left_s > 0) {
		check_ok(c, "good for %s%s", span,
		    d->renewable ? ", then renewed" : "");
	} else if (d->renewable) {
		check_ok(c, "expired %s ago, renewed at the next use", span);
		check_remedy(c, "To see whether that works: --refresh");
	} else {
		check_fail(c, FAULT_REFRESH,
		    "expired %s ago, and there is nothing to renew it with",
		    span);
		doctor_advise_command(d, c, "Sign in again: ", "login", "");
	}
}

void
doctor_token(struct doctor *d, struct check *c)
{
	struct fault f = { 0 };
	bool found = false;

	if (no_sign_in(d, c))
		return;
	if (d->store == NULL) {
		check_skip(c, "the store cannot be used");
		return;
	}
	int rc = doctor_load_access(d, &found, &f);
	if (rc == 0 && found && d->options->refresh && d->renewable) {
		rc = refresh(d, &f);
		if (rc == 0)
			rc = doctor_load_access(d, &found, &f);
		check_fact(c, "refreshed", rc == 0 ? "yes" : NULL);
	}
	if (rc == -1) {
		check_fail_fault(c, &f);
	} else if (doctor_is_unattended(d, c) &&
		   secret_empty(&d->access.bearer.token)) {
		check_ok(c, "fetched at the first request (--grant %s)",
		    auth_grant_name(d->config->grant));
	} else if (!found || secret_empty(&d->access.bearer.token)) {
		check_warn(c, d->login_pending ?
				  "a sign-in waits for you in the browser" :
				  "not signed in yet");
		doctor_advise_command(d, c, "Sign in: ", "login",
		    "; or leave it to the host's first request");
	} else {
		judge_token(d, c);
	}
}

/*
 * Audience
 */

/* The claims of a JWT, unverified: the server verifies, we only look. False
 * where the token is none. */
static bool
peek(const struct secret *token, struct buf *claims, struct span *object)
{
	struct span text = secret_peek(token);
	const char *first = memchr(text.ptr, '.', text.len);
	const char *second = NULL;

	if (first == NULL)
		return false;
	first++;
	second = memchr(first, '.', text.len - (size_t)(first - text.ptr));
	if (second == NULL)
		return false;
	return base64url_decode(span_make(first, (size_t)(second - first)),
		   claims) == 0 &&
	       document_open(buf_span(claims), object, NULL) == 0;
}

static bool
same_audience(const char *a, const char *b)
{
	size_t len = strlen(a), other = strlen(b);

	if (len > 0 && a[len - 1] == '/')
		len--;
	if (other > 0 && b[other - 1] == '/')
		other--;
	return len == other && strncmp(a, b, len) == 0;
}

/* `aud` is a string or a list of them (RFC 7519, section 4.1.3). */
static void
read_audience(struct span claims, char ***items, size_t *count)
{
	char *one = document_string(claims, "aud", LIMIT_URL);

	if (one == NULL) {
		document_list(claims, "aud", NULL, items, count);
		return;
	}
	*items = mem_alloc(1, sizeof(**items));
	(*items)[0] = one;
	*count = 1;
}

static void
judge_audience(struct doctor *d, struct check *c, struct span claims)
{
	char *wanted = discovery_resource(&d->discovery, d->config);
	char **items = NULL;
	size_t count = 0;
	bool match = wanted == NULL;

	read_audience(claims, &items, &count);
	char *shown = join(items, count);
	for (size_t i = 0; i < count && !match; i++)
		match = same_audience(items[i], wanted);
	check_fact(c, "aud", shown);
	if (count == 0) {
		check_skip(c, "the token names no audience");
	} else if (match) {
		check_ok(c, "the token is for %s", shown);
	} else if (d->opening.outcome.status == 401 ||
		   d->opening.outcome.status == 403) {
		check_fail(c, FAULT_REJECTED,
		    "the token is for %s, not for %s, and the server rejects "
		    "it",
		    shown, wanted);
	} else {
		check_warn(c,
		    "the token is for %s, not for %s; the server takes it",
		    shown, wanted);
		check_remedy(c,
		    "The operator of the authorization server should heed the "
		    "resource parameter (RFC 8707)");
	}
	document_list_free(&items, &count);
	free(shown);
	free(wanted);
}

void
doctor_audience(struct doctor *d, struct check *c)
{
	struct span claims = { 0 };
	struct buf text;
	int64_t expiry_s = 0;

	if (no_sign_in(d, c))
		return;
	if (secret_empty(&d->access.bearer.token)) {
		check_skip(c, "there is no token");
		return;
	}
	if (d->usable)
		doctor_open(d);
	buf_init(&text, LIMIT_AUTH_DOCUMENT);
	if (peek(&d->access.bearer.token, &text, &claims)) {
		char *issuer = document_string(claims, "iss", LIMIT_URL);
		char *scope = document_string(claims, "scope", LIMIT_URL);

		check_fact(c, "iss", issuer);
		check_fact(c, "scope", scope);
		if (document_int(claims, "exp", &expiry_s))
			check_factf(c, "exp", "%lld", (long long)expiry_s);
		free(issuer);
		free(scope);
		judge_audience(d, c, claims);
	} else {
		check_skip(c, "the token is opaque");
	}
	buf_wipe(&text);
}
