/* SPDX-License-Identifier: ISC */
/*
 * What is open at a moment of a trace: processes, exchanges, requests without
 * an answer. Each is a ring: where more are open than it holds, the oldest is
 * forgotten, so that no file costs more than its length.
 */
#ifndef CLI_TRACE_OPEN_H
#define CLI_TRACE_OPEN_H

#include "cli/trace_story.h"

enum { TRACE_ID_SIZE = 64, TRACE_WHAT_SIZE = 200, TRACE_OPEN_MAX = 1024 };

struct trace_process {
	uint64_t pid;
	bool signs_in; /* an authorizer */
	char *origin;  /* owned: of the MCP server; NULL: not known */
	char *path;    /* owned: the MCP endpoint there; NULL: likewise */
};

struct trace_exchange {
	uint64_t pid, number;
	bool open;
	uint64_t at_us;
	enum trace_lane peer;
	char what[TRACE_WHAT_SIZE]; /* "GET /mcp" */
	bool streams;
};

/* Who asked whom, and under which id. */
struct trace_key {
	uint64_t pid;
	enum trace_lane from, to;
	char id[TRACE_ID_SIZE];
};

struct trace_asked {
	struct trace_key key;
	bool open;
	char what[TRACE_WHAT_SIZE]; /* "tools/call echo" */
	uint64_t at_us;
};

struct trace_open {
	struct trace_process *processes;  /* owned */
	struct trace_exchange *exchanges; /* owned */
	struct trace_asked *asked;        /* owned */
	size_t next_process, next_exchange, next_asked;
};

void trace_open_init(struct trace_open *o);
void trace_open_reset(struct trace_open *o);

void trace_open_start(struct trace_open *o, uint64_t pid, bool signs_in,
    const char *url);
/* One whose start is not known is a bridge to an unknown server. */
const struct trace_process *
trace_open_process(struct trace_open *o, uint64_t pid);
void trace_open_stop(struct trace_open *o, uint64_t pid);

/* A new exchange; and one that has begun, as far as is known. Valid until the
 * next call. */
struct trace_exchange *trace_open_began(struct trace_open *o, uint64_t pid,
    uint64_t number, uint64_t at_us);
struct trace_exchange *trace_open_exchange(struct trace_open *o, uint64_t pid,
    uint64_t number, uint64_t at_us);
void trace_open_ended(struct trace_exchange *exchange);

/* A request; sent again, its time begins anew. */
void trace_open_asked(struct trace_open *o, const struct trace_key *key,
    const char *what, uint64_t at_us);
/* Its answer: false where nobody had asked. */
bool trace_open_answered(struct trace_open *o, const struct trace_key *key,
    struct trace_asked *asked);

#endif
