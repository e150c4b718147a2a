/* SPDX-License-Identifier: ISC */
/*
 * Signing in by a code. The device code is to the token endpoint what a
 * password is, and stays in this process; the user code is made to be shown.
 */
#include "auth/device.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/attempt.h"
#include "auth/browser.h"
#include "auth/document.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/os.h"

enum {
	INTERVAL_S = 5,       /* where the server names none */
	INTERVAL_MAX_S = 600, /* what it names beyond that is a mistake */
	SLOWER_S = 5,         /* RFC 8628 section 3.5 */
	LIFETIME_MAX_S = 24 * 3600,
	/* Both are read out and typed. */
	USER_CODE_MAX = 32,
	ADDRESS_MAX = 160
};

/*
 * The codes
 */

void
device_codes_init(struct device_codes *codes)
{
	*codes = (struct device_codes){ .interval_s = INTERVAL_S };
}

void
device_codes_reset(struct device_codes *codes)
{
	secret_reset(&codes->device_code);
	auth_prompt_reset(&codes->prompt);
	device_codes_init(codes);
}

/* It is shown to people, and to models: a few characters that can be typed,
 * and no sentence. */
static bool
user_code_ok(const char *code)
{
	const char *p = code;

	while (
	    isalnum((unsigned char)*p) || (p > code && char_among(*p, "-._ ")))
		p++;
	return *p == '\0' && p > code && isalnum((unsigned char)p[-1]);
}

/* Printed as it is: what a terminal or a chat may take for something else is
 * no part of an address. */
static bool
is_plain(const char *text)
{
	while (*text > ' ' && *text <= '~')
		text++;
	return *text == '\0';
}

static int
read_address(struct auth_prompt *prompt, struct span object, struct fault *f)
{
	prompt->verification_uri =
	    document_string(object, "verification_uri", ADDRESS_MAX);
	/* As drafts of the RFC had it. */
	if (prompt->verification_uri == NULL)
		prompt->verification_uri =
		    document_string(object, "verification_url", ADDRESS_MAX);
	if (prompt->verification_uri == NULL)
		return fault_set(f, FAULT_PROTOCOL,
		    "The authorization server names no address to enter a "
		    "code at");
	if (!is_plain(prompt->verification_uri))
		return fault_set(f, FAULT_POLICY,
		    "The address to enter a code at cannot be shown");
	return browser_check_url(prompt->verification_uri, f);
}

/* A convenience: left out where it may not be shown. */
static void
read_whole_address(struct auth_prompt *prompt, struct span object)
{
	char *text =
	    document_string(object, "verification_uri_complete", LIMIT_URL);

	if (text != NULL &&
	    (!is_plain(text) || browser_check_url(text, NULL) == -1)) {
		log_warn("device", "ignoring a verification_uri_complete that "
				   "is no https address");
		free(text);
		text = NULL;
	}
	prompt->verification_uri_complete = text;
}

static int
read_codes(struct device_codes *codes, struct span object, int64_t sent_at_s,
    struct fault *f)
{
	struct auth_prompt *prompt = &codes->prompt;
	int64_t lifetime_s = 0, interval_s = 0;

	if (!document_secret(object, "device_code", LIMIT_HEADER_VALUE,
		&codes->device_code))
		return fault_set(f, FAULT_PROTOCOL,
		    "The authorization server gave no device code");
	prompt->user_code = document_string(object, "user_code", USER_CODE_MAX);
	if (prompt->user_code == NULL || !user_code_ok(prompt->user_code))
		return fault_set(f, FAULT_PROTOCOL,
		    "The authorization server gave no code that can be typed");
	if (read_address(prompt, object, f) == -1)
		return -1;
	read_whole_address(prompt, object);
	if (document_int(object, "expires_in", &lifetime_s) && lifetime_s > 0 &&
	    lifetime_s <= LIFETIME_MAX_S)
		prompt->deadline_s = sent_at_s + lifetime_s;
	if (document_int(object, "interval", &interval_s) && interval_s > 0 &&
	    interval_s <= INTERVAL_MAX_S)
		codes->interval_s = interval_s;
	return 0;
}

int
device_codes_read(struct device_codes *codes, struct span text,
    int64_t sent_at_s, struct fault *f)
{
	struct span object = { 0 };

	device_codes_reset(codes);
	if (document_open(text, &object, f) == 0 &&
	    read_codes(codes, object, sent_at_s, f) == 0)
		return 0;
	device_codes_reset(codes);
	return -1;
}

/*
 * The login
 */

struct flow {
	const struct authorize_request *request;
	struct authorization *result;
	struct attempt attempt;
	struct device_codes codes;
};

static int
add_optional(struct buf *form, const char *name, const char *value)
{
	return value != NULL ? token_form_add(form, name, span_of(value)) : 0;
}

static int
request_codes(struct flow *flow, struct fault *f)
{
	const struct authorize_request *request = flow->request;
	const char *endpoint = oauth_client_endpoint(&flow->result->client,
	    request->discovery->as.device_authorization_endpoint,
	    request->discovery->as.mtls.device_authorization_endpoint);
	const int64_t sent_at_s = (int64_t)time(NULL);
	struct buf form, answer;
	int rc = -1;

	auth_net_stage(request->net, "Asking for a code to sign in with");
	buf_init(&form, LIMIT_AUTH_DOCUMENT);
	buf_init(&answer, LIMIT_AUTH_DOCUMENT);
	if (add_optional(&form, "scope", flow->result->scope) == -1 ||
	    add_optional(&form, "resource", request->resource) == -1)
		fault_set(f, FAULT_TOO_LARGE, "A sign-in request is too large");
	else
		rc = token_post(request->net, endpoint, &flow->result->client,
		    &form, &answer, f);
	if (rc == 0)
		rc = device_codes_read(&flow->codes, buf_span(&answer),
		    sent_at_s, f);
	if (rc == -1)
		fault_phase(f, "device");
	buf_wipe(&answer);
	buf_wipe(&form);
	return rc;
}

static int
begin(struct flow *flow, struct fault *f)
{
	const bool known = flow->result->client.id != NULL;

	if ((!known || flow->attempt.renew_client) &&
	    attempt_client(&flow->attempt, NULL, f) == -1)
		return -1;
	return request_codes(flow, f);
}

/* Whoever shows the codes shows until when. */
static void
show(struct flow *flow)
{
	struct auth_prompt *prompt = &flow->codes.prompt;

	if (prompt->deadline_s == 0 ||
	    prompt->deadline_s > flow->request->deadline_s)
		prompt->deadline_s = flow->request->deadline_s;
	flow->request->pending(flow->request->ctx, prompt);
}

static int
request_tokens(struct flow *flow, struct fault *f)
{
	const struct authorize_request *request = flow->request;
	struct buf form;
	int rc = -1;

	buf_init(&form, LIMIT_AUTH_DOCUMENT);
	if (token_form_add(&form, "grant_type", span_of(GRANT_TYPE_DEVICE)) ==
		-1 ||
	    token_form_add(&form, "device_code",
		secret_peek(&flow->codes.device_code)) == -1 ||
	    add_optional(&form, "resource", request->resource) == -1)
		fault_set(f, FAULT_TOO_LARGE, "A token request is too large");
	else
		rc = token_request(request->net, request->discovery,
		    &flow->result->client, &form, &flow->result->tokens, f);
	buf_wipe(&form);
	return rc;
}

/* Waits, ticking, until it is time to ask again. False: it is too late. */
static bool
wait_for_turn(const struct flow *flow, int64_t wait_s)
{
	const struct authorize_request *request = flow->request;
	const long pause_ms =
	    request->tick != NULL ? LOGIN_TICK_MS : LOGIN_TURN_MS;
	const struct timespec pause = { .tv_nsec = pause_ms * 1000000L - 1 };
	const uint64_t end_ms = os_monotonic_ms() + (uint64_t)wait_s * 1000;

	while (os_monotonic_ms() < end_ms) {
		if ((int64_t)time(NULL) >= flow->codes.prompt.deadline_s)
			return false;
		if (request->tick != NULL)
			request->tick(request->ctx);
		nanosleep(&pause, NULL);
	}
	return (int64_t)time(NULL) < flow->codes.prompt.deadline_s;
}

/* True where the user may still be at it (RFC 8628 section 3.5): asking goes
 * on, slower where the server, or the way to it, has trouble. */
static bool
goes_on(struct flow *flow, const struct fault *f)
{
	if (strcmp(f->oauth_error, "authorization_pending") == 0)
		return true;
	if (strcmp(f->oauth_error, "slow_down") != 0 &&
	    !auth_fault_transient(f))
		return false;
	log_info("device", "asking less often: %s", fault_text(f));
	flow->codes.interval_s += SLOWER_S;
	return true;
}

static int
await_tokens(struct flow *flow, struct fault *f)
{
	int64_t wait_s = flow->codes.interval_s;

	while (wait_for_turn(flow, wait_s)) {
		if (request_tokens(flow, f) == 0)
			return flow->request->keep(flow->request->ctx,
			    flow->result, f);
		if (strcmp(f->oauth_error, "expired_token") == 0)
			break;
		if (!goes_on(flow, f))
			return -1;
		wait_s = flow->codes.interval_s;
		if (f->retry_after_s > wait_s)
			wait_s = f->retry_after_s;
	}
	return fault_set(f, FAULT_LOGIN_TIMEOUT,
	    "The code to sign in with was not entered in time");
}

static int
run(struct flow *flow, struct fault *f)
{
	int rc = begin(flow, f);

	while (rc == -1 && attempt_adjust(&flow->attempt, f))
		rc = begin(flow, f);
	if (rc == -1)
		return -1;
	show(flow);
	return await_tokens(flow, f);
}

int
device_authorize(const struct authorize_request *request,
    struct authorization *a, struct fault *f)
{
	const struct server_metadata *as = &request->discovery->as;
	struct flow flow = { .request = request, .result = a };

	attempt_init(&flow.attempt, request, a);
	if (as->device_authorization_endpoint == NULL) {
		fault_set(f, FAULT_DISCOVERY,
		    "The authorization server does not offer sign-in by a "
		    "code on another device");
		auth_fault_issuer(f, as->issuer);
		return -1;
	}
	device_codes_init(&flow.codes);
	int rc = run(&flow, f);
	if (rc == -1)
		attempt_explain(&flow.attempt, f);
	device_codes_reset(&flow.codes);
	if (rc == -1)
		authorization_reset(a);
	return rc;
}
