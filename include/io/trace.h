/* SPDX-License-Identifier: ISC */
/*
 * The flight recorder: what this process sees of messages, HTTP exchanges and
 * itself, a JSON line each, redacted (wire/redact). Where none is kept, each
 * call costs one test. What is written down here comes from peers; it is never
 * read by the bridge, only by `mcp-bridge trace`.
 *
 * Each line has `time` (UTC), `us` (monotonic microseconds), `pid` and `kind`;
 * the manual page has the members of each kind. Log lines of all levels are in
 * it as notes (base/log), so that what is worth a line is told once.
 */
#ifndef IO_TRACE_H
#define IO_TRACE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"

struct trace;
extern struct trace *trace_current; /* private; NULL: none is kept */

static inline bool
trace_on(void)
{
	return trace_current != NULL;
}

/* Who keeps it, and for which server. */
struct trace_start {
	const char *path;
	const char *role; /* "bridge", "authorizer" or a command's name */
	const char *url;  /* NULL: none */
	bool confined;    /* no file can be opened later */
};

/* Appends to the file until trace_close, or until a write fails, which is
 * warned of once. Once a process. FAULT_CONFIG. */
int trace_open(const struct trace_start *start, struct fault *f)
    __attribute__((warn_unused_result));
void trace_close(void);

/* private: the same functions where a trace is kept */
void trace_put_secret(struct span value);
void trace_put_lasting(struct span value);
void trace_put_message(const char *from, const char *to, struct span text,
    struct span event_id);

/* A value that must not be seen, whoever repeats it; of many the last ones
 * count. Each struct secret that is set while a trace is kept is known by
 * itself. */
static inline void
trace_conceal(struct span value)
{
	if (trace_on())
		trace_put_secret(value);
}

/* The same, and it counts until the end. Before all others. */
static inline void
trace_conceal_lasting(struct span value)
{
	if (trace_on())
		trace_put_lasting(value);
}

/* A message on its way between "host", "bridge" and "server"; `event_id`: of
 * the event it came as, or empty. */
static inline void
trace_message(const char *from, const char *to, struct span text,
    struct span event_id)
{
	if (trace_on())
		trace_put_message(from, to, text, event_id);
}

/*
 * Any other line: begin, its members, end; nothing where no trace is kept.
 * Texts are redacted and cut, words are ours; what is empty and the number 0
 * are left out.
 */
void trace_begin(const char *kind);
void trace_word(const char *name, const char *word);
void trace_text(const char *name, struct span text);
void trace_number(const char *name, uint64_t number);
void trace_end(void);

#endif
