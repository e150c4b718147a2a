/* SPDX-License-Identifier: ISC */
/*
 * Header lines of the user: variables, files, and what is the protocol's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/static_headers.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
lines_are_split_and_expanded(void **state)
{
	static const struct {
		const char *line, *name, *value;
	} cases[] = {
		{ "X-Key: abc", "X-Key", "abc" },
		{ "X-Key:abc", "X-Key", "abc" },
		{ "X-Key:  a b  ", "X-Key", "a b" },
		{ "X-Key: ${TEST_VALUE}", "X-Key", "v:1" },
		{ "X-Key: <${TEST_VALUE}${TEST_VALUE}>", "X-Key", "<v:1v:1>" },
		{ "${TEST_NAME}: x", "X-Named", "x" },
		{ "X-Key: $TEST_VALUE $", "X-Key", "$TEST_VALUE $" },
		{ "X-Key: a${TEST_EMPTY}b", "X-Key", "ab" },
	};

	(void)state;
	setenv("TEST_VALUE", "v:1", 1);
	setenv("TEST_NAME", "X-Named", 1);
	setenv("TEST_EMPTY", "", 1);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct static_headers h;
		struct fault f = { 0 };

		static_headers_init(&h);
		if (static_headers_add(&h, cases[i].line, "--header", &f) != 0)
			fail_msg("%s: %s", cases[i].line, fault_text(&f));
		assert_int_equal(h.count, 1);
		assert_string_equal(h.items[0].name, cases[i].name);
		assert_true(
		    span_is(secret_peek(&h.items[0].value), cases[i].value));
		static_headers_reset(&h);
	}
}

static void
wrong_lines_are_refused(void **state)
{
	static const struct {
		const char *line, *text;
	} cases[] = {
		{ "no colon", "" },
		{ ": value", "" },
		{ "Bad Name: value", "" },
		{ "X-Key: a\rb", "" },
		{ "X-Key: ${TEST_BREAK}", "" },
		{ "X-Key: ${TEST_MISSING}", "TEST_MISSING is not set" },
		{ "X-Key: ${}", "${" },
		{ "X-Key: ${1A}", "${" },
		{ "X-Key: ${A", "${" },
		{ "X-Key: ${A-default}", "${" },
		{ "Content-Type: text/plain", "Content-Type" },
		{ "content-length: 1", "content-length" },
		{ "Accept: */*", "Accept" },
		{ "ACCEPT-ENCODING: br", "" },
		{ "Host: a", "Host" },
		{ "Transfer-Encoding: chunked", "" },
		{ "Connection: close", "" },
		{ "Last-Event-ID: 1", "" },
		{ "MCP-Protocol-Version: 1", "" },
		{ "Mcp-Session-Id: 1", "" },
		{ "mcp-param-x: 1", "" },
		{ "Proxy-Authorization: Basic x", "--proxy" },
		{ "DPoP: x", "DPoP" },
	};

	(void)state;
	setenv("TEST_BREAK", "a\r\nHost: evil", 1);
	unsetenv("TEST_MISSING");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct static_headers h;
		struct fault f = { 0 };

		static_headers_init(&h);
		if (static_headers_add(&h, cases[i].line, "--header", &f) == 0)
			fail_msg("accepted: %s", cases[i].line);
		assert_int_equal(f.code, FAULT_CONFIG);
		if (strstr(fault_text(&f), cases[i].text) == NULL ||
		    strstr(fault_text(&f), "--header: ") == NULL)
			fail_msg("%s: %s", cases[i].line, fault_text(&f));
		assert_int_equal(h.count, 0);
		static_headers_reset(&h);
	}
}

static void
values_have_a_cap(void **state)
{
	struct static_headers h;
	struct fault f = { 0 };
	char *line = mem_alloc(LIMIT_HEADER_VALUE + 8, 1);

	(void)state;
	static_headers_init(&h);
	memset(line, 'v', LIMIT_HEADER_VALUE + 3);
	memcpy(line, "X: ", 3);
	assert_int_equal(static_headers_add(&h, line, "--header", &f), 0);
	line[LIMIT_HEADER_VALUE + 3] = 'v';
	assert_int_equal(static_headers_add(&h, line, "--header", &f), -1);
	free(line);

	line = mem_alloc(3 * LIMIT_HEADER_VALUE, 1);
	memset(line, 'v', 3 * LIMIT_HEADER_VALUE - 1);
	assert_int_equal(static_headers_add(&h, line, "--header", &f), -1);
	free(line);
	static_headers_reset(&h);
}

static void
the_last_of_a_name_stays(void **state)
{
	struct static_headers h;

	(void)state;
	static_headers_init(&h);
	assert_int_equal(static_headers_add(&h, "X-Key: 1", "a", NULL), 0);
	assert_int_equal(static_headers_add(&h, "x-key: 2", "a", NULL), 0);
	assert_int_equal(static_headers_add(&h, "X-Keys: 3", "a", NULL), 0);
	assert_int_equal(h.count, 2);
	assert_true(
	    span_is(secret_peek(&static_headers_find(&h, "X-KEY")->value),
		"2"));
	assert_null(static_headers_find(&h, "X-Ke"));
	static_headers_reset(&h);
}

/* Writes `len` bytes to a fresh file whose name goes to `path`. */
static void
write_file(char *path, const char *text, size_t len)
{
	int fd = mkstemp(path);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static void
files_hold_one_header_a_line(void **state)
{
	static const char text[] = "# a comment\n"
				   "\n"
				   "X-One: 1\r\n"
				   "   \t\n"
				   "  # another\n"
				   "Authorization: Bearer ${TEST_VALUE}";
	char path[] = "/tmp/headersXXXXXX";
	struct static_headers h;
	struct fault f = { 0 };

	(void)state;
	setenv("TEST_VALUE", "v", 1);
	write_file(path, text, sizeof(text) - 1);
	static_headers_init(&h);
	if (static_headers_read(&h, path, &f) != 0)
		fail_msg("%s", fault_text(&f));
	assert_int_equal(h.count, 2);
	assert_true(span_is(secret_peek(&h.items[0].value), "1"));
	assert_true(span_is(secret_peek(&h.items[1].value), "Bearer v"));
	static_headers_reset(&h);
	unlink(path);
}

static void
bad_files_are_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *said;
	} cases[] = {
		{ "X: 1\nHost: a\n", 13, "line 2" },
		{ "X: 1\0Y: 2\n", 10, "no text" },
		{ "canary", 6, "line 1" },
	};
	struct static_headers h;
	struct fault f = { 0 };

	(void)state;
	static_headers_init(&h);
	for (size_t i = 0; i < COUNT(cases); i++) {
		char path[] = "/tmp/headersXXXXXX";

		write_file(path, cases[i].text, cases[i].len);
		assert_int_equal(static_headers_read(&h, path, &f), -1);
		unlink(path);
		if (strstr(fault_text(&f), cases[i].said) == NULL)
			fail_msg("%s", fault_text(&f));
		assert_null(strstr(fault_text(&f), "canary"));
	}
	assert_int_equal(static_headers_read(&h, "/nonexistent", &f), -1);
	assert_non_null(strstr(fault_text(&f), "/nonexistent"));
	assert_int_equal(static_headers_read(&h, "/", &f), -1);
	assert_int_equal(static_headers_read(&h, "/dev/zero", &f), -1);
	assert_non_null(strstr(fault_text(&f), "too large"));
	static_headers_reset(&h);
}

/* A-095: variables with keys go, those that programs need stay. */
static void
variables_are_scrubbed(void **state)
{
	struct static_headers h;
	char *key = NULL;

	(void)state;
	setenv("TEST_KEY", "canary", 1);
	setenv("XDG_STATE_HOME", "/state", 1);
	key = getenv("TEST_KEY");
	static_headers_init(&h);
	assert_int_equal(static_headers_add(&h,
			     "X: ${TEST_KEY} ${TEST_KEY} ${XDG_STATE_HOME}",
			     "--header", NULL),
	    0);
	assert_int_equal(h.variable_count, 2);
	static_headers_scrub(&h);
	assert_string_equal(key, "");
	assert_null(getenv("TEST_KEY"));
	assert_string_equal(getenv("XDG_STATE_HOME"), "/state");
	static_headers_scrub(&h);
	static_headers_reset(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_split_and_expanded),
		cmocka_unit_test(wrong_lines_are_refused),
		cmocka_unit_test(values_have_a_cap),
		cmocka_unit_test(the_last_of_a_name_stays),
		cmocka_unit_test(files_hold_one_header_a_line),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(variables_are_scrubbed),
	};

	return cmocka_run_group_tests_name("static headers", tests, NULL, NULL);
}
