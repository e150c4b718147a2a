/* SPDX-License-Identifier: ISC */
/*
 * Rows in a terminal: when, between whom, what. Plain and uncut where nobody
 * looks at it.
 */
#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/trace_show.h"

enum {
	GAP = 9, /* columns from one lane to the next */
	ART_WIDTH = GAP * (LANE_COUNT - 1) + 1,
	TIME_WIDTH = 10
};

static const enum style styles[TONE_COUNT] = {
	[TONE_HEADING] = STYLE_BOLD,
	[TONE_PLAIN] = STYLE_PLAIN,
	[TONE_DIM] = STYLE_DIM,
	[TONE_WARNING] = STYLE_WARNING,
	[TONE_BAD] = STYLE_BAD,
};

/* What lanes and arrows are made of. */
struct signs {
	const char *lane, *line, *right, *left, *remark;
};

static const struct signs utf8_signs = { "\u2502", "\u2500", "\u25b6", "\u25c0",
	"\u2022" };
static const struct signs ascii_signs = { "|", "-", ">", "<", "*" };

static void
draw_arrow(const char **cells, const struct trace_row *row,
    const struct signs *signs)
{
	bool rightwards = row->to > row->from;
	size_t from = (size_t)(rightwards ? row->from : row->to) * GAP;
	size_t to = (size_t)(rightwards ? row->to : row->from) * GAP;

	for (size_t i = from + 1; i < to; i++)
		cells[i] = signs->line;
	if (rightwards)
		cells[to - 1] = signs->right;
	else
		cells[from + 1] = signs->left;
}

static void
print_art(struct terminal *t, const struct trace_row *row, unsigned lanes)
{
	const struct signs *signs = t->utf8 ? &utf8_signs : &ascii_signs;
	const char *cells[ART_WIDTH];
	char art[ART_WIDTH * 4 + 1] = "";
	size_t len = 0;

	for (size_t i = 0; i < ART_WIDTH; i++)
		cells[i] = i % GAP == 0 ? signs->lane : " ";
	if (row->from == row->to)
		cells[(size_t)row->from * GAP] = signs->remark;
	else
		draw_arrow(cells, row, signs);
	for (size_t i = 0; i <= (size_t)(lanes - 1) * GAP; i++) {
		size_t size = strlen(cells[i]);

		memcpy(art + len, cells[i], size);
		len += size;
	}
	art[len] = '\0';
	terminal_print(t, row->tone == TONE_BAD ? STYLE_BAD : STYLE_DIM, "%s",
	    art);
}

/* The bytes of as many characters as fit. */
static size_t
fitting(const char *text, size_t columns)
{
	size_t len = 0;

	while (text[len] != '\0' && columns > 0) {
		size_t step = utf8_length(span_of(text + len));

		len += step > 0 ? step : 1;
		columns--;
	}
	return len;
}

static void
print_row(struct terminal *t, const struct trace_row *row, unsigned lanes)
{
	size_t used = TIME_WIDTH + 2 + (lanes - 1) * GAP + 1 + 2;
	size_t len = strlen(row->label);

	if (t->is_tty)
		len =
		    fitting(row->label, t->width > used ? t->width - used : 1);
	terminal_print(t, STYLE_DIM, "%*.3f  ", (int)TIME_WIDTH,
	    (double)row->at_us / 1000000);
	print_art(t, row, lanes);
	terminal_print(t, STYLE_PLAIN, "  ");
	terminal_print(t, styles[row->tone], "%.*s", (int)len, row->label);
	terminal_print(t, STYLE_PLAIN, "\n");
}

static void
print_heading(struct terminal *t, const struct trace_row *row, unsigned lanes,
    bool first)
{
	if (!first)
		terminal_print(t, STYLE_PLAIN, "\n");
	terminal_print(t, STYLE_BOLD, "%s", row->label);
	terminal_print(t, STYLE_PLAIN, "\n%*s  ", (int)TIME_WIDTH, "seconds");
	for (unsigned i = 0; i < lanes; i++)
		terminal_print(t, STYLE_DIM, "%-*s", i + 1 < lanes ? GAP : 0,
		    trace_lane_titles[i]);
	terminal_print(t, STYLE_PLAIN, "\n");
}

void
trace_print(struct terminal *t, const struct trace_story *story)
{
	for (size_t i = 0; i < story->count; i++) {
		const struct trace_row *row = &story->rows[i];

		if (row->tone == TONE_HEADING)
			print_heading(t, row, story->lanes, i == 0);
		else
			print_row(t, row, story->lanes);
	}
}
