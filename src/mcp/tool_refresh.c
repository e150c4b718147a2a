/* SPDX-License-Identifier: ISC */
/*
 * A tools/list of the bridge's own: when the server misses headers (-32020),
 * the host may never have listed the tools, or an old list (T-057).
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "mcp/remote_p.h"

static void ask(struct remote *r, struct span cursor);

static void
finish(struct remote *r)
{
	struct outbound *o, *next;

	tool_refresh_reset(r);
	TAILQ_FOREACH_SAFE (o, &r->live, link, next)
		if (o->awaits_tools)
			outbound_requeue(o);
	remote_pump(r);
}

static void
answered(void *ctx, struct message *answer, const struct fault *fault)
{
	struct remote *r = ctx;
	struct tool_refresh *t = &r->tool_refresh;
	struct span cursor;
	bool more = false;

	if (fault != NULL)
		log_warn("tools", "tools/list failed: %s", fault_text(fault));
	if (answer != NULL && answer->rpc.kind == RPC_RESULT) {
		tools_learn(r->config.tools, true, t->pages == 1, &answer);
		more = json_get(answer->rpc.result, "nextCursor", &cursor) &&
		       json_type_of(cursor) == JSON_STRING &&
		       t->pages < LIMIT_TOOL_PAGES;
	}
	if (more)
		ask(r, cursor);
	else
		finish(r);
	message_free(&answer);
}

/* Not the whole of the model's _meta: its progress token belongs to it. */
static void
put_envelope(const struct message *model, struct buf *out)
{
	static const char *const keys[] = { RPC_META_VERSION, RPC_META_CLIENT,
		RPC_META_CAPABILITIES };
	struct span value;
	bool ok = json_put_key(out, "_meta") == 0 && json_open(out, '{') == 0;

	for (size_t i = 0; ok && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (rpc_meta(&model->rpc, keys[i], &value))
			ok = json_put_key(out, keys[i]) == 0 &&
			     json_put_raw(out, value) == 0;
	if (!ok || json_close(out, '}') != 0)
		abort();
}

static void
ask(struct remote *r, struct span cursor)
{
	struct buf params;
	char *id = remote_own_id(r);

	buf_init(&params, LIMIT_MESSAGE * 2);
	if (json_open(&params, '{') != 0)
		abort();
	put_envelope(r->tool_refresh.model, &params);
	if (cursor.len > 0 && (json_put_key(&params, "cursor") != 0 ||
				  json_put_raw(&params, cursor) != 0))
		abort();
	if (json_close(&params, '}') != 0)
		abort();
	r->tool_refresh.pages++;
	remote_ask(r,
	    message_format("{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":"
			   "\"tools/list\",\"params\":%s}",
		id, params.data),
	    true, answered, r);
	buf_reset(&params);
	free(id);
}

void
tool_refresh_start(struct remote *r, const struct message *model)
{
	struct tool_refresh *t = &r->tool_refresh;

	if (t->running)
		return;
	t->running = true;
	t->pages = 0;
	t->model = message_with_id(model, model->rpc.id);
	ask(r, span_of(""));
}

void
tool_refresh_reset(struct remote *r)
{
	message_free(&r->tool_refresh.model);
	r->tool_refresh = (struct tool_refresh){ .running = false };
}
