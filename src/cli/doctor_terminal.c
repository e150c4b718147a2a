/* SPDX-License-Identifier: ISC */
/*
 * A diagnosis for a terminal, or for a file that somebody reads.
 */
#include <string.h>

#include "base/limits.h"
#include "cli/doctor.h"

enum {
	TITLE_WIDTH = 18,
	/* Where three columns have no room, what was found stands below. */
	THREE_COLUMNS_WIDTH = 64,
	SIGN_WIDTH = 2, /* one character and a space */
	WORD_WIDTH = 8, /* the status as a word */
	BAR_WIDTH_MAX = 60,
	LABEL_WIDTH_MAX = 44,
	MS_WIDTH = 11,
	LEGEND_WIDTH = 50 /* beside the heading */
};

static const struct sign {
	const char *utf8;
	enum style style;
} signs[CHECK_STATUS_COUNT] = {
	[CHECK_OK] = { "\u2713", STYLE_GOOD },
	[CHECK_WARNING] = { "!", STYLE_WARNING },
	[CHECK_FAILED] = { "\u2717", STYLE_BAD },
	[CHECK_SKIPPED] = { "\u2013", STYLE_DIM },
};

static const enum style titles[CHECK_STATUS_COUNT] = {
	[CHECK_OK] = STYLE_PLAIN,
	[CHECK_WARNING] = STYLE_BOLD,
	[CHECK_FAILED] = STYLE_BOLD,
	[CHECK_SKIPPED] = STYLE_DIM,
};

/* A sign wants colour and a font; a word is understood everywhere. */
static bool
uses_signs(const struct terminal *t)
{
	return t->styled && t->utf8;
}

static unsigned
title_column(const struct terminal *t)
{
	return 2 + (uses_signs(t) ? SIGN_WIDTH : WORD_WIDTH);
}

static bool
is_narrow(const struct terminal *t)
{
	return t->width < THREE_COLUMNS_WIDTH;
}

void
doctor_print_begin(struct terminal *t, const char *url)
{
	terminal_print(t, STYLE_BOLD, "%s\n", url);
}

void
doctor_print_group(struct terminal *t, enum check_group group)
{
	terminal_print(t, STYLE_BOLD, "\n%s\n", check_group_titles[group]);
}

static void
print_remedy(struct terminal *t, const char *remedy, unsigned column)
{
	const char *arrow = t->utf8 ? "\u2192" : "->";
	unsigned width = t->utf8 ? 2 : 3;

	fprintf(t->stream, "%*s", (int)column, "");
	terminal_print(t, STYLE_BOLD, "%s ", arrow);
	terminal_wrap(t, remedy, column + width, column + width);
}

static void
print_sign(struct terminal *t, enum check_status status)
{
	const struct sign *sign = &signs[status];

	if (uses_signs(t))
		terminal_print(t, sign->style, "  %s ", sign->utf8);
	else
		terminal_print(t, sign->style, "  %-*s", WORD_WIDTH,
		    check_status_names[status]);
}

/* Checks skipped for one reason: their names, then the reason. */
void
doctor_print_skipped(struct terminal *t, const struct check *checks, size_t n)
{
	unsigned column = title_column(t);
	struct buf line;

	buf_init(&line, LIMIT_URL);
	for (size_t i = 0; i < n; i++) {
		if (buf_addf(&line, "%s%s", i > 0 ? ", " : "",
			checks[i].title) == -1)
			break;
	}
	if (buf_addf(&line, ": %s", checks[0].finding) == 0) {
		print_sign(t, CHECK_SKIPPED);
		terminal_wrap(t, line.data, column, column);
	}
	buf_reset(&line);
	fflush(t->stream);
}

void
doctor_print_check(struct terminal *t, const struct check *c)
{
	unsigned column = title_column(t) + (is_narrow(t) ? 0 : TITLE_WIDTH);

	print_sign(t, c->status);
	terminal_print(t, titles[c->status], "%-*s",
	    is_narrow(t) ? 0 : TITLE_WIDTH, c->title);
	if (is_narrow(t))
		fprintf(t->stream, "\n%*s", (int)column, "");
	terminal_wrap(t, c->finding, column, column);
	if (c->remedy != NULL)
		print_remedy(t, c->remedy, column);
	fflush(t->stream);
}

/*
 * The waterfall
 */

struct scale {
	uint64_t from_us, span_us;
	unsigned width; /* columns */
};

static unsigned
column_of(const struct scale *scale, uint64_t at_us)
{
	uint64_t columns = 0;

	if (at_us > scale->from_us && scale->span_us > 0)
		columns =
		    (at_us - scale->from_us) * scale->width / scale->span_us;
	return columns < scale->width ? (unsigned)columns : scale->width;
}

static unsigned
print_part(struct terminal *t, enum style style, const char *fill, unsigned n)
{
	terminal_print(t, style, "%s", "");
	for (unsigned i = 0; i < n; i++)
		terminal_print(t, style, "%s", fill);
	return n;
}

/* Connecting, TLS, and waiting for the answer with its coming; one column at
 * least altogether. */
static unsigned
print_bar(struct terminal *t, const struct exchange_note *x,
    const struct scale *scale)
{
	const char *const fills[3] = { t->utf8 ? "\u2591" : ".",
		t->utf8 ? "\u2592" : "-", t->utf8 ? "\u2588" : "#" };
	uint64_t connected_us =
	    x->connected_us != 0 ? x->connected_us : x->start_us;
	uint64_t secured_us = x->secured_us != 0 ? x->secured_us : connected_us;
	unsigned from = column_of(scale, x->start_us);
	unsigned connected = column_of(scale, connected_us);
	unsigned secured = column_of(scale, secured_us);
	unsigned end = column_of(scale, x->ended_us);
	enum style style = x->failed ? STYLE_BAD : STYLE_PLAIN;

	if (from == scale->width)
		from = connected = secured = scale->width - 1;
	if (end <= from)
		end = from + 1;
	unsigned used = print_part(t, STYLE_PLAIN, " ", from);
	used += print_part(t, style, fills[0], connected - from);
	used += print_part(t, style, fills[1], secured - connected);
	used +=
	    print_part(t, style, fills[2], end > secured ? end - secured : 0);
	return used;
}

static void
print_exchange(struct terminal *t, const struct exchange_note *x,
    const struct scale *scale, unsigned label_width)
{
	size_t room = label_width - sizeof("DELETE ");
	size_t len = strlen(x->what);
	const char *more = t->utf8 ? "\u2026" : "~";

	terminal_print(t, STYLE_DIM, "  %-6s ", x->method);
	if (len <= room)
		fprintf(t->stream, "%-*s ", (int)room, x->what);
	else
		fprintf(t->stream, "%s%s ", more, x->what + len - room + 1);
	unsigned used = print_bar(t, x, scale);
	fprintf(t->stream, "%*s", (int)(scale->width - used), "");
	terminal_print(t, STYLE_DIM, "%*.1f ms\n", MS_WIDTH - 3,
	    (double)(x->ended_us - x->start_us) / 1000);
}

static void
print_waterfall(struct terminal *t, const struct diagnosis *d)
{
	unsigned label_width = t->width / 2;
	struct scale scale = { 0 };

	if (d->exchange_count == 0)
		return;
	if (label_width > LABEL_WIDTH_MAX)
		label_width = LABEL_WIDTH_MAX;
	scale.width = t->width - label_width - MS_WIDTH - 3;
	if (scale.width > BAR_WIDTH_MAX)
		scale.width = BAR_WIDTH_MAX;
	diagnosis_period(d, &scale.from_us, &scale.span_us);
	terminal_print(t, STYLE_BOLD, "\nWhere the time went%s",
	    t->width < LEGEND_WIDTH ? "\n" : "");
	terminal_print(t, STYLE_DIM,
	    t->utf8 ? "  \u2591 connecting \u2592 TLS \u2588 answer\n" :
		      "  . connecting - TLS # answer\n");
	for (size_t i = 0; i < d->exchange_count; i++)
		print_exchange(t, &d->exchanges[i], &scale, label_width);
}

static bool
was_answered(const struct diagnosis *d)
{
	for (size_t i = 0; i < d->exchange_count; i++) {
		if (!d->exchanges[i].failed)
			return true;
	}
	return false;
}

/* Where the checks do not tell enough. */
static void
print_further(struct terminal *t, const struct diagnosis *d)
{
	if (diagnosis_result(d) == CHECK_FAILED && was_answered(d))
		terminal_wrap(t,
		    "To see what a host and the server say: --trace FILE in "
		    "the host's entry, then mcp-bridge trace FILE",
		    0, 0);
}

void
doctor_print_end(struct terminal *t, const struct diagnosis *d)
{
	enum check_status result = diagnosis_result(d);
	char summary[64];

	print_waterfall(t, d);
	diagnosis_summary(d, summary, sizeof(summary));
	terminal_print(t, signs[result].style, "\n%s", summary);
	terminal_print(t, STYLE_DIM, " (%.1f s)\n",
	    (double)d->duration_us / 1000000);
	print_further(t, d);
}
