/* SPDX-License-Identifier: ISC */
/*
 * The stores that are no files, killed at each step: memory that
 * processes share, and a program with an index of its records. Whatever
 * happens, a record is the old one or the new one, and what a program keeps is
 * listed.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/os.h"
#include "io/store.h"
#include "kill.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char key[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const char other_key[] =
    "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
static const char old_record[] =
    "{\"url\":\"https://a.example/\",\"profile\":\"p\",\"token\":\"old\"}";
static const char new_record[] = "{\"url\":\"https://a.example/\",\"profile\":"
				 "\"p\",\"token\":\"new, and longer\"}";

enum { LARGE = 100000, ROUNDS = 300 };

struct world {
	char *home;
	char *program; /* for command: */
	struct store_choice choice;
	struct store *store;
	struct buf out;
	struct fault fault;
};

static const char script[] =
    "#!/bin/sh\n"
    "while IFS= read -r line && [ -n \"$line\" ]; do\n"
    "  case $line in\n"
    "  kind=*) kind=${line#kind=} ;;\n"
    "  key=*) key=${line#key=} ;;\n"
    "  value=*) value=${line#value=} ;;\n"
    "  esac\n"
    "done\n"
    "file=${0%/*}/$kind-$key\n"
    "case $1 in\n"
    "get) if IFS= read -r value < \"$file\"; then\n"
    "  printf 'noise\\nvalue=%s\\n\\n' \"$value\"; fi 2> /dev/null ;;\n"
    "store) printf '%s\\n' \"$value\" > \"$file~\" && mv \"$file~\" \"$file\" "
    ";;\n"
    "erase) rm -f \"$file\" ;;\n"
    "esac\n"
    "exit 0\n";

static int
set_up(void **state)
{
	struct world *w = mem_alloc(1, sizeof(*w));
	const char *tmp = getenv("TMPDIR");

	w->home = mem_format("%s/kept-XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(w->home));
	assert_int_equal(setenv("XDG_STATE_HOME", w->home, 1), 0);
	buf_init(&w->out, LIMIT_STORE_RECORD);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;
	char *const argv[] = { (char[]){ "rm" }, (char[]){ "-rf" },
		(char[]){ "--" }, w->home, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	store_close(&w->store);
	buf_wipe(&w->out);
	free(w->program);
	free(w->home);
	free(w);
	return 0;
}

static void
choose_memory(struct world *w)
{
	w->choice = (struct store_choice){ .name = "memory" };
	w->store = store_open(&w->choice, &w->fault);
	assert_non_null(w->store);
	/* Whoever comes later has inherited it. */
	w->choice.memory_fd = store_memory_fd(w->store);
	assert_true(w->choice.memory_fd > 0);
}

static void
choose_program(struct world *w)
{
	char *path = mem_format("%s/keeper", w->home);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, script, strlen(script)), strlen(script));
	close(fd);
	w->program = mem_format("command:'%s'", path);
	w->choice = (struct store_choice){ .name = w->program };
	w->store = store_open(&w->choice, &w->fault);
	assert_non_null(w->store);
	free(path);
}

static void
assert_holds(struct world *w, const char *id, const char *expected)
{
	assert_int_equal(store_read(w->store, STORE_GRANT, id, &w->out,
			     &w->fault),
	    0);
	if (expected == NULL)
		assert_int_equal(w->out.len, 0);
	else
		assert_string_equal(w->out.data, expected);
}

static void
put(struct world *w, const char *id, const char *json)
{
	assert_int_equal(store_write(w->store, STORE_GRANT, id, span_of(json),
			     &w->fault),
	    0);
}

static bool
count(void *ctx, const char *id, struct span json)
{
	size_t *seen = ctx;
	struct span url = span_of("https://a.example/");

	(void)id;
	(*seen)++;
	assert_non_null(memmem(json.ptr, json.len, url.ptr, url.len));
	return true;
}

static size_t
listed(struct world *w)
{
	size_t seen = 0;

	assert_int_equal(store_each(w->store, STORE_GRANT, count, &seen,
			     &w->fault),
	    0);
	return seen;
}

/* What every store does. */
static void
keeps_replaces_lists_and_forgets(struct world *w)
{
	uint64_t first = 0;

	assert_holds(w, key, NULL);
	assert_true(store_stamp(w->store, STORE_GRANT, key) == 0);
	assert_int_equal(store_remove(w->store, STORE_GRANT, key, &w->fault),
	    0);
	assert_int_equal(store_probe(w->store, STORE_GRANT, &w->fault), 0);
	assert_int_equal(listed(w), 0);
	put(w, key, old_record);
	first = store_stamp(w->store, STORE_GRANT, key);
	assert_true(first != 0);
	assert_true(first == store_stamp(w->store, STORE_GRANT, key));
	assert_holds(w, key, old_record);
	put(w, other_key, old_record);
	assert_true(first == store_stamp(w->store, STORE_GRANT, key));
	put(w, key, new_record);
	assert_true(first != store_stamp(w->store, STORE_GRANT, key));
	assert_holds(w, key, new_record);
	assert_holds(w, other_key, old_record);
	assert_int_equal(listed(w), 2);
	assert_int_equal(store_remove(w->store, STORE_GRANT, key, &w->fault),
	    0);
	assert_holds(w, key, NULL);
	assert_true(store_stamp(w->store, STORE_GRANT, key) == 0);
	assert_int_equal(listed(w), 1);
	put(w, key, old_record);
	assert_holds(w, key, old_record);
}

static void
memory_keeps_replaces_lists_and_forgets(void **state)
{
	struct world *w = *state;

	choose_memory(w);
	keeps_replaces_lists_and_forgets(w);
	assert_false(store_asks_program(w->store));
}

static void
a_program_keeps_replaces_lists_and_forgets(void **state)
{
	struct world *w = *state;

	choose_program(w);
	keeps_replaces_lists_and_forgets(w);
	assert_true(store_asks_program(w->store));
}

/* False when it ended before its Nth step. */
static bool
run_killed(struct world *w, const char *json, int steps)
{
	int status = 0;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct store *store = NULL;

		log_set_level(LOG_SILENT);
		steps_left = steps;
		store = store_open(&w->choice, NULL);
		int rc =
		    store == NULL ? -1 :
		    json != NULL  ? store_write(store, STORE_GRANT, key,
					span_of(json), NULL) :
				    store_remove(store, STORE_GRANT, key, NULL);
		_exit(rc == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status);
}

static bool
holds(struct world *w, const char *expected)
{
	assert_int_equal(store_read(w->store, STORE_GRANT, key, &w->out,
			     &w->fault),
	    0);
	return expected == NULL ? w->out.len == 0 :
				  span_is(buf_span(&w->out), expected);
}

/* From `before` to `after`, either NULL for no record. */
static void
kill_at_each_step(struct world *w, const char *before, const char *after,
    unsigned least_steps)
{
	unsigned steps = 0;
	bool killed = true;

	while (killed) {
		if (before != NULL)
			put(w, key, before);
		else
			assert_int_equal(store_remove(w->store, STORE_GRANT,
					     key, &w->fault),
			    0);
		killed = run_killed(w, after, (int)steps);
		assert_true(holds(w, after) || (killed && holds(w, before)));
		if (!holds(w, NULL))
			assert_int_equal(listed(w), 1);
		assert_false(run_killed(w, after, -1));
		assert_true(holds(w, after));
		if (killed)
			steps++;
	}
	assert_true(steps >= least_steps);
}

static void
kill_everywhere(struct world *w, unsigned least_steps)
{
	log_set_level(LOG_SILENT);
	kill_at_each_step(w, NULL, new_record, least_steps);
	kill_at_each_step(w, old_record, new_record, least_steps);
	kill_at_each_step(w, new_record, old_record, least_steps);
	kill_at_each_step(w, old_record, NULL, 2);
}

static void
memory_survives_a_kill_at_each_step(void **state)
{
	struct world *w = *state;

	choose_memory(w);
	kill_everywhere(w, 6);
}

static void
a_programs_index_survives_a_kill_at_each_step(void **state)
{
	struct world *w = *state;

	choose_program(w);
	kill_everywhere(w, 5);
}

/* A record of one letter, repeated. */
static void
fill(char *json, char letter)
{
	memset(json, letter, LARGE);
	memcpy(json, "{\"token\":\"", 10);
	memcpy(json + LARGE - 2, "\"}", 3);
}

/* One process writes as fast as it can, another reads. */
static void
memory_is_never_seen_torn(void **state)
{
	struct world *w = *state;
	char *json = mem_alloc(LARGE + 1, 1);
	int status = 0;

	choose_memory(w);
	fill(json, 'a');
	put(w, key, json);
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		for (int i = 0; i < ROUNDS; i++) {
			fill(json, (char)('a' + i % 26));
			if (store_write(w->store, STORE_GRANT, key,
				span_of(json), NULL) == -1)
				_exit(1);
		}
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		assert_int_equal(store_read(w->store, STORE_GRANT, key, &w->out,
				     &w->fault),
		    0);
		assert_int_equal(w->out.len, LARGE);
		const char letter = w->out.data[10];
		for (size_t i = 10; i < LARGE - 2; i++)
			if (w->out.data[i] != letter)
				fail_msg("torn at %zu", i);
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	free(json);
}

/* A process that holds a lock until it is told, or killed. */
static void
locks_of_memory_exclude_and_end_with_their_holder(void **state)
{
	struct world *w = *state;
	struct store_lock *lock = NULL;
	int said[2] = { -1, -1 };
	char byte = '\0';

	choose_memory(w);
	assert_int_equal(os_pipe(said), 0);
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (store_lock(w->store, STORE_GRANT, key, 0, &lock, NULL) == 0)
			(void)!write(said[1], "x", 1);
		poll(NULL, 0, 600000);
		_exit(0);
	}
	struct pollfd heard = { .fd = said[0], .events = POLLIN };
	assert_int_equal(poll(&heard, 1, 60000), 1);
	assert_int_equal(read(said[0], &byte, 1), 1);
	assert_int_equal(store_lock(w->store, STORE_GRANT, key, 0, &lock,
			     &w->fault),
	    -1);
	assert_int_equal(w->fault.code, FAULT_BUSY);
	assert_int_equal(store_lock(w->store, STORE_LOGIN, key, 0, &lock,
			     &w->fault),
	    0);
	store_unlock(&lock);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(store_lock(w->store, STORE_GRANT, key, 0, &lock,
			     &w->fault),
	    0);
	store_unlock(&lock);
	close(said[0]);
	close(said[1]);
}

/* What was replaced or removed is nowhere in the memory. */
static void
memory_keeps_nothing_of_before(void **state)
{
	struct world *w = *state;
	char bytes[4096];
	ssize_t got = 0;

	choose_memory(w);
	put(w, key, "{\"token\":\"canary-of-before\"}");
	put(w, key, "{\"token\":\"canary-of-before-2\"}");
	assert_int_equal(store_remove(w->store, STORE_GRANT, key, &w->fault),
	    0);
	assert_int_equal(lseek(w->choice.memory_fd, 0, SEEK_SET), 0);
	do {
		got = read(w->choice.memory_fd, bytes, sizeof(bytes));
		for (ssize_t i = 0; i < got; i++)
			assert_true(bytes[i] != 'y');
	} while (got > 0);
}

static void
memory_has_room_for_so_many(void **state)
{
	struct world *w = *state;
	char id[65];
	unsigned written = 0;

	choose_memory(w);
	for (; written < 1000; written++) {
		snprintf(id, sizeof(id), "%064x", written);
		if (store_write(w->store, STORE_GRANT, id, span_of(old_record),
			&w->fault) == -1)
			break;
	}
	assert_in_range(written, 16, 999);
	assert_int_equal(w->fault.code, FAULT_STORE);
	assert_int_equal(listed(w), written);
}

/* The label is an argument, which others can see. */
static void
what_goes_to_a_program_is_cut(void **state)
{
	struct world *w = *state;
	char *path = NULL, *line = NULL;
	int fd = -1;

	choose_program(w);
	store_close(&w->store);
	free(w->program);
	path = mem_format("%s/log", w->home);
	line = mem_format("command:sh -c 'cat >> \"$0\"' %s", path);
	w->program = line;
	w->choice.name = line;
	w->store = store_open(&w->choice, &w->fault);
	put(w, key,
	    "{\"url\":\"https://a.example/?secret=1\",\"profile\":\"p\",\n"
	    "\"token\":\"t\"}");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(buf_reserve(&w->out, 4096), 0);
	ssize_t got = read(fd, w->out.data, 4096);
	assert_true(got > 0);
	w->out.data[got] = '\0';
	assert_string_equal(w->out.data,
	    "service=mcp-bridge\nkind=grant\n"
	    "key=0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef\n"
	    "url=https://a.example/\nprofile=p\n"
	    "value={\"url\":\"https://a.example/?secret=1\",\"profile\":\"p\", "
	    "\"token\":\"t\"}\n\n");
	close(fd);
	free(path);
}

static void
a_failing_program_is_a_fault_of_the_store(void **state)
{
	static const struct {
		const char *name, *msg;
	} cases[] = {
		{ "command:sh -c 'exit 3'",
		    "The store's program failed with status 3" },
		{ "command:/nonexistent/keeper",
		    "The credential store: Cannot start /nonexistent/keeper: "
		    "No such file or directory" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		w->choice = (struct store_choice){ .name = cases[i].name };
		w->store = store_open(&w->choice, &w->fault);
		assert_int_equal(store_write(w->store, STORE_GRANT, key,
				     span_of(old_record), &w->fault),
		    -1);
		assert_int_equal(w->fault.code, FAULT_STORE);
		assert_string_equal(w->fault.msg, cases[i].msg);
		assert_true(w->fault.action[0] != '\0');
		assert_int_equal(store_read(w->store, STORE_GRANT, key, &w->out,
				     &w->fault),
		    -1);
		assert_int_equal(listed(w), 0);
		store_close(&w->store);
	}
}

static void
names_are_checked(void **state)
{
	static const char *const good[] = { "file", "secret-service", "pass",
		"keychain", "memory", "command:a", "command:'a b' c" };
	static const char *const bad[] = { "", "files", "command",
		"command:", "command: ", "command:'a", "memory:3" };
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(store_name_ok(good[i], &why));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(store_name_ok(bad[i], &why));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_keeps_replaces_lists_and_forgets),
		TEST(a_program_keeps_replaces_lists_and_forgets),
		TEST(memory_survives_a_kill_at_each_step),
		TEST(a_programs_index_survives_a_kill_at_each_step),
		TEST(memory_is_never_seen_torn),
		TEST(locks_of_memory_exclude_and_end_with_their_holder),
		TEST(memory_keeps_nothing_of_before),
		TEST(memory_has_room_for_so_many),
		TEST(what_goes_to_a_program_is_cut),
		TEST(a_failing_program_is_a_fault_of_the_store),
		cmocka_unit_test(names_are_checked),
	};

	os_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
