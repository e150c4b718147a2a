/* SPDX-License-Identifier: ISC */
/*
 * Era translation by example: tests/golden/up (initialize-based host, stateless
 * server) and tests/golden/down (the other way), one file a topic. A step names
 * the function, what it is given and what it gives. T-090 to T-117.
 */
#include "mcp/translate.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "json_equal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX_MESSAGES = 8 };

struct scene {
	struct up_host host;
	struct down_server server;
	struct span step;
	struct fault fault;
	struct message *held[MAX_MESSAGES + 2]; /* owned: arguments */
	size_t held_count;
};

static struct span
argument(const struct scene *s, const char *name)
{
	struct span value;

	json_get(s->step, name, &value);
	return value;
}

static struct message *
message_of(struct scene *s, struct span json)
{
	struct message *m;
	struct buf text;

	buf_init(&text, LIMIT_MESSAGE);
	assert_int_equal(buf_add_span(&text, json), 0);
	m = message_take(&text);
	assert_true(s->held_count < COUNT(s->held));
	s->held[s->held_count++] = m;
	return m;
}

static struct message *
given(struct scene *s)
{
	struct message *m = message_of(s, argument(s, "given"));

	assert_int_not_equal(m->rpc.kind, RPC_INVALID);
	return m;
}

static enum method
method_argument(struct scene *s)
{
	return method_find(argument(s, "method"));
}

static char *
string_argument(struct scene *s, const char *name)
{
	char *text = json_string_dup(argument(s, name), KIB);

	return text == NULL ? mem_string("") : text;
}

static struct listen_filter
filter_argument(struct scene *s)
{
	struct listen_filter filter;
	struct message *m;
	char *text =
	    mem_copy(argument(s, "filter").ptr, argument(s, "filter").len);
	char *whole = mem_format("{\"jsonrpc\":\"2.0\",\"method\":\"x\","
				 "\"params\":{\"notifications\":%s}}",
	    text);

	m = message_of(s, span_of(whole));
	assert_true(listen_filter_read(m, &filter));
	listen_filter_limit(&filter, argument(s, "capabilities"));
	free(text);
	free(whole);
	return filter;
}

static struct fault
fault_argument(struct scene *s)
{
	struct fault fault;
	char *text = string_argument(s, "fault");

	fault_set(&fault, FAULT_TIMEOUT, "%s", text);
	free(text);
	return fault;
}

/* -- an initialize-based host ------------------------------------------------
 */

static struct message *
do_up_discover(struct scene *s)
{
	struct up_host host;
	struct message *m;

	up_host_init(&host, given(s));
	m = up_discover(&host, argument(s, "id"));
	up_host_reset(&host);
	return m;
}

static struct message *
do_up_initialize_result(struct scene *s)
{
	return up_initialize_result(&s->host, argument(s, "id"), given(s),
	    "shop.example", &s->fault);
}

static struct message *
do_up_request(struct scene *s)
{
	return up_request(&s->host, given(s), argument(s, "id"),
	    argument(s, "logLevel"));
}

static struct message *
do_up_listen(struct scene *s)
{
	struct listen_filter filter = filter_argument(s);

	return up_listen(&s->host, argument(s, "id"), &filter);
}

static struct message *
do_up_response(struct scene *s)
{
	struct message *response = given(s);

	assert_int_equal(result_type_of(response), RESULT_COMPLETE);
	return up_response(response, method_argument(s), argument(s, "id"));
}

static struct message *
do_up_notification(struct scene *s)
{
	struct message *m = given(s);

	assert_true(up_relays(m->rpc.method_code));
	return up_notification(m);
}

/* The entry `entry` of what is asked, as a request under `id`. */
static struct message *
do_up_question(struct scene *s)
{
	struct input inputs[LIMIT_INPUTS];
	struct message *required = given(s);
	int64_t entry = 0;
	size_t count = 0;

	assert_int_equal(result_type_of(required), RESULT_INPUT_REQUIRED);
	if (input_read(required, span_of(s->host.capabilities), inputs, &count,
		&s->fault) == -1)
		return NULL;
	assert_true(json_int64(argument(s, "entry"), &entry));
	assert_true((size_t)entry < count);
	return up_question(&inputs[entry], s->host.revision, argument(s, "id"));
}

/* `given` was sent; `required` came, and `answers` to it. */
static struct message *
do_up_retry(struct scene *s)
{
	struct input inputs[LIMIT_INPUTS];
	struct message *required = message_of(s, argument(s, "required"));
	struct up_answers answers;
	struct message *m = NULL;
	struct json_iter it;
	struct span key, answer;
	size_t count, n = 0;
	int result;

	up_answers_init(&answers);
	result = input_read(required, span_of(s->host.capabilities), inputs,
	    &count, &s->fault);
	json_iter_init(&it, argument(s, "answers"));
	while (result == 0 && json_next(&it, &key, &answer)) {
		assert_true(n < count);
		result = up_answers_add(&answers, &inputs[n++],
		    message_of(s, answer), &s->fault);
	}
	if (result == 0)
		m = up_retry(given(s), argument(s, "id"), required, &answers);
	up_answers_reset(&answers);
	return m;
}

static struct message *
do_up_failure(struct scene *s)
{
	struct fault fault = fault_argument(s);

	return up_failure(method_argument(s), argument(s, "id"), &fault);
}

/* -- a stateless host --------------------------------------------------------
 */

static struct message *
do_down_refusal(struct scene *s)
{
	return down_refusal(given(s));
}

static struct message *
do_down_initialize(struct scene *s)
{
	return down_initialize(given(s), argument(s, "id"));
}

static struct message *
do_down_discover_result(struct scene *s)
{
	struct down_server server;
	struct message *m = NULL;

	if (down_server_init(&server, given(s), &s->fault) == 0)
		m = down_discover_result(&server, argument(s, "id"));
	down_server_reset(&server);
	return m;
}

static struct message *
do_down_request(struct scene *s)
{
	return down_request(given(s), argument(s, "id"));
}

static struct message *
do_down_response(struct scene *s)
{
	return down_response(&s->server, given(s), method_argument(s),
	    argument(s, "id"));
}

static struct message *
do_down_notification(struct scene *s)
{
	struct message *m = given(s);

	assert_true(down_relays(m->rpc.method_code));
	return down_notification(m, argument(s, "id"));
}

static struct message *
do_down_acknowledge(struct scene *s)
{
	struct listen_filter filter = filter_argument(s);

	return down_acknowledge(argument(s, "id"), &filter);
}

static struct message *
do_down_listen_result(struct scene *s)
{
	return down_listen_result(&s->server, argument(s, "id"));
}

/* `asked`: the parked requests of the server. */
static struct message *
do_down_input_required(struct scene *s)
{
	const struct message *asked[MAX_MESSAGES];
	char *state = string_argument(s, "state");
	struct message *m = NULL, *one;
	struct json_iter it;
	struct span key, item;
	size_t count = 0;
	int result = 0;

	json_iter_init(&it, argument(s, "asked"));
	while (result == 0 && json_next(&it, &key, &item)) {
		one = message_of(s, item);
		result =
		    input_check(one, argument(s, "capabilities"), &s->fault);
		asked[count++] = one;
	}
	if (result == 0)
		m = down_input_required(&s->server, argument(s, "id"), state,
		    asked, count);
	free(state);
	return m;
}

static struct message *
do_down_urls_required(struct scene *s)
{
	char *state = string_argument(s, "state");
	struct message *response = given(s), *m = NULL;

	assert_true(down_demands_urls(response, method_argument(s)));
	m = down_urls_required(&s->server, argument(s, "id"), state, response,
	    argument(s, "capabilities"));
	free(state);
	return m;
}

/* `given` is the host's retry, `asked` the parked request. */
static struct message *
do_down_reply(struct scene *s)
{
	struct message *asked = message_of(s, argument(s, "asked"));
	struct message *reply;
	bool found = down_reply(&s->server, asked, given(s), &reply);

	assert_int_equal(found, reply != NULL);
	return reply;
}

static struct message *
do_down_give_up(struct scene *s)
{
	struct fault fault = fault_argument(s);

	return down_give_up(given(s), &fault);
}

static const struct {
	const char *name;
	struct message *(*run)(struct scene *s);
} functions[] = {
	{ "up_discover", do_up_discover },
	{ "up_initialize_result", do_up_initialize_result },
	{ "up_request", do_up_request },
	{ "up_listen", do_up_listen },
	{ "up_response", do_up_response },
	{ "up_notification", do_up_notification },
	{ "up_question", do_up_question },
	{ "up_retry", do_up_retry },
	{ "up_failure", do_up_failure },
	{ "down_refusal", do_down_refusal },
	{ "down_initialize", do_down_initialize },
	{ "down_discover_result", do_down_discover_result },
	{ "down_request", do_down_request },
	{ "down_response", do_down_response },
	{ "down_notification", do_down_notification },
	{ "down_acknowledge", do_down_acknowledge },
	{ "down_listen_result", do_down_listen_result },
	{ "down_input_required", do_down_input_required },
	{ "down_urls_required", do_down_urls_required },
	{ "down_reply", do_down_reply },
	{ "down_give_up", do_down_give_up },
};

/* -- running -----------------------------------------------------------------
 */

static struct message *
run_step(struct scene *s)
{
	for (size_t i = 0; i < COUNT(functions); i++) {
		if (json_string_is(argument(s, "do"), functions[i].name))
			return functions[i].run(s);
	}
	fail_msg("no such function: %.*s", (int)argument(s, "do").len,
	    argument(s, "do").ptr);
	return NULL;
}

/* `gives` is a message, null, or {"fault": kind}. */
static void
check_step(struct scene *s, const char *file, size_t number)
{
	struct span wanted = argument(s, "gives"), kind;
	struct message *m = run_step(s);

	if (json_get(wanted, "fault", &kind)) {
		assert_null(m);
		assert_true(
		    json_string_is(kind, fault_info(s->fault.code)->kind));
	} else if (m == NULL) {
		if (json_type_of(wanted) != JSON_NULL)
			fail_msg("%s: step %zu gives nothing: %s", file, number,
			    fault_text(&s->fault));
	} else if (!json_equal(m->rpc.text, wanted)) {
		fail_msg("%s: step %zu gives %s", file, number, m->text.data);
	}
	message_free(&m);
	while (s->held_count > 0)
		message_free(&s->held[--s->held_count]);
}

static void
read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "r");
	char part[4096];
	size_t len;

	buf_init(out, MIB);
	assert_non_null(file);
	do {
		len = fread(part, 1, sizeof(part), file);
		assert_int_equal(buf_add(out, part, len), 0);
	} while (len > 0);
	fclose(file);
}

static void
open_scene(struct scene *s, struct span whole)
{
	struct span opening;

	*s = (struct scene){ 0 };
	if (json_get(whole, "host", &opening))
		up_host_init(&s->host, message_of(s, opening));
	if (json_get(whole, "server", &opening))
		assert_int_equal(down_server_init(&s->server,
				     message_of(s, opening), &s->fault),
		    0);
}

static void
plays_file(void **state)
{
	const char *path = *state;
	struct json_iter it;
	struct json_doc doc;
	struct span key, steps;
	struct scene scene;
	struct buf text;
	size_t number = 0;

	read_file(path, &text);
	assert_true(json_scan(buf_span(&text), LIMIT_DEPTH, &doc));
	open_scene(&scene, doc.value);
	assert_true(json_get(doc.value, "steps", &steps));
	json_iter_init(&it, steps);
	while (json_next(&it, &key, &scene.step))
		check_step(&scene, path, ++number);
	assert_true(number > 0);
	up_host_reset(&scene.host);
	down_server_reset(&scene.server);
	buf_reset(&text);
}

int
main(void)
{
	struct CMUnitTest *tests;
	glob_t files;
	int failed;

	if (glob("tests/golden/up/*.json", 0, NULL, &files) != 0 ||
	    glob("tests/golden/down/*.json", GLOB_APPEND, NULL, &files) != 0)
		return 1;
	tests = mem_alloc(files.gl_pathc, sizeof(*tests));
	for (size_t i = 0; i < files.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){ .name = files.gl_pathv[i],
			.test_func = plays_file,
			.initial_state = files.gl_pathv[i] };
	failed = _cmocka_run_group_tests("translate_golden", tests,
	    files.gl_pathc, NULL, NULL);
	free(tests);
	globfree(&files);
	return failed;
}
