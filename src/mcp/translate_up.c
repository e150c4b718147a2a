/* SPDX-License-Identifier: ISC */
/*
 * An initialize-based host before a stateless server (transport digest E.2).
 * The rounds of questions are translate_up_input.c.
 */
#include "mcp/translate_p.h"

#include <stdlib.h>

#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct span
span_or_none(const char *text)
{
	return text == NULL ? span_make(NULL, 0) : span_of(text);
}

/* A name and a version at least, as every revision requires. */
static bool
names_someone(struct span info)
{
	return json_type_of(json_member(info, "name")) == JSON_STRING &&
	       json_type_of(json_member(info, "version")) == JSON_STRING;
}

void
up_host_init(struct up_host *host, const struct message *initialize)
{
	struct span params = initialize->rpc.params;
	struct span info = json_member(params, "clientInfo");
	enum revision asked =
	    revision_find(json_member(params, "protocolVersion"));

	*host = (struct up_host){ .revision = REVISION_2025_11_25 };
	if (asked != REVISION_UNKNOWN && asked < REVISION_2026_07_28)
		host->revision = asked;
	if (names_someone(info))
		host->info = mem_copy(info.ptr, info.len);
	host->capabilities =
	    capabilities_of_client(json_member(params, "capabilities"));
}

void
up_host_reset(struct up_host *host)
{
	free(host->info);
	free(host->capabilities);
	*host = (struct up_host){ 0 };
}

/* The members of an envelope, set or taken out. */
struct envelope {
	struct edit members[4];
};

static struct envelope
envelope_of(const struct up_host *host, struct span log_level)
{
	return (struct envelope){ {
	    edit_put(RPC_META_VERSION, revision_json(REVISION_2026_07_28)),
	    edit_put(RPC_META_CLIENT, span_or_none(host->info)),
	    edit_put(RPC_META_CAPABILITIES, span_of(host->capabilities)),
	    edit_put(RPC_META_LOG_LEVEL, log_level),
	} };
}

struct message *
up_discover(const struct up_host *host, struct span raw_id)
{
	const struct envelope e = envelope_of(host, span_make(NULL, 0));
	const struct edit params[] = { edit_inside("_meta", e.members,
	    COUNT(e.members)) };
	const struct edit edits[] = {
		edit_put("id", raw_id),
		edit_inside("params", params, COUNT(params)),
	};

	return edit_message(span_of("{\"jsonrpc\":\"2.0\",\"id\":0,"
				    "\"method\":\"server/discover\"}"),
	    edits, COUNT(edits));
}

bool
up_has_common_version(const struct message *discovered)
{
	struct json_iter it;
	struct span key, version;

	json_iter_init(&it,
	    json_member(discovered->rpc.result, "supportedVersions"));
	while (json_next(&it, &key, &version)) {
		if (revision_find(version) == REVISION_2026_07_28)
			return true;
	}
	return false;
}

static void
set_no_common_version(const struct message *discovered, struct fault *f)
{
	fault_set(f, FAULT_PROTOCOL,
	    "The server speaks no revision of the protocol that can be "
	    "translated");
	fault_detail(f,
	    json_member(discovered->rpc.result, "supportedVersions"));
}

/* Drafts of the revision had serverInfo in the body. */
static struct span
find_server_info(struct span result)
{
	struct span meta = json_member(result, "_meta");

	if (names_someone(json_member(meta, RPC_META_SERVER)))
		return json_member(meta, RPC_META_SERVER);
	if (names_someone(json_member(result, "serverInfo")))
		return json_member(result, "serverInfo");
	return span_make(NULL, 0);
}

static int
put_unknown_server(struct buf *out, const char *name)
{
	if (json_open(out, '{') == -1 || json_put_key(out, "name") == -1 ||
	    json_put_string(out, span_of(name)) == -1 ||
	    json_put_key(out, "version") == -1 ||
	    json_put_string(out, span_of("unknown")) == -1)
		return -1;
	return json_close(out, '}');
}

static struct message *
initialize_result(const struct up_host *host, struct span host_id,
    const struct message *discovered, struct span info)
{
	char *capabilities = capabilities_of_server(
	    json_member(discovered->rpc.result, "capabilities"));
	const struct edit meta[] = { edit_drop(RPC_META_SERVER) };
	const struct edit result[] = {
		edit_drop("resultType"),
		edit_drop("ttlMs"),
		edit_drop("cacheScope"),
		edit_drop("supportedVersions"),
		edit_put("protocolVersion", revision_json(host->revision)),
		edit_put("capabilities", span_of(capabilities)),
		edit_put("serverInfo", info),
		edit_trim("_meta", meta, COUNT(meta)),
	};
	const struct edit edits[] = {
		edit_put("id", host_id),
		edit_inside("result", result, COUNT(result)),
	};
	struct message *m =
	    edit_message(discovered->rpc.text, edits, COUNT(edits));

	free(capabilities);
	return m;
}

struct message *
up_initialize_result(const struct up_host *host, struct span host_id,
    const struct message *discovered, const char *server_name, struct fault *f)
{
	struct span info = find_server_info(discovered->rpc.result);
	struct message *m = NULL;
	struct buf unknown;

	if (!up_has_common_version(discovered)) {
		set_no_common_version(discovered, f);
		return NULL;
	}
	buf_init(&unknown, LIMIT_URL);
	if (info.len == 0 && put_unknown_server(&unknown, server_name) == 0)
		info = buf_span(&unknown);
	if (info.len > 0)
		m = initialize_result(host, host_id, discovered, info);
	buf_reset(&unknown);
	if (m == NULL)
		fault_set(f, FAULT_TOO_LARGE, "%s", "");
	return m;
}

/* What questions of a request travel in is ours to add (T-062). */
struct message *
up_request(const struct up_host *host, const struct message *request,
    struct span raw_id, struct span log_level)
{
	const struct envelope e = envelope_of(host, log_level);
	const struct edit params[] = {
		edit_inside("_meta", e.members, COUNT(e.members)),
		edit_drop("task"),
		edit_drop("inputResponses"),
		edit_drop("requestState"),
	};
	const struct edit edits[] = {
		edit_put("id", raw_id),
		edit_inside("params", params, COUNT(params)),
	};

	return edit_message(request->rpc.text, edits, COUNT(edits));
}

struct message *
up_listen(const struct up_host *host, struct span raw_id,
    const struct listen_filter *filter)
{
	struct message *m = NULL;
	const struct envelope e = envelope_of(host, span_make(NULL, 0));
	struct edit params[2], edits[2];
	struct buf wanted;

	buf_init(&wanted, LIMIT_MESSAGE);
	if (listen_filter_put(filter, &wanted) == 0) {
		params[0] = edit_put("notifications", buf_span(&wanted));
		params[1] = edit_inside("_meta", e.members, COUNT(e.members));
		edits[0] = edit_put("id", raw_id);
		edits[1] = edit_inside("params", params, COUNT(params));
		m = edit_message(span_of(
				     "{\"jsonrpc\":\"2.0\",\"id\":0,"
				     "\"method\":\"subscriptions/listen\"}"),
		    edits, COUNT(edits));
	}
	buf_reset(&wanted);
	return m;
}

/* A complete result, with `count` <= 2 changes of its own. */
static struct message *
result_up(const struct message *response, struct span host_id,
    const struct edit *changes, size_t count)
{
	const struct edit meta[] = { edit_drop(RPC_META_SERVER) };
	struct edit result[6] = {
		edit_drop("resultType"),
		edit_drop("ttlMs"),
		edit_drop("cacheScope"),
		edit_trim("_meta", meta, COUNT(meta)),
	};
	const struct edit edits[] = {
		edit_put("id", host_id),
		edit_inside("result", result, 4 + count),
	};

	for (size_t i = 0; i < count; i++)
		result[4 + i] = changes[i];
	return edit_message(response->rpc.text, edits, COUNT(edits));
}

static struct message *
tool_list_up(const struct message *response, struct span host_id)
{
	struct message *m = NULL;
	struct edit change;
	struct buf tools;

	buf_init(&tools, LIMIT_MESSAGE);
	if (schema_tools_up(json_member(response->rpc.result, "tools"),
		&tools) == 0) {
		change = edit_put("tools", buf_span(&tools));
		m = result_up(response, host_id, &change, 1);
	}
	buf_reset(&tools);
	return m;
}

/* Older hosts read structured content only as an object: other JSON goes as
 * text, where the server has not done so itself (T-101). */
static struct message *
tool_result_up(const struct message *response, struct span host_id)
{
	struct span content = json_member(response->rpc.result, "content");
	struct span structured =
	    json_member(response->rpc.result, "structuredContent");
	struct edit changes[2] = { edit_default("content", "[]") };
	struct message *m = NULL;
	struct buf text;

	if (structured.len == 0 || json_type_of(structured) == JSON_OBJECT)
		return result_up(response, host_id, changes, 1);
	buf_init(&text, LIMIT_MESSAGE);
	changes[1] = edit_drop("structuredContent");
	if (schema_content_has_text(content)) {
		m = result_up(response, host_id, changes, 2);
	} else if (schema_content_with_text(content, structured, &text) == 0) {
		changes[0] = edit_put("content", buf_span(&text));
		m = result_up(response, host_id, changes, 2);
	}
	buf_reset(&text);
	return m;
}

struct message *
up_response(const struct message *response, enum method method,
    struct span host_id)
{
	struct span tools = json_member(response->rpc.result, "tools");

	if (response->rpc.kind == RPC_ERROR)
		return error_up(response, host_id);
	if (method == METHOD_TOOLS_CALL)
		return tool_result_up(response, host_id);
	if (method == METHOD_TOOLS_LIST && json_type_of(tools) == JSON_ARRAY)
		return tool_list_up(response, host_id);
	return result_up(response, host_id, NULL, 0);
}

/* Nothing unknown to us is held back: it may be a vendor's. */
bool
up_relays(enum method notification)
{
	return notification != METHOD_N_LISTEN_ACK &&
	       notification != METHOD_N_TASKS &&
	       notification != METHOD_N_TASK_STATUS;
}

struct message *
up_notification(const struct message *notification)
{
	const struct edit meta[] = { edit_drop(RPC_META_SUBSCRIPTION) };
	const struct edit params[] = { edit_trim("_meta", meta, COUNT(meta)) };
	const struct edit edits[] = { edit_trim("params", params,
	    COUNT(params)) };

	return edit_message(notification->rpc.text, edits, COUNT(edits));
}
