/* SPDX-License-Identifier: ISC */
/*
 * auth/token, auth/register, auth/device, auth/par and auth/oauth_error: an
 * answer gives a token that can go into a header, a client that can go into a
 * form, a code that can be shown, a reference that can go into a URL, or a
 * fault that quotes nothing secret.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/device.h"
#include "auth/net.h"
#include "auth/oauth_error.h"
#include "auth/par.h"
#include "auth/register.h"
#include "auth/token.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/header.h"

/* Begins with what no escape of a byte ends with. */
#define CANARY "Secret-4711"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
check_token(struct span text)
{
	const int64_t now_s = 1000000;
	struct token_response t;

	token_response_init(&t);
	int result = token_response_read(&t, text, now_s, NULL);
	require(secret_empty(&t.access) == (result == -1));
	require((t.type == NULL) == (result == -1));
	if (result == 0)
		require(header_is_visible(secret_peek(&t.access)));
	require(t.expires_at_s == 0 || t.expires_at_s >= now_s);
	require(t.refresh_at_s == 0 ||
		(t.refresh_at_s >= now_s && t.refresh_at_s <= t.expires_at_s));
	token_response_reset(&t);
}

static void
check_exchange(struct span text)
{
	struct secret assertion = { 0 };
	int result = token_exchange_read(&assertion, text, NULL);

	require(secret_empty(&assertion) == (result == -1));
	secret_reset(&assertion);
}

static void
check_registration(struct span text)
{
	struct registration_record r;

	registration_record_init(&r);
	r.redirect_uri = mem_string("http://127.0.0.1:1/callback");
	int result = registration_read(&r, text, NULL);
	require((r.client_id != NULL) == (result == 0));
	if (result == 0)
		require(r.client_id[0] != '\0' && r.secret_expires_at_s >= 0);
	registration_record_reset(&r);
}

static bool
is_plain(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return *text == '\0';
}

/* What is shown of it is short, and nothing but what it looks like. */
static void
check_device(struct span text)
{
	const int64_t now_s = 1000000;
	struct device_codes codes;

	device_codes_init(&codes);
	int result = device_codes_read(&codes, text, now_s, NULL);
	require(secret_empty(&codes.device_code) == (result == -1));
	require(auth_prompt_waits(&codes.prompt, INT64_MIN) == (result == 0));
	require(codes.interval_s > 0 && codes.interval_s <= 600);
	require(
	    codes.prompt.deadline_s == 0 || codes.prompt.deadline_s > now_s);
	if (result == 0) {
		require(is_plain(codes.prompt.user_code));
		require(strlen(codes.prompt.user_code) <= 32);
		require(is_plain(codes.prompt.verification_uri));
	}
	device_codes_reset(&codes);
}

static void
check_pushed(struct span text)
{
	const int64_t now_s = 1000000;
	struct pushed_request p;

	pushed_request_init(&p);
	int result = pushed_request_read(&p, text, now_s, NULL);
	require((p.request_uri != NULL) == (result == 0));
	if (result == 0) {
		require(header_is_visible(span_of(p.request_uri)));
		require(p.expires_at_s >= now_s);
		require(p.expires_at_s <= now_s + 3600);
	}
	pushed_request_reset(&p);
}

static void
check_error(struct span text, int status, const char *type)
{
	struct secret secret = { 0 };
	const struct oauth_sent sent = {
		.form = span_of("code=" CANARY "&resource=x"),
		.secret = &secret,
	};
	struct fetch_response response;
	struct fault f = { 0 };

	secret_set(&secret, span_of(CANARY));
	fetch_response_init(&response);
	response.status = status;
	response.content_type = mem_string(type);
	if (buf_add_span(&response.body, text) == 0) {
		require(
		    oauth_error_fault(&response, &sent, FAULT_HTTP, &f) == -1);
		require(f.code != FAULT_NONE && f.http_status == status);
		require(strstr(f.detail, CANARY) == NULL);
		require(f.oauth_error[0] == '\0' ||
			oauth_error_known(span_of(f.oauth_error)) != NULL);
	}
	fetch_response_reset(&response);
	secret_reset(&secret);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LOG_SILENT);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct span text = span_make((const char *)bytes, size);

	check_token(text);
	check_exchange(text);
	check_registration(text);
	check_device(text);
	check_pushed(text);
	check_error(text, 400, "application/json");
	check_error(text, 503, "application/json");
	check_error(text, 403, "text/plain");
	return 0;
}
