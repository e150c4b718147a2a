/* SPDX-License-Identifier: ISC */
/*
 * Error codes from era to era (T-100, T-116). Message and data pass, but where
 * a code means something else, or nothing, to the reader.
 */
#include "mcp/translate_p.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	CODE_RESOURCE_NOT_FOUND = -32002, /* before 2026-07-28 */
	CODE_HEADER_MISMATCH = -32020,
	CODE_VERSION = -32022,
	CODE_SPECIFIED_FIRST = -32020, /* of those the specification assigns */
	CODE_SPECIFIED_LAST = -32099,
};

static int64_t
code_of(const struct message *response)
{
	int64_t code = 0;

	(void)json_int64(json_member(response->rpc.error, "code"), &code);
	return code;
}

bool
error_code_is(const struct message *response, int64_t code)
{
	return response->rpc.kind == RPC_ERROR && code_of(response) == code;
}

static struct message *
with_error(const struct message *response, struct span host_id,
    const struct edit *changes, size_t count)
{
	const struct edit edits[] = {
		edit_put("id", host_id),
		edit_inside("error", changes, count),
	};

	return edit_message(response->rpc.text, edits, COUNT(edits));
}

/* An internal error that keeps what the server said in its data. */
static struct message *
internal(const struct message *response, struct span host_id)
{
	const struct edit original[] = {
		edit_put("code", json_member(response->rpc.error, "code")),
		edit_put("data", json_member(response->rpc.error, "data")),
	};
	struct edit changes[2];
	struct message *m = NULL;
	struct buf kept;

	buf_init(&kept, LIMIT_MESSAGE);
	if (edit_object(span_of("{}"), original, COUNT(original), &kept) == 0) {
		changes[0] = edit_put("code", span_of("-32603"));
		changes[1] = edit_put("data", buf_span(&kept));
		m = with_error(response, host_id, changes, COUNT(changes));
	}
	buf_reset(&kept);
	return m;
}

/* A wrong header or version is the bridge's to mend, not the host's. */
struct message *
error_up(const struct message *response, struct span host_id)
{
	int64_t code = code_of(response);

	if (code == CODE_HEADER_MISMATCH || code == CODE_VERSION)
		return internal(response, host_id);
	return with_error(response, host_id, NULL, 0);
}

/* An older server cannot mean what 2026-07-28 has assigned since. */
struct message *
error_down(const struct message *response, struct span host_id)
{
	const struct edit missing[] = { edit_put("code", span_of("-32602")) };
	int64_t code = code_of(response);

	if (code == CODE_RESOURCE_NOT_FOUND)
		return with_error(response, host_id, missing, COUNT(missing));
	if (code <= CODE_SPECIFIED_FIRST && code >= CODE_SPECIFIED_LAST)
		return internal(response, host_id);
	return with_error(response, host_id, NULL, 0);
}
