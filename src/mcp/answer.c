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

void
answer_result(struct span raw_id, const char *result, struct buf *out)
{
	must(json_open(out, '{'));
	put_text(out, "jsonrpc", "2.0");
	must(json_put_key(out, "id"));
	must(json_put_raw(out, raw_id));
	must(json_put_key(out, "result"));
	must(json_put_raw(out, span_of(result)));
	must(json_close(out, '}'));
}

bool
answer_unmask(struct message **message)
{
	static const char *const path[] = { "data", "source", NULL };
	const struct rpc *rpc = &(*message)->rpc;
	struct json_splice splices[2];
	struct span claim, code, data;
	struct buf text;
	size_t count = 0;

	if (rpc->kind != RPC_ERROR ||
	    !json_get_path(rpc->error, path, &claim) ||
	    !json_string_is(claim, source))
		return false;
	json_get(rpc->error, "data", &data);
	if (json_get(rpc->error, "code", &code))
		splices[count++] =
		    (struct json_splice){ code, span_of("-32603") };
	splices[count++] =
	    (struct json_splice){ data, span_of("{\"source\":\"remote\"}") };
	if (count == 2 && splices[0].at.ptr > splices[1].at.ptr) {
		struct json_splice first = splices[1];

		splices[1] = splices[0];
		splices[0] = first;
	}
	/* a shorter code may grow; the cap of what came in must not abort us */
	buf_init(&text, LIMIT_MESSAGE + KIB);
	must(json_apply(buf_span(&(*message)->text), splices, count, &text));
	message_free(message);
	*message = message_take(&text);
	return true;
}
