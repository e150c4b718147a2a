/* SPDX-License-Identifier: ISC */
/*
 * Values to lines. One line is built at a time; one that does not fit is not
 * written.
 */
#include "io/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "io/trace_file.h"
#include "wire/header.h"
#include "wire/redact.h"
#include "wire/rpc.h"

enum { SECRETS_MAX = 64, TEXT_MAX = 256 };

struct trace {
	struct trace_file file;
	struct buf line;
	bool whole; /* all that was put into it did fit */
	/* No struct secret: setting one would tell us of it again. */
	char *copies[SECRETS_MAX];      /* owned, and wiped */
	struct span known[SECRETS_MAX]; /* the same, for redaction */
	size_t known_count, next_known;
	size_t lasting; /* as many at the front are never replaced */
};

struct trace *trace_current;

static const char *const type_names[] = {
	[RPC_INVALID] = "invalid",
	[RPC_REQUEST] = "request",
	[RPC_NOTIFICATION] = "notification",
	[RPC_RESULT] = "result",
	[RPC_ERROR] = "error",
	[RPC_BATCH] = "batch",
};

static void
note(int rc)
{
	if (rc == -1)
		trace_current->whole = false;
}

static struct redact_known
known(void)
{
	return (struct redact_known){ trace_current->known,
		trace_current->known_count };
}

static void
put_time(struct buf *line)
{
	struct timespec now = { 0 };
	char utc[64] = "";

	log_time(utc, sizeof(utc), LOG_MICROSECONDS);
	note(buf_addf(line, "{\"time\":\"%s\"", utc));
	clock_gettime(CLOCK_MONOTONIC, &now);
	note(buf_addf(line, ",\"us\":%" PRIu64,
	    (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000));
}

void
trace_begin(const char *kind)
{
	struct trace *t = trace_current;

	if (t == NULL)
		return;
	buf_clear(&t->line);
	t->whole = true;
	put_time(&t->line);
	note(buf_addf(&t->line, ",\"pid\":%ld,\"kind\":\"%s\"", (long)getpid(),
	    kind));
}

void
trace_word(const char *name, const char *word)
{
	if (!trace_on() || *word == '\0')
		return;
	note(json_put_key(&trace_current->line, name));
	note(json_put_string(&trace_current->line, span_of(word)));
}

void
trace_text(const char *name, struct span text)
{
	struct redact_known all;
	struct buf safe;

	if (!trace_on() || text.len == 0)
		return;
	all = known();
	buf_init(&safe, LIMIT_TRACE_LINE);
	note(redact_text(&safe, text, text.len, &all, TEXT_MAX));
	note(json_put_key(&trace_current->line, name));
	note(json_put_string(&trace_current->line, buf_span(&safe)));
	buf_reset(&safe);
}

void
trace_number(const char *name, uint64_t number)
{
	if (!trace_on() || number == 0)
		return;
	note(json_put_key(&trace_current->line, name));
	note(json_put_int(&trace_current->line, (int64_t)number));
}

static void
forget(struct trace *t, size_t i)
{
	freezero(t->copies[i], t->known[i].len);
	t->copies[i] = NULL;
	t->known[i] = span_of("");
}

static void
drop(void)
{
	struct trace *t = trace_current;

	log_set_tap(NULL);
	secret_set_tap(NULL);
	trace_current = NULL;
	trace_file_close(&t->file);
	buf_wipe(&t->line);
	for (size_t i = 0; i < t->known_count; i++)
		forget(t, i);
	free(t);
}

/* Whatever ends it, the bridge goes on. */
static void
give_up(int error)
{
	drop();
	log_warn("trace", "ends here: %s", strerror(error));
}

void
trace_end(void)
{
	struct trace *t = trace_current;

	if (t == NULL)
		return;
	note(buf_add_string(&t->line, "}\n"));
	if (t->whole && trace_file_append(&t->file, buf_span(&t->line)) == -1)
		give_up(errno);
}

static void
put_json(const char *name, struct span json)
{
	const struct redact_known all = known();

	note(json_put_key(&trace_current->line, name));
	note(redact_json(&trace_current->line, json, &all, LIMIT_TRACE_BODY));
}

static void
put_method(struct span literal)
{
	struct buf method;

	buf_init(&method, KIB);
	if (json_string(literal, &method) == 0)
		trace_text("method", buf_span(&method));
	else
		trace_text("method", literal);
	buf_reset(&method);
}

void
trace_put_message(const char *from, const char *to, struct span text,
    struct span event_id)
{
	struct json_doc doc;
	struct rpc rpc;

	rpc_parse(text, &rpc, NULL);
	trace_begin("message");
	trace_word("from", from);
	trace_word("to", to);
	trace_word("type", type_names[rpc.kind]);
	if (rpc.id.len > 0)
		put_json("id", rpc.id);
	if (rpc.method.len > 0)
		put_method(rpc.method);
	trace_number("bytes", text.len);
	trace_text("event_id", event_id);
	if (rpc.kind != RPC_INVALID || json_scan(text, LIMIT_DEPTH, &doc))
		put_json("body", span_trim(text));
	else
		trace_text("text", text);
	trace_end();
}

static bool
is_known(const struct trace *t, struct span value)
{
	for (size_t i = 0; i < t->known_count; i++)
		if (span_equal(t->known[i], value))
			return true;
	return false;
}

static void
remember(struct trace *t, struct span value)
{
	size_t at = t->next_known;

	if (value.len == 0 || is_known(t, value))
		return;
	if (t->known_count == SECRETS_MAX)
		forget(t, at);
	else
		t->known_count++;
	t->copies[at] = mem_copy(value.ptr, value.len);
	t->known[at] = span_make(t->copies[at], value.len);
	t->next_known = at + 1 < SECRETS_MAX ? at + 1 : t->lasting;
}

/* "Name: Bearer abc" may come back as "Bearer abc", or as "abc". */
static void
remember_parts(struct trace *t, struct span line)
{
	struct span name, value = line;
	const char *why = NULL;

	if (header_split(line, &name, &value, &why))
		remember(t, value);
	else
		value = line;
	const char *space =
	    value.len > 0 ? memchr(value.ptr, ' ', value.len) : NULL;
	if (space == NULL)
		return;
	size_t at = (size_t)(space - value.ptr) + 1;
	remember(t, span_make(value.ptr + at, value.len - at));
}

void
trace_put_secret(struct span value)
{
	remember(trace_current, value);
	while (value.len > 0) {
		const char *newline = memchr(value.ptr, '\n', value.len);
		size_t len =
		    newline != NULL ? (size_t)(newline - value.ptr) : value.len;

		remember_parts(trace_current, span_make(value.ptr, len));
		len += newline != NULL ? 1 : 0;
		value = span_make(value.ptr + len, value.len - len);
	}
}

void
trace_put_lasting(struct span value)
{
	struct trace *t = trace_current;

	trace_put_secret(value);
	if (t->known_count < SECRETS_MAX / 2)
		t->lasting = t->known_count;
}

static void
on_log(enum log_level level, const char *module, const char *text)
{
	trace_begin("note");
	trace_word("level", log_level_name(level));
	trace_word("module", module);
	trace_text("text", span_of(text));
	trace_end();
}

int
trace_open(const struct trace_start *start, struct fault *f)
{
	struct trace *t = mem_alloc(1, sizeof(*t));

	if (trace_file_open(&t->file, start->path, start->confined, f) == -1) {
		free(t);
		return -1;
	}
	/* Too large a file is an error like any other. */
	signal(SIGXFSZ, SIG_IGN);
	buf_init(&t->line, LIMIT_TRACE_LINE);
	trace_current = t;
	trace_begin("start");
	trace_word("version", VERSION);
	trace_word("role", start->role);
	if (start->url != NULL)
		trace_text("url", span_of(start->url));
	trace_end();
	if (!trace_on())
		return 0;
	log_set_tap(on_log);
	secret_set_tap(trace_put_secret);
	return 0;
}

void
trace_close(void)
{
	trace_begin("stop");
	trace_end();
	if (trace_on())
		drop();
}
