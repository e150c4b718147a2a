/* SPDX-License-Identifier: ISC */
/*
 * mcp/outcome: what is kept of a response after it is gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/outcome.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
keeps_what_the_head_says(void **state)
{
	char location[] = "https://a.test/b";
	char first[] = "Bearer scope=a", second[] = "Basic";
	const char *const challenges[] = { first, second };
	struct http_head head = { .status = 307,
		.location = { location, 14 },
		.retry_after = span_of("7"),
		.challenges = challenges,
		.challenge_count = COUNT(challenges) };
	struct outcome o;

	(void)state;
	outcome_init(&o);
	outcome_head(&o, &head);
	/* the head is gone after the call */
	memset(location, 'x', sizeof(location) - 1);
	memset(first, 'x', sizeof(first) - 1);
	memset(second, 'x', sizeof(second) - 1);
	assert_int_equal(o.status, 307);
	assert_string_equal(o.location, "https://a.test");
	assert_true(o.has_retry_after);
	assert_int_equal(o.retry_after_s, 7);
	assert_int_equal(o.challenge_count, 2);
	assert_string_equal(o.challenges[0], "Bearer scope=a");
	assert_string_equal(o.challenges[1], "Basic");
	outcome_reset(&o);
}

/* a 401 that asks for a nonce, and brings one. */
static void
knows_a_request_for_a_nonce(void **state)
{
	static const struct {
		int status;
		const char *challenge;
		const char *nonce;
		bool wanted;
	} cases[] = {
		{ 401, "DPoP error=\"use_dpop_nonce\"", "n-1", true },
		{ 401, "DPoP error=\"use_dpop_nonce\"", "", false },
		{ 401, "DPoP error=\"use_dpop_nonce\"", "n 1", false },
		{ 401, "DPoP error=\"invalid_token\"", "n-1", false },
		{ 401, "Bearer error=\"use_dpop_nonce\"", "n-1", false },
		{ 403, "DPoP error=\"use_dpop_nonce\"", "n-1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const challenges[] = { cases[i].challenge };
		struct http_head head = { .status = cases[i].status,
			.dpop_nonce = span_of(cases[i].nonce),
			.challenges = challenges,
			.challenge_count = 1 };
		struct outcome o;

		outcome_init(&o);
		outcome_head(&o, &head);
		assert_int_equal(o.wants_nonce, cases[i].wanted);
		outcome_reset(&o);
	}
}

/* A redirect followed, a stream opened again: nothing of the last one stays. */
static void
forgets_the_last_response(void **state)
{
	const char *const challenges[] = { "Bearer" };
	struct http_head full = { .status = 401,
		.location = span_of("/x"),
		.retry_after = span_of("7"),
		.challenges = challenges,
		.challenge_count = 1 };
	struct http_head bare = { .status = 200 };
	struct fault gone;
	struct http_result lost = { .sent = true, .fault = &gone };
	struct outcome o;

	(void)state;
	outcome_init(&o);
	outcome_head(&o, &full);
	fault_set(&gone, FAULT_UNREACHABLE, "gone");
	outcome_result(&o, &lost);
	assert_int_equal(o.fault->code, FAULT_UNREACHABLE);
	outcome_head(&o, &bare);
	assert_int_equal(o.status, 200);
	assert_null(o.location);
	assert_null(o.challenges);
	assert_int_equal(o.challenge_count, 0);
	assert_false(o.has_retry_after);
	assert_int_equal(o.retry_after_s, 0);
	assert_false(o.sent);
	assert_null(o.fault);
	outcome_reset(&o);
	outcome_reset(&o);
}

static void
notes_how_it_ended(void **state)
{
	struct http_result result = { .ok = true, .sent = true };
	struct fault fault;
	struct outcome o;

	(void)state;
	outcome_init(&o);
	assert_int_equal(o.status, 0);
	outcome_result(&o, &result);
	assert_true(o.sent);
	assert_true(o.ended);
	assert_null(o.fault);
	fault_set(&fault, FAULT_TLS, "%s", "");
	result = (struct http_result){ .fault = &fault };
	outcome_result(&o, &result);
	assert_false(o.sent);
	assert_false(o.ended);
	assert_int_equal(o.fault->code, FAULT_TLS);
	outcome_reset(&o);
}

static const struct {
	int status;
	bool success;
} statuses[] = {
	{ 0, false },
	{ 199, false },
	{ 200, true },
	{ 202, true },
	{ 204, true },
	{ 299, true },
	{ 300, false },
	{ 304, false },
	{ 404, false },
	{ 500, false },
};

static void
knows_success(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(statuses); i++) {
		struct outcome o = { .status = statuses[i].status };

		assert_int_equal(outcome_success(&o), statuses[i].success);
	}
}

static const struct {
	const char *value;
	bool known;
	unsigned seconds;
} waits[] = {
	{ "", false, 0 },
	{ "0", true, 0 },
	{ " 12 ", true, 12 },
	{ "-1", false, 0 },
	{ "soon", false, 0 },
	{ "99999999999999999999", true, 86400 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT", true, 0 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", true, 86400 },
};

static void
reads_retry_after(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(waits); i++) {
		struct http_head head = { .status = 429,
			.retry_after = span_of(waits[i].value) };
		struct outcome o;

		outcome_init(&o);
		outcome_head(&o, &head);
		assert_int_equal(o.has_retry_after, waits[i].known);
		assert_int_equal(o.retry_after_s, waits[i].seconds);
		outcome_reset(&o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_the_head_says),
		cmocka_unit_test(knows_a_request_for_a_nonce),
		cmocka_unit_test(forgets_the_last_response),
		cmocka_unit_test(notes_how_it_ended),
		cmocka_unit_test(knows_success),
		cmocka_unit_test(reads_retry_after),
	};

	return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
