/* SPDX-License-Identifier: ISC */
/*
 * What a trace tells, as rows of a sequence diagram: who said what to whom, and
 * how long it took. How they look is cli/trace_terminal's and cli/trace_html's.
 */
#ifndef CLI_TRACE_STORY_H
#define CLI_TRACE_STORY_H

#include "cli/trace_read.h"

enum trace_lane {
	LANE_HOST,
	LANE_BRIDGE,
	LANE_SERVER,
	LANE_ISSUER, /* the authorization server */
	LANE_COUNT
};

extern const char *const trace_lane_titles[LANE_COUNT];

enum trace_tone {
	TONE_HEADING, /* a process that begins to record; from LANE_BRIDGE */
	TONE_PLAIN,
	TONE_DIM, /* what matters less */
	TONE_WARNING,
	TONE_BAD,
	TONE_COUNT
};

struct trace_row {
	uint64_t at_us;           /* since the first row */
	enum trace_lane from, to; /* the same: a remark */
	enum trace_tone tone;
	char *label;      /* owned; fit to be shown */
	struct span body; /* JSON in the log's text; empty: none */
};

struct trace_story {
	struct trace_row *rows; /* owned */
	size_t count;
	unsigned lanes; /* LANE_COUNT, or one less where the last is empty */
};

/* Of a log that must outlast it. */
void trace_story_tell(struct trace_story *story, const struct trace_log *log);
void trace_story_reset(struct trace_story *story);

#endif
