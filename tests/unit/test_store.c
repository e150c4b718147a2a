/* SPDX-License-Identifier: ISC */
/*
 * io/store and io/store_lock: what is refused, whole writes,
 * quarantine, probes, locks between processes.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/os.h"
#include "io/store.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char key_a[] =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char key_b[] =
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

struct world {
	char *home; /* owned: $XDG_STATE_HOME */
	struct store *store;
	struct fault fault;
	struct buf out;
};

/* Stands before the C library's: a file system without locks. */
static int flocks_to_fail;

int
flock(int fd, int operation)
{
	int (*real)(int, int) = NULL;
	void *symbol = dlsym(RTLD_NEXT, "flock");

	if (flocks_to_fail > 0) {
		flocks_to_fail--;
		errno = ENOLCK;
		return -1;
	}
	memcpy(&real, &symbol, sizeof(real));
	return real(fd, operation);
}

static int
set_up(void **state)
{
	struct world *w = mem_alloc(1, sizeof(*w));
	const char *tmp = getenv("TMPDIR");

	w->home = mem_format("%s/store-XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(w->home));
	assert_int_equal(setenv("XDG_STATE_HOME", w->home, 1), 0);
	buf_init(&w->out, LIMIT_STORE_RECORD);
	*state = w;
	return 0;
}

static void
remove_tree(const char *path)
{
	struct stat st = { 0 };

	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		DIR *dir = opendir(path);

		assert_non_null(dir);
		for (struct dirent *e = readdir(dir); e != NULL;
		     e = readdir(dir)) {
			if (strcmp(e->d_name, ".") == 0 ||
			    strcmp(e->d_name, "..") == 0)
				continue;
			char *inner = mem_format("%s/%s", path, e->d_name);
			remove_tree(inner);
			free(inner);
		}
		closedir(dir);
	}
	(void)remove(path);
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	flocks_to_fail = 0;
	store_close(&w->store);
	remove_tree(w->home);
	buf_wipe(&w->out);
	free(w->home);
	free(w);
	return 0;
}

static void
open_store(struct world *w)
{
	w->store = store_open(NULL, &w->fault);
	assert_non_null(w->store);
}

static char *
path_of(const struct world *w, const char *name)
{
	return mem_format("%s/mcp-bridge/%s", w->home, name);
}

static char *
record_path(const struct world *w, const char *key)
{
	return mem_format("%s/mcp-bridge/access/%s.json", w->home, key);
}

static void
put_file(const char *path, const void *bytes, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
write_record(struct world *w, const char *key, const char *json)
{
	assert_int_equal(store_write(w->store, STORE_ACCESS, key, span_of(json),
			     &w->fault),
	    0);
}

static void
assert_record(struct world *w, const char *key, const char *json)
{
	assert_int_equal(store_read(w->store, STORE_ACCESS, key, &w->out,
			     &w->fault),
	    0);
	if (json == NULL)
		assert_int_equal(w->out.len, 0);
	else
		assert_true(span_is(buf_span(&w->out), json));
}

/* The fault names neither the place nor the key. */
static void
assert_store_fault(const struct world *w)
{
	assert_int_equal(w->fault.code, FAULT_STORE);
	assert_null(strstr(fault_text(&w->fault), w->home));
	assert_null(strstr(fault_action(&w->fault), w->home));
	assert_null(strstr(fault_text(&w->fault), key_a));
}

static size_t
count_files(const struct world *w, const char *folder)
{
	char *path = path_of(w, folder);
	DIR *dir = opendir(path);
	size_t count = 0;

	assert_non_null(dir);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			count++;
	closedir(dir);
	free(path);
	return count;
}

static mode_t
mode_of(const char *path)
{
	struct stat st = { 0 };

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
records_are_written_read_replaced_removed(void **state)
{
	struct world *w = *state;

	open_store(w);
	assert_record(w, key_a, NULL);
	write_record(w, key_a, "{\"n\":1}");
	assert_record(w, key_a, "{\"n\":1}");
	assert_record(w, key_b, NULL);
	write_record(w, key_a, "{\"n\":22}");
	assert_record(w, key_a, "{\"n\":22}");
	store_close(&w->store);
	open_store(w);
	assert_record(w, key_a, "{\"n\":22}");
	for (int i = 0; i < 2; i++)
		assert_int_equal(store_remove(w->store, STORE_ACCESS, key_a,
				     &w->fault),
		    0);
	assert_record(w, key_a, NULL);
	assert_int_equal(count_files(w, "access"), 0);
}

static void
everything_is_private(void **state)
{
	static const char *const folders[] = { "", "access", "grant",
		"registration", "login", "server", "lock" };
	struct world *w = *state;
	struct store_lock *lock = NULL;
	mode_t mask = umask(0);

	open_store(w);
	write_record(w, key_a, "{}");
	assert_int_equal(store_lock(w->store, STORE_GRANT, key_a, 0, &lock,
			     &w->fault),
	    0);
	umask(mask);
	for (size_t i = 0; i < COUNT(folders); i++) {
		char *path = path_of(w, folders[i]);

		assert_int_equal(mode_of(path), 0700);
		free(path);
	}
	char *record = record_path(w, key_a);
	assert_int_equal(mode_of(record), 0600);
	free(record);
	char *name = mem_format("lock/grant-%s", key_a);
	char *path = path_of(w, name);
	assert_int_equal(mode_of(path), 0600);
	free(path);
	free(name);
	store_unlock(&lock);
}

static void
loose_folders_are_refused(void **state)
{
	static const struct {
		const char *folder;
		mode_t mode;
	} loose[] = {
		{ "", 0750 },
		{ "", 0701 },
		{ "access", 0770 },
		{ "login", 0704 },
		{ "lock", 0720 },
	};
	struct world *w = *state;

	open_store(w);
	store_close(&w->store);
	for (size_t i = 0; i < COUNT(loose); i++) {
		char *path = path_of(w, loose[i].folder);

		assert_int_equal(chmod(path, loose[i].mode), 0);
		assert_null(store_open(NULL, &w->fault));
		assert_store_fault(w);
		assert_non_null(strstr(fault_action(&w->fault), "chmod"));
		assert_int_equal(chmod(path, 0700), 0);
		free(path);
	}
	open_store(w);
}

static void
linked_folders_are_refused(void **state)
{
	static const char *const folders[] = { "", "access", "lock" };
	struct world *w = *state;

	open_store(w);
	store_close(&w->store);
	for (size_t i = 0; i < COUNT(folders); i++) {
		char *path = path_of(w, folders[i]);
		char *moved = mem_format("%s/moved", w->home);

		if (folders[i][0] == '\0')
			path[strlen(path) - 1] = '\0';
		assert_int_equal(rename(path, moved), 0);
		assert_int_equal(symlink(moved, path), 0);
		assert_null(store_open(NULL, &w->fault));
		assert_store_fault(w);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(rename(moved, path), 0);
		free(moved);
		free(path);
	}
	open_store(w);
}

static void
unsafe_records_are_refused(void **state)
{
	struct world *w = *state;
	char *path = record_path(w, key_a);
	char *target = mem_format("%s/target", w->home);

	open_store(w);
	put_file(path, "{}", 2, 0644);
	assert_int_equal(store_read(w->store, STORE_ACCESS, key_a, &w->out,
			     &w->fault),
	    -1);
	assert_store_fault(w);

	assert_int_equal(unlink(path), 0);
	put_file(target, "{}", 2, 0600);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(store_read(w->store, STORE_ACCESS, key_a, &w->out,
			     &w->fault),
	    -1);
	assert_store_fault(w);

	/* Replaced by a write, without following it. */
	write_record(w, key_a, "{\"n\":1}");
	assert_record(w, key_a, "{\"n\":1}");
	struct stat st = { 0 };
	assert_int_equal(stat(target, &st), 0);
	assert_int_equal(st.st_size, 2);

	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(store_read(w->store, STORE_ACCESS, key_a, &w->out,
			     &w->fault),
	    -1);
	assert_store_fault(w);
	free(target);
	free(path);
}

static void
foreign_owners_are_refused(void **state)
{
	struct world *w = *state;
	char *path = record_path(w, key_a);
	char *folder = path_of(w, "grant");

	if (geteuid() != 0) {
		free(path);
		free(folder);
		skip();
	}
	open_store(w);
	write_record(w, key_a, "{}");
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(store_read(w->store, STORE_ACCESS, key_a, &w->out,
			     &w->fault),
	    -1);
	assert_store_fault(w);
	store_close(&w->store);
	assert_int_equal(chown(folder, 65534, 65534), 0);
	assert_null(store_open(NULL, &w->fault));
	assert_store_fault(w);
	free(path);
	free(folder);
}

static void
relative_state_home_is_ignored(void **state)
{
	struct world *w = *state;
	const char *home = getenv("HOME");
	char *old = mem_string(home);
	char *expected = mem_format("%s/.local/state/mcp-bridge", w->home);

	assert_int_equal(setenv("HOME", w->home, 1), 0);
	assert_int_equal(setenv("XDG_STATE_HOME", "relative/path", 1), 0);
	open_store(w);
	assert_string_equal(store_where(w->store), expected);
	assert_int_equal(mode_of(expected), 0700);
	if (old != NULL)
		assert_int_equal(setenv("HOME", old, 1), 0);
	free(expected);
	free(old);
}

static void
corrupt_records_are_moved_aside(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} corrupt[] = {
		{ "", 0 },
		{ "{\"n\":1", 6 },
		{ "[]", 2 },
		{ "\"secret\"", 8 },
		{ "{}{}", 4 },
		{ "\0\0\0\0", 4 },
		{ "{\"\xff\":1}", 7 },
	};
	struct world *w = *state;
	char *path = record_path(w, key_a);

	open_store(w);
	log_set_level(LOG_SILENT);
	for (size_t i = 0; i < COUNT(corrupt); i++) {
		char *aside = mem_format("%s.corrupt-%zu", path, i + 1);
		struct stat st = { 0 };

		put_file(path, corrupt[i].bytes, corrupt[i].len, 0600);
		assert_record(w, key_a, NULL);
		assert_int_equal(access(path, F_OK), -1);
		assert_int_equal(stat(aside, &st), 0);
		assert_int_equal(st.st_size, corrupt[i].len);
		write_record(w, key_a, "{\"n\":1}");
		assert_record(w, key_a, "{\"n\":1}");
		free(aside);
	}

	/* Not without end, and gone with the record. */
	for (size_t i = 0; i < 20; i++) {
		put_file(path, "{", 1, 0600);
		assert_record(w, key_a, NULL);
	}
	assert_int_equal(count_files(w, "access"), 9);
	assert_int_equal(store_remove(w->store, STORE_ACCESS, key_a, &w->fault),
	    0);
	assert_int_equal(count_files(w, "access"), 0);
	log_set_level(LOG_WARN);
	free(path);
}

static void
sizes_are_capped(void **state)
{
	struct world *w = *state;
	char *path = record_path(w, key_a);
	char *big = mem_alloc(LIMIT_STORE_RECORD + 2, 1);

	memset(big, ' ', LIMIT_STORE_RECORD + 1);
	big[0] = '{';
	big[1] = '}';
	open_store(w);
	assert_int_equal(store_write(w->store, STORE_ACCESS, key_a,
			     span_make(big, LIMIT_STORE_RECORD), &w->fault),
	    0);
	assert_int_equal(store_read(w->store, STORE_ACCESS, key_a, &w->out,
			     &w->fault),
	    0);
	assert_int_equal(w->out.len, LIMIT_STORE_RECORD);

	assert_int_equal(store_write(w->store, STORE_ACCESS, key_a,
			     span_make(big, LIMIT_STORE_RECORD + 1), &w->fault),
	    -1);
	assert_store_fault(w);
	log_set_level(LOG_SILENT);
	put_file(path, big, LIMIT_STORE_RECORD + 1, 0600);
	assert_record(w, key_a, NULL);
	log_set_level(LOG_WARN);
	free(big);
	free(path);
}

static void
stamps_follow_the_record(void **state)
{
	struct world *w = *state;
	uint64_t last = 0;

	open_store(w);
	assert_true(store_stamp(w->store, STORE_ACCESS, key_a) == 0);
	for (int i = 0; i < 50; i++) {
		write_record(w, key_a, "{\"n\":1}");
		uint64_t stamp = store_stamp(w->store, STORE_ACCESS, key_a);
		assert_true(stamp != 0 && stamp != last);
		assert_true(
		    stamp == store_stamp(w->store, STORE_ACCESS, key_a));
		last = stamp;
	}
	assert_int_equal(store_remove(w->store, STORE_ACCESS, key_a, &w->fault),
	    0);
	assert_true(store_stamp(w->store, STORE_ACCESS, key_a) == 0);
}

static void
probe_leaves_nothing(void **state)
{
	struct world *w = *state;
	char *folder = path_of(w, "grant");

	open_store(w);
	assert_int_equal(store_probe(w->store, STORE_GRANT, &w->fault), 0);
	assert_int_equal(count_files(w, "grant"), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(store_probe(w->store, STORE_GRANT, &w->fault), -1);
	assert_store_fault(w);
	free(folder);
}

struct seen {
	size_t count;
	size_t stop_at;
	bool a, b;
};

static bool
see(void *ctx, const char *key, struct span json)
{
	struct seen *seen = ctx;

	seen->count++;
	if (strcmp(key, key_a) == 0)
		seen->a = span_is(json, "{\"n\":1}");
	if (strcmp(key, key_b) == 0)
		seen->b = span_is(json, "{\"n\":2}");
	return seen->count != seen->stop_at;
}

static void
each_visits_the_readable_records(void **state)
{
	struct world *w = *state;
	struct seen seen = { 0 };
	char *stray = path_of(w, "access/README");
	char *loose = record_path(w, "cccccccccccccccccccccccccccccccc"
				     "cccccccccccccccccccccccccccccccc");

	open_store(w);
	assert_int_equal(store_each(w->store, STORE_ACCESS, see, &seen,
			     &w->fault),
	    0);
	assert_int_equal(seen.count, 0);
	write_record(w, key_a, "{\"n\":1}");
	write_record(w, key_b, "{\"n\":2}");
	put_file(stray, "x", 1, 0600);
	assert_int_equal(store_each(w->store, STORE_ACCESS, see, &seen,
			     &w->fault),
	    0);
	assert_int_equal(seen.count, 2);
	assert_true(seen.a && seen.b);

	seen = (struct seen){ .stop_at = 1 };
	assert_int_equal(store_each(w->store, STORE_ACCESS, see, &seen,
			     &w->fault),
	    0);
	assert_int_equal(seen.count, 1);

	put_file(loose, "{}", 2, 0644);
	seen = (struct seen){ 0 };
	assert_int_equal(store_each(w->store, STORE_ACCESS, see, &seen,
			     &w->fault),
	    -1);
	assert_store_fault(w);
	assert_int_equal(seen.count, 2);
	free(stray);
	free(loose);
}

static void
old_leftovers_are_swept(void **state)
{
	struct world *w = *state;
	char *old = path_of(w, "access/.new-0123");
	char *fresh = path_of(w, "access/.new-4567");
	struct timeval past[2] = { { .tv_sec = time(NULL) - 7200 },
		{ .tv_sec = time(NULL) - 7200 } };

	open_store(w);
	put_file(fresh, "{", 1, 0600);
	for (int removing = 0; removing < 2; removing++) {
		put_file(old, "{", 1, 0600);
		assert_int_equal(utimes(old, past), 0);
		if (removing == 0)
			write_record(w, key_a, "{}");
		else
			assert_int_equal(store_remove(w->store, STORE_ACCESS,
					     key_b, &w->fault),
			    0);
		assert_int_equal(access(old, F_OK), -1);
		assert_int_equal(access(fresh, F_OK), 0);
	}
	free(old);
	free(fresh);
}

/*
 * A process that takes the lock of (STORE_GRANT, key_a), says so, and holds it
 * until `hold_ms` have passed or it is killed.
 */
static pid_t
start_holder(unsigned hold_ms)
{
	int ready[2] = { -1, -1 };
	char byte = 0;
	pid_t pid = -1;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct store *store = store_open(NULL, NULL);
		struct store_lock *lock = NULL;

		if (store == NULL ||
		    store_lock(store, STORE_GRANT, key_a, 0, &lock, NULL) == -1)
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		usleep(hold_ms * 1000);
		store_unlock(&lock);
		store_close(&store);
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void
end_holder(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int
take(struct world *w, unsigned wait_ms, struct store_lock **lock)
{
	return store_lock(w->store, STORE_GRANT, key_a, wait_ms, lock,
	    &w->fault);
}

static void
lock_excludes_and_dies_with_its_holder(void **state)
{
	struct world *w = *state;
	struct store_lock *lock = NULL, *other = NULL;

	open_store(w);
	pid_t holder = start_holder(60000);
	assert_int_equal(take(w, 0, &lock), -1);
	assert_int_equal(w->fault.code, FAULT_BUSY);
	assert_null(lock);

	/* Other keys and kinds have their own. */
	assert_int_equal(store_lock(w->store, STORE_GRANT, key_b, 0, &other,
			     &w->fault),
	    0);
	store_unlock(&other);
	assert_int_equal(store_lock(w->store, STORE_LOGIN, key_a, 0, &other,
			     &w->fault),
	    0);
	store_unlock(&other);

	end_holder(holder);
	assert_int_equal(take(w, 0, &lock), 0);
	assert_int_equal(take(w, 0, &other), -1);
	assert_int_equal(w->fault.code, FAULT_BUSY);
	store_unlock(&lock);
	assert_null(lock);
	store_unlock(&lock);
}

static void
lock_is_waited_for_until_a_deadline(void **state)
{
	struct world *w = *state;
	struct store_lock *lock = NULL;

	open_store(w);
	pid_t holder = start_holder(60000);
	uint64_t start_ms = os_monotonic_ms();
	assert_int_equal(take(w, 150, &lock), -1);
	assert_int_equal(w->fault.code, FAULT_BUSY);
	assert_in_range(os_monotonic_ms() - start_ms, 150, 5000);
	end_holder(holder);

	holder = start_holder(100);
	assert_int_equal(take(w, 30000, &lock), 0);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	store_unlock(&lock);
}

/* A logout removes the record, never the lock file. */
static void
lock_outlives_the_record(void **state)
{
	struct world *w = *state;
	struct store_lock *lock = NULL;

	open_store(w);
	assert_int_equal(store_write(w->store, STORE_GRANT, key_a,
			     span_of("{}"), &w->fault),
	    0);
	pid_t holder = start_holder(60000);
	assert_int_equal(store_remove(w->store, STORE_GRANT, key_a, &w->fault),
	    0);
	assert_int_equal(take(w, 0, &lock), -1);
	assert_int_equal(w->fault.code, FAULT_BUSY);
	end_holder(holder);
	assert_int_equal(take(w, 0, &lock), 0);
	store_unlock(&lock);
	assert_int_equal(count_files(w, "lock"), 1);
}

static void
lock_is_not_inherited_by_programs(void **state)
{
	struct world *w = *state;
	struct store_lock *lock = NULL;
	int started[2] = { -1, -1 };
	char byte = 0;

	open_store(w);
	assert_int_equal(take(w, 0, &lock), 0);
	assert_int_equal(pipe(started), 0);
	assert_int_equal(fcntl(started[1], F_SETFD, FD_CLOEXEC), 0);
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		execlp("sleep", "sleep", "60", (char *)NULL);
		_exit(127);
	}
	close(started[1]);
	assert_int_equal(read(started[0], &byte, 1), 0);
	close(started[0]);
	store_unlock(&lock);
	assert_int_equal(take(w, 0, &lock), 0);
	store_unlock(&lock);
	end_holder(pid);
}

static void
locks_move_to_the_runtime_folder_where_there_are_none(void **state)
{
	struct world *w = *state;
	struct store_lock *lock = NULL, *other = NULL;
	char *path = mem_format("%s/mcp-bridge/grant-%s", w->home, key_a);

	open_store(w);
	log_set_level(LOG_SILENT);
	assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
	flocks_to_fail = 1;
	assert_int_equal(take(w, 0, &lock), -1);
	assert_store_fault(w);

	assert_int_equal(setenv("XDG_RUNTIME_DIR", w->home, 1), 0);
	flocks_to_fail = 1;
	assert_int_equal(take(w, 0, &lock), 0);
	assert_int_equal(access(path, F_OK), 0);
	flocks_to_fail = 1;
	assert_int_equal(take(w, 0, &other), -1);
	assert_int_equal(w->fault.code, FAULT_BUSY);
	store_unlock(&lock);

	flocks_to_fail = 2;
	assert_int_equal(take(w, 0, &lock), -1);
	assert_store_fault(w);
	log_set_level(LOG_WARN);
	free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_are_written_read_replaced_removed),
		TEST(everything_is_private),
		TEST(loose_folders_are_refused),
		TEST(linked_folders_are_refused),
		TEST(unsafe_records_are_refused),
		TEST(foreign_owners_are_refused),
		TEST(relative_state_home_is_ignored),
		TEST(corrupt_records_are_moved_aside),
		TEST(sizes_are_capped),
		TEST(stamps_follow_the_record),
		TEST(probe_leaves_nothing),
		TEST(each_visits_the_readable_records),
		TEST(old_leftovers_are_swept),
		TEST(lock_excludes_and_dies_with_its_holder),
		TEST(lock_is_waited_for_until_a_deadline),
		TEST(lock_outlives_the_record),
		TEST(lock_is_not_inherited_by_programs),
		TEST(locks_move_to_the_runtime_folder_where_there_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
