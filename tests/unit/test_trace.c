/* SPDX-License-Identifier: ISC */
/*
 * io/trace: lines that are whole and within bounds, whoever writes along;
 * secrets that are known by having been set; an end that disturbs nobody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "io/trace.h"
#include "io/trace_file.h"
#include "wire/json.h"

enum { WRITERS = 4, LINES = 12000 };

static char dir[64];
static char path[96], old_path[112];

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/mcp-bridge-trace-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/trace", dir);
	snprintf(old_path, sizeof(old_path), "%s.1", path);
	log_set_level(LOG_SILENT);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	trace_close();
	unlink(path);
	unlink(old_path);
	return rmdir(dir);
}

static int
open_trace(const char *where, bool confined, struct fault *f)
{
	const struct trace_start start = {
		.path = where,
		.role = "test",
		.url = "https://user:pw@mcp.example/mcp?key=abc",
		.confined = confined,
	};

	return trace_open(&start, f);
}

static size_t
size_of(const char *where)
{
	struct stat st;

	return stat(where, &st) == 0 ? (size_t)st.st_size : 0;
}

static char *
contents(const char *where)
{
	size_t size = size_of(where);
	char *text = mem_alloc(1, size + 1);
	FILE *file = fopen(where, "r");

	assert_non_null(file);
	assert_int_equal(fread(text, 1, size, file), size);
	fclose(file);
	return text;
}

static void
put_file(const char *where, const char *text)
{
	FILE *file = fopen(where, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Every line is a JSON object; returns how many there are. */
static size_t
check_lines(const char *where)
{
	char *text = contents(where);
	size_t count = 0;
	struct json_doc doc;

	for (char *line = text; *line != '\0'; count++) {
		size_t len = strcspn(line, "\n");

		assert_int_equal(line[len], '\n');
		assert_true(json_scan(span_make(line, len), 32, &doc));
		assert_int_equal(doc.type, JSON_OBJECT);
		line += len + 1;
	}
	free(text);
	return count;
}

static void
records_values(void **state)
{
	struct secret token = { 0 };
	struct stat st;
	struct fault f;

	(void)state;
	assert_int_equal(open_trace(path, false, &f), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	secret_set(&token, span_of("X-Key: Bearer swordfish"));
	trace_message("host", "bridge",
	    span_of("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"a/b\","
		    "\"params\":{\"a\":\"swordfish\"}}"),
	    span_of("e-1"));
	trace_message("server", "bridge", span_of("<html>"), span_of(""));
	log_debug("session", "open with %s", "swordfish");
	trace_close();
	log_debug("session", "not recorded any more");
	trace_message("host", "bridge", span_of("{}"), span_of(""));
	secret_reset(&token);

	char *text = contents(path);
	assert_int_equal(check_lines(path), 5);
	assert_null(strstr(text, "swordfish"));
	assert_null(strstr(text, "pw@"));
	assert_null(strstr(text, "abc"));
	assert_non_null(strstr(text,
	    "\"kind\":\"start\",\"version\":\"" VERSION "\",\"role\":\"test\","
	    "\"url\":\"https://mcp.example/mcp?…\"}"));
	assert_non_null(strstr(text,
	    "\"kind\":\"message\",\"from\":\"host\",\"to\":\"bridge\","
	    "\"type\":\"request\",\"id\":7,\"method\":\"a/b\",\"bytes\":66,"
	    "\"event_id\":\"e-1\",\"body\":{\"jsonrpc\":\"2.0\",\"id\":7,"
	    "\"method\":\"a/b\",\"params\":{\"a\":\"[redacted]\"}}}"));
	assert_non_null(strstr(text,
	    "\"type\":\"invalid\",\"bytes\":6,\"text\":\"<html>\"}"));
	assert_non_null(strstr(text,
	    "\"kind\":\"note\",\"level\":\"debug\",\"module\":\"session\","
	    "\"text\":\"open with [redacted]\"}"));
	assert_non_null(strstr(text, "\"kind\":\"stop\"}"));
	free(text);
}

/* Many tokens later, what the user gave is known as well as the last ones. */
static void
remembers_the_last_secrets_and_the_first(void **state)
{
	struct secret token = { 0 };
	struct fault f;
	char value[32];

	(void)state;
	assert_int_equal(open_trace(path, false, &f), 0);
	trace_conceal_lasting(span_of("Authorization: Basic opensesame"));
	for (int i = 0; i < 1000; i++) {
		snprintf(value, sizeof(value), "swordfish-%03d", i);
		secret_set(&token, span_of(value));
	}
	log_debug("x", "opensesame swordfish-999 swordfish-980");
	trace_close();
	char *text = contents(path);
	assert_null(strstr(text, "opensesame"));
	assert_null(strstr(text, "swordfish"));
	free(text);
	secret_reset(&token);
}

static void
write_number(size_t i)
{
	trace_begin("number");
	trace_number("n", i + 1);
	trace_text("filler", span_of("................................"));
	trace_end();
}

static void
keeps_the_newest(void **state)
{
	struct fault f;
	const size_t lines = 150000;

	(void)state;
	assert_int_equal(open_trace(path, false, &f), 0);
	for (size_t i = 0; i < lines; i++)
		write_number(i);
	trace_close();
	assert_true(size_of(path) <= 4 * MIB);
	assert_true(size_of(old_path) <= 4 * MIB);
	assert_true(size_of(old_path) > 4 * MIB - 100 * KIB);
	size_t kept = check_lines(path) + check_lines(old_path);
	char *text = contents(path);
	char *old = contents(old_path);
	char first[64];
	assert_non_null(strstr(text, "\"n\":150000,"));
	/* what is kept is the end, without a gap */
	snprintf(first, sizeof(first), "\"n\":%zu,", lines - kept + 2);
	assert_non_null(strstr(old, first));
	free(text);
	free(old);
}

static void
write_along(void)
{
	struct fault f;

	if (open_trace(path, false, &f) == -1)
		_exit(1);
	for (size_t i = 0; i < LINES; i++)
		write_number(i);
	trace_close();
	_exit(0);
}

static void
lines_of_processes_never_mix(void **state)
{
	int status = 0;

	(void)state;
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_along();
	for (int i = 0; i < WRITERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_true(check_lines(path) > 0);
	assert_true(check_lines(old_path) > 0);
	assert_true(size_of(path) <= 4 * MIB);
	assert_true(size_of(old_path) <= 4 * MIB);
}

/* One that was stopped with the lock stops nobody, nor lets the file grow. */
static void
waits_for_nobody(void **state)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	struct fault f;

	(void)state;
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(open_trace(path, false, &f), 0);
	assert_true(size_of(path) > 0);
	assert_int_equal(ftruncate(fd, 4 * (off_t)MIB - 10), 0);
	write_number(1);
	assert_int_equal(size_of(path), 4 * MIB - 10);
	close(fd);
	write_number(2);
	assert_true(size_of(path) < KIB);
}

static void
spares_other_files(void **state)
{
	struct fault f;

	(void)state;
	put_file(path, "{\"time\": 1, \"mine\": true}\n");
	assert_int_equal(open_trace(path, false, &f), -1);
	assert_non_null(strstr(fault_text(&f), "something else than a trace"));
	unlink(path);
	put_file(old_path, "dear diary");
	assert_int_equal(open_trace(path, true, &f), -1);
	assert_non_null(strstr(fault_text(&f), "trace.1 holds something else"));
	unlink(old_path);
	unlink(path);
	assert_int_equal(symlink("/tmp/elsewhere", path), 0);
	assert_int_equal(open_trace(path, false, &f), -1);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(open_trace(path, false, &f), -1);
	assert_int_equal(open_trace("/dev/null", false, &f), -1);
	assert_non_null(strstr(fault_text(&f), "needs a regular file"));
	assert_false(trace_on());
}

/* A FILE.1 of somebody's ends the trace, when it would be replaced. */
static void
ends_where_it_cannot_go_on(void **state)
{
	struct fault f;

	(void)state;
	put_file(old_path, "dear diary");
	assert_int_equal(open_trace(path, false, &f), 0);
	for (size_t i = 0; i < 60000 && trace_on(); i++)
		write_number(i);
	assert_false(trace_on());
	char *text = contents(old_path);
	assert_string_equal(text, "dear diary");
	free(text);
	unlink(old_path);
}

static void
ends_where_nothing_fits(void **state)
{
	const struct rlimit small = { 1000, RLIM_INFINITY };
	struct rlimit before;
	struct fault f;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(open_trace(path, false, &f), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (size_t i = 0; i < 100; i++)
		write_number(i);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(trace_on());
	assert_true(size_of(path) <= 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_values, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    remembers_the_last_secrets_and_the_first, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(keeps_the_newest, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(lines_of_processes_never_mix,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(waits_for_nobody, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(spares_other_files, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(ends_where_it_cannot_go_on,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(ends_where_nothing_fits, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
