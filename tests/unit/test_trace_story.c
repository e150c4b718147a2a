/* SPDX-License-Identifier: ISC */
/*
 * cli/trace_read and cli/trace_story: which lines are events, what becomes of
 * them, and that a trace costs no more than its length, whoever wrote it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/trace_story.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINE(us, rest) "{\"us\":" us ",\"pid\":7," rest "}\n"
#define START(us)                                                              \
	LINE(us,                                                               \
	    "\"kind\":\"start\",\"time\":\"2026-01-02T03:04:05.678901Z\","     \
	    "\"version\":\"1\",\"role\":\"bridge\","                           \
	    "\"url\":\"https://mcp.example/mcp?\u2026\"")
#define MESSAGE(us, from, to, rest)                                            \
	LINE(us, "\"kind\":\"message\",\"from\":\"" from "\",\"to\":\"" to     \
		 "\"," rest)
#define HTTP(us, step, rest)                                                   \
	LINE(us, "\"kind\":\"http\",\"exchange\":3,\"step\":\"" step "\"" rest)

static const struct {
	const char *line, *why; /* NULL: it is one */
} lines[] = {
	{ "{\"us\":1,\"kind\":\"stop\"}", NULL },
	{ " {\"kind\":\"note\",\"us\":1}\r", NULL },
	{ "{\"us\":1,\"kind\":\"\\u0073top\"}", NULL },
	{ "", "no JSON object" },
	{ "[]", "no JSON object" },
	{ "{\"us\":1,\"kind\":\"stop\"", "no JSON object" },
	{ "{\"us\":1,\"kind\":\"stop\"}}", "no JSON object" },
	{ "{\"us\":\"1\",\"kind\":\"stop\"}", "no line of a trace" },
	{ "{\"kind\":\"stop\"}", "no line of a trace" },
	{ "{\"us\":1}", "of an unknown kind" },
	{ "{\"us\":1,\"kind\":\"Stop\"}", "of an unknown kind" },
};

static void
knows_its_lines(void **state)
{
	struct trace_event event;
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		bool read =
		    trace_event_read(&event, span_of(lines[i].line), &why);

		assert_int_equal(read, lines[i].why == NULL);
		if (!read)
			assert_string_equal(why, lines[i].why);
	}
}

struct telling {
	struct trace_log log;
	struct trace_story story;
};

static void
tell(struct telling *t, const char *text)
{
	trace_log_init(&t->log);
	trace_log_add(&t->log, "trace", span_of(text));
	trace_story_tell(&t->story, &t->log);
}

static void
tell_reset(struct telling *t)
{
	trace_story_reset(&t->story);
	trace_log_reset(&t->log);
}

/* What the only row, or the last one, says. */
static const struct {
	const char *text, *label;
	enum trace_lane from, to;
	enum trace_tone tone;
} last_rows[] = {
	{ START("1"),
	    "bridge 1, process 7, https://mcp.example/mcp?\u2026, "
	    "2026-01-02T03:04:05 UTC",
	    LANE_BRIDGE, LANE_BRIDGE, TONE_HEADING },
	/* a time that is none, cut within a character if it were believed */
	{ "{\"time\":\"2026-01-02T03:04:\\ud83d\\ude0005.000000Z\",\"us\":1,"
	  "\"pid\":7,\"kind\":\"start\",\"role\":\"bridge\",\"version\":\"1\","
	  "\"url\":\"https://a.example/\"}\n",
	    "bridge 1, process 7, https://a.example/, ? UTC", LANE_BRIDGE,
	    LANE_BRIDGE, TONE_HEADING },
	{ MESSAGE("1", "host", "bridge",
	      "\"type\":\"request\",\"id\":\"a\",\"method\":\"tools/call\","
	      "\"bytes\":11000,\"body\":{\"params\":{\"name\":\"x\\u001b\"}}"),
	    "tools/call x\\x1b #a, 10 KiB", LANE_HOST, LANE_BRIDGE,
	    TONE_PLAIN },
	{ MESSAGE("1", "server", "bridge", "\"type\":\"result\",\"id\":1"),
	    "result #1", LANE_SERVER, LANE_BRIDGE, TONE_PLAIN },
	{ MESSAGE("1", "bridge", "server",
	      "\"type\":\"request\",\"id\":1,\"method\":\"m\"")
		MESSAGE("2501", "server", "bridge",
		    "\"type\":\"error\",\"id\":1,\"body\":{\"error\":{"
		    "\"code\":-1,\"message\":\"no\"}}"),
	    "error of m #1, 2.5 ms, -1, no", LANE_SERVER, LANE_BRIDGE,
	    TONE_BAD },
	/* who asked is who is answered */
	{ MESSAGE("1", "bridge", "host",
	      "\"type\":\"request\",\"id\":1,\"method\":\"m\"") MESSAGE("2",
	      "server", "bridge", "\"type\":\"result\",\"id\":1"),
	    "result #1", LANE_SERVER, LANE_BRIDGE, TONE_PLAIN },
	{ MESSAGE("1", "server", "bridge",
	      "\"type\":\"invalid\",\"text\":\"<html>\",\"bytes\":6"),
	    "invalid, 6 B, <html>", LANE_SERVER, LANE_BRIDGE, TONE_PLAIN },
	{ HTTP("1", "request",
	      ",\"method\":\"GET\",\"url\":\"https://a.example/b\","
	      "\"last_event_id\":\"e\""),
	    "GET /b, from event e on", LANE_BRIDGE, LANE_SERVER, TONE_PLAIN },
	/* an authorizer's requests are for others */
	{ LINE("1", "\"kind\":\"start\",\"role\":\"authorizer\","
		    "\"url\":\"https://a.example/mcp\"") HTTP("2", "request",
	      ",\"method\":\"GET\",\"url\":\"https://a.example/token\""),
	    "GET https://a.example/token", LANE_BRIDGE, LANE_ISSUER,
	    TONE_PLAIN },
	{ LINE("1", "\"kind\":\"start\",\"role\":\"authorizer\","
		    "\"url\":\"https://a.example/mcp\"") HTTP("2", "request",
	      ",\"method\":\"GET\",\"url\":\"https://a.example/"
	      ".well-known/oauth-protected-resource/mcp\""),
	    "GET /.well-known/oauth-protected-resource/mcp", LANE_BRIDGE,
	    LANE_SERVER, TONE_PLAIN },
	{ HTTP("5", "response", ",\"status\":503"), "503 to exchange 3, 0.0 ms",
	    LANE_SERVER, LANE_BRIDGE, TONE_BAD },
	{ HTTP("1", "request", ",\"method\":\"GET\",\"url\":\"https://a/b\"")
		HTTP("12000001", "end", ",\"fault\":\"closed\",\"status\":200"),
	    "GET /b closed by the bridge, 12 s", LANE_BRIDGE, LANE_BRIDGE,
	    TONE_DIM },
	{ LINE("1", "\"kind\":\"note\",\"level\":\"warn\",\"module\":\"m\","
		    "\"text\":\"t\\n\""),
	    "m: t\\x0a", LANE_BRIDGE, LANE_BRIDGE, TONE_WARNING },
	{ START("1") LINE("2", "\"kind\":\"stop\""), "the process ends, 7",
	    LANE_BRIDGE, LANE_BRIDGE, TONE_DIM },
};

static void
tells_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(last_rows); i++) {
		struct telling t;

		tell(&t, last_rows[i].text);
		assert_true(t.story.count > 0);
		const struct trace_row *row = &t.story.rows[t.story.count - 1];
		assert_string_equal(row->label, last_rows[i].label);
		assert_int_equal(row->from, last_rows[i].from);
		assert_int_equal(row->to, last_rows[i].to);
		assert_int_equal(row->tone, last_rows[i].tone);
		tell_reset(&t);
	}
}

/* What was sent and how is one row; the clock of another boot is not read. */
static void
tells_what_belongs_together_once(void **state)
{
	struct telling t;

	(void)state;
	tell(&t,
	    MESSAGE("900000000", "bridge", "server",
		"\"type\":\"notification\",\"method\":\"m\"") HTTP("900000009",
		"request", ",\"method\":\"POST\",\"url\":\"https://a/b\"")
		HTTP("900001000", "response", ",\"status\":202")
		    HTTP("900001001", "end", ",\"status\":202") START("5")
			LINE("1005", "\"kind\":\"stop\""));
	assert_int_equal(t.story.count, 4);
	assert_int_equal(t.story.lanes, LANE_COUNT - 1);
	assert_int_equal(t.story.rows[1].at_us, 1000);
	assert_string_equal(t.story.rows[1].label, "202 to POST /b, 1.0 ms");
	assert_int_equal(t.story.rows[2].at_us, 1001);
	assert_int_equal(t.story.rows[3].at_us, 2001);
	tell_reset(&t);
}

static void
costs_no_more_than_its_length(void **state)
{
	const size_t count = 20000;
	struct telling t;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 24);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(
		    buf_addf(&text,
			"{\"us\":%zu,\"pid\":%zu,\"kind\":\"start\"}\n"
			"{\"us\":1,\"pid\":1,\"kind\":\"http\","
			"\"step\":\"request\",\"exchange\":%zu}\n"
			"{\"us\":1,\"kind\":\"message\",\"id\":%zu,"
			"\"method\":\"m\"}\n",
			i, i, i, i),
		    0);
	}
	trace_log_init(&t.log);
	trace_log_add(&t.log, "trace", buf_span(&text));
	trace_story_tell(&t.story, &t.log);
	assert_true(t.story.count >= 3 * count);
	tell_reset(&t);
	buf_reset(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_its_lines),
		cmocka_unit_test(tells_events),
		cmocka_unit_test(tells_what_belongs_together_once),
		cmocka_unit_test(costs_no_more_than_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
