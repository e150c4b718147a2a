/* SPDX-License-Identifier: ISC */
/*
 * The report of a diagnosis: what is kept of hostile texts, and its forms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/doctor.h"
#include "wire/json.h"

#define HOSTILE "<script>alert(\"1\")</script>\033[31m & more"

static struct check *
add(struct diagnosis *d, const char *id, enum check_group group)
{
	struct check *c = &d->checks[d->count++];

	*c = (struct check){
		.id = id,
		.title = id,
		.group = group,
		.is_first = true,
	};
	return c;
}

static void
fill(struct diagnosis *d)
{
	const struct http_report report = {
		.method = "POST",
		.url = "https://a.example/mcp?key=hunter2",
		.status = 200,
		.version = "HTTP/2",
		.address = "192.0.2.1",
		.resolved_us = 1000,
		.connected_us = 3000,
		.secured_us = 6000,
		.sent_us = 6100,
		.answered_us = 9000,
		.ended_us = 10000,
	};
	struct check *c = NULL;

	diagnosis_init(d);
	d->url = mem_string("https://a.example/mcp");
	d->profile = mem_string("default");
	d->at_s = 1700000000;
	check_ok(add(d, "first", CHECK_LOCAL), "all is %s", "well");
	c = add(d, "second", CHECK_NETWORK);
	check_fail(c, FAULT_TLS, "it says %s", HOSTILE);
	check_remedy(c, "try --ca-file FILE; or \"%s\"", "that");
	check_fact(c, "absent", NULL);
	check_fact(c, "text", HOSTILE);
	c = add(d, "third", CHECK_PROTOCOL);
	check_skip(c, "see %s", "second");
	diagnosis_note(d, &report, "initialize", 20000);
	diagnosis_note(d, &report, NULL, 40000);
}

static void
judges_as_a_whole(void **state)
{
	struct diagnosis d;
	char text[64];

	(void)state;
	diagnosis_init(&d);
	assert_int_equal(diagnosis_exit_status(&d), EX_OK);
	assert_int_equal(diagnosis_result(&d), CHECK_OK);
	diagnosis_summary(&d, text, sizeof(text));
	assert_string_equal(text, "All is well");

	check_warn(add(&d, "a", CHECK_LOCAL), "hm");
	assert_int_equal(diagnosis_exit_status(&d), EX_OK);
	assert_int_equal(diagnosis_result(&d), CHECK_WARNING);
	check_fail(add(&d, "b", CHECK_LOCAL), FAULT_TIMEOUT, "late");
	check_fail(add(&d, "c", CHECK_LOCAL), FAULT_TLS, "untrusted");
	assert_int_equal(diagnosis_exit_status(&d), EX_TEMPFAIL);
	assert_int_equal(diagnosis_result(&d), CHECK_FAILED);
	diagnosis_summary(&d, text, sizeof(text));
	assert_string_equal(text, "2 failed, 1 warning");
	diagnosis_reset(&d);
}

static void
keeps_no_secret_and_no_control(void **state)
{
	struct diagnosis d;

	(void)state;
	setenv("HOME", "/home-of/anna", 1);
	fill(&d);
	assert_null(strchr(d.checks[1].finding, '\033'));
	assert_int_equal(d.checks[1].fact_count, 1);
	assert_string_equal(d.exchanges[0].url, "https://a.example/mcp");
	assert_string_equal(d.exchanges[0].what, "initialize");
	assert_string_equal(d.exchanges[1].what, "/mcp");
	check_ok(&d.checks[0], "%s",
	    "from https://a.example/x?key=hunter2&b=c to http://b.example?d, "
	    "\"https://c.example/?e\" and what?");
	assert_string_equal(d.checks[0].finding,
	    "from https://a.example/x to http://b.example "
	    "\"https://c.example/\" and what?");
	check_ok(&d.checks[0], "%s", "at /home-of/anna/x");
	assert_string_equal(d.checks[0].finding, "at ~/x");
	check_ok(&d.checks[0], "%s", "at /home-of/annabel/x");
	assert_string_equal(d.checks[0].finding, "at /home-of/annabel/x");
	diagnosis_reset(&d);
}

static void
places_exchanges_on_one_clock(void **state)
{
	struct diagnosis d;
	uint64_t from_us = 0, span_us = 0;

	(void)state;
	fill(&d);
	assert_int_equal(d.exchanges[0].start_us, 10000);
	assert_int_equal(d.exchanges[0].secured_us, 16000);
	assert_int_equal(d.exchanges[0].ended_us, 20000);
	diagnosis_period(&d, &from_us, &span_us);
	assert_int_equal(from_us, 10000);
	assert_int_equal(span_us, 30000);
	diagnosis_reset(&d);
}

static void
stops_noting_when_full(void **state)
{
	const struct http_report report = {
		.method = "GET",
		.url = "https://a.example/",
		.version = "",
	};
	struct diagnosis d;

	(void)state;
	diagnosis_init(&d);
	for (int i = 0; i < 2 * DIAGNOSIS_EXCHANGES; i++)
		diagnosis_note(&d, &report, NULL, 1);
	assert_int_equal(d.exchange_count, DIAGNOSIS_EXCHANGES);
	diagnosis_reset(&d);
}

static void
writes_json(void **state)
{
	static const char *const members[] = { "schema", "url", "result",
		"exitStatus", "checks", "exchanges" };
	struct diagnosis d;
	struct json_doc doc;
	struct span value;
	struct buf out;

	(void)state;
	fill(&d);
	buf_init(&out, LIMIT_MESSAGE);
	assert_int_equal(doctor_json(&d, &out), 0);
	assert_true(json_scan(buf_span(&out), LIMIT_DEPTH, &doc));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		assert_true(json_get(doc.value, members[i], &value));
	assert_non_null(strstr(out.data, "\"kind\":\"net.tls\""));
	assert_non_null(strstr(out.data, "\"tlsMs\":3.000"));
	assert_null(strstr(out.data, "hunter2"));
	buf_reset(&out);
	buf_init(&out, 100);
	assert_int_equal(doctor_json(&d, &out), -1);
	buf_reset(&out);
	diagnosis_reset(&d);
}

static void
writes_html_that_runs_nothing(void **state)
{
	struct diagnosis d;
	struct buf out;

	(void)state;
	fill(&d);
	buf_init(&out, LIMIT_MESSAGE);
	assert_int_equal(doctor_html(&d, &out), 0);
	assert_null(strstr(out.data, "<script"));
	assert_non_null(strstr(out.data, "&lt;script&gt;alert(&quot;1&quot;)"));
	assert_non_null(strstr(out.data, "&amp; more"));
	assert_non_null(strstr(out.data, "<code>--ca-file</code>"));
	assert_null(strstr(out.data, "hunter2"));
	buf_reset(&out);
	buf_init(&out, 5000);
	assert_int_equal(doctor_html(&d, &out), -1);
	buf_reset(&out);
	diagnosis_reset(&d);
}

/* What is printed with this width, and whether UTF-8 is understood. */
static char *
print(const struct diagnosis *d, unsigned width, bool utf8)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	struct terminal t = {
		.stream = stream,
		.width = width,
		.utf8 = utf8,
	};

	assert_non_null(stream);
	doctor_print_begin(&t, d->url);
	for (size_t i = 0; i < d->count; i++) {
		doctor_print_group(&t, d->checks[i].group);
		doctor_print_check(&t, &d->checks[i]);
	}
	doctor_print_skipped(&t, &d->checks[1], 2);
	doctor_print_end(&t, d);
	fclose(stream);
	return text;
}

/* Columns of the longest line: continuation bytes take none. */
static size_t
columns(const char *text)
{
	size_t longest = 0, column = 0;

	for (; *text != '\0'; text++) {
		if (*text == '\n')
			column = 0;
		else if (((unsigned char)*text & 0xc0) != 0x80)
			column++;
		longest = column > longest ? column : longest;
	}
	return longest;
}

static void
prints_within_the_width(void **state)
{
	static const unsigned widths[] = { 40, 60, 80, 120, 300 };
	struct diagnosis d;

	(void)state;
	fill(&d);
	/* A word longer than a line is not broken. */
	check_fail(&d.checks[1], FAULT_TLS, "it says no in many small words");
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		for (int utf8 = 0; utf8 <= 1; utf8++) {
			char *text = print(&d, widths[i], utf8 == 1);

			assert_true(columns(text) <= widths[i]);
			assert_null(strchr(text, '\033'));
			assert_non_null(strstr(text, "failed  second"));
			assert_non_null(strstr(text, "1 failed"));
			free(text);
		}
	}
	diagnosis_reset(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_as_a_whole),
		cmocka_unit_test(keeps_no_secret_and_no_control),
		cmocka_unit_test(places_exchanges_on_one_clock),
		cmocka_unit_test(stops_noting_when_full),
		cmocka_unit_test(writes_json),
		cmocka_unit_test(writes_html_that_runs_nothing),
		cmocka_unit_test(prints_within_the_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
