/* SPDX-License-Identifier: ISC */
/*
 * Era translation on any messages. The first line of the input is a handshake
 * (initialize, or the result of one), the others are messages of either side;
 * each goes through every function it may meet. What comes out is one valid
 * message under the right id, without what its reader does not know.
 */
#include "mcp/translate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_LINES = 4 };

static const struct span our_id = { "\"u1\"", 4 };

static void
check(bool holds)
{
	if (!holds)
		abort();
}

/* Of the kind, under the id; then gone. NULL is a cap that was met. */
static void
check_made(struct message *m, enum rpc_kind kind, struct span id)
{
	struct json_doc doc;

	if (m == NULL)
		return;
	check(m->rpc.kind == kind);
	check(kind == RPC_NOTIFICATION || message_same_id(m->rpc.id, id));
	check(json_scan(buf_span(&m->text), LIMIT_DEPTH, &doc));
	check(!doc.has_newline);
	message_free(&m);
}

static bool
has_member(struct span object, const char *key)
{
	struct span value;

	return json_get(object, key, &value);
}

static void
check_up_request(const struct up_host *host, const struct message *m)
{
	struct message *there = up_request(host, m, our_id, our_id);
	struct span value;

	if (there != NULL) {
		check(down_refusal(there) == NULL);
		check(rpc_meta(&there->rpc, RPC_META_LOG_LEVEL, &value));
		check(!has_member(there->rpc.params, "requestState"));
		check_made(down_request(there, m->rpc.id), RPC_REQUEST,
		    m->rpc.id);
	}
	check_made(there, RPC_REQUEST, our_id);
}

static void
check_down_request(const struct message *m)
{
	struct message *refusal = down_refusal(m);
	struct message *there = down_request(m, span_make(NULL, 0));
	struct span value;

	if (there != NULL) {
		check(!message_envelope(there, &value));
		check(!rpc_meta(&there->rpc, RPC_META_CAPABILITIES, &value));
		check(!has_member(there->rpc.params, "inputResponses"));
	}
	check_made(there, m->rpc.kind, m->rpc.id);
	check_made(down_initialize(m, our_id), RPC_REQUEST, our_id);
	check(capabilities_within(down_capabilities(m), down_capabilities(m)) ||
	      json_has_duplicate_key(down_capabilities(m)));
	check_made(refusal, RPC_ERROR, m->rpc.id);
}

/* A request of the server, asked of a host. */
static void
check_asked(const struct down_server *server, const struct message *m)
{
	struct message *reply = NULL;
	struct fault f;

	(void)input_check(m, span_of("{\"elicitation\":{},\"sampling\":{}}"),
	    &f);
	check_made(down_input_required(server, our_id, "mb1.\"", &m, 1),
	    RPC_RESULT, our_id);
	fault_set(&f, FAULT_TIMEOUT, "%s", "");
	check_made(down_give_up(m, &f),
	    m->rpc.method_code == METHOD_ELICIT ? RPC_RESULT : RPC_ERROR,
	    m->rpc.id);
	if (down_reply(server, m, m, &reply))
		check_made(reply, RPC_RESULT, m->rpc.id);
}

static void
check_request(const struct up_host *host, const struct down_server *server,
    const struct message *m)
{
	struct listen_filter filter;

	check_up_request(host, m);
	check_down_request(m);
	check_asked(server, m);
	if (!listen_filter_read(m, &filter))
		return;
	check_made(up_listen(host, our_id, &filter), RPC_REQUEST, our_id);
	check_made(down_acknowledge(our_id, &filter), RPC_NOTIFICATION, our_id);
	listen_filter_limit(&filter, span_of(server->capabilities));
	(void)listen_filter_covers(&filter, our_id);
	check(!listen_filter_empty(&filter) ||
	      !listen_filter_has(&filter, our_id));
}

static void
check_notification(const struct message *m)
{
	struct message *there = up_notification(m);
	struct span value;

	check(there == NULL ||
	      !rpc_meta(&there->rpc, RPC_META_SUBSCRIPTION, &value));
	check_made(there, RPC_NOTIFICATION, our_id);
	there = down_notification(m, our_id);
	check(there == NULL ||
	      rpc_meta(&there->rpc, RPC_META_SUBSCRIPTION, &value));
	check_made(there, RPC_NOTIFICATION, our_id);
	check_made(down_request(m, span_make(NULL, 0)), RPC_NOTIFICATION,
	    our_id);
}

/* Every question is asked, and answered by `m` itself. */
static void
check_questions(const struct up_host *host, const struct message *m)
{
	struct input inputs[LIMIT_INPUTS];
	struct up_answers answers;
	struct fault f;
	size_t count = 0;
	int result =
	    input_read(m, span_of(host->capabilities), inputs, &count, &f);

	if (result == -1) {
		check(f.code == FAULT_PROTOCOL);
		return;
	}
	check(count <= LIMIT_INPUTS);
	up_answers_init(&answers);
	for (size_t i = 0; result == 0 && i < count; i++) {
		check_made(up_question(&inputs[i], host->revision, our_id),
		    RPC_REQUEST, our_id);
		result = up_answers_add(&answers, &inputs[i], m, &f);
	}
	if (result == 0) {
		struct message *sent =
		    message_format("{\"jsonrpc\":\"2.0\",\"id\":1,"
				   "\"method\":\"tools/call\"}");

		check_made(up_retry(sent, our_id, m, &answers), RPC_REQUEST,
		    our_id);
		message_free(&sent);
	}
	up_answers_reset(&answers);
}

static void
check_response(const struct up_host *host, const struct down_server *server,
    const struct message *m)
{
	static const enum method methods[] = { METHOD_TOOLS_LIST,
		METHOD_TOOLS_CALL, METHOD_RESOURCES_READ, METHOD_OTHER };
	struct fault f;

	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		struct message *there = up_response(m, methods[i], our_id);

		check(there == NULL ||
		      !has_member(there->rpc.result, "resultType"));
		check_made(there, m->rpc.kind, our_id);
		there = down_response(server, m, methods[i], our_id);
		check(there == NULL || there->rpc.kind == RPC_ERROR ||
		      result_type_of(there) == RESULT_COMPLETE);
		check_made(there, m->rpc.kind, our_id);
	}
	if (down_demands_urls(m, METHOD_TOOLS_CALL))
		check_made(down_urls_required(server, our_id, "s", m,
			       span_of("{\"elicitation\":{\"url\":{}}}")),
		    RPC_RESULT, our_id);
	if (m->rpc.kind != RPC_RESULT)
		return;
	check_questions(host, m);
	check_made(up_initialize_result(host, our_id, m, "name", &f),
	    RPC_RESULT, our_id);
}

static void
check_message(const struct up_host *host, const struct down_server *server,
    const struct message *m)
{
	switch (m->rpc.kind) {
	case RPC_REQUEST:
		check_request(host, server, m);
		break;
	case RPC_NOTIFICATION:
		check_notification(m);
		break;
	case RPC_RESULT:
	case RPC_ERROR:
		check_response(host, server, m);
		break;
	case RPC_INVALID:
	case RPC_BATCH:
		break;
	}
}

static struct message *
take_line(struct span *rest)
{
	const char *end =
	    rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
	size_t len = end == NULL ? rest->len : (size_t)(end - rest->ptr);
	struct buf line;

	buf_init(&line, LIMIT_MESSAGE);
	check(buf_add(&line, rest->ptr, len) == 0);
	if (end != NULL)
		len++;
	*rest = span_make(rest->ptr + len, rest->len - len);
	return message_take(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size };
	struct message *opening, *m;
	struct down_server server;
	struct up_host host;
	struct fault f;

	if (size == 0)
		return 0;
	opening = take_line(&rest);
	up_host_init(&host, opening);
	if (down_server_init(&server, opening, &f) == -1) {
		m = message_format("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{"
				   "\"protocolVersion\":\"2025-06-18\"}}");
		check(down_server_init(&server, m, &f) == 0);
		message_free(&m);
	}
	if (opening->rpc.kind == RPC_REQUEST)
		check_made(up_discover(&host, our_id), RPC_REQUEST, our_id);
	check_made(down_discover_result(&server, our_id), RPC_RESULT, our_id);
	check_made(down_listen_result(&server, our_id), RPC_RESULT, our_id);
	for (int i = 0; i < MAX_LINES && rest.len > 0; i++) {
		m = take_line(&rest);
		check_message(&host, &server, m);
		message_free(&m);
	}
	message_free(&opening);
	up_host_reset(&host);
	down_server_reset(&server);
	return 0;
}
