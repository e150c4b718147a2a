/* SPDX-License-Identifier: ISC */
/*
 * io/store killed at each of its persistent steps: what is found
 * afterwards is the old record or the new one, whole, and the store works on.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/store.h"
#include "kill.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char key[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const char old_record[] = "{\"token\":\"old\"}";
static const char new_record[] = "{\"token\":\"new, and longer\"}";

/* The operations, each on a store it opens itself. */

static int
do_open(void)
{
	struct store *store = store_open(NULL, NULL);
	int result = store != NULL ? 0 : -1;

	store_close(&store);
	return result;
}

static int
do_write(void)
{
	struct store *store = store_open(NULL, NULL);
	int result = -1;

	if (store != NULL)
		result = store_write(store, STORE_GRANT, key,
		    span_of(new_record), NULL);
	store_close(&store);
	return result;
}

static int
do_remove(void)
{
	struct store *store = store_open(NULL, NULL);
	int result = -1;

	if (store != NULL)
		result = store_remove(store, STORE_GRANT, key, NULL);
	store_close(&store);
	return result;
}

static int
do_probe(void)
{
	struct store *store = store_open(NULL, NULL);
	int result = -1;

	if (store != NULL)
		result = store_probe(store, STORE_GRANT, NULL);
	store_close(&store);
	return result;
}

static int
do_read(void)
{
	struct store *store = store_open(NULL, NULL);
	struct buf out = { 0 };
	int result = -1;

	buf_init(&out, LIMIT_STORE_RECORD);
	if (store != NULL)
		result = store_read(store, STORE_GRANT, key, &out, NULL);
	buf_wipe(&out);
	store_close(&store);
	return result;
}

struct operation {
	const char *name;
	int (*run)(void);
	const char *file;   /* the record's file before; NULL: none */
	const char *before; /* what may be read after a kill: this */
	const char *after;  /* or this, and surely this at the end */
	unsigned least_steps;
};

static const struct operation operations[] = {
	{ "open", do_open, NULL, NULL, NULL, 7 },
	{ "first write", do_write, NULL, NULL, new_record, 13 },
	{ "replace", do_write, old_record, old_record, new_record, 6 },
	{ "write over a corrupt file", do_write, "{\"token", NULL, new_record,
	    6 },
	{ "remove", do_remove, old_record, old_record, NULL, 2 },
	{ "probe", do_probe, old_record, old_record, old_record, 5 },
	{ "move aside", do_read, "{\"token", NULL, NULL, 1 },
};

static char *home; /* $XDG_STATE_HOME */

static int
make_home(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	home = mem_format("%s/kill-XXXXXX", tmp != NULL ? tmp : "/tmp");
	return mkdtemp(home) != NULL && setenv("XDG_STATE_HOME", home, 1) == 0 ?
		   0 :
		   -1;
}

static void
remove_tree(char *path)
{
	char *const argv[] = { (char[]){ "rm" }, (char[]){ "-rf" },
		(char[]){ "--" }, path, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int
remove_home(void **state)
{
	(void)state;
	remove_tree(home);
	free(home);
	return 0;
}

static void
start_trial(const struct operation *op)
{
	char *folder = mem_format("%s/mcp-bridge", home);

	remove_tree(folder);
	free(folder);
	if (op->file == NULL)
		return;
	assert_int_equal(do_open(), 0);

	char *path = mem_format("%s/mcp-bridge/grant/%s.json", home, key);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, op->file, strlen(op->file)),
	    strlen(op->file));
	close(fd);
	free(path);
}

/* False when it ended before its Nth step. */
static bool
run_killed(const struct operation *op, int steps)
{
	int status = 0;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		log_set_level(LOG_SILENT);
		steps_left = steps;
		int result = op->run();
		_exit(result == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return true;
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static bool
same(struct span found, const char *expected)
{
	return expected == NULL ? found.len == 0 : span_is(found, expected);
}

/* What a process that comes later finds. */
static void
check(const struct operation *op, bool finished)
{
	struct fault f = { 0 };
	struct store *store = store_open(NULL, &f);
	struct store_lock *lock = NULL;
	struct buf out = { 0 };

	assert_non_null(store);
	buf_init(&out, LIMIT_STORE_RECORD);
	assert_int_equal(store_read(store, STORE_GRANT, key, &out, &f), 0);
	assert_true(same(buf_span(&out), op->after) ||
		    (!finished && same(buf_span(&out), op->before)));
	assert_int_equal(store_lock(store, STORE_GRANT, key, 0, &lock, &f), 0);
	store_unlock(&lock);
	buf_wipe(&out);
	store_close(&store);
}

static void
each_step_leaves_a_whole_record(void **state)
{
	(void)state;
	log_set_level(LOG_SILENT);
	for (size_t i = 0; i < COUNT(operations); i++) {
		const struct operation *op = &operations[i];
		unsigned steps = 0;
		bool killed = true;

		while (killed) {
			start_trial(op);
			killed = run_killed(op, (int)steps);
			check(op, !killed);
			/* Done again, it comes to its end. */
			assert_int_equal(op->run(), 0);
			check(op, true);
			if (killed)
				steps++;
		}
		print_message("%s: killed at %u steps\n", op->name, steps);
		assert_true(steps >= op->least_steps);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_step_leaves_a_whole_record),
	};

	return cmocka_run_group_tests(tests, make_home, remove_home);
}
