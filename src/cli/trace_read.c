/* SPDX-License-Identifier: ISC */
/*
 * Lines to events. Nothing is copied: an event is a place in the file's text.
 */
#include "cli/trace_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/json.h"

enum {
	DEPTH = 32,
	BAD_SHOWN = 10,
	READ_SIZE = 64 * 1024,
	TEXT_MAX = 16 * 1024
};

static const struct {
	const char *name;
	enum trace_kind kind;
} kinds[] = {
	{ "start", TRACE_START },
	{ "message", TRACE_MESSAGE },
	{ "http", TRACE_HTTP },
	{ "note", TRACE_NOTE },
	{ "stop", TRACE_STOP },
};

struct span
trace_event_json(const struct trace_event *event, const char *name)
{
	struct span value;

	json_get(event->line, name, &value);
	return value;
}

uint64_t
trace_event_number(const struct trace_event *event, const char *name)
{
	int64_t number = 0;

	if (!json_int64(trace_event_json(event, name), &number) || number < 0)
		return 0;
	return (uint64_t)number;
}

char *
trace_event_text(const struct trace_event *event, const char *name, char *text,
    size_t size)
{
	struct span value = trace_event_json(event, name);
	struct buf decoded;

	buf_init(&decoded, TEXT_MAX);
	if (json_type_of(value) != JSON_STRING)
		log_text(text, size, value);
	else if (json_string(value, &decoded) == 0)
		log_text(text, size, buf_span(&decoded));
	else
		log_text(text, size, span_of("?"));
	buf_reset(&decoded);
	return text;
}

static bool
find_kind(struct trace_event *event)
{
	struct span value = trace_event_json(event, "kind");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!json_string_is(value, kinds[i].name))
			continue;
		event->kind = kinds[i].kind;
		return true;
	}
	return false;
}

bool
trace_event_read(struct trace_event *event, struct span line, const char **why)
{
	struct json_doc doc;

	*event = (struct trace_event){ 0 };
	*why = "no JSON object";
	if (!json_scan(line, DEPTH, &doc) || doc.type != JSON_OBJECT)
		return false;
	event->line = doc.value;
	*why = "no line of a trace";
	if (json_type_of(trace_event_json(event, "us")) != JSON_NUMBER)
		return false;
	event->us = trace_event_number(event, "us");
	event->pid = trace_event_number(event, "pid");
	*why = "of an unknown kind";
	return find_kind(event);
}

void
trace_log_init(struct trace_log *log)
{
	*log = (struct trace_log){ 0 };
	buf_init(&log->texts[0], LIMIT_MESSAGE);
	buf_init(&log->texts[1], LIMIT_MESSAGE);
}

void
trace_log_reset(struct trace_log *log)
{
	buf_reset(&log->texts[0]);
	buf_reset(&log->texts[1]);
	free(log->events);
	list_reset(&log->bad);
	trace_log_init(log);
}

static void
add_event(struct trace_log *log, const struct trace_event *event)
{
	/* Doubled whenever it is a power of two. */
	if ((log->count & (log->count - 1)) == 0)
		log->events = mem_resize(log->events,
		    (log->count > 0 ? 2 * log->count : 1) *
			sizeof(*log->events));
	log->events[log->count++] = *event;
}

static void
note_bad(struct trace_log *log, const char *name, size_t number,
    const char *why)
{
	if (log->bad_count++ >= BAD_SHOWN)
		return;
	char *text = mem_format("%s:%zu: %s", name, number, why);
	list_add(&log->bad, text);
	free(text);
}

void
trace_log_add(struct trace_log *log, const char *name, struct span text)
{
	struct trace_event event;
	const char *why = NULL;

	for (size_t number = 1; text.len > 0; number++) {
		const char *newline = memchr(text.ptr, '\n', text.len);
		size_t len =
		    newline != NULL ? (size_t)(newline - text.ptr) : text.len;
		struct span line = span_make(text.ptr, len);

		if (trace_event_read(&event, line, &why))
			add_event(log, &event);
		else if (span_trim(line).len > 0)
			note_bad(log, name, number, why);
		len += newline != NULL ? 1 : 0;
		text = span_make(text.ptr + len, text.len - len);
	}
}

static int
read_descriptor(int fd, struct buf *text)
{
	for (;;) {
		ssize_t got;

		if (buf_reserve(text, READ_SIZE) == -1) {
			errno = EFBIG;
			return -1;
		}
		got = read(fd, text->data + text->len, READ_SIZE);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return (int)got;
		text->len += (size_t)got;
	}
}

/* `optional`: it need not be there. */
static int
read_file(const char *path, bool optional, struct buf *text, struct fault *f)
{
	char shown[161];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int rc = fd != -1 ? read_descriptor(fd, text) : -1;
	int error = errno;

	if (fd != -1)
		close(fd);
	if (rc == 0 || (fd == -1 && optional && error == ENOENT))
		return 0;
	return fault_set(f, FAULT_CONFIG, "Cannot read %s: %s",
	    log_text(shown, sizeof(shown), span_of(path)), strerror(error));
}

int
trace_log_read(struct trace_log *log, const char *path, struct fault *f)
{
	char *old_path = mem_format("%s.1", path);
	int rc = read_file(old_path, true, &log->texts[0], f);

	if (rc == 0)
		rc = read_file(path, false, &log->texts[1], f);
	if (rc == 0) {
		trace_log_add(log, old_path, buf_span(&log->texts[0]));
		trace_log_add(log, path, buf_span(&log->texts[1]));
	}
	free(old_path);
	return rc;
}
