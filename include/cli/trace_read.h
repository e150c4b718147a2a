/* SPDX-License-Identifier: ISC */
/*
 * Traces as they were recorded (io/trace), read back. A trace is a file that
 * somebody sends: what is no line of one is named and passed over, and a text
 * of it leaves here with nothing in it that a terminal would obey.
 */
#ifndef CLI_TRACE_READ_H
#define CLI_TRACE_READ_H

#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/list.h"

enum trace_kind {
	TRACE_START,
	TRACE_MESSAGE,
	TRACE_HTTP,
	TRACE_NOTE,
	TRACE_STOP
};

/* One line; a view into the text that it was read from. */
struct trace_event {
	struct span line;
	enum trace_kind kind;
	uint64_t us;
	uint64_t pid;
};

/* False, with a static reason, for what is none. */
bool
trace_event_read(struct trace_event *event, struct span line, const char **why);

/* A member as text, escaped (log_text), cut at `size`; "" where there is none.
 * Numbers are read as they are written. Returns `text`. */
char *trace_event_text(const struct trace_event *event, const char *name,
    char *text, size_t size);
/* 0 where there is none, or no such number. */
uint64_t trace_event_number(const struct trace_event *event, const char *name);
/* The member as JSON; empty where there is none. */
struct span trace_event_json(const struct trace_event *event, const char *name);

struct trace_log {
	struct buf texts[2];        /* FILE.1 and FILE */
	struct trace_event *events; /* owned, in the order of the lines */
	size_t count;
	struct list bad; /* "FILE:12: why" for the first ones */
	size_t bad_count;
};

void trace_log_init(struct trace_log *log);
void trace_log_reset(struct trace_log *log);

/* Adds the lines of a text that is kept by the caller; `name` is shown. */
void trace_log_add(struct trace_log *log, const char *name, struct span text);

/* Reads FILE.1, where there is one, and FILE. FAULT_CONFIG. */
int trace_log_read(struct trace_log *log, const char *path, struct fault *f)
    __attribute__((warn_unused_result));

#endif
