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

#include "auth/attempt.h"
#include "auth/browser.h"
#include "auth/callback.h"
#include "auth/oauth_error.h"
#include "auth/par.h"
#include "auth/preflight.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/json.h"
#include "wire/url.h"

enum { STATE_BYTES = 16, NONCE_BYTES = 16, PORT_WAIT_MS = 250 };

/* A sign-in under way. */
struct flow {
	const struct authorize_request *request;
	struct authorization *result;
	struct attempt attempt;
	struct callback *callback; /* owned */
	struct secret state;
	struct secret verifier;
	struct secret form; /* the request to push; empty: the target has it */
	bool unvisited;     /* nobody was sent to the pushed one yet */
	int64_t target_until_s; /* Unix time it expires */
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
	struct span prompt = { 0 }, value = { 0 };
	struct url start;
	int64_t deadline_s = 0;

	(void)key;
	if (!json_get(json, "prompt", &prompt) ||
	    !json_get(prompt, "deadline_s", &value) ||
	    !json_int64(value, &deadline_s) ||
	    deadline_s <= (int64_t)time(NULL) ||
	    !json_get(prompt, "start_url", &value))
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
		.success_url = config->success_url,
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

static struct authorization_query
query_of(const struct flow *flow)
{
	const struct discovery *d = flow->request->discovery;

	return (struct authorization_query){
		.endpoint = d->as.authorization_endpoint,
		.client_id = flow->result->client.id,
		.redirect_uri = callback_redirect_uri(flow->callback),
		.resource = flow->request->resource,
		.scope = flow->result->scope,
		.ask_consent =
		    flow->attempt.offline_added &&
		    !provider_has(d->provider, PROVIDER_NO_CONSENT_PROMPT),
		.state = &flow->state,
		.nonce = &flow->result->nonce,
		.config = flow->request->net->config,
		.provider = d->provider,
	};
}

/* Nobody comes back from the page of a server that does not know us: it is
 * asked first. A pushed request is refused before anybody is sent anywhere. */
static bool
is_forgotten(const struct flow *flow)
{
	const struct authorize_request *request = flow->request;
	const struct oauth_client *client = &flow->result->client;
	const struct authorization_query query = query_of(flow);
	const bool proven = request->proven_client != NULL &&
			    strcmp(request->proven_client, client->id) == 0;

	return client->kept && !proven &&
	       request->discovery->as.par_endpoint == NULL &&
	       preflight_refuses(request->net, &query);
}

static int
get_client(struct flow *flow, struct fault *f)
{
	const char *redirect_uri = callback_redirect_uri(flow->callback);
	const struct oauth_client *client = &flow->result->client;

	if (attempt_client(&flow->attempt, redirect_uri, f) == -1)
		return -1;
	if (is_forgotten(flow)) {
		flow->attempt.renew_client = true;
		if (attempt_client(&flow->attempt, redirect_uri, f) == -1)
			return -1;
	}
	if (client->redirect_uri != NULL)
		callback_set_redirect_uri(flow->callback, client->redirect_uri);
	return 0;
}

/* What the browser is sent to: the whole request, or a reference to it. */
static int
set_target(struct flow *flow, const struct authorization_query *query,
    const char *request_uri, struct fault *f)
{
	struct buf url;
	int rc = -1;

	buf_init(&url, LIMIT_URL);
	if ((request_uri != NULL ?
		    authorization_pushed_url(query, request_uri, &url) :
		    authorization_url(query, &url)) == -1)
		fault_set(f, FAULT_POLICY,
		    "The authorization request is too long for a browser");
	else
		rc = browser_check_url(url.data, f);
	if (rc == 0)
		callback_set_target(flow->callback, url.data);
	else
		log_warn("authorize", "%s", fault_text(f));
	buf_wipe(&url);
	return rc;
}

static int
push(struct flow *flow, const struct authorization_query *query,
    struct fault *f)
{
	const struct authorize_request *request = flow->request;
	struct pushed_request pushed;

	pushed_request_init(&pushed);
	int rc = pushed_request_send(&pushed, request->net, request->discovery,
	    &flow->result->client, secret_peek(&flow->form), f);
	if (rc == 0)
		rc = set_target(flow, query, pushed.request_uri, f);
	flow->unvisited = rc == 0;
	flow->target_until_s = pushed.expires_at_s;
	pushed_request_reset(&pushed);
	return rc;
}

/* Some servers name an endpoint that does not work. One that insists on it, or
 * answers as OAuth does, means what it says. */
static bool
may_go_unpushed(const struct server_metadata *as, const struct fault *f)
{
	return !as->par_required && f->oauth_error[0] == '\0';
}

/* Pushed wherever that is offered. */
static int
send_request(struct flow *flow, const struct authorization_query *query,
    struct fault *f)
{
	const struct server_metadata *as = &flow->request->discovery->as;
	struct buf form;

	secret_reset(&flow->form);
	if (as->par_endpoint == NULL)
		return set_target(flow, query, NULL, f);
	buf_init(&form, LIMIT_AUTH_DOCUMENT);
	if (buf_reserve(&form, LIMIT_AUTH_DOCUMENT) == 0 &&
	    authorization_form(query, &form) == 0)
		secret_set(&flow->form, buf_span(&form));
	buf_wipe(&form);
	if (push(flow, query, f) == 0)
		return 0;
	if (!may_go_unpushed(as, f))
		return -1;
	log_info("authorize", "not pushed: %s", fault_text(f));
	secret_reset(&flow->form);
	return set_target(flow, query, NULL, f);
}

/* Fresh verifier, state and nonce for every attempt. */
static int
compose(struct flow *flow, struct fault *f)
{
	const struct prover *prover = flow->request->net->prover;
	struct authorization_query query = query_of(flow);
	struct buf challenge, jkt;

	buf_init(&challenge, KIB);
	buf_init(&jkt, KIB);
	crypto_pkce(&flow->verifier, &challenge);
	crypto_random_hex(STATE_BYTES, &flow->state);
	if (flow->request->openid)
		crypto_random_hex(NONCE_BYTES, &flow->result->nonce);
	query.challenge = buf_span(&challenge);
	if (prover != NULL && prover->key != NULL &&
	    signing_key_thumbprint(prover->key, &jkt) == 0)
		query.dpop_jkt = jkt.data;
	int rc = send_request(flow, &query, f);
	buf_reset(&jkt);
	buf_reset(&challenge);
	return rc;
}

static int
send_user(struct flow *flow, struct fault *f)
{
	const struct authorize_request *request = flow->request;
	struct auth_prompt prompt = { .deadline_s = request->deadline_s };
	const char *start_url = callback_start_url(flow->callback);

	if (!request->net->config->no_browser && browser_available()) {
		auth_net_stage(request->net, "Opening the browser");
		prompt.browser_opened =
		    browser_open(start_url, callback_knock_fd(flow->callback),
			f) == 0;
		if (!prompt.browser_opened)
			log_warn("authorize", "%s", fault_text(f));
	}
	if (request->browser_only && !prompt.browser_opened)
		return fault_set(f, FAULT_LOGIN_REQUIRED,
		    "No browser could be opened here");
	prompt.start_url = mem_string(start_url);
	request->pending(request->ctx, &prompt);
	auth_prompt_reset(&prompt);
	return 0;
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

static void
tick(void *ctx)
{
	const struct authorize_request *request = ((struct flow *)ctx)->request;

	request->tick(request->ctx);
}

/* What was pushed serves one visitor (RFC 9126 section 4), so that each of them
 * has it pushed anew. */
static bool
visit(void *ctx)
{
	struct flow *flow = ctx;
	const struct authorization_query query = query_of(flow);
	const bool usable =
	    flow->unvisited && (int64_t)time(NULL) < flow->target_until_s;
	struct fault f;

	if (secret_empty(&flow->form))
		return true;
	if (!usable && push(flow, &query, &f) == -1) {
		log_warn("authorize", "%s", fault_text(&f));
		return false;
	}
	flow->unvisited = false;
	return true;
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
		.tick = request->tick != NULL ? tick : NULL,
		.visit = visit,
		.ctx = flow,
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

static int
compose_again(struct flow *flow, struct fault *f)
{
	if (flow->attempt.renew_client && get_client(flow, f) == -1)
		return -1;
	return compose(flow, f);
}

/* A pushed request may be refused before anybody has seen it. */
static int
begin(struct flow *flow, struct fault *f)
{
	if (open_listener(flow, f) == -1 || get_client(flow, f) == -1)
		return -1;
	int rc = compose(flow, f);
	while (rc == -1 && attempt_adjust(&flow->attempt, f))
		rc = compose_again(flow, f);
	return rc == 0 ? send_user(flow, f) : -1;
}

/* The next attempt, in the tab that is still waiting for an answer. */
static int
try_again(struct flow *flow, struct fault *f)
{
	if (compose_again(flow, f) == -1)
		return -1;
	flow->unvisited = false;
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

static int
run(struct flow *flow, struct fault *f)
{
	if (begin(flow, f) == -1) {
		attempt_explain(&flow->attempt, f);
		return -1;
	}

	int rc = await_tokens(flow, f);
	while (rc == -1 && attempt_adjust(&flow->attempt, f))
		rc = try_again(flow, f);
	callback_finish(flow->callback, rc == 0 ? PAGE_SUCCESS : page_for(f));
	if (rc == -1)
		attempt_explain(&flow->attempt, f);
	return rc;
}

int
authorize(const struct authorize_request *request, struct authorization *a,
    struct fault *f)
{
	struct flow flow = { .request = request, .result = a };

	attempt_init(&flow.attempt, request, a);
	int rc = discovery_check_code_flow(request->discovery,
	    request->net->config, f);
	if (rc == 0)
		rc = run(&flow, f);

	callback_free(&flow.callback);
	secret_reset(&flow.state);
	secret_reset(&flow.verifier);
	secret_reset(&flow.form);
	if (rc == -1)
		authorization_reset(a);
	return rc;
}
