/* SPDX-License-Identifier: ISC */
/*
 * One interactive sign-in. What belongs to an attempt (verifier, state, issuer,
 * redirect URI) lives in this process only and is never written down.
 */
#include "auth/authorize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/browser.h"
#include "auth/callback.h"
#include "auth/oauth_error.h"
#include "auth/scope.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/json.h"
#include "wire/url.h"

enum { STATE_BYTES = 16, PORT_WAIT_MS = 250 };

void
authorization_init(struct authorization *a)
{
	*a = (struct authorization){ 0 };
	oauth_client_init(&a->client);
	token_response_init(&a->tokens);
}

void
authorization_reset(struct authorization *a)
{
	oauth_client_reset(&a->client);
	token_response_reset(&a->tokens);
	free(a->scope);
	authorization_init(a);
}

/* A sign-in under way. */
struct flow {
	const struct authorize_request *request;
	struct authorization *result;
	struct callback *callback; /* owned */
	struct secret state;
	struct secret verifier;
	bool offline_added; /* offline_access is our own addition */
	bool renew_client;  /* the server does not take the one we are */
	bool client_renewed;
};

/*
 * The listener
 */

/* A port held by a login of ours at the same issuer comes free by itself. */
struct holder {
	unsigned port;
	bool found;
};

static bool
note_login(void *ctx, const char *key, struct span json)
{
	struct holder *holder = ctx;
	struct span value = { 0 };
	struct url start;
	int64_t deadline_s = 0;

	(void)key;
	if (!json_get(json, "deadline", &value) ||
	    !json_int64(value, &deadline_s) ||
	    deadline_s <= (int64_t)time(NULL) ||
	    !json_get(json, "start_url", &value))
		return true;
	char *text = json_string_dup(value, LIMIT_URL);
	url_init(&start);
	if (text != NULL && url_parse(&start, span_of(text), NULL) == 0)
		holder->found = start.port == holder->port;
	url_reset(&start);
	free(text);
	return !holder->found;
}

static bool
held_by_us(struct store *store, unsigned port)
{
	struct holder holder = { .port = port };

	return store_each(store, STORE_LOGIN, note_login, &holder, NULL) == 0 &&
	       holder.found;
}

/* Opens on `port`, queueing behind another login of ours there. */
static int
open_in_turn(struct flow *flow, const struct callback_options *options,
    struct fault *f)
{
	const struct authorize_request *request = flow->request;
	const struct timespec pause = { .tv_nsec = PORT_WAIT_MS * 1000000L };
	int rc = callback_open(&flow->callback, options, f);

	while (rc == -1 && f->code == FAULT_BUSY &&
	       held_by_us(request->store, options->port) &&
	       (int64_t)time(NULL) < request->deadline_s) {
		nanosleep(&pause, NULL);
		rc = callback_open(&flow->callback, options, f);
	}
	return rc;
}

/* The user's port strictly, else that of the registration, else any. */
static int
open_listener(struct flow *flow, struct fault *f)
{
	const struct auth_config *config = flow->request->net->config;
	struct callback_options options = {
		.host = config->callback_host,
		.path = config->callback_path,
		.port = config->callback_port,
	};

	if (options.port == 0)
		options.port = oauth_client_port(flow->request->store, config,
		    flow->request->discovery->as.issuer);
	int rc = open_in_turn(flow, &options, f);
	if (rc == -1 && f->code == FAULT_BUSY && config->callback_port == 0) {
		options.port = 0;
		rc = callback_open(&flow->callback, &options, f);
	}
	return rc;
}

/*
 * The request
 */

static int
get_client(struct flow *flow, struct fault *f)
{
	const struct authorize_request *request = flow->request;
	struct oauth_client *client = &flow->result->client;

	if (oauth_client_get(request->net, request->store, request->discovery,
		callback_redirect_uri(flow->callback), flow->result->scope,
		flow->renew_client, client, f) == -1)
		return -1;
	flow->client_renewed |= flow->renew_client;
	flow->renew_client = false;
	if (client->redirect_uri != NULL)
		callback_set_redirect_uri(flow->callback, client->redirect_uri);
	return 0;
}

/* Fresh verifier and state for every attempt. */
static int
compose(struct flow *flow, struct fault *f)
{
	const struct discovery *d = flow->request->discovery;
	struct buf challenge, url;
	int rc = -1;

	buf_init(&challenge, KIB);
	buf_init(&url, LIMIT_URL);
	crypto_pkce(&flow->verifier, &challenge);
	crypto_random_hex(STATE_BYTES, &flow->state);
	const struct authorization_query query = {
		.endpoint = d->as.authorization_endpoint,
		.client_id = flow->result->client.id,
		.redirect_uri = callback_redirect_uri(flow->callback),
		.resource = flow->request->resource,
		.scope = flow->result->scope,
		.ask_consent =
		    flow->offline_added &&
		    !provider_has(d->provider, PROVIDER_NO_CONSENT_PROMPT),
		.state = &flow->state,
		.challenge = buf_span(&challenge),
		.config = flow->request->net->config,
		.provider = d->provider,
	};
	if (authorization_url(&query, &url) == -1)
		fault_set(f, FAULT_POLICY,
		    "The authorization request is too long for a browser");
	else
		rc = browser_check_url(url.data, f);
	if (rc == 0)
		callback_set_target(flow->callback, url.data);
	else
		log_warn("authorize", "%s", fault_text(f));
	buf_wipe(&url);
	buf_reset(&challenge);
	return rc;
}

static void
send_user(struct flow *flow)
{
	const struct authorize_request *request = flow->request;
	const char *start_url = callback_start_url(flow->callback);
	bool opened = false;
	struct fault f;

	if (!request->net->config->no_browser && browser_available()) {
		auth_net_stage(request->net, "Opening the browser");
		opened = browser_open(start_url,
			     callback_knock_fd(flow->callback), &f) == 0;
		if (!opened)
			log_warn("authorize", "%s", fault_text(&f));
	}
	request->pending(request->ctx, start_url, opened);
}

/*
 * The answer
 */

/* RFC 9207 section 2.4: as strings, before anything else is believed; on a
 * mismatch the rest of the answer is not shown either. */
static int
check_issuer(const struct server_metadata *as,
    const struct callback_result *answer, struct fault *f)
{
	const char *why = NULL;

	if (answer->iss == NULL && as->iss_supported)
		why = "The answer does not say which authorization server it "
		      "is from";
	else if (answer->iss != NULL && strcmp(answer->iss, as->issuer) != 0)
		why = "The answer is from another authorization server";
	if (why == NULL)
		return 0;
	fault_set(f, FAULT_POLICY, "%s", why);
	fault_phase(f, "authorize");
	log_text(f->issuer, sizeof(f->issuer), span_of(as->issuer));
	return -1;
}

static int
check_error(const struct callback_result *answer, struct fault *f)
{
	static const struct {
		const char *error;
		enum fault_code code;
	} table[] = {
		{ "access_denied", FAULT_DENIED },
		{ "invalid_scope", FAULT_SCOPE },
		{ "invalid_client", FAULT_REGISTRATION },
		{ "unauthorized_client", FAULT_REGISTRATION },
	};
	enum fault_code code = FAULT_HTTP;
	const char *known = NULL;

	if (answer->error == NULL)
		return 0;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(answer->error, table[i].error) == 0)
			code = table[i].code;
	}
	fault_set(f, code, "%s",
	    code == FAULT_HTTP ? "The authorization server ended the sign-in" :
				 "");
	fault_phase(f, "authorize");
	known = oauth_error_known(span_of(answer->error));
	if (known != NULL)
		snprintf(f->oauth_error, sizeof(f->oauth_error), "%s", known);
	if (answer->error_description != NULL)
		fault_detail(f, span_of(answer->error_description));
	return -1;
}

/* The code goes out once, whatever becomes of the answer. */
static int
redeem(struct flow *flow, const struct callback_result *answer, struct fault *f)
{
	const struct authorize_request *request = flow->request;
	struct buf form;
	int rc = -1;

	auth_net_stage(request->net, "Finishing the sign-in");
	buf_init(&form, LIMIT_AUTH_DOCUMENT);
	if (token_form_add(&form, "grant_type",
		span_of("authorization_code")) == -1 ||
	    token_form_add(&form, "code", secret_peek(&answer->code)) == -1 ||
	    token_form_add(&form, "redirect_uri",
		span_of(callback_redirect_uri(flow->callback))) == -1 ||
	    token_form_add(&form, "code_verifier",
		secret_peek(&flow->verifier)) == -1 ||
	    (request->resource != NULL &&
		token_form_add(&form, "resource", span_of(request->resource)) ==
		    -1))
		fault_set(f, FAULT_TOO_LARGE, "A token request is too large");
	else
		rc = token_request(request->net, request->discovery,
		    &flow->result->client, &form, &flow->result->tokens, f);
	buf_wipe(&form);
	return rc;
}

/* Waits for the browser to come back and judges what it brings. */
static int
await_tokens(struct flow *flow, struct fault *f)
{
	const struct authorize_request *request = flow->request;
	const struct callback_waiting waiting = {
		.state = &flow->state,
		.deadline_s = request->deadline_s,
		.stop_fd = -1, /* whoever asked may come back */
		.tick = request->tick,
		.ctx = request->ctx,
	};
	struct callback_result answer;
	int rc = -1;

	callback_result_init(&answer);
	if (callback_wait(flow->callback, &waiting, &answer, f) == 0 &&
	    check_issuer(&request->discovery->as, &answer, f) == 0 &&
	    check_error(&answer, f) == 0)
		rc = redeem(flow, &answer, f);
	callback_result_reset(&answer);
	if (rc == 0)
		rc = request->keep(request->ctx, flow->result, f);
	return rc;
}

/*
 * Once more, where we asked for something the server does not want
 */

static bool
asked_beyond_registration(const struct flow *flow)
{
	const struct authorize_request *request = flow->request;
	const struct auth_config *config = request->net->config;
	struct registration_record r;
	bool found = false, beyond = false;

	registration_record_init(&r);
	r.issuer = mem_string(request->discovery->as.issuer);
	r.profile = mem_string(config->profile);
	r.redirect_host = mem_string(config->callback_host);
	if (registration_record_load(&r, request->store, &found, NULL) == 0 &&
	    found && r.scope != NULL)
		beyond = !scope_covers(r.scope, flow->result->scope);
	registration_record_reset(&r);
	return beyond;
}

/* Changes what may have been refused; false when there is nothing left to
 * change. */
static bool
adjust(struct flow *flow, const struct fault *why)
{
	struct authorization *result = flow->result;

	if (why->code == FAULT_SCOPE && flow->offline_added) {
		char *less = scope_without(result->scope, SCOPE_OFFLINE);

		free(result->scope);
		result->scope = less;
		flow->offline_added = false;
		return true;
	}
	if (result->client.source != CLIENT_DYNAMIC || flow->client_renewed)
		return false;
	flow->renew_client =
	    why->code == FAULT_REGISTRATION ||
	    (why->code == FAULT_SCOPE && asked_beyond_registration(flow));
	return flow->renew_client;
}

/* The next attempt, in the tab that is still waiting for an answer. */
static int
try_again(struct flow *flow, struct fault *f)
{
	if ((flow->renew_client && get_client(flow, f) == -1) ||
	    compose(flow, f) == -1)
		return -1;
	callback_again(flow->callback);
	return await_tokens(flow, f);
}

static enum callback_page
page_for(const struct fault *f)
{
	if (f->code == FAULT_DENIED)
		return PAGE_DENIED;
	/* The code was too old when it came here. */
	return f->code == FAULT_REFRESH ? PAGE_EXPIRED : PAGE_FAILED;
}

/* What the codes of the token endpoint mean to somebody who signs in. */
static void
explain(const struct flow *flow, struct fault *f)
{
	if (f->code == FAULT_REFRESH) {
		f->code = FAULT_LOGIN_TIMEOUT;
		snprintf(f->msg, sizeof(f->msg), "%s",
		    "The authorization server does not take its code any more");
	}
	if (f->code == FAULT_SCOPE && flow->result->scope != NULL)
		log_text(f->scopes, sizeof(f->scopes),
		    span_of(flow->result->scope));
}

static int
run(struct flow *flow, struct fault *f)
{
	if (open_listener(flow, f) == -1 || get_client(flow, f) == -1 ||
	    compose(flow, f) == -1)
		return -1;
	send_user(flow);

	int rc = await_tokens(flow, f);
	while (rc == -1 && adjust(flow, f))
		rc = try_again(flow, f);
	callback_finish(flow->callback, rc == 0 ? PAGE_SUCCESS : page_for(f));
	if (rc == -1)
		explain(flow, f);
	return rc;
}

int
authorize(const struct authorize_request *request, struct authorization *a,
    struct fault *f)
{
	const struct discovery *d = request->discovery;
	struct flow flow = { .request = request, .result = a };

	authorization_reset(a);
	if (discovery_check_code_flow(d, request->net->config, f) == -1)
		return -1;
	a->scope = scope_with_offline(request->scope, &d->as);
	flow.offline_added =
	    a->scope != NULL && !scope_covers(request->scope, a->scope);
	a->client.id = mem_string(request->unknown_client);
	flow.renew_client = request->unknown_client != NULL;
	int rc = run(&flow, f);

	callback_free(&flow.callback);
	secret_reset(&flow.state);
	secret_reset(&flow.verifier);
	if (rc == -1)
		authorization_reset(a);
	return rc;
}
