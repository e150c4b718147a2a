/* SPDX-License-Identifier: ISC */
/* The table of pending requests, both ways. */
#include "mcp/calls.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* FNV-1a. Whoever picks ids that collide slows down nobody else's calls. */
static struct call_bucket *
bucket_of(struct calls *c, struct span id)
{
	uint32_t hash = 2166136261;

	for (size_t i = 0; i < id.len; i++)
		hash = (hash ^ (unsigned char)id.ptr[i]) * 16777619;
	return &c->buckets[hash % CALL_BUCKETS];
}

void
calls_init(struct calls *c)
{
	TAILQ_INIT(&c->pending);
	for (size_t i = 0; i < CALL_BUCKETS; i++)
		LIST_INIT(&c->buckets[i]);
	TAILQ_INIT(&c->asked);
	c->count = 0;
}

void
calls_reset(struct calls *c)
{
	while (!TAILQ_EMPTY(&c->pending))
		calls_remove(c, TAILQ_FIRST(&c->pending));
	while (!TAILQ_EMPTY(&c->asked))
		asked_remove(c, TAILQ_FIRST(&c->asked));
}

struct call *
calls_add(struct calls *c, const struct message *request, struct batch *batch)
{
	struct span id = request->rpc.id, cursor;
	struct call *call = mem_alloc(1, sizeof(*call) + id.len + 1);

	memcpy(call->id, id.ptr, id.len);
	call->method = request->rpc.method_code;
	call->first_page = call->method == METHOD_TOOLS_LIST &&
			   !message_param(request, "cursor", &cursor);
	call->batch = batch;
	TAILQ_INSERT_TAIL(&c->pending, call, link);
	LIST_INSERT_HEAD(bucket_of(c, id), call, bucket);
	c->count++;
	return call;
}

struct call *
calls_find_exact(struct calls *c, struct span raw_id)
{
	struct call *call = LIST_FIRST(bucket_of(c, raw_id));

	while (call != NULL && !span_equal(span_of(call->id), raw_id))
		call = LIST_NEXT(call, bucket);
	return call;
}

struct call *
calls_find(struct calls *c, struct span raw_id)
{
	struct call *call = calls_find_exact(c, raw_id);

	if (call != NULL)
		return call;
	TAILQ_FOREACH (call, &c->pending, link)
		if (message_same_id(span_of(call->id), raw_id))
			return call;
	return NULL;
}

void
calls_withdraw(struct calls *c, struct call *call)
{
	TAILQ_REMOVE(&c->pending, call, link);
	LIST_REMOVE(call, bucket);
	c->count--;
}

void
call_free(struct call **call)
{
	struct call *gone = *call;

	*call = NULL;
	listen_free(&gone->listen);
	rounds_free(&gone->rounds);
	questions_free(&gone->questions);
	subscription_free(&gone->subscription);
	free(gone);
}

void
calls_remove(struct calls *c, struct call *call)
{
	calls_withdraw(c, call);
	call_free(&call);
}

struct asked *
asked_add(struct calls *c, struct span raw_id)
{
	struct asked *asked = mem_alloc(1, sizeof(*asked));

	asked->id = mem_copy(raw_id.ptr, raw_id.len);
	TAILQ_INSERT_TAIL(&c->asked, asked, link);
	c->asked_count++;
	return asked;
}

struct asked *
asked_find_by_server_id(struct calls *c, struct span raw_id)
{
	struct asked *asked;

	TAILQ_FOREACH (asked, &c->asked, link)
		if (span_equal(span_of(asked->id), raw_id))
			return asked;
	return NULL;
}

struct span
asked_host_id(const struct asked *asked)
{
	return span_of(asked->host_id != NULL ? asked->host_id : asked->id);
}

struct asked *
asked_find_by_host_id(struct calls *c, struct span raw_id)
{
	struct asked *asked;

	TAILQ_FOREACH (asked, &c->asked, link)
		if (span_equal(asked_host_id(asked), raw_id))
			return asked;
	TAILQ_FOREACH (asked, &c->asked, link)
		if (message_same_id(asked_host_id(asked), raw_id))
			return asked;
	return NULL;
}

void
asked_remove(struct calls *c, struct asked *asked)
{
	TAILQ_REMOVE(&c->asked, asked, link);
	c->asked_count--;
	free(asked->host_id);
	free(asked->id);
	free(asked);
}
