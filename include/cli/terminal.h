/* SPDX-License-Identifier: ISC */
/*
 * A stream a person may be reading: whether it is a terminal, how wide, whether
 * its lines can be written over (not where TERM is dumb or unset), and whether
 * styles are welcome (https://no-color.org: any non-empty NO_COLOR forbids
 * them).
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/fault.h"

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_UNDERLINE,
	STYLE_GOOD,
	STYLE_WARNING,
	STYLE_BAD,
	STYLE_COUNT
};

struct terminal {
	FILE *stream;   /* borrowed */
	bool is_tty;    /* a person may be reading */
	bool live;      /* a line can be written over */
	bool styled;    /* so are colours and the like */
	bool utf8;      /* more than ASCII can be shown */
	unsigned width; /* columns, 40 at least; 80 where not known */
	bool line_open; /* a live line is on the screen */
};

void terminal_init(struct terminal *t, FILE *stream);

/* Escape sequences around the text where styles are welcome. The text is
 * ours, or has passed log_text. */
void terminal_print(struct terminal *t, enum style style, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The live line: replaces the one before, where the terminal can write over it;
 * elsewhere it is a line of its own. Whatever else is printed wants
 * terminal_clear first.
 */
void terminal_live(struct terminal *t, const char *text);
void terminal_clear(struct terminal *t);

/*
 * Fills lines with the words of `text` and ends the last one. The cursor stands
 * in column `column`; further lines start in column `indent`. No line passes
 * the terminal's width or 80 columns, but for a word longer than a line.
 */
void terminal_wrap(struct terminal *t, const char *text, unsigned column,
    unsigned indent);

/* The same on a terminal; elsewhere one line, whatever its length. */
void terminal_line(struct terminal *t, const char *text, unsigned column,
    unsigned indent);

/* "mcp-bridge: what went wrong" and the next step, for a person; returns the
 * exit status the fault table gives. */
int terminal_fail(struct terminal *t, const struct fault *f);

/*
 * The end of a command that returns `status`: what it printed has left. Where
 * it could not, EX_IOERR, and a word on stderr; where its reader has gone, 128
 * + SIGPIPE without a word, unless `status` says worse.
 */
int terminal_finish(int status) __attribute__((warn_unused_result));

#endif
