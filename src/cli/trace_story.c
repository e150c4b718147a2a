/* SPDX-License-Identifier: ISC */
/*
 * Events to rows. What belongs together (a request and its answer, the steps of
 * an exchange) is found by number, among the last thousand that are open: a
 * trace may have been begun, cut or written by anybody.
 */
#include "cli/trace_story.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/trace_open.h"
#include "wire/json.h"
#include "wire/url.h"

enum {
	NAME_SIZE = 96,
	TEXT_SIZE = 320,
	/* No pause is longer; clocks of other boots are not compared. */
	PAUSE_MAX_S = 30 * 24 * 3600
};

const char *const trace_lane_titles[LANE_COUNT] = {
	[LANE_HOST] = "host",
	[LANE_BRIDGE] = "bridge",
	[LANE_SERVER] = "server",
	[LANE_ISSUER] = "authorization server",
};

struct teller {
	struct trace_story *story;
	struct trace_open open;
	uint64_t last_us, at_us;
	/* A message that was just handed to an exchange: the row tells both. */
	uint64_t sending_pid;
	uint64_t speaking_pid; /* whose rows the last ones are */
};

/* -- rows ------------------------------------------------------------------ */

static struct trace_row *
add_row(struct teller *t, enum trace_lane from, enum trace_lane to,
    enum trace_tone tone)
{
	struct trace_story *s = t->story;
	struct trace_row *row;

	if ((s->count & (s->count - 1)) == 0)
		s->rows = mem_resize(s->rows,
		    (s->count > 0 ? 2 * s->count : 1) * sizeof(*s->rows));
	row = &s->rows[s->count++];
	*row = (struct trace_row){
		.at_us = t->at_us,
		.from = from,
		.to = to,
		.tone = tone,
	};
	if (from == LANE_ISSUER || to == LANE_ISSUER)
		s->lanes = LANE_COUNT;
	return row;
}

/* Parts with a comma between; empty ones are left out. */
static void
say(char *label, size_t size, const char *fmt, ...)
{
	size_t len = strlen(label);
	char part[TEXT_SIZE] = "";
	va_list args;

	va_start(args, fmt);
	vsnprintf(part, sizeof(part), fmt, args);
	va_end(args);
	if (part[0] != '\0')
		snprintf(label + len, size - len, "%s%s", len > 0 ? ", " : "",
		    part);
}

static void
say_took(char *label, size_t size, uint64_t us)
{
	if (us >= 10000000)
		say(label, size, "%" PRIu64 " s", us / 1000000);
	else
		say(label, size, "%.1f ms", (double)us / 1000);
}

static void
say_bytes(char *label, size_t size, uint64_t bytes)
{
	if (bytes >= 10 * 1024 * 1024)
		say(label, size, "%" PRIu64 " MiB", bytes >> 20);
	else if (bytes >= 10 * 1024)
		say(label, size, "%" PRIu64 " KiB", bytes >> 10);
	else if (bytes > 0)
		say(label, size, "%" PRIu64 " B", bytes);
}

/* -- messages -------------------------------------------------------------- */

static enum trace_lane
lane_of(const struct trace_event *e, const char *member)
{
	struct span value = trace_event_json(e, member);

	if (json_string_is(value, "host"))
		return LANE_HOST;
	if (json_string_is(value, "server"))
		return LANE_SERVER;
	return LANE_BRIDGE;
}

/* A member of the body, as text. */
static const char *
body_text(const struct trace_event *e, const char *const *path, char *text,
    size_t size)
{
	struct trace_event within = { 0 };
	struct span value;

	json_get_path(trace_event_json(e, "body"), path, &value);
	text[0] = '\0';
	if (value.len > 0) {
		char *member =
		    mem_format("{\"v\":%.*s}", (int)value.len, value.ptr);
		within.line = span_of(member);
		trace_event_text(&within, "v", text, size);
		free(member);
	}
	return text;
}

/* What a request is about: a tool, a prompt, a resource. */
static void
say_subject(char *label, size_t size, const struct trace_event *e)
{
	static const char *const name[] = { "params", "name", NULL };
	static const char *const uri[] = { "params", "uri", NULL };
	char text[NAME_SIZE];

	if (body_text(e, name, text, sizeof(text))[0] != '\0' ||
	    body_text(e, uri, text, sizeof(text))[0] != '\0')
		snprintf(label + strlen(label), size - strlen(label), " %s",
		    text);
}

static void
say_progress(char *label, size_t size, const struct trace_event *e)
{
	static const char *const progress[] = { "params", "progress", NULL };
	static const char *const total[] = { "params", "total", NULL };
	static const char *const message[] = { "params", "message", NULL };
	char done[NAME_SIZE], all[NAME_SIZE], text[NAME_SIZE];

	if (body_text(e, progress, done, sizeof(done))[0] == '\0')
		return;
	body_text(e, total, all, sizeof(all));
	say(label, size, "%s%s%s", done, all[0] != '\0' ? " of " : "", all);
	say(label, size, "%s", body_text(e, message, text, sizeof(text)));
}

static void
say_error(char *label, size_t size, const struct trace_event *e)
{
	static const char *const code[] = { "error", "code", NULL };
	static const char *const message[] = { "error", "message", NULL };
	char number[NAME_SIZE], text[TEXT_SIZE];

	say(label, size, "%s", body_text(e, code, number, sizeof(number)));
	say(label, size, "%s", body_text(e, message, text, sizeof(text)));
}

/* "result of tools/call echo #7, 12.3 ms": found by who had asked. */
static void
say_answer(struct teller *t, char *label, size_t size,
    const struct trace_event *e)
{
	struct trace_key key = {
		.pid = e->pid,
		.from = lane_of(e, "to"),
		.to = lane_of(e, "from"),
	};
	char type[NAME_SIZE];
	struct trace_asked asked;

	trace_event_text(e, "id", key.id, sizeof(key.id));
	trace_event_text(e, "type", type, sizeof(type));
	if (!trace_open_answered(&t->open, &key, &asked)) {
		snprintf(label, size, "%s #%s", type, key.id);
		return;
	}
	snprintf(label, size, "%.16s of %.200s #%s", type, asked.what, key.id);
	say_took(label, size, t->at_us - asked.at_us);
}

static void
note_request(struct teller *t, const struct trace_event *e, const char *what)
{
	struct trace_key key = {
		.pid = e->pid,
		.from = lane_of(e, "from"),
		.to = lane_of(e, "to"),
	};

	trace_event_text(e, "id", key.id, sizeof(key.id));
	trace_open_asked(&t->open, &key, what, t->at_us);
}

static void
tell_call(struct teller *t, const struct trace_event *e, char *label,
    size_t size)
{
	char id[TRACE_ID_SIZE];

	trace_event_text(e, "method", label, size / 2);
	say_subject(label, size, e);
	if (trace_event_json(e, "id").len > 0) {
		note_request(t, e, label);
		trace_event_text(e, "id", id, sizeof(id));
		snprintf(label + strlen(label), size - strlen(label), " #%s",
		    id);
	} else {
		say_progress(label, size, e);
	}
}

static void
tell_message(struct teller *t, const struct trace_event *e)
{
	enum trace_lane from = lane_of(e, "from"), to = lane_of(e, "to");
	struct span type = trace_event_json(e, "type");
	bool is_error = json_string_is(type, "error");
	char label[TEXT_SIZE] = "", event_id[NAME_SIZE], text[NAME_SIZE];
	struct trace_row *row = add_row(t, from, to, TONE_PLAIN);

	if (is_error || json_string_is(type, "result"))
		say_answer(t, label, sizeof(label), e);
	else if (trace_event_json(e, "method").len > 0)
		tell_call(t, e, label, sizeof(label));
	else
		trace_event_text(e, "type", label, sizeof(label));
	if (is_error) {
		row->tone = TONE_BAD;
		say_error(label, sizeof(label), e);
	}
	say_bytes(label, sizeof(label), trace_event_number(e, "bytes"));
	trace_event_text(e, "event_id", event_id, sizeof(event_id));
	if (event_id[0] != '\0')
		say(label, sizeof(label), "event %s", event_id);
	say(label, sizeof(label), "%s",
	    trace_event_text(e, "text", text, sizeof(text)));
	row->label = mem_string(label);
	row->body = trace_event_json(e, "body");
	if (to == LANE_SERVER)
		t->sending_pid = e->pid;
}

/* -- exchanges ------------------------------------------------------------- */

/* An authorizer asks the MCP server for little, and others for the rest. */
static enum trace_lane
peer_of(const struct trace_process *p, const struct url *url)
{
	static const char metadata[] = "/.well-known/oauth-protected-resource";
	bool at_server = p->origin == NULL;
	char *origin = url_origin(url);

	if (!at_server)
		at_server = strcmp(origin, p->origin) == 0;
	free(origin);
	if (at_server && p->signs_in)
		at_server =
		    strncmp(url->path, metadata, sizeof(metadata) - 1) == 0 ||
		    strcmp(url->path, p->path) == 0;
	return at_server ? LANE_SERVER : LANE_ISSUER;
}

/* The path at the server, which is one; the whole address at others. */
static void
read_target(struct teller *t, const struct trace_event *e,
    struct trace_exchange *x)
{
	char text[TEXT_SIZE], method[16];
	struct url url;

	url_init(&url);
	trace_event_text(e, "method", method, sizeof(method));
	trace_event_text(e, "url", text, sizeof(text));
	text[strcspn(text, "?#")] = '\0';
	x->peer = LANE_SERVER;
	if (url_parse(&url, span_of(text), NULL) == 0)
		x->peer = peer_of(trace_open_process(&t->open, e->pid), &url);
	snprintf(x->what, sizeof(x->what), "%s %s", method,
	    x->peer == LANE_SERVER && url.path != NULL ? url.path : text);
	url_reset(&url);
}

static void
tell_request(struct teller *t, const struct trace_event *e,
    struct trace_exchange *x)
{
	bool told = t->sending_pid == e->pid;
	char label[TEXT_SIZE] = "", text[NAME_SIZE];

	read_target(t, e, x);
	if (told)
		return;
	say(label, sizeof(label), "%s", x->what);
	trace_event_text(e, "last_event_id", text, sizeof(text));
	if (text[0] != '\0')
		say(label, sizeof(label), "from event %s on", text);
	add_row(t, LANE_BRIDGE, x->peer, TONE_PLAIN)->label = mem_string(label);
}

static void
tell_response(struct teller *t, const struct trace_event *e,
    struct trace_exchange *x)
{
	uint64_t status = trace_event_number(e, "status");
	enum trace_tone tone = TONE_DIM;
	char label[TEXT_SIZE] = "", text[TEXT_SIZE];

	if (status >= 400)
		tone = status >= 500 ? TONE_BAD : TONE_WARNING;
	say(label, sizeof(label), "%" PRIu64 " to %s", status, x->what);
	trace_event_text(e, "content_type", text, sizeof(text));
	x->streams = strncmp(text, "text/event-stream", 17) == 0;
	say(label, sizeof(label), "%s", text);
	say_took(label, sizeof(label), t->at_us - x->at_us);
	say(label, sizeof(label), "%s",
	    trace_event_text(e, "challenge", text, sizeof(text)));
	add_row(t, x->peer, LANE_BRIDGE, tone)->label = mem_string(label);
}

/* Only what is not to be seen from the rest. */
static void
tell_end(struct teller *t, const struct trace_event *e,
    const struct trace_exchange *x)
{
	char label[TEXT_SIZE] = "", fault[NAME_SIZE], text[TEXT_SIZE];
	enum trace_tone tone = TONE_DIM;

	trace_event_text(e, "fault", fault, sizeof(fault));
	trace_event_text(e, "text", text, sizeof(text));
	if (fault[0] == '\0' && !x->streams)
		return;
	if (strcmp(fault, "closed") == 0)
		say(label, sizeof(label), "%s closed by the bridge", x->what);
	else if (fault[0] == '\0')
		say(label, sizeof(label), "%s has ended", x->what);
	else
		say(label, sizeof(label), "%s failed: %s (%s)", x->what, text,
		    fault);
	if (fault[0] != '\0' && strcmp(fault, "closed") != 0)
		tone = TONE_BAD;
	say_took(label, sizeof(label), t->at_us - x->at_us);
	add_row(t, LANE_BRIDGE, LANE_BRIDGE, tone)->label = mem_string(label);
}

static void
tell_http(struct teller *t, const struct trace_event *e)
{
	struct span step = trace_event_json(e, "step");
	uint64_t number = trace_event_number(e, "exchange");
	struct trace_exchange *x;

	if (json_string_is(step, "request")) {
		x = trace_open_began(&t->open, e->pid, number, t->at_us);
		tell_request(t, e, x);
		return;
	}
	x = trace_open_exchange(&t->open, e->pid, number, t->at_us);
	if (json_string_is(step, "response")) {
		tell_response(t, e, x);
	} else {
		tell_end(t, e, x);
		trace_open_ended(x);
	}
}

/* -- processes and notes --------------------------------------------------- */

/* "2026-11-28T05:31:36": cut off behind it, or "?" where there is no such time.
 * Returns `time`. */
static const char *
to_second(char time[NAME_SIZE])
{
	const char *const shape = "0000-00-00T00:00:00";
	size_t len = strlen(shape);

	for (size_t i = 0; i < len; i++) {
		bool is_digit = time[i] >= '0' && time[i] <= '9';

		if (shape[i] == '0' ? !is_digit : time[i] != shape[i])
			return "?";
	}
	time[len] = '\0';
	return time;
}

static void
tell_start(struct teller *t, const struct trace_event *e)
{
	char role[NAME_SIZE], url[TEXT_SIZE], when[NAME_SIZE], version[16];
	bool signs_in;

	trace_event_text(e, "role", role, sizeof(role));
	trace_event_text(e, "url", url, sizeof(url));
	trace_event_text(e, "time", when, sizeof(when));
	trace_event_text(e, "version", version, sizeof(version));
	signs_in = strcmp(role, "authorizer") == 0;
	trace_open_start(&t->open, e->pid, signs_in, url);
	if (!signs_in)
		t->speaking_pid = e->pid;
	add_row(t, LANE_BRIDGE, LANE_BRIDGE, signs_in ? TONE_DIM : TONE_HEADING)
	    ->label =
	    signs_in ?
		mem_format("a sign-in process starts, %" PRIu64, e->pid) :
		mem_format("%s %s, process %" PRIu64 ", %s, %s UTC", role,
		    version, e->pid, url, to_second(when));
}

static void
tell_note(struct teller *t, const struct trace_event *e)
{
	struct span level = trace_event_json(e, "level");
	enum trace_tone tone = TONE_DIM;
	char module[NAME_SIZE], text[TEXT_SIZE];

	if (json_string_is(level, "error"))
		tone = TONE_BAD;
	else if (json_string_is(level, "warn"))
		tone = TONE_WARNING;
	trace_event_text(e, "module", module, sizeof(module));
	trace_event_text(e, "text", text, sizeof(text));
	add_row(t, LANE_BRIDGE, LANE_BRIDGE, tone)->label =
	    mem_format("%s: %s", module, text);
}

static void
tell_stop(struct teller *t, const struct trace_event *e)
{
	const struct trace_process *p = trace_open_process(&t->open, e->pid);

	add_row(t, LANE_BRIDGE, LANE_BRIDGE, TONE_DIM)->label =
	    mem_format("%s ends, %" PRIu64,
		p->signs_in ? "the sign-in process" : "the process", e->pid);
	trace_open_stop(&t->open, e->pid);
}

/* -- the whole ------------------------------------------------------------- */

/* Time passes by the clock that is never set, as long as it goes on. */
static void
pass_time(struct teller *t, const struct trace_event *e)
{
	const uint64_t most = (uint64_t)PAUSE_MAX_S * 1000000;
	uint64_t passed = e->us > t->last_us ? e->us - t->last_us : 0;

	if (t->last_us != 0)
		t->at_us += passed < most ? passed : most;
	t->last_us = e->us;
}

/* Several bridges may share a file. */
static void
name_process(struct teller *t, const struct trace_event *e)
{
	if (e->pid == t->speaking_pid || e->kind == TRACE_STOP ||
	    e->kind == TRACE_START ||
	    trace_open_process(&t->open, e->pid)->signs_in)
		return;
	if (t->speaking_pid != 0)
		add_row(t, LANE_BRIDGE, LANE_BRIDGE, TONE_DIM)->label =
		    mem_format("process %" PRIu64 ":", e->pid);
	t->speaking_pid = e->pid;
}

static void
tell(struct teller *t, const struct trace_event *e)
{
	bool was_sending = t->sending_pid != 0;

	pass_time(t, e);
	name_process(t, e);
	switch (e->kind) {
	case TRACE_START:
		tell_start(t, e);
		break;
	case TRACE_MESSAGE:
		t->sending_pid = 0;
		tell_message(t, e);
		return;
	case TRACE_HTTP:
		tell_http(t, e);
		break;
	case TRACE_NOTE:
		tell_note(t, e);
		break;
	case TRACE_STOP:
		tell_stop(t, e);
		break;
	}
	if (was_sending && e->pid == t->sending_pid)
		t->sending_pid = 0;
}

void
trace_story_tell(struct trace_story *story, const struct trace_log *log)
{
	struct teller t = { .story = story };

	*story = (struct trace_story){ .lanes = LANE_COUNT - 1 };
	trace_open_init(&t.open);
	for (size_t i = 0; i < log->count; i++)
		tell(&t, &log->events[i]);
	trace_open_reset(&t.open);
}

void
trace_story_reset(struct trace_story *story)
{
	for (size_t i = 0; i < story->count; i++)
		free(story->rows[i].label);
	free(story->rows);
	*story = (struct trace_story){ 0 };
}
