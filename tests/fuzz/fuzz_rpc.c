/* SPDX-License-Identifier: ISC */
/*
 * The JSON-RPC envelope on any bytes: what was found lies within the text, fits
 * the kind, and is found again in the text alone and after flattening.
 */
#include "wire/rpc.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static void
check_spans(const struct rpc *rpc)
{
	const struct span spans[] = { rpc->id, rpc->method, rpc->params,
		rpc->result, rpc->error };
	struct json_doc doc;

	for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
		if (spans[i].len == 0)
			continue;
		check(span_within(spans[i], rpc->text));
		check(json_scan(spans[i], LIMIT_DEPTH, &doc));
	}
	if (rpc->id.len > 0) {
		check(rpc->id.len <= LIMIT_ID);
		check(json_type_of(rpc->id) == JSON_STRING ||
		      json_is_integer(rpc->id));
	}
}

static void
check_kind(const struct rpc *rpc)
{
	bool id = rpc->id.len > 0;
	bool method = json_type_of(rpc->method) == JSON_STRING;

	check((rpc->why == NULL) == (rpc->kind != RPC_INVALID));
	switch (rpc->kind) {
	case RPC_INVALID:
		break;
	case RPC_REQUEST:
		check(id && method);
		break;
	case RPC_NOTIFICATION:
		check(!id && method);
		break;
	case RPC_RESULT:
		check(id && rpc->result.len > 0 && rpc->method.len == 0);
		break;
	case RPC_ERROR:
		check(rpc->error.len > 0 && rpc->result.len == 0);
		check(rpc->method.len == 0);
		break;
	case RPC_BATCH:
		check(json_type_of(rpc->text) == JSON_ARRAY);
		break;
	}
	if (rpc->method_code != METHOD_OTHER)
		check(json_string_is(rpc->method,
		    method_info(rpc->method_code)->name));
}

static void
check_same(const struct rpc *a, const struct rpc *b)
{
	check(a->kind == b->kind && a->method_code == b->method_code);
	check(span_equal(a->id, b->id));
	check(a->method.len == b->method.len);
	check(a->params.len == b->params.len);
	check(a->result.len == b->result.len);
	check(a->error.len == b->error.len);
	check(a->why == b->why);
}

/* A message on its line is the message that came. */
static void
check_flattened(const struct rpc *rpc, bool has_newline)
{
	char *flat = mem_copy(rpc->text.ptr, rpc->text.len);
	bool newline_left = true;
	struct rpc again;

	json_flatten(flat, rpc->text.len);
	rpc_parse(span_make(flat, rpc->text.len), &again, &newline_left);
	check(!newline_left);
	check_same(rpc, &again);
	check(has_newline == (memcmp(flat, rpc->text.ptr, rpc->text.len) != 0));
	free(flat);
}

static void
check_batch(const struct rpc *rpc)
{
	struct json_iter it;
	struct span key = { 0 };
	struct span item = { 0 };
	struct rpc single;

	json_iter_init(&it, rpc->text);
	while (json_next(&it, &key, &item)) {
		rpc_parse(item, &single, NULL);
		check(span_equal(single.text, item));
		check_spans(&single);
		check_kind(&single);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct span value = { 0 };
	bool has_newline = false;
	struct rpc rpc;

	rpc_parse(text, &rpc, &has_newline);
	check(span_within(rpc.text, text) || rpc.text.len == 0);
	check_spans(&rpc);
	check_kind(&rpc);
	if (rpc_meta(&rpc, RPC_META_VERSION, &value))
		check(span_within(value, rpc.params));
	if (rpc.text.len > 0)
		check_flattened(&rpc, has_newline);
	if (rpc.kind == RPC_BATCH)
		check_batch(&rpc);
	return 0;
}
