/* SPDX-License-Identifier: ISC */
/*
 * Terminals: what they can do, and text set for them. Knows nothing of what
 * the text says.
 */
#include "cli/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 40, WIDTH_MAX = 1000, TEXT_WIDTH = 80 };

static const char *const sequences[STYLE_COUNT] = {
	[STYLE_PLAIN] = "",
	[STYLE_BOLD] = "\033[1m",
	[STYLE_DIM] = "\033[2m",
	[STYLE_UNDERLINE] = "\033[4m",
	[STYLE_GOOD] = "\033[32m",
	[STYLE_WARNING] = "\033[33m",
	[STYLE_BAD] = "\033[1;31m",
};

static bool
can_move_cursor(void)
{
	const char *term = getenv("TERM");

	return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

static bool
is_colour_unwelcome(void)
{
	const char *no_color = getenv("NO_COLOR");

	return no_color != NULL && no_color[0] != '\0';
}

static unsigned
find_width(int fd)
{
	struct winsize size = { 0 };
	const char *columns = getenv("COLUMNS");
	long long width = 0;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (width == 0 && columns != NULL)
		width = strtonum(columns, 1, WIDTH_MAX, NULL);
	if (width == 0)
		width = WIDTH_DEFAULT;
	return width < WIDTH_MIN ? WIDTH_MIN : (unsigned)width;
}

/* "de_DE.UTF-8", "C.utf8": the first of the three that is set counts. */
static bool
speaks_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = NULL;

	for (size_t i = 0; i < 3 && (value == NULL || *value == '\0'); i++)
		value = getenv(names[i]);
	const char *codeset = value != NULL ? strchr(value, '.') : NULL;
	return codeset != NULL && (strncasecmp(codeset, ".utf-8", 6) == 0 ||
				      strncasecmp(codeset, ".utf8", 5) == 0);
}

void
terminal_init(struct terminal *t, FILE *stream)
{
	bool is_tty = isatty(fileno(stream)) == 1;
	bool live = is_tty && can_move_cursor();

	*t = (struct terminal){
		.stream = stream,
		.is_tty = is_tty,
		.live = live,
		.styled = live && !is_colour_unwelcome(),
		.utf8 = speaks_utf8(),
		.width = is_tty ? find_width(fileno(stream)) : WIDTH_DEFAULT,
	};
}

void
terminal_print(struct terminal *t, enum style style, const char *fmt, ...)
{
	bool styled = t->styled && style != STYLE_PLAIN;
	va_list args;

	if (styled)
		fputs(sequences[style], t->stream);
	va_start(args, fmt);
	vfprintf(t->stream, fmt, args);
	va_end(args);
	if (styled)
		fputs("\033[0m", t->stream);
}

void
terminal_clear(struct terminal *t)
{
	if (t->line_open)
		fputs("\r\033[K", t->stream);
	t->line_open = false;
}

/* A character a column: those of double width are not known here. */
static bool
begins_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

static size_t
count_columns(const char *text, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++)
		columns += begins_character(text[i]);
	return columns;
}

/* How many bytes of the text have room in that many columns. */
static int
fitting(const char *text, size_t columns)
{
	size_t len = 0;

	while (
	    text[len] != '\0' && (columns > 0 || !begins_character(text[len])))
		columns -= begins_character(text[len++]);
	return (int)len;
}

void
terminal_live(struct terminal *t, const char *text)
{
	terminal_clear(t);
	terminal_print(t, STYLE_DIM, "%.*s",
	    t->live ? fitting(text, t->width - 1) : (int)strlen(text), text);
	t->line_open = t->live;
	if (!t->line_open)
		fputc('\n', t->stream);
	fflush(t->stream);
}

void
terminal_wrap(struct terminal *t, const char *text, unsigned column,
    unsigned indent)
{
	size_t limit = t->width < TEXT_WIDTH ? t->width : TEXT_WIDTH;
	size_t at = column;
	bool first = true;

	for (text += strspn(text, " "); *text != '\0';
	     text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");
		size_t columns = count_columns(text, len);

		if (!first && at + 1 + columns > limit) {
			fprintf(t->stream, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', t->stream);
			at++;
		}
		fwrite(text, 1, len, t->stream);
		at += columns;
		text += len;
		first = false;
	}
	fputc('\n', t->stream);
}

void
terminal_line(struct terminal *t, const char *text, unsigned column,
    unsigned indent)
{
	if (t->is_tty)
		terminal_wrap(t, text, column, indent);
	else
		fprintf(t->stream, "%s\n", text);
}

int
terminal_fail(struct terminal *t, const struct fault *f)
{
	const char *action = fault_action(f);

	terminal_print(t, STYLE_BAD, "mcp-bridge:");
	fputc(' ', t->stream);
	terminal_line(t, fault_text(f), sizeof("mcp-bridge: ") - 1, 2);
	if (f->detail[0] != '\0') {
		fputs("  ", t->stream);
		terminal_line(t, f->detail, 2, 2);
	}
	if (action[0] != '\0') {
		fputs("  ", t->stream);
		terminal_wrap(t, action, 2, 2);
	}
	return fault_info(f->code)->exit_status;
}

int
terminal_finish(int status)
{
	struct terminal err;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	/* What came before the last flush has left no errno. */
	int why = errno != 0 ? errno : EIO;

	if (why == EPIPE)
		return status != EX_OK ? status : 128 + SIGPIPE;
	terminal_init(&err, stderr);
	terminal_print(&err, STYLE_BAD, "mcp-bridge:");
	fprintf(err.stream, " Cannot write to standard output: %s\n",
	    strerror(why));
	return EX_IOERR;
}
