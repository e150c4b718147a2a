/* SPDX-License-Identifier: ISC */
/*
 * Terminals: what is found out about a stream, wrapping, styles, faults; and
 * the help text, which is set with them.
 */
/* For pseudo-terminals. */
#define _XOPEN_SOURCE 700

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
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/help.h"
#include "cli/option_table.h"
#include "cli/terminal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A terminal that writes to memory. */
struct page {
	struct terminal terminal;
	char *text; /* owned, after page_close */
	size_t len;
};

static void
page_open(struct page *page, unsigned width, bool styled)
{
	*page = (struct page){ 0 };
	page->terminal = (struct terminal){
		.stream = open_memstream(&page->text, &page->len),
		.live = styled,
		.styled = styled,
		.width = width,
	};
	assert_non_null(page->terminal.stream);
}

static void
page_close(struct page *page)
{
	fclose(page->terminal.stream);
}

static void
words_are_wrapped(void **state)
{
	static const struct {
		unsigned width, column, indent;
		const char *text, *lines;
	} cases[] = {
		{ 40, 0, 0, "", "\n" },
		{ 40, 0, 0, "one  two ", "one two\n" },
		{ 40, 0, 4, "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd1 eee",
		    "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd1\n    eee\n" },
		{ 40, 1, 4, "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd1 eee",
		    "aaaaaaaaa bbbbbbbbb ccccccccc\n    ddddddddd1 eee\n" },
		{ 40, 0, 2,
		    "a "
		    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb c",
		    "a\n  "
		    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"
		    "  c\n" },
		/* characters count, not bytes */
		{ 40, 0, 0,
		    "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc"
		    "\u00e4 "
		    "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac"
		    "\u20ac "
		    "\U0001f600 aaaaaaaaaaaaaaaa b",
		    "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc"
		    "\u00e4 "
		    "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac"
		    "\u20ac "
		    "\U0001f600 aaaaaaaaaaaaaaaa\nb\n" },
		/* a wider terminal does not make longer lines */
		{ 200, 78, 0, "a b", "a\nb\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct page page;

		page_open(&page, cases[i].width, false);
		terminal_wrap(&page.terminal, cases[i].text, cases[i].column,
		    cases[i].indent);
		page_close(&page);
		assert_string_equal(page.text, cases[i].lines);
		free(page.text);
	}
}

static void
styles_are_optional(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, 80, false);
	for (int style = 0; style < STYLE_COUNT; style++)
		terminal_print(&page.terminal, (enum style)style, "%d", style);
	page_close(&page);
	assert_string_equal(page.text, "0123456");
	free(page.text);

	page_open(&page, 80, true);
	terminal_print(&page.terminal, STYLE_PLAIN, "a");
	terminal_print(&page.terminal, STYLE_BOLD, "b");
	page_close(&page);
	assert_string_equal(page.text, "a\033[1mb\033[0m");
	free(page.text);
}

static void
faults_are_told(void **state)
{
	struct page page;
	struct fault f = { 0 };

	(void)state;
	fault_set(&f, FAULT_CONFIG, "the thing is wrong");
	snprintf(f.action, sizeof(f.action), "Mend it");
	page_open(&page, 80, false);
	assert_int_equal(terminal_fail(&page.terminal, &f), EX_CONFIG);
	page_close(&page);
	assert_string_equal(page.text,
	    "mcp-bridge: the thing is wrong\n  Mend it\n");
	free(page.text);
}

/* The other end of a terminal stays open while the stream is examined. */
static void
examine(struct terminal *t, unsigned short columns)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };
	int controller = posix_openpt(O_RDWR | O_NOCTTY);
	FILE *stream = NULL;
	int fd = -1;

	assert_true(controller != -1);
	assert_int_equal(grantpt(controller), 0);
	assert_int_equal(unlockpt(controller), 0);
	fd = open(ptsname(controller), O_RDWR | O_NOCTTY);
	assert_true(fd != -1);
	assert_int_equal(ioctl(fd, TIOCSWINSZ, &size), 0);
	stream = fdopen(fd, "w");
	assert_non_null(stream);
	terminal_init(t, stream);
	fclose(stream);
	close(controller);
}

static void
terminals_are_examined(void **state)
{
	static const struct {
		const char *term, *no_color, *columns;
		unsigned short size;
		unsigned width;
		bool live, styled;
	} cases[] = {
		{ "xterm", NULL, NULL, 100, 100, true, true },
		{ "xterm", "", NULL, 100, 100, true, true },
		{ "xterm", "1", NULL, 100, 100, true, false },
		{ "dumb", NULL, NULL, 100, 100, false, false },
		{ NULL, NULL, NULL, 100, 100, false, false },
		{ "xterm", NULL, "60", 100, 100, true, true },
		{ "xterm", NULL, "60", 0, 60, true, true },
		{ "xterm", NULL, "wide", 0, 80, true, true },
		{ "xterm", NULL, NULL, 0, 80, true, true },
		{ "xterm", NULL, NULL, 10, 40, true, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct terminal t;

		unsetenv("TERM");
		unsetenv("NO_COLOR");
		unsetenv("COLUMNS");
		if (cases[i].term != NULL)
			setenv("TERM", cases[i].term, 1);
		if (cases[i].no_color != NULL)
			setenv("NO_COLOR", cases[i].no_color, 1);
		if (cases[i].columns != NULL)
			setenv("COLUMNS", cases[i].columns, 1);
		examine(&t, cases[i].size);
		assert_true(t.is_tty);
		assert_int_equal(t.live, cases[i].live);
		assert_int_equal(t.styled, cases[i].styled);
		assert_int_equal(t.width, cases[i].width);
	}
}

static void
files_are_no_terminals(void **state)
{
	struct terminal t;
	FILE *stream = tmpfile();

	(void)state;
	setenv("TERM", "xterm", 1);
	setenv("COLUMNS", "50", 1);
	terminal_init(&t, stream);
	assert_false(t.is_tty);
	assert_false(t.live);
	assert_false(t.styled);
	assert_int_equal(t.width, 80);
	fclose(stream);
}

static const struct command table[] = {
	{ .bit = COMMAND_RUN,
	    .usage = "[options] URL",
	    .summary = "Run",
	    .purpose = "Runs." },
	{ .name = "login",
	    .bit = COMMAND_LOGIN,
	    .usage = "[options] URL",
	    .summary = "Sign in",
	    .purpose = "Signs in." },
	{ .name = "logout",
	    .bit = COMMAND_LOGOUT,
	    .usage = "[options] URL | --all",
	    .summary = "Sign out",
	    .purpose = "Signs out." },
	{ .name = "status",
	    .bit = COMMAND_STATUS,
	    .usage = "[options] [URL]",
	    .summary = "Show",
	    .purpose = "Shows." },
	{ 0 },
};

static void
assert_lines_fit(const char *text, size_t width)
{
	/* What is not broken: an option and its argument. */
	const size_t option_width = 80;

	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		bool is_option = strncmp(line, "      --", 8) == 0;

		if (len > (is_option ? option_width : width))
			fail_msg("%zu columns: %.*s", len, (int)len, line);
		if (len > 0 && line[len - 1] == ' ')
			fail_msg("trailing space: %.*s", (int)len, line);
		line += len + 1;
	}
}

static void
help_shows_what_a_command_accepts(void **state)
{
	(void)state;
	for (const struct command *c = table; c->bit != 0; c++) {
		struct page page;

		page_open(&page, 100, false);
		help_print(&page.terminal, table, c);
		page_close(&page);
		assert_lines_fit(page.text, 80);
		assert_non_null(strstr(page.text, c->purpose));
		for (size_t i = 0; i < option_count(); i++) {
			const struct option_row *row = option_at(i);
			char shown[64] = "";
			bool is_there = false;

			snprintf(shown, sizeof(shown), " --%s%s", row->name,
			    row->argument != NULL ? " " : "  ");
			is_there = strstr(page.text, shown) != NULL;
			if (is_there != ((row->commands & c->bit) != 0))
				fail_msg("help of \"%s\" and --%s", c->usage,
				    row->name);
		}
		free(page.text);
	}
}

static void
help_fits_narrow_terminals(void **state)
{
	(void)state;
	for (const struct command *c = table; c->bit != 0; c++) {
		struct page page;

		page_open(&page, 40, false);
		help_print(&page.terminal, table, c);
		page_close(&page);
		assert_lines_fit(page.text, 40);
		free(page.text);
	}
}

/* Standard output, led elsewhere and back. */
static int
finish_into(int fd, int status)
{
	int before = dup(STDOUT_FILENO);

	fflush(stdout);
	assert_true(dup2(fd, STDOUT_FILENO) != -1);
	printf("output\n");
	status = terminal_finish(status);
	fflush(stdout);
	clearerr(stdout);
	assert_true(dup2(before, STDOUT_FILENO) != -1);
	close(before);
	return status;
}

static void
output_that_cannot_leave_is_told(void **state)
{
	int null = open("/dev/null", O_WRONLY);
	int full = open("/dev/full", O_WRONLY);
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	assert_int_equal(finish_into(null, EX_OK), EX_OK);
	assert_int_equal(finish_into(null, EX_NOPERM), EX_NOPERM);
	assert_int_equal(finish_into(fds[1], EX_OK), 128 + SIGPIPE);
	assert_int_equal(finish_into(fds[1], EX_NOPERM), EX_NOPERM);
	if (full != -1) {
		assert_int_equal(finish_into(full, EX_OK), EX_IOERR);
		close(full);
	}
	close(fds[1]);
	close(null);
}

static void
help_lists_the_commands(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, 80, true);
	help_print(&page.terminal, table, &table[0]);
	page_close(&page);
	assert_non_null(strstr(page.text, "mcp-bridge status [options] [URL]"));
	assert_non_null(strstr(page.text, "Sign out\n"));
	assert_non_null(strstr(page.text, "\033[1m"));
	free(page.text);
}

static void
live_lines_are_written_over(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, 40, true);
	terminal_live(&page.terminal, "one");
	terminal_live(&page.terminal,
	    "a line that is longer than the t\u20acrminal is");
	terminal_clear(&page.terminal);
	terminal_clear(&page.terminal);
	page_close(&page);
	assert_string_equal(page.text,
	    "\033[2mone\033[0m"
	    "\r\033[K\033[2ma line that is longer than the "
	    "t\u20acrminal\033[0m"
	    "\r\033[K");
	free(page.text);
}

static void
live_lines_are_lines_elsewhere(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, 40, false);
	terminal_live(&page.terminal, "one");
	terminal_clear(&page.terminal);
	page_close(&page);
	assert_string_equal(page.text, "one\n");
	free(page.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_wrapped),
		cmocka_unit_test(styles_are_optional),
		cmocka_unit_test(faults_are_told),
		cmocka_unit_test(terminals_are_examined),
		cmocka_unit_test(files_are_no_terminals),
		cmocka_unit_test(live_lines_are_written_over),
		cmocka_unit_test(live_lines_are_lines_elsewhere),
		cmocka_unit_test(help_shows_what_a_command_accepts),
		cmocka_unit_test(help_fits_narrow_terminals),
		cmocka_unit_test(help_lists_the_commands),
		cmocka_unit_test(output_that_cannot_leave_is_told),
	};

	return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
