/* SPDX-License-Identifier: ISC */
/*
 * io/spawn: what a child gets and what it does not. The child
 * is this program again; it reports what it sees, a line each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/spawn.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { REPORT_SIZE = 8192, MOST_FDS = 1024 };

static bool
is_null_device(int fd)
{
	struct stat here = { 0 }, null = { 0 };

	return fstat(fd, &here) == 0 && stat("/dev/null", &null) == 0 &&
	       here.st_rdev == null.st_rdev;
}

/* The child: writes to 1, or to 2 where 1 is /dev/null. */
static int
report(int argc, char **argv)
{
	FILE *out = is_null_device(1) ? stderr : stdout;
	struct sigaction action = { 0 };
	sigset_t mask;

	for (int i = 2; i < argc; i++)
		fprintf(out, "arg=%s\n", argv[i]);
	for (int fd = 0; fd < MOST_FDS; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			fprintf(out, "fd=%d%s\n", fd,
			    is_null_device(fd) ? " null" : "");
	fprintf(out, "leader=%d\n", getpgrp() == getpid());
	fprintf(out, "session=%d\n", getsid(0) == getpid());
	sigaction(SIGPIPE, NULL, &action);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	fprintf(out, "sigpipe=%s\n",
	    action.sa_handler == SIG_DFL ? "default" : "other");
	fprintf(out, "usr1=%s\n",
	    sigismember(&mask, SIGUSR1) ? "blocked" : "open");
	const char *canary = getenv("SPAWN_CANARY");
	fprintf(out, "env=%s\n", canary != NULL ? canary : "");
	char line[64] = "";
	if (fgets(line, sizeof(line), stdin) != NULL)
		fprintf(out, "in=%s\n", line);
	return 7;
}

/* Reads `fd` to its end and closes it. */
static void
drain(int fd, char text[REPORT_SIZE])
{
	size_t used = 0;
	ssize_t got = 1;

	while (got > 0 && used < REPORT_SIZE - 1) {
		got = read(fd, text + used, REPORT_SIZE - 1 - used);
		if (got > 0)
			used += (size_t)got;
	}
	text[used] = '\0';
	close(fd);
}

static bool
has_line(const char *text, const char *line)
{
	char *wanted = mem_format("\n%s\n", line);
	char *lines = mem_format("\n%s", text);
	bool found = strstr(lines, wanted) != NULL;

	free(wanted);
	free(lines);
	return found;
}

static void
assert_exit(pid_t pid, int expected)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

/* Runs the child with its report on stdout. */
static void
run(const char *const *arguments, const char *const *env, bool new_session,
    char text[REPORT_SIZE])
{
	char *self = spawn_self();
	const char *argv[32] = { self, "report" };
	int out[2] = { -1, -1 };
	struct fault f = { 0 };
	pid_t pid = -1;

	assert_non_null(self);
	for (size_t i = 0; arguments != NULL && arguments[i] != NULL; i++)
		argv[i + 2] = arguments[i];
	assert_int_equal(pipe(out), 0);
	const struct spawn what = {
		.argv = argv,
		.env = env,
		.in_fd = -1,
		.out_fd = out[1],
		.err_fd = STDERR_FILENO,
		.new_session = new_session,
	};
	assert_int_equal(spawn_start(&what, &pid, &f), 0);
	close(out[1]);
	drain(out[0], text);
	assert_exit(pid, 7);
	free(self);
}

static void
arguments_arrive_as_they_are(void **state)
{
	static const char *const arguments[] = { "", " ", "a b", "$(id)",
		"`id`", "'", "\"", "\\", "*", "--flag", "-", ";reboot", "&",
		"|cat", "~", "%s%n", "\xc3\xa9\xff", NULL };
	char text[REPORT_SIZE] = "";
	char expected[REPORT_SIZE] = "";
	size_t used = 0;

	(void)state;
	run(arguments, NULL, false, text);
	for (size_t i = 0; arguments[i] != NULL; i++)
		used += (size_t)snprintf(expected + used, REPORT_SIZE - used,
		    "arg=%s\n", arguments[i]);
	assert_int_equal(strncmp(text, expected, used), 0);
	assert_int_equal(strncmp(text + used, "fd=0", 4), 0);
}

/* Whatever is open here, close-on-exec or not. */
static void
no_descriptor_is_inherited(void **state)
{
	static const int high[] = { 3, 17, 200, 800 };
	char text[REPORT_SIZE] = "";
	int opened[COUNT(high)] = { 0 };
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(high); i++) {
		opened[i] = fcntl(STDERR_FILENO, F_DUPFD, high[i]);
		assert_int_not_equal(opened[i], -1);
	}
	run(NULL, NULL, false, text);
	for (const char *at = strstr(text, "fd="); at != NULL;
	     at = strstr(at + 1, "fd="))
		seen++;
	assert_int_equal(seen, 3);
	assert_true(has_line(text, "fd=0 null"));
	assert_true(has_line(text, "fd=1"));
	for (size_t i = 0; i < COUNT(high); i++)
		close(opened[i]);
}

static void
session_is_new_only_when_asked_for(void **state)
{
	char text[REPORT_SIZE] = "";

	(void)state;
	run(NULL, NULL, true, text);
	assert_true(has_line(text, "leader=1"));
#ifdef HAVE_SPAWN_SETSID
	assert_true(has_line(text, "session=1"));
#endif
	run(NULL, NULL, false, text);
	assert_true(has_line(text, "session=0"));
	assert_true(has_line(text, "leader=0"));
}

static void
signals_are_as_at_a_fresh_start(void **state)
{
	char text[REPORT_SIZE] = "";
	sigset_t blocked, before;

	(void)state;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
	void (*old)(int) = signal(SIGPIPE, SIG_IGN);
	run(NULL, NULL, false, text);
	signal(SIGPIPE, old);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	assert_true(has_line(text, "sigpipe=default"));
	assert_true(has_line(text, "usr1=open"));
}

static void
environment_is_ours_or_the_given_one(void **state)
{
	static const char *const other[] = { "SPAWN_CANARY=theirs", NULL };
	static const char *const none[] = { NULL };
	char text[REPORT_SIZE] = "";

	(void)state;
	assert_int_equal(setenv("SPAWN_CANARY", "ours", 1), 0);
	run(NULL, NULL, false, text);
	assert_true(has_line(text, "env=ours"));
	run(NULL, other, false, text);
	assert_true(has_line(text, "env=theirs"));
	run(NULL, none, false, text);
	assert_true(has_line(text, "env="));
	assert_int_equal(unsetenv("SPAWN_CANARY"), 0);
}

/* Every way in which the three may already stand on 0, 1 and 2. */
static void
descriptors_are_put_in_place_in_any_order(void **state)
{
	char *self = spawn_self();
	const char *argv[] = { self, "report", NULL };
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };
	int saved_in = fcntl(0, F_DUPFD_CLOEXEC, 10);
	int saved_out = fcntl(1, F_DUPFD_CLOEXEC, 10);
	char text[REPORT_SIZE] = "";
	pid_t pid = -1;

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	assert_int_equal(write(in[1], "hello", 5), 5);
	close(in[1]);
	/* Crossed: what is to be 0 stands on 1 and the other way round. */
	fflush(stdout);
	assert_int_equal(dup2(in[0], 1), 1);
	assert_int_equal(dup2(out[1], 0), 0);
	close(in[0]);
	close(out[1]);
	const struct spawn what = { .argv = argv,
		.in_fd = 1,
		.out_fd = 0,
		.err_fd = 2 };
	int result = spawn_start(&what, &pid, NULL);
	dup2(saved_in, 0);
	dup2(saved_out, 1);
	close(saved_in);
	close(saved_out);
	assert_int_equal(result, 0);
	drain(out[0], text);
	assert_exit(pid, 7);
	assert_true(has_line(text, "in=hello"));
	free(self);
}

static void
absent_descriptors_are_the_null_device(void **state)
{
	char *self = spawn_self();
	const char *argv[] = { self, "report", NULL };
	int err[2] = { -1, -1 };
	char text[REPORT_SIZE] = "";
	pid_t pid = -1;

	(void)state;
	assert_int_equal(pipe(err), 0);
	const struct spawn what = { .argv = argv,
		.in_fd = -1,
		.out_fd = -1,
		.err_fd = err[1] };
	assert_int_equal(spawn_start(&what, &pid, NULL), 0);
	close(err[1]);
	drain(err[0], text);
	assert_exit(pid, 7);
	assert_true(has_line(text, "fd=0 null"));
	assert_true(has_line(text, "fd=1 null"));
	free(self);
}

static void
program_is_found_by_path_or_reported(void **state)
{
	static const char *const found[] = { "true", NULL };
	static const char *const missing[] = { "no-such-program-here", NULL };
	struct spawn what = { .argv = found,
		.in_fd = -1,
		.out_fd = -1,
		.err_fd = -1 };
	struct fault f = { 0 };
	pid_t pid = -1;

	(void)state;
	assert_int_equal(spawn_start(&what, &pid, &f), 0);
	assert_exit(pid, 0);

	/* POSIX allows an exit with 127 as well, and so it is under valgrind.
	 */
	what.argv = missing;
	if (spawn_start(&what, &pid, &f) == 0) {
		assert_exit(pid, 127);
	} else {
		assert_int_equal(f.code, FAULT_INTERNAL);
		assert_non_null(strstr(fault_text(&f), missing[0]));
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_arrive_as_they_are),
		cmocka_unit_test(no_descriptor_is_inherited),
		cmocka_unit_test(session_is_new_only_when_asked_for),
		cmocka_unit_test(signals_are_as_at_a_fresh_start),
		cmocka_unit_test(environment_is_ours_or_the_given_one),
		cmocka_unit_test(descriptors_are_put_in_place_in_any_order),
		cmocka_unit_test(absent_descriptors_are_the_null_device),
		cmocka_unit_test(program_is_found_by_path_or_reported),
	};

	if (argc > 1 && strcmp(argv[1], "report") == 0)
		return report(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
