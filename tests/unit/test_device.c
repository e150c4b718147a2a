/* SPDX-License-Identifier: ISC */
/*
 * What a device authorization endpoint answers, and what of it may be shown
 * . Polling is shown in tests/integration/device.test.js.
 */
#include "auth/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "auth/metadata.h"
#include "base/log.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CODES(user, uri)                                                       \
	"{\"device_code\":\"dc\",\"user_code\":\"" user                        \
	"\",\"verification_uri\":\"" uri "\"}"
#define URI "https://as.example/device"
#define TEN "0123456789"

enum { NOW_S = 1700000000 };

struct accepted {
	const char *json;
	const char *user_code, *uri, *whole;
	int64_t deadline_s, interval_s;
};

static const struct accepted accepted[] = {
	{ CODES("WDJB-MJHT", URI), "WDJB-MJHT", URI, NULL, 0, 5 },
	{ "{\"device_code\":\"dc\",\"user_code\":\"094 31\","
	  "\"verification_url\":\"" URI "\",\"expires_in\":900,"
	  "\"interval\":7}",
	    "094 31", URI, NULL, NOW_S + 900, 7 },
	{ "{\"device_code\":\"dc\",\"user_code\":\"a\","
	  "\"verification_uri\":\"http://127.0.0.1:8080/d\","
	  "\"verification_uri_complete\":\"" URI "?user_code=a\","
	  "\"expires_in\":\"60\",\"interval\":\"1\"}",
	    "a", "http://127.0.0.1:8080/d", URI "?user_code=a", NOW_S + 60, 1 },
	/* What is beyond sense is as if it were not there. */
	{ "{\"device_code\":\"dc\",\"user_code\":\"a\","
	  "\"verification_uri\":\"" URI "\","
	  "\"verification_uri_complete\":\"javascript:alert(1)\","
	  "\"expires_in\":-1,\"interval\":100000}",
	    "a", URI, NULL, 0, 5 },
	{ "{\"device_code\":\"dc\",\"user_code\":\"a\","
	  "\"verification_uri\":\"" URI "\","
	  "\"verification_uri_complete\":\"" URI "?\xc2\x9b\","
	  "\"expires_in\":999999999999,\"interval\":0}",
	    "a", URI, NULL, 0, 5 },
};

static void
test_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(accepted); i++) {
		const struct accepted *c = &accepted[i];
		struct device_codes codes;
		struct fault f = { 0 };

		device_codes_init(&codes);
		assert_int_equal(device_codes_read(&codes, span_of(c->json),
				     NOW_S, &f),
		    0);
		assert_true(span_is(secret_peek(&codes.device_code), "dc"));
		assert_null(codes.prompt.start_url);
		assert_string_equal(codes.prompt.user_code, c->user_code);
		assert_string_equal(codes.prompt.verification_uri, c->uri);
		if (c->whole == NULL)
			assert_null(codes.prompt.verification_uri_complete);
		else
			assert_string_equal(codes.prompt
						.verification_uri_complete,
			    c->whole);
		assert_true(codes.prompt.deadline_s == c->deadline_s);
		assert_true(codes.interval_s == c->interval_s);
		device_codes_reset(&codes);
	}
}

static const struct refused {
	const char *json;
	enum fault_code fault;
} refused[] = {
	{ "", FAULT_PROTOCOL },
	{ "[]", FAULT_PROTOCOL },
	{ "{\"user_code\":\"a\",\"verification_uri\":\"" URI "\"}",
	    FAULT_PROTOCOL },
	{ "{\"device_code\":\"\",\"user_code\":\"a\","
	  "\"verification_uri\":\"" URI "\"}",
	    FAULT_PROTOCOL },
	{ "{\"device_code\":\"dc\",\"user_code\":\"a\"}", FAULT_PROTOCOL },
	{ CODES("", URI), FAULT_PROTOCOL },
	{ CODES("-a", URI), FAULT_PROTOCOL },
	{ CODES("a ", URI), FAULT_PROTOCOL },
	{ CODES("a\\u001b[31m", URI), FAULT_PROTOCOL },
	{ CODES("a\\nIgnore all that", URI), FAULT_PROTOCOL },
	{ CODES("a\\u202eb", URI), FAULT_PROTOCOL },
	{ CODES(TEN TEN TEN TEN, URI), FAULT_PROTOCOL },
	{ CODES("a", "javascript:alert(1)"), FAULT_POLICY },
	{ CODES("a", "file:///etc/passwd"), FAULT_POLICY },
	{ CODES("a", "http://as.example/device"), FAULT_POLICY },
	{ CODES("a", "https://as.example@evil.example/"), FAULT_POLICY },
	{ CODES("a", "https://as.example/\\u001b]0;x"), FAULT_POLICY },
	{ CODES("a", "https://as.example/\\u202e"), FAULT_POLICY },
	{ CODES("a", "https://as.example/ or call 555"), FAULT_POLICY },
	{ CODES("a", "https://as.example/" TEN TEN TEN TEN TEN TEN TEN TEN TEN
			 TEN TEN TEN TEN TEN TEN),
	    FAULT_PROTOCOL },
};

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct device_codes codes;
		struct fault f = { 0 };

		device_codes_init(&codes);
		assert_int_equal(device_codes_read(&codes,
				     span_of(refused[i].json), NOW_S, &f),
		    -1);
		assert_int_equal(f.code, refused[i].fault);
		assert_true(secret_empty(&codes.device_code));
		assert_null(codes.prompt.user_code);
		assert_null(codes.prompt.verification_uri);
	}
}

static void
test_offered(void **state)
{
	char endpoint[] = "https://as.example/device",
	     code[] = "authorization_code", device[] = GRANT_TYPE_DEVICE;
	char *grants[] = { code, device };
	struct server_metadata m = { 0 };

	(void)state;
	assert_false(server_metadata_offers_device(&m));
	m.device_authorization_endpoint = endpoint;
	assert_true(server_metadata_offers_device(&m));
	m.grant_types = grants;
	m.grant_type_count = 1;
	assert_false(server_metadata_offers_device(&m));
	m.grant_type_count = 2;
	assert_true(server_metadata_offers_device(&m));
}

static void
test_prompt(void **state)
{
	char start[] = "http://127.0.0.1:1/n", code[] = "A-B", uri[] = URI;
	struct auth_prompt here = { .start_url = start, .deadline_s = 10 };
	struct auth_prompt there = { .user_code = code,
		.verification_uri = uri,
		.deadline_s = 10 };
	char text[128], short_text[8];

	(void)state;
	assert_string_equal(auth_prompt_text(&here, text, sizeof(text)),
	    "Open http://127.0.0.1:1/n in a browser on this machine");
	assert_string_equal(auth_prompt_text(&there, text, sizeof(text)),
	    "Open " URI " on any device and enter the code A-B");
	assert_string_equal(auth_prompt_text(&there, short_text,
				sizeof(short_text)),
	    "Open ht");
	assert_true(auth_prompt_waits(&here, 9));
	assert_true(auth_prompt_waits(&there, 9));
	assert_false(auth_prompt_waits(&there, 10));
	there.verification_uri = NULL;
	assert_false(auth_prompt_waits(&there, 9));
	assert_false(auth_prompt_equal(&here, &there));
	assert_true(auth_prompt_equal(&there, &there));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_offered),
		cmocka_unit_test(test_prompt),
	};

	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
