/* SPDX-License-Identifier: ISC */
/*
 * base/log: what a line looks like, that nothing a peer says can forge one
 * and that a stderr nobody reads, or that is closed, does no harm.
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
#include <unistd.h>

#include "base/log.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A literal that may hold NUL. */
#define BYTES(literal)                                                         \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

/* stderr led into a pipe, and back. */
struct capture {
	int saved_fd;
	int read_fd;
};

static void
capture_begin(struct capture *c)
{
	int fds[2] = { -1, -1 };

	assert_int_equal(pipe(fds), 0);
	c->saved_fd = dup(STDERR_FILENO);
	c->read_fd = fds[0];
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	close(fds[1]);
}

static void
capture_end(struct capture *c, char *text, size_t size)
{
	size_t len = 0;
	ssize_t got = 0;

	assert_int_equal(dup2(c->saved_fd, STDERR_FILENO), STDERR_FILENO);
	close(c->saved_fd);
	do {
		got = read(c->read_fd, text + len, size - 1 - len);
		assert_true(got >= 0);
		len += (size_t)got;
	} while (got > 0);
	text[len] = '\0';
	close(c->read_fd);
}

static void
levels_have_names(void **state)
{
	static const struct {
		const char *word;
		enum log_level level;
	} names[] = {
		{ "silent", LOG_SILENT },
		{ "error", LOG_ERROR },
		{ "warn", LOG_WARN },
		{ "info", LOG_INFO },
		{ "debug", LOG_DEBUG },
	};
	static const char *const others[] = { "", "Error", "errors", "trace" };
	enum log_level level = LOG_INFO;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_true(log_level_parse(names[i].word, &level));
		assert_int_equal(level, names[i].level);
	}
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(log_level_parse(others[i], &level));
	assert_int_equal(level, LOG_DEBUG);
}

static void
a_level_lets_through_what_is_graver(void **state)
{
	static const struct {
		enum log_level level;
		const char *output;
	} cases[] = {
		{ LOG_SILENT, "" },
		{ LOG_ERROR, "error m: e\n" },
		{ LOG_WARN, "error m: e\nwarn m: w\n" },
		{ LOG_INFO, "error m: e\nwarn m: w\ninfo m: i\n" },
		{ LOG_DEBUG, "error m: e\nwarn m: w\ninfo m: i\ndebug m: d\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct capture c = { 0 };
		char text[256] = "";

		log_set_level(cases[i].level);
		capture_begin(&c);
		log_error("m", "e");
		log_warn("m", "w");
		log_info("m", "i");
		log_debug("m", "d");
		capture_end(&c, text, sizeof(text));
		assert_string_equal(text, cases[i].output);
		assert_false(log_enabled(LOG_SILENT));
		assert_int_equal(log_enabled(LOG_INFO),
		    cases[i].level >= LOG_INFO);
	}
	log_set_level(LOG_WARN);
}

static void
a_line_stays_one_line(void **state)
{
	struct capture c = { 0 };
	char text[512] = "";

	(void)state;
	capture_begin(&c);
	log_warn("m", "%s", "a\nerror m: forged\r\x1b[2J");
	capture_end(&c, text, sizeof(text));
	assert_string_equal(text,
	    "warn m: a\\x0aerror m: forged\\x0d\\x1b[2J\n");
}

static void
a_long_line_is_cut(void **state)
{
	struct capture c = { 0 };
	char text[8192] = "";
	char longer[6000];

	(void)state;
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	capture_begin(&c);
	log_warn("m", "%s", longer);
	capture_end(&c, text, sizeof(text));
	assert_true(strlen(text) > 1000 && strlen(text) < 2048);
	assert_string_equal(text + strlen(text) - 5, "a...\n");
}

/* Where there is a device that is always full, writing to it fails. */
static void
errno_survives(void **state)
{
	struct capture c = { 0 };
	char text[64] = "";

	(void)state;
	if (log_open("/dev/full") == -1)
		skip();
	capture_begin(&c);
	errno = ENOENT;
	log_warn("m", "x");
	assert_int_equal(errno, ENOENT);
	capture_end(&c, text, sizeof(text));
	assert_string_equal(text, "warn m: x\n");
	assert_int_equal(log_open("/dev/null"), 0);
}

static void
a_closed_stderr_is_harmless(void **state)
{
	int saved_fd = dup(STDERR_FILENO);

	(void)state;
	close(STDERR_FILENO);
	log_error("m", "into the void");
	assert_int_equal(dup2(saved_fd, STDERR_FILENO), STDERR_FILENO);
	close(saved_fd);
}

/* SIGPIPE is at its default here, and would end the test. */
static void
a_stderr_without_a_reader_is_harmless(void **state)
{
	struct capture c = { 0 };

	(void)state;
	capture_begin(&c);
	close(c.read_fd);
	log_error("m", "into the void");
	assert_int_equal(dup2(c.saved_fd, STDERR_FILENO), STDERR_FILENO);
	close(c.saved_fd);
}

static void
a_full_stderr_does_not_block(void **state)
{
	struct capture c = { 0 };
	static char text[1 << 20];

	(void)state;
	capture_begin(&c);
	alarm(10);
	for (int i = 0; i < 20000; i++)
		log_warn("m", "line %d", i);
	alarm(0);
	capture_end(&c, text, sizeof(text));
	size_t len = strlen(text);
	assert_true(len > 0 && text[len - 1] == '\n');
	assert_memory_equal(text, "warn m: line 0\n", 15);
}

static void
a_file_gets_the_time_as_well(void **state)
{
	char folder[] = "/tmp/test_log.XXXXXX";
	char path[64] = "";
	char line[128] = "";
	struct stat info = { 0 };
	struct capture c = { 0 };
	char text[64] = "";

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/log", folder);
	assert_int_equal(log_open("/nonexistent/log"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(log_open(path), 0);
	capture_begin(&c);
	log_warn("m", "x=%d", 1);
	capture_end(&c, text, sizeof(text));
	assert_string_equal(text, "warn m: x=1\n");

	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	int fd = open(path, O_RDONLY);
	assert_true(read(fd, line, sizeof(line) - 1) > 0);
	close(fd);
	/* 2026-01-02T03:04:05.678Z */
	assert_int_equal(line[10], 'T');
	assert_int_equal(line[23], 'Z');
	assert_string_equal(line + 24, " warn m: x=1\n");

	assert_int_equal(log_open("/dev/null"), 0);
	unlink(path);
	rmdir(folder);
}

static void
peer_text_is_escaped(void **state)
{
	static const struct {
		struct span text;
		const char *escaped;
	} cases[] = {
		{ BYTES(""), "" },
		{ BYTES("plain text, 100%"), "plain text, 100%" },
		{ BYTES("a\\b"), "a\\b" },
		{ BYTES("\0\a\b\t\n\r\x1b\x1f\x7f"),
		    "\\x00\\x07\\x08\\x09\\x0a\\x0d\\x1b\\x1f\\x7f" },
		{ BYTES("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
		    "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		/* C1 controls, bidirectional marks, line separators */
		{ BYTES("\xc2\x80\xc2\x9b\xc2\x9f"),
		    "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f" },
		{ BYTES("\xc2\xa0"), "\xc2\xa0" },
		{ BYTES("\xe2\x80\xae"), "\\xe2\\x80\\xae" },
		{ BYTES("\xe2\x80\xaa"), "\\xe2\\x80\\xaa" },
		{ BYTES("\xe2\x81\xa6\xe2\x81\xa9"),
		    "\\xe2\\x81\\xa6\\xe2\\x81\\xa9" },
		{ BYTES("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c"),
		    "\\xe2\\x80\\x8e\\xe2\\x80\\x8f\\xd8\\x9c" },
		{ BYTES("\xe2\x80\xa8\xe2\x80\xa9"),
		    "\\xe2\\x80\\xa8\\xe2\\x80\\xa9" },
		{ BYTES("\xe2\x80\xa6"), "\xe2\x80\xa6" },
		/* no UTF-8: stray, cut, overlong, surrogate, too high */
		{ BYTES("\x80"), "\\x80" },
		{ BYTES("\xff"), "\\xff" },
		{ BYTES("\xc3"), "\\xc3" },
		{ BYTES("\xc3("), "\\xc3(" },
		{ BYTES("\xe2\x82"), "\\xe2\\x82" },
		{ BYTES("\xc0\xaf"), "\\xc0\\xaf" },
		{ BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf" },
		{ BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80" },
		{ BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80" },
		{ BYTES("\xf8\x88\x80\x80\x80"), "\\xf8\\x88\\x80\\x80\\x80" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char dst[128] = "";

		assert_ptr_equal(log_text(dst, sizeof(dst), cases[i].text),
		    dst);
		assert_string_equal(dst, cases[i].escaped);
	}
}

static void
escaping_twice_changes_nothing(void **state)
{
	char once[128] = "";
	char twice[128] = "";

	(void)state;
	log_text(once, sizeof(once), span_of("\x1b[0m \xe2\x80\xae \\ \xff"));
	log_text(twice, sizeof(twice), span_of(once));
	assert_string_equal(once, twice);
}

static void
a_cut_shows(void **state)
{
	static const struct {
		size_t size;
		const char *text, *result;
	} cases[] = {
		{ 8, "1234567", "1234567" },
		{ 8, "12345678", "1234..." },
		{ 8, "123\n", "123\\x0a" },
		{ 8, "1234\n", "1234..." },
		{ 8, "12\xe2\x82\xac!", "12\xe2\x82\xac!" },
		{ 8, "12\xe2\x82\xac!12", "12..." },
		{ 8, "12\xe2\x82\xac\xe2\x82\xac", "12..." },
		{ 8, "\n\n", "\\x0a..." },
		{ 5, "12345", "1..." },
		{ 4, "1234", "..." },
		{ 3, "123", ".." },
		{ 2, "12", "." },
		{ 1, "1", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char dst[16] = "zzzzzzzzzzzzzzz";

		log_text(dst, cases[i].size, span_of(cases[i].text));
		assert_string_equal(dst, cases[i].result);
		assert_int_equal(dst[cases[i].size], 'z');
	}
	char untouched = 'z';
	log_text(&untouched, 0, span_of("text"));
	assert_int_equal(untouched, 'z');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_have_names),
		cmocka_unit_test(a_level_lets_through_what_is_graver),
		cmocka_unit_test(a_line_stays_one_line),
		cmocka_unit_test(a_long_line_is_cut),
		cmocka_unit_test(errno_survives),
		cmocka_unit_test(a_closed_stderr_is_harmless),
		cmocka_unit_test(a_stderr_without_a_reader_is_harmless),
		cmocka_unit_test(a_full_stderr_does_not_block),
		cmocka_unit_test(a_file_gets_the_time_as_well),
		cmocka_unit_test(peer_text_is_escaped),
		cmocka_unit_test(escaping_twice_changes_nothing),
		cmocka_unit_test(a_cut_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
