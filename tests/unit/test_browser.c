/* SPDX-License-Identifier: ISC */
/*
 * Openers, with a fake browser that notes what it was given.
 */
#include "auth/browser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "auth/desktop.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

#define URL "http://127.0.0.1:4711/0123456789abcdef0123456789abcdef"
#define CANARY "canary-5d1f"

static char folder[64];

static char *
in_folder(const char *name)
{
	return mem_format("%s/%s", folder, name);
}

/* An executable script: `body` sees $LOG, where it notes things. */
static void
write_script(const char *name, const char *body)
{
	char *path = in_folder(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\nLOG='%s/log'\n%s\n", folder, body);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0700), 0);
	free(path);
}

/* What the scripts noted so far; forgotten after this. */
static char *
take_log(void)
{
	char *path = in_folder("log");
	char *text = mem_alloc(1, 64 * KIB);
	FILE *file = fopen(path, "r");

	if (file != NULL) {
		text[fread(text, 1, 64 * KIB - 1, file)] = '\0';
		fclose(file);
	}
	unlink(path);
	free(path);
	return text;
}

static void
expect_log(const char *expected)
{
	char *log = take_log();

	assert_string_equal(log, expected);
	free(log);
}

static void
set_browser(const char *value)
{
	char *filled = NULL;
	struct buf text;

	buf_init(&text, 8 * KIB);
	for (; *value != '\0'; value++) {
		if (*value == '@')
			assert_int_equal(buf_add_string(&text, folder), 0);
		else
			assert_int_equal(buf_add(&text, value, 1), 0);
	}
	filled = mem_string(text.data);
	assert_int_equal(setenv("BROWSER", filled, 1), 0);
	free(filled);
	buf_reset(&text);
}

#define NOTE "for a; do printf '[%s]' \"$a\" >>\"$LOG\"; done"

static int
set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_browser.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	write_script("note", NOTE);
	write_script("fail", "printf fail >>\"$LOG\"; exit 3");
	write_script("stay", NOTE "; exec sleep 5");
	write_script("chatty", "echo '{\"jsonrpc\":\"2.0\"}'; echo x >&2");
	write_script("env", "env >\"$LOG\"");
	write_script("with space", NOTE);
	/* The system's own openers must not run here. */
	setenv("PATH", "/bin:/usr/bin:/nowhere", 1);
	setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22", 1);
	unsetenv("DISPLAY");
	unsetenv("WAYLAND_DISPLAY");
	unsetenv("BROWSER");
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "note", "fail", "stay", "chatty",
		"env", "with space", "log" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = in_folder(names[i]);

		unlink(path);
		free(path);
	}
	return rmdir(folder);
}

/* How $BROWSER is read, and what the program then finds in its argv. */
static void
test_argv(void **state)
{
	static const struct {
		const char *browser;
		const char *argv;
	} table[] = {
		{ "@/note", "[" URL "]" },
		{ "@/note %s", "[" URL "]" },
		{ "@/note --new-tab=%s x", "[--new-tab=" URL "][x]" },
		{ "@/note -p work", "[-p][work][" URL "]" },
		{ "  @/note\t-p  ", "[-p][" URL "]" },
		{ "@/note 'a b' \"c 'd'\"", "[a b][c 'd'][" URL "]" },
		{ "'@/with space' %s", "[" URL "]" },
		{ "@/note $(touch @/pwned) `x` ;rm &",
		    "[$(touch][@/pwned)][`x`][;rm][&][" URL "]" },
		{ "@/missing:@/note", "[" URL "]" },
		{ "@/fail:@/note", "fail[" URL "]" },
		{ ":@/note", "[" URL "]" },
		{ "@/note:@/fail", "[" URL "]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct buf expected;
		struct fault f;

		set_browser(table[i].browser);
		assert_int_equal(browser_open(URL, -1, &f), 0);
		buf_init(&expected, 8 * KIB);
		for (const char *p = table[i].argv; *p != '\0'; p++)
			assert_int_equal(*p == '@' ?
					     buf_add_string(&expected, folder) :
					     buf_add(&expected, p, 1),
			    0);
		expect_log(expected.data);
		buf_reset(&expected);
	}
}

static void
test_nothing_opens(void **state)
{
	struct fault f;

	(void)state;
	unsetenv("BROWSER");
	assert_false(browser_available());
	assert_int_equal(browser_open(URL, -1, &f), -1);
	set_browser("@/fail");
	assert_true(browser_available());
	assert_int_equal(browser_open(URL, -1, &f), -1);
	assert_int_equal(f.code, FAULT_LOGIN_REQUIRED);
	expect_log("fail");
}

/* Only addresses of ours reach an opener, so none starts with a dash. */
static void
test_only_our_addresses(void **state)
{
	static const char *const urls[] = { "https://as.test/authorize",
		"--flag", "file:///etc/passwd", "http://127.0.0.1.evil.test/",
		"" };
	struct fault f;

	(void)state;
	set_browser("@/note");
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		assert_int_equal(browser_open(urls[i], -1, &f), -1);
	expect_log("");
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A browser that stays in the foreground counts, and is not waited for. */
static void
test_foreground_browser(void **state)
{
	double start = seconds();
	int fds[2];
	struct fault f;

	(void)state;
	set_browser("@/stay");
	assert_int_equal(browser_open(URL, -1, &f), 0);
	assert_true(seconds() - start < 4);
	expect_log("[" URL "]");

	/* Not even that long when it has come already. */
	start = seconds();
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(browser_open(URL, fds[0], &f), 0);
	assert_true(seconds() - start < 1);
	close(fds[0]);
	close(fds[1]);
	usleep(100000);
	free(take_log());
}

/* What a browser prints must not get into the protocol on our stdout. */
static void
test_chatty_browser(void **state)
{
	struct fault f;
	char byte = 0;
	int fds[2];
	int saved = dup(STDOUT_FILENO);

	(void)state;
	set_browser("@/chatty");
	fflush(stdout);
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDOUT_FILENO);
	int rc = browser_open(URL, -1, &f);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(fds[1]);
	assert_int_equal(rc, 0);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	close(fds[0]);
}

static void
test_environment_has_no_secrets(void **state)
{
	struct fault f;

	(void)state;
	setenv("MCP_BRIDGE_CLIENT_SECRET", CANARY, 1);
	setenv("GITHUB_TOKEN", CANARY, 1);
	setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/x", 1);
	set_browser("@/env");
	assert_int_equal(browser_open(URL, -1, &f), 0);
	char *log = take_log();
	assert_null(strstr(log, CANARY));
	assert_non_null(strstr(log, "\nHOME="));
	assert_non_null(strstr(log, "DBUS_SESSION_BUS_ADDRESS=unix:path=/x"));
	free(log);
	unsetenv("MCP_BRIDGE_CLIENT_SECRET");
	unsetenv("GITHUB_TOKEN");
	unsetenv("DBUS_SESSION_BUS_ADDRESS");
}

static void
test_check_url(void **state)
{
	static const struct {
		const char *url;
		bool good;
	} table[] = {
		{ "https://as.test/authorize?x=$(id)&y=--flag", true },
		{ "http://127.0.0.1:9/a", true },
		{ "http://localhost:9/a", true },
		{ "http://[::1]:9/a", true },
		{ "http://as.test/a", false },
		{ "http://127.0.0.1.as.test/a", false },
		{ "javascript:alert(1)", false },
		{ "file:///etc/passwd", false },
		{ "data:text/html,x", false },
		{ "HTTPS:as.test", false },
		{ "https://user@as.test/", false },
		{ "https://as.test/\r\nX: y", false },
		{ "https://as.test/ x", false },
		{ "https://as.test\\@evil.test/", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct fault f;
		int rc = browser_check_url(table[i].url, &f);

		if ((rc == 0) != table[i].good)
			fail_msg("row %zu: %s", i, table[i].url);
		if (rc == -1)
			assert_int_equal(f.code, FAULT_POLICY);
	}
}

/* A folder that looks like /proc, with one process of ours. */
static void
write_process(const char *pid, const char *entries, size_t len)
{
	char *dir = in_folder(pid);
	char *path = mem_format("%s/environ", dir);

	assert_int_equal(mkdir(dir, 0700), 0);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(entries, 1, len, file), len);
	fclose(file);
	free(path);
	free(dir);
}

static void
remove_process(const char *pid)
{
	char *dir = in_folder(pid);
	char *path = mem_format("%s/environ", dir);

	unlink(path);
	rmdir(dir);
	free(path);
	free(dir);
}

static void
test_session_from_a_process(void **state)
{
	static const char remote[] = "SSH_CONNECTION=x\0DISPLAY=localhost:10.0";
	static const char local[] = "A=b\0DISPLAY=:7\0XAUTHORITY=/x/auth\0"
				    "SECRET=" CANARY "\0XDG_RUNTIME_DIR=/x";
	const struct desktop_places places = {
		.processes = folder,
		.runtime = "/nowhere",
		.x11 = "/nowhere",
	};
	struct desktop d;

	(void)state;
	unsetenv("SSH_CONNECTION");
	unsetenv("XAUTHORITY");
	setenv("XDG_RUNTIME_DIR", "/kept", 1);
	write_process("100", remote, sizeof(remote));
	desktop_init(&d, &places);
	assert_false(desktop_has_display(&d));
	desktop_reset(&d);

	write_process("200", local, sizeof(local));
	desktop_init(&d, &places);
	assert_true(desktop_has_display(&d));
	assert_string_equal(desktop_get(&d, "DISPLAY"), ":7");
	assert_string_equal(desktop_get(&d, "XAUTHORITY"), "/x/auth");
	assert_string_equal(desktop_get(&d, "XDG_RUNTIME_DIR"), "/kept");
	assert_null(desktop_get(&d, "SECRET"));
	desktop_reset(&d);

	/* In an SSH session the user does not sit at this screen. */
	setenv("SSH_CONNECTION", "x", 1);
	desktop_init(&d, &places);
	assert_false(desktop_has_display(&d));
	desktop_reset(&d);
	remove_process("100");
	remove_process("200");
	unsetenv("XDG_RUNTIME_DIR");
}

static int
listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_not_equal(fd, -1);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void
test_session_from_sockets(void **state)
{
	const struct desktop_places places = {
		.processes = "/nowhere",
		.runtime = "/nowhere",
		.x11 = folder,
	};
	struct desktop d;

	(void)state;
	unsetenv("SSH_CONNECTION");
	char *live = in_folder("X12");
	char *dead = in_folder("X3");
	close(listen_at(dead));
	desktop_init(&d, &places);
	assert_false(desktop_has_display(&d));
	desktop_reset(&d);

	int fd = listen_at(live);
	desktop_init(&d, &places);
	assert_string_equal(desktop_get(&d, "DISPLAY"), ":12");
	desktop_reset(&d);
	close(fd);
	unlink(live);
	unlink(dead);
	free(live);
	free(dead);
	setenv("SSH_CONNECTION", "x", 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_argv),
		cmocka_unit_test(test_nothing_opens),
		cmocka_unit_test(test_only_our_addresses),
		cmocka_unit_test(test_foreground_browser),
		cmocka_unit_test(test_chatty_browser),
		cmocka_unit_test(test_environment_has_no_secrets),
		cmocka_unit_test(test_check_url),
		cmocka_unit_test(test_session_from_a_process),
		cmocka_unit_test(test_session_from_sockets),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
