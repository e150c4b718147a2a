/* SPDX-License-Identifier: ISC */
/*
 * Renders faults as JSON-RPC errors. The only place that does.
 */
#include "mcp/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

static const char source[] = "mcp-bridge";

/* Our own texts are bounded; a failure here would be a broken invariant. */
static void
must(int result)
{
	if (result != 0)
		abort();
}

static void
put_text(struct buf *out, const char *key, const char *text)
{
	if (text[0] == '\0')
		return;
	must(json_put_key(out, key));
	must(json_put_string(out, span_of(text)));
}

static void
put_scopes(struct buf *out, const char *scopes)
{
	const char *at = scopes;

	if (scopes[0] == '\0')
		return;
	must(json_put_key(out, "requiredScopes"));
	must(json_open(out, '['));
	while (*at != '\0') {
		size_t len = strcspn(at, " ");

		if (len > 0)
			must(json_put_string(out, span_make(at, len)));
		at += len;
		at += strspn(at, " ");
	}
	must(json_close(out, ']'));
}

static void
put_data(struct buf *out, const struct fault *fault)
{
	const struct fault_info *info = fault_info(fault->code);

	must(json_put_key(out, "data"));
	must(json_open(out, '{'));
	put_text(out, "source", source);
	put_text(out, "kind", info->kind);
	put_text(out, "phase", fault->phase);
	must(json_put_key(out, "retryable"));
	must(json_put_bool(out, info->retryable && !fault->not_retryable));
	put_text(out, "action", fault_action(fault));
	if (fault->http_status != 0) {
		must(json_put_key(out, "http"));
		must(json_put_int(out, fault->http_status));
	}
	if (fault->retry_after_s != 0) {
		must(json_put_key(out, "retryAfter"));
		must(json_put_int(out, fault->retry_after_s));
	}
	put_text(out, "issuer", fault->issuer);
	put_text(out, "resource", fault->resource);
	put_scopes(out, fault->scopes);
	put_text(out, "oauthError", fault->oauth_error);
	put_text(out, "detail", fault->detail);
	must(json_close(out, '}'));
}

void
answer_fault(struct span raw_id, const struct fault *fault, struct buf *out)
{
	must(json_open(out, '{'));
	put_text(out, "jsonrpc", "2.0");
	if (raw_id.len > 0) {
		must(json_put_key(out, "id"));
		must(json_put_raw(out, raw_id));
	}
	must(json_put_key(out, "error"));
	must(json_open(out, '{'));
	must(json_put_key(out, "code"));
	must(json_put_int(out, fault_info(fault->code)->rpc_code));
	put_text(out, "message", fault_text(fault));
	put_data(out, fault);
	must(json_close(out, '}'));
	must(json_close(out, '}'));
}

struct message *
answer_result(struct span raw_id, const char *result)
{
	return message_format("{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"result\":%s}",
	    (int)raw_id.len, raw_id.ptr, result);
}

/* Of a repeated name readers take the first or the last: each counts. */
static bool
holds_source(struct span data)
{
	struct json_iter it;
	struct span key, value;

	json_iter_init(&it, data);
	while (json_next(&it, &key, &value))
		if (json_key_is(key, "source") && json_string_is(value, source))
			return true;
	return false;
}

static bool
pretends(struct span error)
{
	struct json_iter it;
	struct span key, value;

	json_iter_init(&it, error);
	while (json_next(&it, &key, &value))
		if (json_key_is(key, "data") && holds_source(value))
			return true;
	return false;
}

static void
put_unmasked(struct buf *out, struct span error)
{
	struct span text;

	must(json_open(out, '{'));
	must(json_put_key(out, "code"));
	must(json_put_int(out, -32603));
	if (json_get(error, "message", &text)) {
		must(json_put_key(out, "message"));
		must(json_put_raw(out, text));
	}
	must(json_put_key(out, "data"));
	must(json_open(out, '{'));
	put_text(out, "source", "remote");
	must(json_close(out, '}'));
	must(json_close(out, '}'));
}

bool
answer_unmask(struct message **message)
{
	const struct message *m = *message;
	struct json_splice splice = { .at = m->rpc.error };
	struct buf error, text;

	if (m->rpc.kind != RPC_ERROR || !pretends(m->rpc.error))
		return false;
	buf_init(&error, m->rpc.error.len + KIB);
	put_unmasked(&error, m->rpc.error);
	splice.with = buf_span(&error);
	buf_init(&text, m->text.len + KIB);
	must(json_apply(buf_span(&m->text), &splice, 1, &text));
	buf_reset(&error);
	message_free(message);
	*message = message_take(&text);
	return true;
}
