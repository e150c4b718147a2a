/* SPDX-License-Identifier: ISC */
/*
 * io/confine: what a confined process can still do, and what it cannot. Each
 * trial is a child that confines itself and tries one thing. Where the system
 * has no confinement there is nothing to try.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/confine.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Folders "read", "records", "list" and "other", each with a file "kept" and a
 * folder "below" with another, and the file "alone"; the current directory. */
static char dir[] = "/tmp/mcp-bridge-confine-XXXXXX";
static const char *const folders[] = { "read", "records", "list", "other" };

static int
write_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int rc = fd == -1 || write(fd, "x", 1) != 1 ? -1 : 0;

	if (fd != -1)
		close(fd);
	return rc;
}

static int
make_place(void **state)
{
	char path[64];

	(void)state;
	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return -1;
	for (size_t i = 0; i < COUNT(folders); i++) {
		snprintf(path, sizeof(path), "%s/below", folders[i]);
		if (mkdir(folders[i], 0700) == -1 || mkdir(path, 0700) == -1)
			return -1;
		snprintf(path, sizeof(path), "%s/kept", folders[i]);
		if (write_file(path) == -1)
			return -1;
		snprintf(path, sizeof(path), "%s/below/kept", folders[i]);
		if (write_file(path) == -1)
			return -1;
	}
	return write_file("alone");
}

static int
remove_place(void **state)
{
	int status = -1;
	pid_t pid = -1;

	(void)state;
	if (chdir("/") == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", dir, (char *)NULL);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

/* What a child may try: 0, or -1 with errno. */

static int
try_read(const char *path)
{
	char c;
	int fd = open(path, O_RDONLY);
	int rc = fd == -1 || read(fd, &c, 1) != 1 ? -1 : 0;

	if (fd != -1)
		close(fd);
	return rc;
}

static int
try_list(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	if (fd == -1)
		return -1;
	return close(fd);
}

static int
try_replace(const char *path)
{
	char other[64];

	snprintf(other, sizeof(other), "%s.new", path);
	return write_file(other) == -1 ? -1 : rename(other, path);
}

static int
try_make_folder(const char *path)
{
	return mkdir(path, 0700);
}

static int
try_link(const char *path)
{
	return symlink("/etc/passwd", path);
}

static int
try_run(const char *path)
{
	return execl(path, path, (char *)NULL);
}

/* In a grandchild: confinement is inherited. */
static int
try_read_below(const char *path)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(try_read(path) == 0 ? 0 : errno);
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		return -1;
	errno = WEXITSTATUS(status);
	return errno == 0 ? 0 : -1;
}

static const struct {
	int (*act)(const char *path);
	const char *path;
	int error;
} trials[] = {
	{ try_read, "read/kept", 0 },
	{ try_read, "read/below/kept", 0 },
	{ try_list, "read/below", 0 },
	{ write_file, "read/kept", EACCES },
	{ write_file, "read/new", EACCES },
	{ unlink, "read/kept", EACCES },
	{ try_read, "records/kept", 0 },
	{ write_file, "records/kept", 0 },
	{ try_replace, "records/kept", 0 },
	{ write_file, "records/new", 0 },
	{ unlink, "records/new", 0 },
	{ try_make_folder, "records/new", 0 },
	{ try_link, "records/link", EACCES },
	{ try_list, "list", 0 },
	{ try_list, "list/below", 0 },
	{ try_read, "list/kept", EACCES },
	{ write_file, "list/new", EACCES },
	{ try_read, "other/kept", EACCES },
	{ try_read_below, "other/kept", EACCES },
	{ try_read_below, "read/kept", 0 },
	{ try_list, "other", EACCES },
	{ write_file, "other/new", EACCES },
	{ unlink, "other/kept", EACCES },
	{ try_read, "alone", 0 },
	{ write_file, "alone", EACCES },
	{ try_read, "/etc/passwd", 0 },
	{ write_file, "/etc/mcp-bridge-test", EACCES },
	{ try_run, "/bin/true", EACCES },
};

static bool
has_confinement(void)
{
	char text[64];

	return strncmp(confine_describe(text, sizeof(text)), "Landlock", 8) ==
	       0;
}

static struct confine *
allow_all(void)
{
	struct confine *c = confine_new();

	confine_allow(c, "read", CONFINE_READ);
	confine_allow(c, "records", CONFINE_RECORDS);
	confine_allow(c, "list", CONFINE_LIST);
	confine_allow(c, "alone", CONFINE_READ);
	confine_allow(c, NULL, CONFINE_RECORDS);
	confine_allow(c, "not-there", CONFINE_RECORDS);
	return c;
}

/* The errno of `act` in a confined child; `before` comes in between. */
static int
errno_of(int (*act)(const char *), const char *path,
    int (*before)(const char *))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct confine *c = allow_all();

		if ((before != NULL && before(path) == -1) ||
		    !confine_apply(&c) || c != NULL)
			_exit(255);
		_exit(act(path) == 0 ? 0 : errno);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
what_is_not_allowed_is_refused(void **state)
{
	(void)state;
	if (!has_confinement())
		skip();
	for (size_t i = 0; i < COUNT(trials); i++) {
		int error = errno_of(trials[i].act, trials[i].path, NULL);

		if (error != trials[i].error)
			fail_msg("trial %zu, %s: %s", i, trials[i].path,
			    strerror(error));
	}
}

static void
a_file_is_allowed_as_it_is_now(void **state)
{
	(void)state;
	if (!has_confinement())
		skip();
	assert_int_equal(errno_of(try_read, "alone", NULL), 0);
	assert_int_equal(errno_of(try_read, "alone", try_replace), EACCES);
}

static void
without_rules_nothing_is_done(void **state)
{
	struct confine *none = NULL;

	(void)state;
	confine_allow(none, "read", CONFINE_READ);
	assert_false(confine_apply(&none));
	assert_int_equal(try_read("other/kept"), 0);
}

static void
a_description_is_cut(void **state)
{
	char whole[64], cut[5];

	(void)state;
	assert_true(strlen(confine_describe(whole, sizeof(whole))) > 4);
	assert_ptr_equal(confine_describe(cut, sizeof(cut)), cut);
	assert_memory_equal(cut, whole, 4);
	assert_int_equal(cut[4], '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_allowed_is_refused),
		cmocka_unit_test(a_file_is_allowed_as_it_is_now),
		cmocka_unit_test(without_rules_nothing_is_done),
		cmocka_unit_test(a_description_is_cut),
	};

	return cmocka_run_group_tests(tests, make_place, remove_place);
}
