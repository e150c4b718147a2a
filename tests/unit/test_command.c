/* SPDX-License-Identifier: ISC */
/*
 * io/command: a program that behaves, and programs that hang, flood, fail or
 * leave something behind. Time limits are long where they must not strike and
 * short where they must, so that a slow machine changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "io/command.h"
#include "io/os.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { LONG_MS = 60000, SHORT_MS = 300, CAP = 64 * 1024 };

static const char canary[] = "canary-of-test-command";

struct run {
	struct buf output;
	struct fault fault;
	struct command_result result;
	int rc;
};

/* `script` by sh, with `input` on its stdin. */
static void
run_script(struct run *r, const char *script, struct span input,
    unsigned timeout_ms)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct command command = {
		.argv = argv,
		.input = input,
		.timeout_ms = timeout_ms,
		.what = "The test command",
		.fault = FAULT_COMMAND,
	};

	*r = (struct run){ .rc = -1 };
	buf_init(&r->output, CAP);
	r->rc = command_run(&command, &r->output, &r->result, &r->fault);
}

static void
output_and_status_come_back(void **state)
{
	static const struct {
		const char *script, *output;
		int status;
	} cases[] = {
		{ "printf one", "one", 0 },
		{ ":", "", 0 },
		{ "echo two; exit 3", "two\n", 3 },
		{ "kill -9 $$", "", 128 + SIGKILL },
		{ "cat", "", 0 },
		{ "exec >&- 2>&-; exit 5", "", 5 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct run r;

		run_script(&r, cases[i].script, span_of(""), LONG_MS);
		assert_int_equal(r.rc, 0);
		assert_int_equal(r.result.status, cases[i].status);
		assert_string_equal(r.output.data, cases[i].output);
		buf_wipe(&r.output);
	}
}

/* More than a pipe holds, both ways at once; and a program that reads none. */
static void
input_goes_in_whatever_its_size(void **state)
{
	char *text = mem_alloc(CAP + 1, 1);
	struct run r;

	(void)state;
	memset(text, 'x', CAP);
	run_script(&r, "cat", span_make(text, CAP), LONG_MS);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.output.len, CAP);
	assert_memory_equal(r.output.data, text, CAP);
	buf_wipe(&r.output);

	run_script(&r, "exec <&-; echo done", span_make(text, CAP), LONG_MS);
	assert_int_equal(r.rc, 0);
	assert_string_equal(r.output.data, "done\n");
	buf_wipe(&r.output);
	free(text);
}

/* A FIFO tells: it reads as ended once nobody has it open for writing. */
static void
a_program_that_hangs_is_killed_with_its_children(void **state)
{
	char folder[] = "/tmp/test-command-XXXXXX";
	int tries = 1000;
	struct run r;

	(void)state;
	assert_non_null(mkdtemp(folder));
	char *fifo = mem_format("%s/fifo", folder);
	char *script =
	    mem_format("printf %s; sleep 600 > %s & wait", canary, fifo);
	assert_int_equal(mkfifo(fifo, S_IRUSR | S_IWUSR), 0);
	int fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_not_equal(fd, -1);

	run_script(&r, script, span_of(""), SHORT_MS);
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.fault.code, FAULT_COMMAND);
	assert_non_null(strstr(r.fault.msg, "did not end within"));
	assert_null(strstr(r.fault.msg, canary));
	assert_int_equal(r.output.len, 0);
	for (char byte; read(fd, &byte, 1) != 0 && tries > 0; tries--)
		poll(NULL, 0, 10);
	assert_true(tries > 0);

	close(fd);
	unlink(fifo);
	rmdir(folder);
	free(script);
	free(fifo);
	buf_wipe(&r.output);
}

static void
a_program_that_floods_is_stopped(void **state)
{
	struct run r;

	(void)state;
	run_script(&r, "while :; do echo 0123456789abcdef; done", span_of(""),
	    LONG_MS);
	assert_int_equal(r.rc, -1);
	assert_non_null(strstr(r.fault.msg, "printed more than 64 KiB"));
	assert_int_equal(r.output.len, 0);
	buf_wipe(&r.output);
}

/* stderr is drained without end and kept to a little. */
static void
a_flood_of_complaints_does_no_harm(void **state)
{
	struct run r;

	(void)state;
	log_set_level(LOG_SILENT);
	run_script(&r,
	    "i=0; while [ $i -lt 20000 ]; do echo 0123456789abcdef >&2; "
	    "i=$((i + 1)); done; echo fine",
	    span_of(""), LONG_MS);
	log_set_level(LOG_WARN);
	assert_int_equal(r.rc, 0);
	assert_string_equal(r.output.data, "fine\n");
	assert_true(
	    strncmp(r.result.complaint, "0123456789abcdef\n0", 18) == 0);
	assert_int_equal(strlen(r.result.complaint),
	    sizeof(r.result.complaint) - 1);
	buf_wipe(&r.output);
}

/* What it leaves running keeps its stdout open: that is not waited for. */
static void
a_program_that_leaves_one_behind_has_ended(void **state)
{
	struct run r;

	(void)state;
	run_script(&r, "sleep 60 & echo $!", span_of(""), LONG_MS);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.result.status, 0);
	kill((pid_t)strtol(r.output.data, NULL, 10), SIGKILL);
	buf_wipe(&r.output);
}

static void
what_cannot_be_started_is_a_fault(void **state)
{
	const char *const argv[] = { "/nonexistent/program", canary, NULL };
	const struct command command = {
		.argv = argv,
		.timeout_ms = LONG_MS,
		.what = "The test command",
		.fault = FAULT_STORE,
	};
	struct buf output;
	struct fault f = { 0 };

	(void)state;
	buf_init(&output, CAP);
	assert_int_equal(command_output(&command, &output, &f), -1);
	assert_int_equal(f.code, FAULT_STORE);
	assert_string_equal(f.msg,
	    "The test command: Cannot start /nonexistent/program: No such "
	    "file or directory");
	buf_wipe(&output);
}

static void
a_status_is_a_failure_where_only_output_counts(void **state)
{
	static const struct {
		const char *script, *msg;
	} cases[] = {
		{ "echo half; exit 4",
		    "The test command failed with status 4" },
		{ "echo half; kill -15 $$",
		    "The test command was ended by signal 15" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const argv[] = { "sh", "-c", cases[i].script,
			NULL };
		const struct command command = {
			.argv = argv,
			.timeout_ms = LONG_MS,
			.what = "The test command",
			.fault = FAULT_COMMAND,
		};
		struct buf output;
		struct fault f = { 0 };

		buf_init(&output, CAP);
		assert_int_equal(command_output(&command, &output, &f), -1);
		assert_int_equal(f.code, FAULT_COMMAND);
		assert_string_equal(f.msg, cases[i].msg);
		assert_int_equal(output.len, 0);
		buf_wipe(&output);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_status_come_back),
		cmocka_unit_test(input_goes_in_whatever_its_size),
		cmocka_unit_test(
		    a_program_that_hangs_is_killed_with_its_children),
		cmocka_unit_test(a_program_that_floods_is_stopped),
		cmocka_unit_test(a_flood_of_complaints_does_no_harm),
		cmocka_unit_test(a_program_that_leaves_one_behind_has_ended),
		cmocka_unit_test(what_cannot_be_started_is_a_fault),
		cmocka_unit_test(
		    a_status_is_a_failure_where_only_output_counts),
	};

	os_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
