/* SPDX-License-Identifier: ISC */
/* What subscriptions cover. The streams they live on are not known here. */
#include "mcp/translate_p.h"

static bool
declares(struct span object, const char *name, const char *flag)
{
	const char *const path[] = { name, flag, NULL };
	struct span value;

	return json_get_path(object, path, &value) &&
	       json_type_of(value) == JSON_TRUE;
}

bool
listen_filter_read(const struct message *message, struct listen_filter *filter)
{
	static const char *const uris[] = { "notifications",
		"resourceSubscriptions", NULL };
	struct span params = message->rpc.params, wanted;

	*filter = (struct listen_filter){ 0 };
	if (!message_param(message, "notifications", &wanted) ||
	    json_type_of(wanted) != JSON_OBJECT)
		return false;
	filter->tools = declares(params, "notifications", "toolsListChanged");
	filter->prompts =
	    declares(params, "notifications", "promptsListChanged");
	filter->resources =
	    declares(params, "notifications", "resourcesListChanged");
	if (json_get_path(params, uris, &filter->uris) &&
	    json_type_of(filter->uris) != JSON_ARRAY)
		filter->uris = span_make(NULL, 0);
	return true;
}

void
listen_filter_limit(struct listen_filter *filter, struct span capabilities)
{
	filter->tools &= declares(capabilities, "tools", "listChanged");
	filter->prompts &= declares(capabilities, "prompts", "listChanged");
	filter->resources &= declares(capabilities, "resources", "listChanged");
	if (!declares(capabilities, "resources", "subscribe"))
		filter->uris = span_make(NULL, 0);
}

/* How the URIs of a filter may match. */
typedef bool match(struct span listed, struct span uri);

static bool
any_uri(const struct listen_filter *filter, struct span uri, match *matches)
{
	struct json_iter it;
	struct span key, listed;

	json_iter_init(&it, filter->uris);
	while (json_next(&it, &key, &listed)) {
		if (matches(listed, uri))
			return true;
	}
	return false;
}

bool
listen_filter_empty(const struct listen_filter *filter)
{
	struct json_iter it;
	struct span key, uri;

	json_iter_init(&it, filter->uris);
	return !filter->tools && !filter->prompts && !filter->resources &&
	       !json_next(&it, &key, &uri);
}

bool
listen_filter_has(const struct listen_filter *filter, struct span uri)
{
	return any_uri(filter, uri, raw_string_equal);
}

bool
listen_filter_covers(const struct listen_filter *filter, struct span uri)
{
	return any_uri(filter, uri, raw_string_begins);
}

bool
listen_filter_wants(const struct listen_filter *filter, enum method changed)
{
	return (changed == METHOD_N_TOOLS_CHANGED && filter->tools) ||
	       (changed == METHOD_N_PROMPTS_CHANGED && filter->prompts) ||
	       (changed == METHOD_N_RESOURCES_CHANGED && filter->resources);
}

static int
put_flag(struct buf *out, const char *name, bool wanted)
{
	if (!wanted)
		return 0;
	if (json_put_key(out, name) == -1)
		return -1;
	return json_put_bool(out, true);
}

int
listen_filter_put(const struct listen_filter *filter, struct buf *out)
{
	if (json_open(out, '{') == -1 ||
	    put_flag(out, "toolsListChanged", filter->tools) == -1 ||
	    put_flag(out, "promptsListChanged", filter->prompts) == -1 ||
	    put_flag(out, "resourcesListChanged", filter->resources) == -1)
		return -1;
	if (filter->uris.len > 0 &&
	    (json_put_key(out, "resourceSubscriptions") == -1 ||
		json_put_raw(out, filter->uris) == -1))
		return -1;
	return json_close(out, '}');
}
