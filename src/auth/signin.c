/* SPDX-License-Identifier: ISC */
/*
 * What every step of a job needs: the store, the network, the records.
 */
#include "auth/signin.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/idp_session.h"
#include "auth/vault.h"
#include "base/log.h"
#include "base/mem.h"

static void
tell_stage(void *ctx, const char *text)
{
	struct signin *s = ctx;
	struct auth_answer answer;

	auth_answer_init(&answer);
	answer.kind = AUTH_ANSWER_STAGE;
	answer.text = mem_string(text);
	s->events->answer(s->events->ctx, &answer);
	auth_answer_reset(&answer);
}

static void
open_network(struct signin *s)
{
	const struct auth_config *config = s->config;
	const struct http_options options = auth_net_options(config);

	s->loop = loop_new();
	s->client = http_client_new(s->loop, &options);
	s->net = (struct auth_net){
		.client = s->client,
		.config = config,
		.prover = &s->prover,
		.protocol_version = s->job->protocol_version,
		.server_class = auth_net_server_class(config->url),
		.stage = tell_stage,
		.ctx = s,
	};
}

int
signin_open(struct signin *s, const struct auth_job *job,
    const struct authorizer_events *events, struct fault *f)
{
	*s = (struct signin){
		.job = job,
		.config = &job->config,
		.events = events,
		.useless = job->generation,
	};
	access_record_init(&s->access);
	discovery_init(&s->discovery);
	prover_init(&s->prover);
	challenge_init(&s->challenge);
	for (size_t i = 0; i < job->challenge_count; i++)
		challenge_add(&s->challenge, span_of(job->challenges[i]));
	s->access.url = mem_string(job->config.url);
	s->access.profile = mem_string(job->config.profile);
	s->store = vault_open(s->config, f);
	if (s->store == NULL)
		return -1;
	open_network(s);
	return 0;
}

void
signin_close(struct signin *s)
{
	idp_free(&s->idp);
	discovery_reset(&s->discovery);
	prover_reset(&s->prover);
	access_record_reset(&s->access);
	challenge_reset(&s->challenge);
	free(s->unknown_client);
	if (s->client != NULL)
		http_client_free(&s->client);
	if (s->loop != NULL)
		loop_free(&s->loop);
	if (s->store != NULL)
		store_close(&s->store);
}

int
signin_load(struct signin *s, struct fault *f)
{
	bool found = false;

	return access_record_load(&s->access, s->store, &found, f);
}

bool
signin_has_token(const struct signin *s)
{
	const struct bearer *b = &s->access.bearer;

	return bearer_usable(b) && b->generation != s->useless &&
	       access_record_is_of(&s->access, s->config->grant) &&
	       (b->expires_at_s == 0 || b->expires_at_s > (int64_t)time(NULL));
}

int
signin_discover(struct signin *s, struct fault *f)
{
	if (s->discovered)
		return 0;
	discovery_reset(&s->discovery);
	if (discover(&s->net, &s->challenge, s->access.issuer,
		s->access.had_metadata, &s->discovery, f) == -1)
		return -1;
	s->discovered = true;
	return 0;
}

int
signin_load_grant(const struct signin *s, struct grant_record *grant,
    bool *found, struct fault *f)
{
	*found = false;
	grant_record_reset(grant);
	grant->issuer = mem_string(s->access.issuer);
	grant->resource = mem_string(s->access.resource);
	grant->client_id = mem_string(s->access.client_id);
	grant->profile = mem_string(s->access.profile);
	if (grant->issuer == NULL || grant->client_id == NULL)
		return 0;
	return grant_record_load(grant, s->store, found, f);
}

int
signin_client(struct signin *s, const struct grant_record *grant,
    struct oauth_client *client, struct fault *f)
{
	/* Where the server itself was not asked. */
	s->discovery.resource.tls_bound |= grant->tls_bound;
	return oauth_client_find(&s->net, s->store, &s->discovery,
	    grant->client_id, client, f);
}

void
signin_name_idp(struct signin *s)
{
	const struct auth_config *config = s->config;
	const bool ours = idp_session_wanted(config);

	mem_replace(&s->access.idp_issuer, ours ? config->idp_issuer : NULL);
	mem_replace(&s->access.idp_client_id,
	    ours ? config->idp_client_id : NULL);
}

/* A record made anew starts from the clock, so that no generation comes twice,
 * not even after a logout. */
static uint64_t
next_generation(const struct access_record *access)
{
	if (access->bearer.generation == 0)
		return (uint64_t)time(NULL);
	return access->bearer.generation + 1;
}

int
signin_save_access(struct signin *s, const struct grant_record *grant,
    const struct token_response *tokens, struct fault *f)
{
	struct access_record *access = &s->access;
	struct bearer *bearer = &access->bearer;
	bool renewable = auth_grant_is_unattended(s->config->grant) ||
			 !secret_empty(&grant->refresh);

	mem_replace(&access->issuer, grant->issuer);
	mem_replace(&access->resource, grant->resource);
	mem_replace(&access->client_id, grant->client_id);
	mem_replace(&access->scope, grant->scope);
	mem_replace(&access->grant, access_record_grant(s->config->grant));
	signin_name_idp(s);
	access->obtained_at_s = (int64_t)time(NULL);
	if (s->discovered)
		access->had_metadata = s->discovery.resource.present;
	bearer->generation = next_generation(access);
	secret_set(&bearer->token, secret_peek(&tokens->access));
	mem_replace(&bearer->scheme, tokens->type);
	prover_keep(&s->prover, &bearer->key);
	access->tls_bound = oauth_client_binds(s->config, &s->discovery);
	bearer->expires_at_s = tokens->expires_at_s;
	bearer->refresh_at_s = renewable ? tokens->refresh_at_s : 0;
	return access_record_save(access, s->store, f);
}

bool
signin_deserted(const struct signin *s)
{
	struct pollfd stop = { .fd = s->events->stop_fd, .events = POLLIN };

	return poll(&stop, 1, 0) == 1;
}
