/* SPDX-License-Identifier: ISC */
/*
 * A stateless host before an initialize-based server (transport digest E.4).
 * Questions of the server are translate_down_input.c.
 */
#include "mcp/translate_p.h"

#include <stdlib.h>

#include "base/mem.h"
#include "mcp/answer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A member of 2025-11-25 that ties a message to a task. */
#define META_RELATED_TASK "io.modelcontextprotocol/related-task"

/* Who introduces us where the host does not say who it is (it need not). */
#define OURSELVES "{\"name\":\"mcp-bridge\",\"version\":\"" VERSION "\"}"

static char *
copy(struct span json)
{
	return json.len > 0 ? mem_copy(json.ptr, json.len) : NULL;
}

int
down_server_init(struct down_server *server,
    const struct message *initialize_result, struct fault *f)
{
	struct span result = initialize_result->rpc.result;
	struct span info = json_member(result, "serverInfo");
	enum revision revision =
	    revision_find(json_member(result, "protocolVersion"));

	*server = (struct down_server){ .revision = revision };
	if (revision == REVISION_UNKNOWN || revision == REVISION_2026_07_28) {
		fault_set(f, FAULT_PROTOCOL,
		    "The server answered initialize with a revision of the "
		    "protocol that can not be translated");
		fault_detail(f, json_member(result, "protocolVersion"));
		return -1;
	}
	if (json_type_of(info) == JSON_OBJECT)
		server->info = copy(info);
	server->capabilities =
	    capabilities_of_server(json_member(result, "capabilities"));
	server->response = copy(initialize_result->rpc.text);
	return 0;
}

void
down_server_reset(struct down_server *server)
{
	free(server->info);
	free(server->capabilities);
	free(server->response);
	*server = (struct down_server){ 0 };
}

struct span
down_capabilities(const struct message *request)
{
	struct span capabilities;

	if (rpc_meta(&request->rpc, RPC_META_CAPABILITIES, &capabilities) &&
	    json_type_of(capabilities) == JSON_OBJECT)
		return capabilities;
	return span_of("{}");
}

static struct message *
missing_key(const struct message *request, const char *key)
{
	struct fault fault;
	struct buf text;

	fault_set(&fault, FAULT_INVALID_PARAMS, "params._meta lacks %s", key);
	buf_init(&text, LIMIT_MESSAGE);
	answer_fault(request->rpc.id, &fault, &text);
	return message_take(&text);
}

/* The one error with a meaning of the specification's that is ours to give. */
static struct message *
unsupported_version(const struct message *request, struct span version)
{
	const struct edit data[] = {
		edit_put("source", span_of("\"mcp-bridge\"")),
		edit_put("supported", span_of("[\"2026-07-28\"]")),
		edit_put("requested", version),
	};
	const struct edit error[] = {
		edit_put("code", span_of("-32022")),
		edit_put("message",
		    span_of("\"Unsupported protocol version\"")),
		edit_inside("data", data, COUNT(data)),
	};
	const struct edit edits[] = {
		edit_put("id", request->rpc.id),
		edit_inside("error", error, COUNT(error)),
	};

	return edit_message(span_of(RESPONSE_TEMPLATE), edits, COUNT(edits));
}

struct message *
down_refusal(const struct message *request)
{
	struct span value;

	if (!message_envelope(request, &value) ||
	    json_type_of(value) != JSON_STRING || value.len > LIMIT_ID)
		return missing_key(request, RPC_META_VERSION);
	if (revision_find(value) != REVISION_2026_07_28)
		return unsupported_version(request, value);
	if (!rpc_meta(&request->rpc, RPC_META_CAPABILITIES, &value) ||
	    json_type_of(value) != JSON_OBJECT)
		return missing_key(request, RPC_META_CAPABILITIES);
	return NULL;
}

struct message *
down_initialize(const struct message *request, struct span raw_id)
{
	char *capabilities = capabilities_of_client(down_capabilities(request));
	struct span info = span_of(OURSELVES);
	struct edit params[3], edits[2];
	struct message *m = NULL;

	(void)rpc_meta(&request->rpc, RPC_META_CLIENT, &info);
	if (json_type_of(info) != JSON_OBJECT)
		info = span_of(OURSELVES);
	params[0] =
	    edit_put("protocolVersion", revision_json(REVISION_2025_11_25));
	params[1] = edit_put("capabilities", span_of(capabilities));
	params[2] = edit_put("clientInfo", info);
	edits[0] = edit_put("id", raw_id);
	edits[1] = edit_inside("params", params, COUNT(params));
	m = edit_message(span_of("{\"jsonrpc\":\"2.0\",\"id\":0,"
				 "\"method\":\"initialize\"}"),
	    edits, COUNT(edits));
	free(capabilities);
	return m;
}

static struct span
span_or_none(const char *text)
{
	return text == NULL ? span_make(NULL, 0) : span_of(text);
}

struct message *
down_discover_result(const struct down_server *server, struct span host_id)
{
	const struct edit meta[] = { edit_put(RPC_META_SERVER,
	    span_or_none(server->info)) };
	const struct edit result[] = {
		edit_put("resultType", span_of("\"complete\"")),
		edit_put("supportedVersions", span_of("[\"2026-07-28\"]")),
		edit_put("capabilities", span_of(server->capabilities)),
		edit_put("ttlMs", span_of("0")),
		edit_put("cacheScope", span_of("\"private\"")),
		edit_inside("_meta", meta, COUNT(meta)),
		edit_drop("protocolVersion"),
		edit_drop("serverInfo"),
	};
	const struct edit edits[] = {
		edit_put("id", host_id),
		edit_inside("result", result, COUNT(result)),
	};

	return edit_message(span_of(server->response), edits, COUNT(edits));
}

struct message *
down_request(const struct message *request, struct span raw_id)
{
	const struct edit meta[] = {
		edit_drop(RPC_META_VERSION),
		edit_drop(RPC_META_CLIENT),
		edit_drop(RPC_META_CAPABILITIES),
		edit_drop(RPC_META_LOG_LEVEL),
	};
	const struct edit params[] = {
		edit_trim("_meta", meta, COUNT(meta)),
		edit_drop("inputResponses"),
		edit_drop("requestState"),
	};
	const struct edit edits[] = {
		edit_put("id", raw_id.len > 0 ? raw_id : request->rpc.id),
		edit_trim("params", params, COUNT(params)),
	};

	return edit_message(request->rpc.text, edits, COUNT(edits));
}

/* Results that say for how long they may be kept. */
static bool
is_cacheable(enum method method)
{
	return method == METHOD_DISCOVER || method == METHOD_TOOLS_LIST ||
	       method == METHOD_PROMPTS_LIST ||
	       method == METHOD_RESOURCES_LIST ||
	       method == METHOD_RESOURCE_TEMPLATES_LIST ||
	       method == METHOD_RESOURCES_READ;
}

/* A complete result, with a change of its own. */
static struct message *
result_down(const struct down_server *server, const struct message *response,
    enum method method, struct span host_id, struct edit change)
{
	const bool cacheable = is_cacheable(method);
	const struct edit meta[] = {
		edit_put(RPC_META_SERVER, span_or_none(server->info)),
		edit_drop(META_RELATED_TASK),
	};
	const struct edit result[] = {
		edit_put("resultType", span_of("\"complete\"")),
		edit_put("ttlMs", span_of(cacheable ? "0" : "")),
		edit_put("cacheScope", span_of(cacheable ? "\"private\"" : "")),
		edit_trim("_meta", meta, COUNT(meta)),
		change,
	};
	const struct edit edits[] = {
		edit_put("id", host_id),
		edit_inside("result", result, COUNT(result)),
	};

	return edit_message(response->rpc.text, edits, COUNT(edits));
}

static struct message *
tool_list_down(const struct down_server *server, const struct message *response,
    struct span host_id)
{
	struct message *m = NULL;
	struct buf tools;

	buf_init(&tools, LIMIT_MESSAGE);
	if (schema_tools_down(json_member(response->rpc.result, "tools"),
		&tools) == 0)
		m = result_down(server, response, METHOD_TOOLS_LIST, host_id,
		    edit_put("tools", buf_span(&tools)));
	buf_reset(&tools);
	return m;
}

struct message *
down_response(const struct down_server *server, const struct message *response,
    enum method method, struct span host_id)
{
	struct span tools = json_member(response->rpc.result, "tools");

	if (response->rpc.kind == RPC_ERROR)
		return error_down(response, host_id);
	if (method == METHOD_TOOLS_LIST && json_type_of(tools) == JSON_ARRAY)
		return tool_list_down(server, response, host_id);
	if (method == METHOD_TOOLS_CALL)
		return result_down(server, response, method, host_id,
		    edit_default("content", "[]"));
	return result_down(server, response, method, host_id,
	    edit_drop("task"));
}

bool
down_relays(enum method notification)
{
	return notification != METHOD_N_ELICIT_COMPLETE &&
	       notification != METHOD_N_TASK_STATUS;
}

struct message *
down_notification(const struct message *notification, struct span listen_id)
{
	const struct edit meta[] = {
		edit_put(RPC_META_SUBSCRIPTION, listen_id),
		edit_drop(META_RELATED_TASK),
	};
	const struct edit params[] = { edit_trim("_meta", meta, COUNT(meta)) };
	const struct edit edits[] = { edit_trim("params", params,
	    COUNT(params)) };

	return edit_message(notification->rpc.text, edits, COUNT(edits));
}

struct message *
down_acknowledge(struct span listen_id, const struct listen_filter *filter)
{
	const struct edit meta[] = { edit_put(RPC_META_SUBSCRIPTION,
	    listen_id) };
	struct edit params[2], edits[1];
	struct message *m = NULL;
	struct buf accepted;

	buf_init(&accepted, LIMIT_MESSAGE);
	if (listen_filter_put(filter, &accepted) == 0) {
		params[0] = edit_put("notifications", buf_span(&accepted));
		params[1] = edit_inside("_meta", meta, COUNT(meta));
		edits[0] = edit_inside("params", params, COUNT(params));
		m = edit_message(span_of("{\"jsonrpc\":\"2.0\",\"method\":"
					 "\"notifications/subscriptions/"
					 "acknowledged\"}"),
		    edits, COUNT(edits));
	}
	buf_reset(&accepted);
	return m;
}

struct message *
down_listen_result(const struct down_server *server, struct span listen_id)
{
	const struct edit meta[] = {
		edit_put(RPC_META_SUBSCRIPTION, listen_id),
		edit_put(RPC_META_SERVER, span_or_none(server->info)),
	};
	const struct edit result[] = {
		edit_put("resultType", span_of("\"complete\"")),
		edit_inside("_meta", meta, COUNT(meta)),
	};
	const struct edit edits[] = {
		edit_put("id", listen_id),
		edit_inside("result", result, COUNT(result)),
	};

	return edit_message(span_of(RESPONSE_TEMPLATE), edits, COUNT(edits));
}
