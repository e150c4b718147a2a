/* SPDX-License-Identifier: ISC */
/*
 * auth/starter: what a sign-in process gets from the one that is split off for
 * a confined pump, and what it does not. The sign-in process is this program
 * again; it reports what it sees as a stage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/job.h"
#include "auth/starter.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/os.h"
#include "io/spawn.h"

#define WAITS "waits"

/*
 * The sign-in process
 */

static void
say(const char *text)
{
	struct auth_answer answer;
	struct buf line;

	auth_answer_init(&answer);
	answer.kind = AUTH_ANSWER_STAGE;
	answer.text = mem_string(text);
	buf_init(&line, LIMIT_AUTH_LINE);
	if (auth_answer_write(&answer, &line) == -1 ||
	    write(STDOUT_FILENO, line.data, line.len) != (ssize_t)line.len)
		_exit(1);
	buf_reset(&line);
	auth_answer_reset(&answer);
}

static void
on_stop(int number)
{
	static const char text[] = "stopped\n";

	(void)number;
	_exit(write(STDOUT_FILENO, text, sizeof(text) - 1) == -1);
}

static int
authorizer(void)
{
	struct auth_job job;
	struct fault f;
	char kept[16] = "none";

	signal(SIGTERM, on_stop);
	auth_job_init(&job);
	if (auth_job_receive(&job, STDIN_FILENO, &f) == -1)
		return 1;
	if (job.config.store_fd != 0 &&
	    read(SPAWN_KEPT_FD, kept, sizeof(kept) - 1) == -1)
		return 1;
	char *text = mem_format("%s %s who=%d %s header=%s key=%s",
	    job.config.url, job.config.token_command, (int)job.who, kept,
	    getenv("MCP_BRIDGE_HEADER") != NULL ? "given" : "kept back",
	    getenv("MCP_BRIDGE_KEY") != NULL ? "given" : "kept back");
	say(text);
	free(text);
	while (job.subject != NULL && strcmp(job.subject, WAITS) == 0)
		pause();
	auth_job_reset(&job);
	return 0;
}

/*
 * The pump
 */

struct fixture {
	struct auth_config config; /* what the user decided */
	int fd;                    /* to the process split off */
	int job[2], answers[2];
};

static void
open_fixture(struct fixture *f)
{
	auth_config_init(&f->config);
	f->config.url = mem_string("https://mcp.example/");
	f->config.token_command = mem_string("mine");
	setenv("MCP_BRIDGE_HEADER", "X-Key: secret", 1);
	setenv("MCP_BRIDGE_KEY", "not a header", 1);
	f->fd = starter_split(&f->config);
	assert_true(f->fd > STDERR_FILENO);
	assert_int_equal(os_pipe(f->job), 0);
	assert_int_equal(os_pipe(f->answers), 0);
	os_make_blocking(f->answers[0]);
}

/* It goes when the pump does. */
static void
close_fixture(struct fixture *f)
{
	int status = -1;

	close(f->fd);
	close(f->job[0]);
	close(f->answers[0]);
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_int_equal(wait(&status), -1);
	auth_config_reset(&f->config);
	unsetenv("MCP_BRIDGE_HEADER");
	unsetenv("MCP_BRIDGE_KEY");
}

static void
ask(struct fixture *f, struct span text, int kept)
{
	const struct starter_fds fds = { .job = f->job[0],
		.answers = f->answers[1],
		.kept = kept };
	struct fault fault;

	assert_int_equal(write(f->job[1], text.ptr, text.len),
	    (ssize_t)text.len);
	close(f->job[1]);
	assert_int_equal(starter_ask(f->fd, &fds, &fault), 0);
	close(f->answers[1]);
}

/* A job as a pump that was taken over would write it. */
static void
ask_for(struct fixture *f, const char *subject, int kept)
{
	struct auth_job job;
	struct buf text;

	auth_job_init(&job);
	auth_config_reset(&job.config);
	auth_config_init(&job.config);
	job.config.url = mem_string("https://evil.example/");
	job.config.token_command = mem_string("rm -rf");
	job.config.store_fd = kept;
	job.who = AUTH_WHO_TERMINAL;
	job.subject = mem_string(subject);
	buf_init(&text, LIMIT_AUTH_LINE);
	assert_int_equal(auth_job_write(&job, &text), 0);
	ask(f, buf_span(&text), kept);
	buf_reset(&text);
	auth_job_reset(&job);
}

/* One line of answers; empty at their end. */
static void
read_line(struct fixture *f, struct buf *line)
{
	char c = 0;

	buf_init(line, LIMIT_AUTH_LINE);
	while (read(f->answers[0], &c, 1) == 1 && c != '\n')
		assert_int_equal(buf_add(line, &c, 1), 0);
}

static void
read_answer(struct fixture *f, struct auth_answer *answer)
{
	struct fault fault;
	struct buf line;

	read_line(f, &line);
	auth_answer_init(answer);
	assert_int_equal(auth_answer_read(answer, buf_span(&line), &fault), 0);
	buf_reset(&line);
}

static void
assert_end(struct fixture *f)
{
	struct buf line;

	read_line(f, &line);
	assert_int_equal(line.len, 0);
	buf_reset(&line);
}

static void
the_users_decisions_stand(void **state)
{
	struct auth_answer answer;
	struct fixture f;

	(void)state;
	open_fixture(&f);
	ask_for(&f, "any", 0);
	read_answer(&f, &answer);
	assert_int_equal(answer.kind, AUTH_ANSWER_STAGE);
	assert_string_equal(answer.text,
	    "https://mcp.example/ mine who=2 none header=kept back key=given");
	assert_int_equal(AUTH_WHO_PERSON, 2);
	auth_answer_reset(&answer);
	assert_end(&f);
	close_fixture(&f);
}

static void
a_store_in_memory_is_handed_on(void **state)
{
	struct auth_answer answer;
	struct fixture f;
	int kept[2];

	(void)state;
	open_fixture(&f);
	assert_int_equal(pipe(kept), 0);
	assert_int_equal(write(kept[1], "records", 7), 7);
	close(kept[1]);
	ask_for(&f, "any", kept[0]);
	close(kept[0]);
	read_answer(&f, &answer);
	assert_non_null(strstr(answer.text, " records header="));
	auth_answer_reset(&answer);
	assert_end(&f);
	close_fixture(&f);
}

static void
one_that_hangs_is_stopped(void **state)
{
	struct auth_answer answer;
	struct fixture f;
	struct buf line;

	(void)state;
	open_fixture(&f);
	ask_for(&f, WAITS, 0);
	read_answer(&f, &answer);
	auth_answer_reset(&answer);
	starter_stop(f.fd);
	read_line(&f, &line);
	assert_string_equal(line.data, "stopped");
	buf_reset(&line);
	assert_end(&f);
	close_fixture(&f);
}

static void
what_is_no_job_starts_nothing(void **state)
{
	struct auth_answer answer;
	struct fixture f;

	(void)state;
	open_fixture(&f);
	ask(&f, span_of("{\"url\":\"https://evil.example/\""), 0);
	read_answer(&f, &answer);
	assert_int_equal(answer.kind, AUTH_ANSWER_FAULT);
	assert_int_equal(answer.fault.code, FAULT_PROTOCOL);
	auth_answer_reset(&answer);
	assert_end(&f);
	close_fixture(&f);
}

/* A word without descriptors, or another word, is passed over. */
static void
other_words_mean_nothing(void **state)
{
	struct auth_answer answer;
	struct fixture f;

	(void)state;
	open_fixture(&f);
	assert_int_equal(send(f.fd, "a?s", 3, 0), 3);
	ask_for(&f, "any", 0);
	read_answer(&f, &answer);
	assert_int_equal(answer.kind, AUTH_ANSWER_STAGE);
	auth_answer_reset(&answer);
	assert_end(&f);
	close_fixture(&f);
}

static void
nobody_to_ask_is_a_fault(void **state)
{
	const struct starter_fds fds = { .job = 0, .answers = 1 };
	struct fault fault = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	close(ends[1]);
	assert_int_equal(starter_ask(ends[0], &fds, &fault), -1);
	assert_int_equal(fault.code, FAULT_INTERNAL);
	starter_stop(ends[0]);
	close(ends[0]);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_users_decisions_stand),
		cmocka_unit_test(a_store_in_memory_is_handed_on),
		cmocka_unit_test(one_that_hangs_is_stopped),
		cmocka_unit_test(what_is_no_job_starts_nothing),
		cmocka_unit_test(other_words_mean_nothing),
		cmocka_unit_test(nobody_to_ask_is_a_fault),
	};

	if (argc == 2 && strcmp(argv[1], "authorizer") == 0)
		return authorizer();
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
