/* SPDX-License-Identifier: ISC */
/*
 * The line of a wait. Who waits, and for what, is not known here.
 */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MINUTE_S = 60 };

static const char *const ascii[] = { "|", "/", "-", "\\" };
static const char *const braille[] = { "\u280b", "\u2819", "\u2839", "\u2838",
	"\u283c", "\u2834", "\u2826", "\u2827", "\u2807", "\u280f" };

void
progress_begin(struct progress *p, const char *text, int64_t deadline_s)
{
	strlcpy(p->text, text, sizeof(p->text));
	p->deadline_s = deadline_s;
}

void
progress_turn(struct progress *p)
{
	const char *sign =
	    p->terminal->utf8 ? braille[p->turn % 10] : ascii[p->turn % 4];
	int64_t left_s = p->deadline_s - (int64_t)time(NULL);
	char line[256], left[32] = "";

	if (!p->terminal->live || p->text[0] == '\0')
		return;
	if (p->deadline_s != 0 && left_s >= 0)
		snprintf(left, sizeof(left), ", %d:%02d left",
		    (int)(left_s / MINUTE_S), (int)(left_s % MINUTE_S));
	snprintf(line, sizeof(line), "%s %s%s", sign, p->text, left);
	terminal_live(p->terminal, line);
	p->turn++;
}

void
progress_end(struct progress *p)
{
	p->text[0] = '\0';
	terminal_clear(p->terminal);
	fflush(p->terminal->stream);
}
