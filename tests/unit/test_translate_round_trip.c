/* SPDX-License-Identifier: ISC */
/*
 * Era translation there and back, over generated messages: what comes back
 * equals what went in, but for what is lossy by the method table (tasks,
 * roots.listChanged, cache hints, schemas that older hosts cannot read, the
 * names of questions). T-090 to T-117.
 */
#include "mcp/translate.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "json_equal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define P "io.modelcontextprotocol/"
#define INFO "{\"name\":\"Who\",\"version\":\"1.0\",\"x\":1.0}"

enum { ROUNDS = 2000, MAX_VALUE_DEPTH = 4 };

/* A message being generated, and what of it must come back. */
struct sample {
	uint64_t random;
	struct buf text;
	struct buf kept;
	struct message *message; /* of text */
};

static unsigned
pick(struct sample *s, unsigned count)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (unsigned)(s->random >> 33) % count;
}

static void
put(struct buf *out, const char *text)
{
	assert_int_equal(buf_add_string(out, text), 0);
}

static void
both(struct sample *s, const char *text)
{
	put(&s->text, text);
	put(&s->kept, text);
}

/* Perhaps something that does not come back. */
static void
lost(struct sample *s, const char *text)
{
	if (pick(s, 2) == 0)
		put(&s->text, text);
}

/* Perhaps something that does. */
static void
perhaps(struct sample *s, const char *text)
{
	if (pick(s, 2) == 0)
		both(s, text);
}

static void
scalar(struct sample *s)
{
	static const char *const scalars[] = { "0", "-0", "1.0", "1e400",
		"9007199254740993", "null", "true", "false", "\"\"",
		"\"\\u0041\\\"\\\\\"", "\"\xc3\xa9\"", "\"\\ud800\"" };

	both(s, scalars[pick(s, COUNT(scalars))]);
}

static void
value(struct sample *s, int depth)
{
	static const char *const keys[] = { "{\"_meta\":", "{\"resultType\":",
		"{\"requestState\":", "{\"a\":", "{\"tools\":", "{\"\":" };
	unsigned kind = depth > 0 ? pick(s, 4) : 3;

	if (kind == 0) {
		both(s, keys[pick(s, COUNT(keys))]);
		value(s, depth - 1);
		both(s, " , \"z\" : ");
		value(s, depth - 1);
		both(s, "}");
	} else if (kind == 1) {
		both(s, "[");
		value(s, depth - 1);
		both(s, ",\t");
		value(s, depth - 1);
		both(s, "]");
	} else if (kind == 2) {
		both(s, pick(s, 2) == 0 ? "{}" : "[]");
	} else {
		scalar(s);
	}
}

static void
member(struct sample *s, const char *name)
{
	if (pick(s, 2) == 0)
		return;
	both(s, name);
	value(s, MAX_VALUE_DEPTH);
}

static const char *
id(struct sample *s)
{
	static const char *const ids[] = { "0", "-7", "\"h1\"", "\"\"",
		"9007199254740993" };

	return ids[pick(s, COUNT(ids))];
}

static struct message *
parse(struct span text)
{
	struct buf copy;

	buf_init(&copy, LIMIT_MESSAGE);
	assert_int_equal(buf_add_span(&copy, text), 0);
	return message_take(&copy);
}

static struct message *
parse_text(const char *text)
{
	return parse(span_of(text));
}

static void
finish(struct sample *s)
{
	s->message = parse(buf_span(&s->text));
	if (s->message->rpc.kind == RPC_INVALID)
		fail_msg("generated %s: %s", s->text.data, s->message->rpc.why);
}

/* Ends a round; `back` and `there` are taken. */
static void
compare(struct sample *s, struct message *there, struct message *back)
{
	if (there == NULL || back == NULL ||
	    !json_equal(back->rpc.text, buf_span(&s->kept)))
		fail_msg("\nfrom %s\nto   %s\nback %s\nnot  %s", s->text.data,
		    there == NULL ? "-" : there->text.data,
		    back == NULL ? "-" : back->text.data, s->kept.data);
	message_free(&there);
	message_free(&back);
	message_free(&s->message);
	buf_clear(&s->text);
	buf_clear(&s->kept);
}

static void
open_sample(struct sample *s)
{
	*s = (struct sample){ .random = UINT64_C(0x9e3779b97f4a7c15) };
	buf_init(&s->text, LIMIT_MESSAGE);
	buf_init(&s->kept, LIMIT_MESSAGE);
}

static void
close_sample(struct sample *s)
{
	buf_reset(&s->text);
	buf_reset(&s->kept);
}

/* -- the two peers -----------------------------------------------------------
 */

static struct up_host
host_of(const char *version)
{
	char text[512];
	struct up_host host;
	struct message *m;

	snprintf(text, sizeof(text),
	    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\","
	    "\"params\":{\"protocolVersion\":\"%s\",\"clientInfo\":" INFO ","
	    "\"capabilities\":{\"roots\":{},\"sampling\":{\"tools\":{}},"
	    "\"elicitation\":{\"form\":{},\"url\":{}}}}}",
	    version);
	m = parse_text(text);
	up_host_init(&host, m);
	message_free(&m);
	return host;
}

static struct down_server
a_server(void)
{
	struct down_server server;
	struct message *m =
	    parse_text("{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{"
		       "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
		       "\"serverInfo\":" INFO "}}");

	assert_int_equal(down_server_init(&server, m, NULL), 0);
	message_free(&m);
	return server;
}

/* -- requests ----------------------------------------------------------------
 */

static const char *const methods[] = { "tools/list", "tools/call",
	"prompts/list", "prompts/get", "resources/list",
	"resources/templates/list", "resources/read", "completion/complete",
	"vendor/x" };

static const char *
open_request(struct sample *s)
{
	const char *method = methods[pick(s, COUNT(methods))];

	both(s, "{ \"jsonrpc\":\"2.0\",\"id\":");
	both(s, id(s));
	both(s, ",\"method\":\"");
	both(s, method);
	both(s, "\",\"params\":{\"name\":\"n\"");
	member(s, ",\"arguments\":");
	member(s, ",\"uri\" :");
	perhaps(s, ",\"cursor\":\"\"");
	return method;
}

static void
old_requests_come_back(void **state)
{
	struct up_host host = host_of("2025-11-25");
	struct sample s;

	(void)state;
	open_sample(&s);
	for (int i = 0; i < ROUNDS; i++) {
		struct message *there, *back;

		open_request(&s);
		lost(&s, ",\"task\":{\"ttl\":1}");
		lost(&s, ",\"requestState\":\"S\"");
		if (pick(&s, 2) == 0) {
			both(&s, ",\"_meta\":{\"progressToken\":");
			scalar(&s);
			lost(&s, ",\"" P "protocolVersion\":\"2025-06-18\"");
			lost(&s, ",\"" P "logLevel\":\"debug\"");
			member(&s, ",\"vendor\":");
			both(&s, "}");
		} else {
			lost(&s, ",\"_meta\":{\"" P "clientInfo\":{}}");
		}
		both(&s, "}}");
		finish(&s);
		there = up_request(&host, s.message, span_of("\"u1\""),
		    span_of(pick(&s, 2) == 0 ? "\"info\"" : ""));
		assert_non_null(there);
		assert_null(down_refusal(there));
		back = down_request(there, s.message->rpc.id);
		compare(&s, there, back);
	}
	close_sample(&s);
	up_host_reset(&host);
}

/* The host's identity is in each of its requests: what stands for it on the
 * other side is made of them. */
static struct up_host
host_behind(const struct message *request)
{
	struct message *initialize =
	    down_initialize(request, span_of("\"m0\""));
	struct up_host host;

	assert_non_null(initialize);
	up_host_init(&host, initialize);
	message_free(&initialize);
	return host;
}

static void
put_envelope(struct sample *s)
{
	both(s,
	    "\"" P "protocolVersion\":\"2026-07-28\",\"" P "clientInfo\":" INFO
	    ",\"" P "clientCapabilities\":{\"sampling\":{}");
	perhaps(s, ",\"roots\":{}");
	perhaps(s, ",\"elicitation\":{\"form\":{ },\"url\":{}}");
	both(s, ",\"extensions\":{\"vendor/x\":{}");
	lost(s, ",\"" P "tasks\":{}");
	both(s, "}");
	member(s, ",\"experimental\":");
	both(s, "}");
}

static void
new_requests_come_back(void **state)
{
	struct sample s;

	(void)state;
	open_sample(&s);
	for (int i = 0; i < ROUNDS; i++) {
		struct message *there, *back;
		struct up_host host;
		struct span level;

		open_request(&s);
		lost(&s, ",\"requestState\":\"S\"");
		lost(&s, ",\"inputResponses\":{\"a\":{}}");
		both(&s, ",\"_meta\":{");
		put_envelope(&s);
		perhaps(&s, ",\"" P "logLevel\":\"info\"");
		perhaps(&s, ",\"progressToken\":1");
		member(&s, ",\"vendor\":");
		both(&s, "}}}");
		finish(&s);
		host = host_behind(s.message);
		rpc_meta(&s.message->rpc, RPC_META_LOG_LEVEL, &level);
		there = down_request(s.message, span_of("\"m1\""));
		assert_non_null(there);
		back = up_request(&host, there, s.message->rpc.id, level);
		compare(&s, there, back);
		up_host_reset(&host);
	}
	close_sample(&s);
}

/* -- results -----------------------------------------------------------------
 */

static bool
is_cacheable(const char *method)
{
	return strstr(method, "/list") != NULL ||
	       strcmp(method, "resources/read") == 0;
}

static void
put_old_body(struct sample *s, const char *method)
{
	if (strcmp(method, "tools/list") == 0) {
		both(s, "\"tools\":[{\"name\":\"a\"");
		lost(s, ",\"execution\":{\"taskSupport\":\"optional\"}");
		both(s, ",\"inputSchema\":{\"type\":\"object\"}}");
		lost(s, ",{\"name\":\"c\",\"execution\":"
			"{\"taskSupport\":\"required\"}}");
		both(s, ",{\"name\":\"b\"");
		member(s, ",\"annotations\":");
		both(s, "}]");
	} else if (strcmp(method, "tools/call") == 0) {
		both(s, "\"content\":[]");
		perhaps(s, ",\"structuredContent\":{\"a\":1.0}");
		perhaps(s, ",\"isError\":true");
	} else {
		both(s, "\"items\":");
		value(s, MAX_VALUE_DEPTH);
	}
	member(s, ",\"nextCursor\":");
}

static void
old_results_come_back(void **state)
{
	struct down_server server = a_server();
	struct sample s;

	(void)state;
	open_sample(&s);
	for (int i = 0; i < ROUNDS; i++) {
		const char *name = methods[pick(&s, COUNT(methods))];
		struct message *there, *back;
		char quoted[64];
		enum method method;

		snprintf(quoted, sizeof(quoted), "\"%s\"", name);
		method = method_find(span_of(quoted));
		both(&s, "{\"jsonrpc\":\"2.0\",\"id\":");
		both(&s, id(&s));
		both(&s, ",\"result\":{");
		put_old_body(&s, name);
		if (pick(&s, 2) == 0) {
			both(&s, ",\"_meta\":{\"vendor\":");
			value(&s, MAX_VALUE_DEPTH);
			lost(&s, ",\"" P "related-task\":{\"taskId\":\"1\"}");
			both(&s, "}");
		}
		both(&s, "}}");
		finish(&s);
		there = down_response(&server, s.message, method,
		    span_of("\"h1\""));
		assert_non_null(there);
		assert_int_equal(result_type_of(there), RESULT_COMPLETE);
		back = up_response(there, method, s.message->rpc.id);
		compare(&s, there, back);
	}
	close_sample(&s);
	down_server_reset(&server);
}

/* A member that comes back as something else. */
static void
changed(struct sample *s, const char *from, const char *to)
{
	put(&s->text, from);
	put(&s->kept, to);
}

static void
put_new_body(struct sample *s, const char *method)
{
	if (strcmp(method, "tools/list") == 0) {
		both(s, "\"tools\":[{\"name\":\"a\"");
		lost(s, ",\"outputSchema\":{\"type\":\"array\"}");
		both(s, "},{\"inputSchema\":{\"properties\":{\"a\":");
		changed(s, "false", "{\"not\":{}}");
		both(s, ",\"b\":{\"x\":true}},\"type\":\"object\"}");
		perhaps(s, ",\"outputSchema\":{\"type\":\"object\"}");
		both(s, "}]");
	} else if (strcmp(method, "tools/call") == 0) {
		if (pick(s, 2) == 0)
			changed(s, "\"content\":[],\"structuredContent\":[1.0]",
			    "\"content\":[{\"type\":\"text\","
			    "\"text\":\"[1.0]\"}]");
		else
			both(s, "\"content\":[{}],\"structuredContent\":{}");
	} else {
		both(s, "\"items\":");
		value(s, MAX_VALUE_DEPTH);
	}
}

static void
new_results_come_back(void **state)
{
	struct down_server server = a_server();
	struct sample s;

	(void)state;
	open_sample(&s);
	for (int i = 0; i < ROUNDS; i++) {
		const char *name = methods[pick(&s, COUNT(methods))];
		struct message *there, *back;
		char quoted[64];
		enum method method;

		snprintf(quoted, sizeof(quoted), "\"%s\"", name);
		method = method_find(span_of(quoted));
		both(&s, "{\"jsonrpc\":\"2.0\",\"id\":");
		both(&s, id(&s));
		both(&s, ",\"result\":{");
		put_new_body(&s, name);
		both(&s, ",\"resultType\":\"complete\"");
		if (is_cacheable(name))
			changed(&s,
			    ",\"ttlMs\":60000,\"cacheScope\":\"public\"",
			    ",\"ttlMs\":0,\"cacheScope\":\"private\"");
		both(&s, ",\"_meta\":{\"" P "serverInfo\":" INFO);
		member(&s, ",\"vendor\":");
		both(&s, "}}}");
		finish(&s);
		there = up_response(s.message, method, span_of("1"));
		assert_non_null(there);
		back = down_response(&server, there, method, s.message->rpc.id);
		compare(&s, there, back);
	}
	close_sample(&s);
	down_server_reset(&server);
}

/* -- notifications and errors ------------------------------------------------
 */

static void
notifications_come_back(void **state)
{
	struct sample s;

	(void)state;
	open_sample(&s);
	for (int i = 0; i < ROUNDS; i++) {
		bool old = pick(&s, 2) == 0;
		struct message *there, *back;

		both(&s, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/"
			 "resources/updated\",\"params\":{\"uri\":\"a\"");
		member(&s, ",\"x\":");
		both(&s, ",\"_meta\":{\"v\":1");
		if (!old)
			both(&s, ",\"" P "subscriptionId\":\"l1\"");
		both(&s, "}}}");
		finish(&s);
		there = old ? down_notification(s.message, span_of("\"l1\"")) :
			      up_notification(s.message);
		assert_non_null(there);
		back = old ? up_notification(there) :
			     down_notification(there, span_of("\"l1\""));
		compare(&s, there, back);
	}
	close_sample(&s);
}

static void
errors_come_back(void **state)
{
	static const char *const codes[] = { "-32602", "-32601", "-32000",
		"-32100", "1", "-32603" };
	struct down_server server = a_server();
	struct sample s;

	(void)state;
	open_sample(&s);
	for (int i = 0; i < ROUNDS; i++) {
		bool old = pick(&s, 2) == 0;
		struct message *there, *back;

		both(&s, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":");
		both(&s, codes[pick(&s, COUNT(codes))]);
		both(&s, ",\"message\":\"m\"");
		member(&s, ",\"data\":");
		both(&s, "}}");
		finish(&s);
		there = old ? down_response(&server, s.message,
				  METHOD_TOOLS_CALL, span_of("\"h\"")) :
			      up_response(s.message, METHOD_TOOLS_CALL,
				  span_of("\"h\""));
		assert_non_null(there);
		back = old ?
			   up_response(there, METHOD_TOOLS_CALL, span_of("1")) :
			   down_response(&server, there, METHOD_TOOLS_CALL,
			       span_of("1"));
		compare(&s, there, back);
	}
	close_sample(&s);
	down_server_reset(&server);
}

/* -- questions and answers ---------------------------------------------------
 */

static void
put_question(struct sample *s)
{
	unsigned kind = pick(s, 4);

	both(s, "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":");
	if (kind == 0) {
		both(s, "\"elicitation/create\",\"params\":{\"message\":\"m\","
			"\"requestedSchema\":{\"type\":\"object\"}");
		perhaps(s, ",\"mode\":\"form\"");
	} else if (kind == 1) {
		both(s, "\"elicitation/create\",\"params\":{\"message\":\"m\","
			"\"mode\":\"url\",\"url\":\"https://a.example\"");
		changed(s, ",\"elicitationId\":\"e\"",
		    ",\"elicitationId\":\"q\"");
	} else if (kind == 2) {
		both(s, "\"sampling/createMessage\",\"params\":{\"messages\":"
			"[{\"content\":[{}]}],\"maxTokens\":1.0");
		member(s, ",\"tools\":");
	} else {
		both(s, "\"roots/list\",\"params\":{\"x\":1");
	}
	member(s, ",\"vendor\":");
	lost(s, ",\"task\":{}");
	lost(s, ",\"_meta\":{\"progressToken\":1}");
	both(s, "}}");
}

static void
old_questions_come_back(void **state)
{
	struct up_host host = host_of("2025-11-25");
	struct down_server server = a_server();
	struct sample s;

	(void)state;
	open_sample(&s);
	for (int i = 0; i < ROUNDS; i++) {
		struct input inputs[LIMIT_INPUTS];
		const struct message *asked;
		struct message *there, *back;
		size_t count;

		put_question(&s);
		finish(&s);
		asked = s.message;
		there = down_input_required(&server, span_of("1"), "mb1.0",
		    &asked, 1);
		assert_non_null(there);
		assert_int_equal(input_read(there, span_of(host.capabilities),
				     inputs, &count, NULL),
		    0);
		assert_int_equal(count, 1);
		back = up_question(&inputs[0], host.revision, span_of("\"q\""));
		compare(&s, there, back);
	}
	close_sample(&s);
	down_server_reset(&server);
	up_host_reset(&host);
}

static void
answers_come_back(void **state)
{
	const struct input input = { span_of("\"3\""), METHOD_ELICIT,
		{ NULL, 0 } };
	struct message *sent = parse_text("{\"jsonrpc\":\"2.0\",\"id\":1,"
					  "\"method\":\"tools/call\"}");
	struct message *required =
	    parse_text("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{"
		       "\"requestState\":\"S\"}}");
	struct message *asked =
	    parse_text("{\"jsonrpc\":\"2.0\",\"id\":3,"
		       "\"method\":\"elicitation/create\"}");
	struct down_server server = a_server();
	struct sample s;

	(void)state;
	open_sample(&s);
	for (int i = 0; i < ROUNDS; i++) {
		struct message *there, *back;
		struct up_answers answers;

		both(&s, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":"
			 "{\"action\":\"accept\"");
		member(&s, ",\"content\":");
		lost(&s, ",\"_meta\":{\"vendor\":1}");
		both(&s, "}}");
		finish(&s);
		up_answers_init(&answers);
		assert_int_equal(up_answers_add(&answers, &input, s.message,
				     NULL),
		    0);
		there = up_retry(sent, span_of("2"), required, &answers);
		up_answers_reset(&answers);
		assert_non_null(there);
		assert_true(down_reply(&server, asked, there, &back));
		compare(&s, there, back);
	}
	close_sample(&s);
	message_free(&sent);
	message_free(&required);
	message_free(&asked);
	down_server_reset(&server);
}

/* -- handshakes --------------------------------------------------------------
 */

static void
old_handshakes_come_back(void **state)
{
	struct sample s;

	(void)state;
	open_sample(&s);
	for (int i = 0; i < ROUNDS; i++) {
		struct message *there, *back;
		struct up_host host;

		both(&s,
		    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\","
		    "\"params\":{\"clientInfo\":" INFO ",\"protocolVersion\":"
		    "\"2025-11-25\",\"capabilities\":{\"sampling\":{}");
		lost(&s, ",\"tasks\":{\"list\":{}}");
		perhaps(&s, ",\"elicitation\":{\"url\":{}}");
		both(&s, ",\"roots\":{\"x\":1");
		lost(&s, ",\"listChanged\":true");
		both(&s, "}");
		member(&s, ",\"experimental\":");
		both(&s, "}}}");
		finish(&s);
		up_host_init(&host, s.message);
		there = up_discover(&host, span_of("\"u1\""));
		assert_non_null(there);
		back = down_initialize(there, span_of("0"));
		compare(&s, there, back);
		up_host_reset(&host);
	}
	close_sample(&s);
}

static void
put_server_capabilities(struct sample *s)
{
	both(s, "\"capabilities\":{\"tools\":{\"listChanged\":true}");
	lost(s, ",\"tasks\":{\"list\":{}}");
	lost(s, ",\"extensions\":{\"" P "tasks\":{}}");
	perhaps(s, ",\"logging\":{}");
	member(s, ",\"experimental\":");
	both(s, "},\"instructions\":\"Be \\u006bind.\"");
	member(s, ",\"vendor\":");
}

static void
initialize_results_come_back(void **state)
{
	struct up_host host = host_of("2025-06-18");
	struct sample s;

	(void)state;
	open_sample(&s);
	for (int i = 0; i < ROUNDS; i++) {
		struct down_server server;
		struct message *there, *back;

		both(&s,
		    "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{"
		    "\"protocolVersion\":\"2025-06-18\",\"serverInfo\":" INFO
		    ",");
		put_server_capabilities(&s);
		perhaps(&s, ",\"_meta\":{\"v\":1}");
		both(&s, "}}");
		finish(&s);
		assert_int_equal(down_server_init(&server, s.message, NULL), 0);
		there = down_discover_result(&server, span_of("\"h1\""));
		assert_non_null(there);
		back =
		    up_initialize_result(&host, span_of("0"), there, "x", NULL);
		compare(&s, there, back);
		down_server_reset(&server);
	}
	close_sample(&s);
	up_host_reset(&host);
}

static void
discover_results_come_back(void **state)
{
	struct up_host host = host_of("2025-06-18");
	struct sample s;

	(void)state;
	open_sample(&s);
	for (int i = 0; i < ROUNDS; i++) {
		struct down_server server;
		struct message *there, *back;

		both(&s, "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{"
			 "\"resultType\":\"complete\",");
		put_server_capabilities(&s);
		changed(&s,
		    ",\"supportedVersions\":[\"2027-01-01\",\"2026-07-28\"],"
		    "\"ttlMs\":9,\"cacheScope\":\"public\"",
		    ",\"supportedVersions\":[\"2026-07-28\"],\"ttlMs\":0,"
		    "\"cacheScope\":\"private\"");
		both(&s, ",\"_meta\":{\"" P "serverInfo\":" INFO);
		perhaps(&s, ",\"v\":1");
		both(&s, "}}}");
		finish(&s);
		there = up_initialize_result(&host, span_of("\"h1\""),
		    s.message, "x", NULL);
		assert_non_null(there);
		assert_int_equal(down_server_init(&server, there, NULL), 0);
		back = down_discover_result(&server, span_of("0"));
		compare(&s, there, back);
		down_server_reset(&server);
	}
	close_sample(&s);
	up_host_reset(&host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_requests_come_back),
		cmocka_unit_test(new_requests_come_back),
		cmocka_unit_test(old_results_come_back),
		cmocka_unit_test(new_results_come_back),
		cmocka_unit_test(notifications_come_back),
		cmocka_unit_test(errors_come_back),
		cmocka_unit_test(old_questions_come_back),
		cmocka_unit_test(answers_come_back),
		cmocka_unit_test(old_handshakes_come_back),
		cmocka_unit_test(initialize_results_come_back),
		cmocka_unit_test(discover_results_come_back),
	};

	return cmocka_run_group_tests_name("translate_round_trip", tests, NULL,
	    NULL);
}
