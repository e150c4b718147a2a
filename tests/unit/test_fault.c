/* SPDX-License-Identifier: ISC */
/*
 * base/fault: the table keeps to A-105, the setters to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sysexits.h>

#include "base/fault.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
every_row_is_filled(void **state)
{
	(void)state;
	for (int code = FAULT_NONE + 1; code < FAULT_COUNT; code++) {
		const struct fault_info *info =
		    fault_info((enum fault_code)code);

		assert_non_null(info->kind);
		assert_non_null(info->text);
		assert_true(info->text[0] != '\0');
		assert_in_range(info->exit_status, EX__BASE, EX__MAX);
	}
	assert_int_equal(fault_info(FAULT_NONE)->exit_status, EX_OK);
}

/* ours are -31400 to -31599; beyond, only what JSON-RPC defines. */
static void
codes_are_ours_or_json_rpcs(void **state)
{
	(void)state;
	for (int code = FAULT_NONE + 1; code < FAULT_COUNT; code++) {
		int rpc_code = fault_info((enum fault_code)code)->rpc_code;
		bool ours = rpc_code <= -31400 && rpc_code >= -31599;
		bool standard = rpc_code == -32600 || rpc_code == -32601 ||
				rpc_code == -32602;

		assert_true(ours || standard);
	}
}

static void
kinds_and_our_codes_are_unique(void **state)
{
	(void)state;
	for (int a = FAULT_NONE; a < FAULT_COUNT; a++) {
		const struct fault_info *one = fault_info((enum fault_code)a);
		for (int b = a + 1; b < FAULT_COUNT; b++) {
			const struct fault_info *other =
			    fault_info((enum fault_code)b);
			assert_string_not_equal(one->kind, other->kind);
			if (one->rpc_code > -32000)
				assert_int_not_equal(one->rpc_code,
				    other->rpc_code);
		}
	}
}

/* The published table: codes and kinds are an interface. */
static void
published_codes_do_not_move(void **state)
{
	static const struct {
		enum fault_code code;
		int rpc_code;
		const char *kind;
		bool retryable;
	} rows[] = {
		{ FAULT_LOGIN_REQUIRED, -31401, "auth.login_required", false },
		{ FAULT_DENIED, -31402, "auth.denied", false },
		{ FAULT_FORBIDDEN, -31403, "auth.forbidden", false },
		{ FAULT_SCOPE, -31404, "auth.insufficient_scope", false },
		{ FAULT_LOGIN_PENDING, -31407, "auth.login_pending", true },
		{ FAULT_LOGIN_TIMEOUT, -31408, "auth.login_timeout", true },
		{ FAULT_DISCOVERY, -31410, "auth.discovery", false },
		{ FAULT_POLICY, -31411, "auth.policy", false },
		{ FAULT_REGISTRATION, -31412, "auth.registration", false },
		{ FAULT_AS_CHANGED, -31413, "auth.as_changed", false },
		{ FAULT_REFRESH, -31414, "auth.refresh", false },
		{ FAULT_REJECTED, -31415, "auth.rejected", false },
		{ FAULT_STORE, -31416, "auth.store", false },
		{ FAULT_COMMAND, -31418, "auth.command", false },
		{ FAULT_RATE_LIMITED, -31429, "upstream.rate_limited", true },
		{ FAULT_TLS, -31495, "net.tls", false },
		{ FAULT_UNREACHABLE, -31496, "net.unreachable", true },
		{ FAULT_TIMEOUT, -31497, "net.timeout", true },
		{ FAULT_CANCELED, -31498, "canceled", false },
		{ FAULT_SHUTDOWN, -31499, "bridge.shutdown", false },
		{ FAULT_HTTP, -31500, "upstream.http", true },
		{ FAULT_PROTOCOL, -31501, "upstream.protocol", false },
		{ FAULT_STREAM_ERROR, -31502, "stream.error", false },
		{ FAULT_STREAM_LOST, -31503, "stream.lost", true },
		{ FAULT_TOO_LARGE, -31504, "message.too_large", false },
		{ FAULT_BUSY, -31505, "bridge.busy", true },
		{ FAULT_REDIRECT, -31506, "upstream.redirect", false },
		{ FAULT_USAGE, -31590, "usage", false },
		{ FAULT_CONFIG, -31591, "config", false },
		{ FAULT_INTERNAL, -31599, "internal", false },
		{ FAULT_INVALID_REQUEST, -32600, "request.invalid", false },
		{ FAULT_DUPLICATE_ID, -32600, "request.duplicate_id", false },
		{ FAULT_METHOD_NOT_FOUND, -32601, "request.method", false },
		{ FAULT_INVALID_PARAMS, -32602, "request.params", false },
	};

	(void)state;
	assert_int_equal(COUNT(rows), FAULT_COUNT - 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct fault_info *info = fault_info(rows[i].code);

		assert_int_equal(info->rpc_code, rows[i].rpc_code);
		assert_string_equal(info->kind, rows[i].kind);
		assert_int_equal(info->retryable, rows[i].retryable);
	}
}

static void
set_clears_what_was_there(void **state)
{
	struct fault f;

	(void)state;
	memset(&f, 'x', sizeof(f));
	assert_int_equal(fault_set(&f, FAULT_HTTP, "status %d", 502), -1);
	assert_int_equal(f.code, FAULT_HTTP);
	assert_string_equal(f.msg, "status 502");
	assert_string_equal(f.detail, "");
	assert_string_equal(f.phase, "");
	assert_int_equal(f.http_status, 0);
	assert_false(f.not_retryable);
	fault_clear(&f);
	assert_int_equal(f.code, FAULT_NONE);
	assert_string_equal(f.msg, "");
}

static void
set_takes_no_fault_and_its_own_parts(void **state)
{
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(fault_set(NULL, FAULT_HTTP, "%s", "x"), -1);
	fault_clear(NULL);
	fault_phase(NULL, "post");
	fault_detail(NULL, span_of("x"));
	fault_advise(NULL, "%s", "x");

	fault_set(&f, FAULT_HTTP, "inner");
	fault_set(&f, FAULT_POLICY, "outer: %s", f.msg);
	assert_string_equal(f.msg, "outer: inner");
}

static void
long_texts_are_cut(void **state)
{
	struct fault f = { 0 };
	char text[1024];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	fault_set(&f, FAULT_HTTP, "%s", text);
	assert_int_equal(strlen(f.msg), sizeof(f.msg) - 1);
	fault_phase(&f, text);
	assert_int_equal(strlen(f.phase), sizeof(f.phase) - 1);
	fault_phase(&f, "connect");
	assert_string_equal(f.phase, "connect");
	fault_advise(&f, "%s", text);
	assert_int_equal(strlen(f.action), sizeof(f.action) - 1);
}

/* at most 200 characters, escaped. */
static void
detail_is_escaped_and_cut(void **state)
{
	struct fault f = { 0 };
	char text[1024];

	(void)state;
	fault_set(&f, FAULT_HTTP, "%s", "");
	fault_detail(&f, span_of("\x1b[31mred\n\xe2\x80\xae"
				 "evil"));
	assert_string_equal(f.detail, "\\x1b[31mred\\x0a\\xe2\\x80\\xaeevil");

	memset(text, 'a', sizeof(text));
	fault_detail(&f, span_make(text, sizeof(text)));
	assert_int_equal(strlen(f.detail), 200);
	assert_string_equal(f.detail + 197, "...");
}

static void
texts_fall_back_to_the_table(void **state)
{
	struct fault f = { 0 };

	(void)state;
	fault_set(&f, FAULT_LOGIN_REQUIRED, "%s", "");
	assert_string_equal(fault_text(&f), "Sign-in required");
	assert_string_equal(fault_action(&f), "mcp-bridge login <url>");
	fault_advise(&f, "wait %d s", 3);
	assert_string_equal(fault_action(&f), "wait 3 s");

	fault_set(&f, FAULT_TLS, "certificate expired");
	assert_string_equal(fault_text(&f), "certificate expired");
	assert_string_equal(fault_action(&f), "mcp-bridge doctor <url>");

	fault_set(&f, FAULT_CANCELED, "%s", "");
	assert_string_equal(fault_action(&f), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_filled),
		cmocka_unit_test(codes_are_ours_or_json_rpcs),
		cmocka_unit_test(kinds_and_our_codes_are_unique),
		cmocka_unit_test(published_codes_do_not_move),
		cmocka_unit_test(set_clears_what_was_there),
		cmocka_unit_test(set_takes_no_fault_and_its_own_parts),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(detail_is_escaped_and_cut),
		cmocka_unit_test(texts_fall_back_to_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
