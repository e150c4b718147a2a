/* SPDX-License-Identifier: ISC */
/*
 * One splice into a message on its way to the server. Which extension is in
 * use is not known here.
 */
#include "mcp/declare.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"

/* Empty where the message carries none. */
static struct span
client_capabilities(const struct message *m)
{
	const char *const in_initialize[] = { "capabilities", NULL };
	const char *const in_envelope[] = { "_meta", RPC_META_CAPABILITIES,
		NULL };
	struct span value = { 0 }, version;

	if (m->rpc.kind != RPC_REQUEST)
		return value;
	if (message_envelope(m, &version))
		json_get_path(m->rpc.params, in_envelope, &value);
	else if (m->rpc.method_code == METHOD_INITIALIZE)
		json_get_path(m->rpc.params, in_initialize, &value);
	return value;
}

static bool
is_empty(struct span object)
{
	struct json_iter it;
	struct span key, value;

	json_iter_init(&it, object);
	return !json_next(&it, &key, &value);
}

/* With `member` (raw JSON) as the first one of `object`. */
static struct message *
insert(const struct message *m, struct span object, const char *member)
{
	char *text = mem_format("%s%s", member, is_empty(object) ? "" : ",");
	const struct json_splice splice = {
		.at = span_make(object.ptr + 1, 0),
		.with = span_of(text),
	};
	struct message *declared = NULL;
	struct buf out;

	buf_init(&out, LIMIT_MESSAGE);
	if (json_apply(buf_span(&m->text), &splice, 1, &out) == 0)
		declared = message_take(&out);
	/* Nested too deeply by it, it goes as it came. */
	if (declared != NULL && declared->rpc.kind == RPC_INVALID)
		message_free(&declared);
	free(text);
	return declared;
}

struct message *
declare_extension(const struct message *m, const char *extension)
{
	struct span capabilities = client_capabilities(m);
	struct span extensions = { 0 }, known;
	struct message *declared = NULL;
	char *member = NULL;

	if (json_type_of(capabilities) != JSON_OBJECT)
		return NULL;
	json_get(capabilities, "extensions", &extensions);
	if (extensions.len > 0 && json_type_of(extensions) != JSON_OBJECT)
		return NULL;
	if (json_get(extensions, extension, &known))
		return NULL;
	member = mem_format(extensions.len > 0 ? "\"%s\":{}" :
						 "\"extensions\":{\"%s\":{}}",
	    extension);
	declared =
	    insert(m, extensions.len > 0 ? extensions : capabilities, member);
	free(member);
	return declared;
}
