/* SPDX-License-Identifier: ISC */
/*
 * Discovery, one request after the other: asking several places at once would
 * tell servers apart by luck.
 */
#include "auth/discover.h"

#include <stdlib.h>
#include <string.h>

#include "auth/metadata_fetch.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

#define WELL_KNOWN_RESOURCE "/.well-known/oauth-protected-resource"
#define WELL_KNOWN_OAUTH "/.well-known/oauth-authorization-server"
#define WELL_KNOWN_OPENID "/.well-known/openid-configuration"

enum { HTTP_NOT_FOUND = 404, HTTP_BAD_METHOD = 405, HTTP_GONE = 410 };

/* Authorization servers of one resource that are tried at all. */
enum { ISSUERS_TRIED = 4 };

void
discovery_init(struct discovery *d)
{
	*d = (struct discovery){ 0 };
	url_init(&d->server);
	resource_metadata_init(&d->resource);
	server_metadata_init(&d->as);
}

void
discovery_reset(struct discovery *d)
{
	url_reset(&d->server);
	free(d->resource_at);
	free(d->as_at);
	resource_metadata_reset(&d->resource);
	server_metadata_reset(&d->as);
	discovery_init(d);
}

/*
 * Resource metadata
 */

/* A place and what it answered. */
struct found {
	const char *where;
	struct span text;
	bool root; /* the well-known place of the origin */
};

static int
accept_resource(const struct auth_net *net, const struct found *found,
    struct discovery *d, struct fault *f)
{
	const struct auth_config *config = net->config;
	struct resource_metadata *m = &d->resource;

	if (resource_metadata_read(m, found->text, config, f) == -1)
		return -1;
	if (!resource_matches(m->resource, &d->server, found->root,
		config->strict_resource)) {
		fault_set(f, FAULT_POLICY,
		    "The resource metadata are of another server");
		log_text(f->resource, sizeof(f->resource),
		    span_of(m->resource));
		return -1;
	}
	mem_replace(&d->resource_at, found->where);
	return 0;
}

/* The place a challenge names. Not there: 0, and nothing is present. */
static int
ask_named(const struct auth_net *net, const char *text, struct discovery *d,
    struct fault *f)
{
	struct metadata_answer answer;
	struct url where;
	int result = 0;

	url_init(&where);
	metadata_answer_init(&answer);
	if (url_parse(&where, span_of(text), NULL) == -1) {
		log_warn("discover",
		    "ignoring a challenge whose resource_metadata is no URL");
		goto out;
	}
	result = metadata_get(net, &where, &answer, f);
	if (result == -1)
		goto out;
	const struct found found = { text, buf_span(&answer.body), false };
	if (answer.found)
		result = accept_resource(net, &found, d, f);
	else if (answer.status != HTTP_NOT_FOUND && answer.status != HTTP_GONE)
		result = fault_set(f, FAULT_DISCOVERY,
		    "The resource metadata cannot be had (HTTP %d)",
		    answer.status);
out:
	metadata_answer_reset(&answer);
	url_reset(&where);
	return result;
}

/* A well-known place. Absent: 0, and nothing is present. */
static int
ask_well_known(const struct auth_net *net, const char *suffix,
    struct discovery *d, struct fault *f)
{
	const bool root = suffix[0] == '\0';
	struct metadata_answer answer;
	struct url where;
	char *origin = url_origin(&d->server);
	char *text = mem_format("%s" WELL_KNOWN_RESOURCE "%s", origin, suffix);

	url_init(&where);
	metadata_answer_init(&answer);
	int result = url_parse(&where, span_of(text), f);
	if (result == 0)
		result = metadata_get(net, &where, &answer, f);
	const struct found found = { text, buf_span(&answer.body), root };
	if (result == 0 && answer.found)
		result = accept_resource(net, &found, d, f);
	metadata_answer_reset(&answer);
	url_reset(&where);
	free(text);
	free(origin);
	return result;
}

/* What follows the well-known path for the MCP URL itself (RFC 9728, section
 * 3.1): path and query, without the slash that ends a bare host. */
static char *
well_known_suffix(const struct url *server)
{
	const char *path = strcmp(server->path, "/") == 0 ? "" : server->path;

	if (server->query == NULL)
		return mem_string(path);
	return mem_format("%s?%s", path, server->query);
}

static int
find_resource(const struct auth_net *net, const struct challenge *challenge,
    struct discovery *d, struct fault *f)
{
	const size_t named = challenge != NULL ? challenge->metadata_count : 0;
	int result = 0;

	auth_net_stage(net, "Asking the server where its users sign in");
	for (size_t i = 0; i < named && !d->resource.present; i++) {
		result = ask_named(net, challenge->metadata[i], d, f);
		if (result == -1)
			return -1;
	}
	if (d->resource.present)
		return 0;

	char *suffix = well_known_suffix(&d->server);
	if (suffix[0] != '\0')
		result = ask_well_known(net, suffix, d, f);
	free(suffix);
	if (result == -1 || d->resource.present)
		return result;
	return ask_well_known(net, "", d, f);
}

/* The price of a tolerant match, said once for each server. */
static void
warn_of_wide_resource(const struct discovery *d)
{
	char shown[128] = "";

	if (strcmp(d->resource.resource, d->server.text) != 0)
		log_warn("discover",
		    "the server signs in its users for all of \"%s\"",
		    log_text(shown, sizeof(shown),
			span_of(d->resource.resource)));
}

/*
 * Authorization server metadata
 */

struct probes {
	char *urls[3]; /* owned */
	size_t count;
};

/* The well-known places of an issuer, in order. */
static void
probes_for(const struct url *issuer, struct probes *p)
{
	char *origin = url_origin(issuer);
	size_t len = strlen(issuer->path);

	if (len > 0 && issuer->path[len - 1] == '/')
		len--;
	char *path = mem_copy(issuer->path, len);

	p->urls[p->count++] =
	    mem_format("%s" WELL_KNOWN_OAUTH "%s", origin, path);
	p->urls[p->count++] =
	    mem_format("%s" WELL_KNOWN_OPENID "%s", origin, path);
	if (len > 0)
		p->urls[p->count++] =
		    mem_format("%s%s" WELL_KNOWN_OPENID, origin, path);
	free(path);
	free(origin);
}

static void
probes_reset(struct probes *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->urls[i]);
	*p = (struct probes){ 0 };
}

/* An issuer under examination. */
struct search {
	const char *issuer;
	struct fault refused; /* why the first document was dropped */
	bool missing;         /* every probe said that there is no such path */
	char *found_at;       /* owned: where the document was; or NULL */
};

static int
probe_issuer(const struct auth_net *net, const char *text, struct search *s,
    struct server_metadata *m, struct fault *f)
{
	struct metadata_answer answer;
	struct fault why = { 0 };
	struct url where;

	url_init(&where);
	metadata_answer_init(&answer);
	int result = url_parse(&where, span_of(text), f);
	if (result == 0)
		result = metadata_get(net, &where, &answer, f);
	if (result == -1)
		goto out;
	if (!answer.found) {
		s->missing =
		    s->missing && (answer.status == HTTP_NOT_FOUND ||
				      answer.status == HTTP_BAD_METHOD ||
				      answer.status == HTTP_GONE);
		goto out;
	}
	s->missing = false;
	if (server_metadata_read(m, buf_span(&answer.body), s->issuer,
		net->config, &why) == -1 &&
	    s->refused.code == FAULT_NONE)
		s->refused = why;
out:
	metadata_answer_reset(&answer);
	url_reset(&where);
	return result;
}

/* A document that fails validation is dropped and the next place asked; trouble
 * ends the search, since it says nothing about what is there. */
static int
search_issuer(const struct auth_net *net, struct search *s,
    struct server_metadata *m, struct fault *f)
{
	struct probes probes = { 0 };
	struct url u;

	url_init(&u);
	int result = url_parse(&u, span_of(s->issuer), f);
	if (result == 0)
		probes_for(&u, &probes);
	s->missing = true;
	for (size_t i = 0; i < probes.count && result == 0; i++) {
		result = probe_issuer(net, probes.urls[i], s, m, f);
		if (m->issuer == NULL)
			continue;
		s->found_at = mem_string(probes.urls[i]);
		break;
	}
	if (result == -1) {
		s->missing = false;
	} else if (m->issuer == NULL) {
		result = fault_set(f, FAULT_DISCOVERY,
		    "The authorization server has no metadata");
		if (s->refused.code != FAULT_NONE)
			*f = s->refused;
	}
	if (result == -1)
		auth_fault_issuer(f, s->issuer);
	probes_reset(&probes);
	url_reset(&u);
	return result;
}

static int
find_issuer(const struct auth_net *net, const char *issuer, struct discovery *d,
    struct fault *f)
{
	struct search s = { .issuer = issuer };
	int result = search_issuer(net, &s, &d->as, f);

	free(d->as_at);
	d->as_at = s.found_at;
	return result;
}

/* A server of the 2025-03-26 revision: its origin is the issuer, with default
 * endpoints where it has no metadata. */
static int
find_legacy(const struct auth_net *net, const char *origin, struct discovery *d,
    struct fault *f)
{
	struct search s = { .issuer = origin };
	int result = search_issuer(net, &s, &d->as, f);

	free(d->as_at);
	d->as_at = s.found_at;
	if (result == 0 || !s.missing)
		return result;
	server_metadata_defaults(&d->as, origin);
	return 0;
}

static const char *
listed_issuer(const struct resource_metadata *m, const char *issuer)
{
	for (size_t i = 0; i < m->issuer_count && issuer != NULL; i++) {
		if (issuer_matches(m->issuers[i], issuer, false))
			return m->issuers[i];
	}
	return NULL;
}

static int
find_first_usable(const struct auth_net *net, struct discovery *d,
    struct fault *f)
{
	const struct resource_metadata *resource = &d->resource;
	struct fault first = { 0 };

	for (size_t i = 0; i < resource->issuer_count; i++) {
		if (i == ISSUERS_TRIED)
			break;
		if (find_issuer(net, resource->issuers[i], d, f) == 0)
			return 0;
		if (i == 0)
			first = *f;
	}
	*f = first;
	return -1;
}

/* Pinned, then the holder of our tokens, then what the server lists;
 * an unlisted pin is the user's decision. */
static int
find_server(const struct auth_net *net, const char *preferred,
    struct discovery *d, struct fault *f)
{
	const char *pinned = net->config->issuer;
	const char *listed = listed_issuer(&d->resource, preferred);

	auth_net_stage(net, "Asking the authorization server how");
	if (pinned != NULL) {
		if (d->resource.issuer_count > 0 &&
		    listed_issuer(&d->resource, pinned) == NULL)
			log_warn("discover",
			    "the server does not list the pinned issuer");
		return find_issuer(net, pinned, d, f);
	}
	if (listed != NULL)
		return find_issuer(net, listed, d, f);
	if (d->resource.issuer_count > 0)
		return find_first_usable(net, d, f);

	char *origin = url_origin(&d->server);
	int result = d->resource.present ? find_issuer(net, origin, d, f) :
					   find_legacy(net, origin, d, f);
	free(origin);
	return result;
}

static int
succeed(struct discovery *d, const struct auth_config *config)
{
	if (!config->no_adaptations)
		d->provider = provider_of(d->as.issuer);
	if (d->provider != NULL)
		log_info("discover", "provider: %s", d->provider->name);
	return 0;
}

static int
fail(struct discovery *d, const char *phase, struct fault *f)
{
	discovery_reset(d);
	fault_phase(f, phase);
	return -1;
}

/* The user named the endpoints: nobody is asked for any. */
static int
use_configured(struct discovery *d, const struct auth_config *config)
{
	struct url u;

	url_init(&u);
	if (url_parse(&u, span_of(config->token_endpoint), NULL) == 0) {
		char *origin = url_origin(&u);

		server_metadata_configured(&d->as, config, origin);
		free(origin);
	}
	url_reset(&u);
	return succeed(d, config);
}

int
discover_resource(const struct auth_net *net, const struct challenge *challenge,
    bool had_metadata, struct discovery *d, struct fault *f)
{
	discovery_reset(d);
	if (url_parse(&d->server, span_of(net->config->url), f) == -1)
		return fail(d, "prm", f);
	if (net->config->token_endpoint != NULL)
		return 0;
	if (find_resource(net, challenge, d, f) == -1)
		return fail(d, "prm", f);
	if (!d->resource.present && had_metadata) {
		fault_set(f, FAULT_DISCOVERY,
		    "The server does not show its resource metadata any more");
		return fail(d, "prm", f);
	}
	if (d->resource.present && !had_metadata)
		warn_of_wide_resource(d);
	return 0;
}

int
discover_server(const struct auth_net *net, const char *preferred_issuer,
    struct discovery *d, struct fault *f)
{
	if (net->config->token_endpoint != NULL)
		return use_configured(d, net->config);
	if (find_server(net, preferred_issuer, d, f) == 0)
		return succeed(d, net->config);
	server_metadata_reset(&d->as);
	fault_phase(f, "asm");
	return -1;
}

int
discover(const struct auth_net *net, const struct challenge *challenge,
    const char *preferred_issuer, bool had_metadata, struct discovery *d,
    struct fault *f)
{
	if (discover_resource(net, challenge, had_metadata, d, f) == -1)
		return -1;
	if (discover_server(net, preferred_issuer, d, f) == 0)
		return 0;
	discovery_reset(d);
	return -1;
}

int
discover_issuer(const struct auth_net *net, const char *issuer,
    struct discovery *d, struct fault *f)
{
	discovery_reset(d);
	if (url_parse(&d->server, span_of(net->config->url), f) == -1)
		return fail(d, "asm", f);
	if (net->config->token_endpoint != NULL)
		return use_configured(d, net->config);

	char *origin = url_origin(&d->server);
	int result = strcmp(issuer, origin) == 0 ?
			 find_legacy(net, origin, d, f) :
			 find_issuer(net, issuer, d, f);
	free(origin);
	return result == 0 ? succeed(d, net->config) : fail(d, "asm", f);
}

int
discovery_check_code_flow(const struct discovery *d,
    const struct auth_config *config, struct fault *f)
{
	const struct server_metadata *as = &d->as;

	if (as->authorization_endpoint == NULL || !as->code_flow) {
		fault_set(f, FAULT_POLICY,
		    "The authorization server does not offer sign-in by "
		    "authorization code");
		auth_fault_issuer(f, as->issuer);
		return -1;
	}
	if (!as->s256 && !as->default_endpoints && !config->assume_pkce_s256 &&
	    !provider_has(d->provider, PROVIDER_PKCE)) {
		fault_set(f, FAULT_POLICY,
		    "The authorization server does not announce PKCE with "
		    "S256");
		auth_fault_issuer(f, as->issuer);
		if (f != NULL)
			fault_advise(f, "If it is known to support it: "
					"--assume-pkce-s256");
		return -1;
	}
	return 0;
}

/* The MCP URL as an identifier: what was not written is not invented,
 * and a query stays out, since users put keys there. */
static char *
canonical_url(const struct url *server)
{
	const char *authority = strstr(server->text, "://") + 3;
	const char *end = authority + strcspn(authority, "/?");
	char *origin = url_origin(server);
	char *text =
	    mem_format("%s%s", origin, *end == '/' ? server->path : "");

	free(origin);
	return text;
}

char *
discovery_resource(const struct discovery *d, const struct auth_config *config)
{
	if (config->no_resource)
		return NULL;
	if (config->resource != NULL)
		return mem_string(config->resource);
	if (provider_has(d->provider, PROVIDER_NO_RESOURCE))
		return NULL;
	if (d->resource.resource != NULL)
		return mem_string(d->resource.resource);
	return canonical_url(&d->server);
}
