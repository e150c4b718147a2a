/* SPDX-License-Identifier: ISC */
/*
 * Terminals: what they can do, and text set for them. Knows nothing of what
 * the text says.
 */
#include "cli/terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
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
styles_welcome(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color != NULL && no_color[0] != '\0')
		return false;
	return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
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

	*t = (struct terminal){
		.stream = stream,
		.is_tty = is_tty,
		.styled = is_tty && styles_welcome(),
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

void
terminal_live(struct terminal *t, const char *text)
{
	terminal_clear(t);
	terminal_print(t, STYLE_DIM, "%.*s",
	    t->styled ? (int)t->width - 1 : (int)strlen(text), text);
	t->line_open = t->styled;
	if (!t->line_open)
		fputc('\n', t->stream);
	fflush(t->stream);
}

void
terminal_spin(struct terminal *t, const char *text)
{
	static const char *const ascii[] = { "|", "/", "-", "\\" };
	static const char *const braille[] = { "\u280b", "\u2819", "\u2839",
		"\u2838", "\u283c", "\u2834", "\u2826", "\u2827", "\u2807",
		"\u280f" };
	const char *sign = t->utf8 ? braille[t->turn % 10] : ascii[t->turn % 4];

	if (!t->styled)
		return;
	terminal_clear(t);
	terminal_print(t, STYLE_DIM, "%s %.*s", sign, (int)t->width - 4, text);
	t->line_open = true;
	t->turn++;
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

		if (!first && at + 1 + len > limit) {
			fprintf(t->stream, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', t->stream);
			at++;
		}
		fwrite(text, 1, len, t->stream);
		at += len;
		text += len;
		first = false;
	}
	fputc('\n', t->stream);
}

int
terminal_fail(struct terminal *t, const struct fault *f)
{
	const char *action = fault_action(f);

	terminal_print(t, STYLE_BAD, "mcp-bridge:");
	fprintf(t->stream, " %s\n", fault_text(f));
	if (f->detail[0] != '\0')
		fprintf(t->stream, "  %s\n", f->detail);
	if (action[0] != '\0') {
		fputs("  ", t->stream);
		terminal_wrap(t, action, 2, 2);
	}
	return fault_info(f->code)->exit_status;
}
