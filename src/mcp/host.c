/* SPDX-License-Identifier: ISC */
/*
 * Lines to messages and back. What a message means is the relay's business.
 */
#include "mcp/host.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/trace.h"
#include "mcp/answer.h"

struct host {
	struct channel *channel;
	const struct host_events *events; /* borrowed: static */
	void *ctx;
	bool batches;
	bool left;
};

static void
refuse(struct host *h, struct span id, enum fault_code code, const char *why,
    struct batch *batch)
{
	struct fault fault;
	struct buf line;

	fault_set(&fault, code, "%s", why);
	buf_init(&line, LIMIT_MESSAGE);
	answer_fault(id, &fault, &line);
	host_send_text(h, &line, batch);
}

/* One message, alone or out of a batch. */
static void
handle(struct host *h, struct message *m, struct batch *batch)
{
	if (m->rpc.kind == RPC_REQUEST && batch != NULL)
		batch_expect(batch);
	if (m->rpc.kind != RPC_INVALID && m->rpc.kind != RPC_BATCH) {
		h->events->message(h->ctx, m, batch);
		return;
	}
	log_warn("host", "invalid message of %zu bytes: %s", m->text.len,
	    m->rpc.why != NULL ? m->rpc.why : "an array in an array");
	if (m->rpc.id.len > 0) {
		if (batch != NULL)
			batch_expect(batch);
		refuse(h, m->rpc.id, FAULT_INVALID_REQUEST, m->rpc.why, batch);
	}
	message_free(&m);
}

static bool
has_initialize(const struct message *m)
{
	struct json_iter it;
	struct span key, item, method;

	json_iter_init(&it, m->rpc.text);
	while (json_next(&it, &key, &item))
		if (json_get(item, "method", &method) &&
		    json_string_is(method, "initialize"))
			return true;
	return false;
}

static void
put_line(struct host *h, struct buf *line)
{
	trace_message("bridge", "host", buf_span(line), span_of(""));
	channel_send(h->channel, line);
}

static void
finish_batch(struct host *h, struct batch *batch)
{
	struct buf array;

	buf_init(&array, 2 * LIMIT_MESSAGE);
	if (batch_finish(&batch, &array) && array.len > 0)
		put_line(h, &array);
	buf_reset(&array);
}

/* Each request of a refused array gets its own answer. */
static void
refuse_batch(struct host *h, const struct message *m, const char *why)
{
	struct json_iter it;
	struct span key, item;
	struct rpc rpc;
	bool any = false;

	json_iter_init(&it, m->rpc.text);
	while (json_next(&it, &key, &item)) {
		rpc_parse(item, &rpc, NULL);
		if (rpc.kind != RPC_REQUEST)
			continue;
		refuse(h, rpc.id, FAULT_INVALID_REQUEST, why, NULL);
		any = true;
	}
	if (!any)
		log_warn("host", "%s", why);
}

static void
handle_batch(struct host *h, const struct message *m)
{
	struct batch *batch = batch_new();
	struct json_iter it;
	struct span key, item;
	struct buf text;

	json_iter_init(&it, m->rpc.text);
	while (json_next(&it, &key, &item)) {
		buf_init(&text, LIMIT_MESSAGE);
		if (buf_add_span(&text, item) == 0)
			handle(h, message_take(&text), batch);
	}
	batch_close(batch);
	finish_batch(h, batch);
}

static void
on_line(void *ctx, struct buf *line)
{
	struct host *h = ctx;
	struct message *m = message_swap(line);

	trace_message("host", "bridge", buf_span(&m->text), span_of(""));
	if (m->rpc.kind != RPC_BATCH) {
		handle(h, m, NULL);
		return;
	}
	if (!h->batches)
		refuse_batch(h, m,
		    "Batches exist in protocol 2025-03-26 alone");
	else if (has_initialize(m))
		refuse_batch(h, m, "A batch cannot hold initialize");
	else
		handle_batch(h, m);
	message_free(&m);
}

static void
on_too_long(void *ctx)
{
	(void)ctx;
	log_error("host", "a line longer than %zu MiB was skipped",
	    LIMIT_MESSAGE / MIB);
}

static void
leave(void *ctx)
{
	struct host *h = ctx;

	if (h->left)
		return;
	h->left = true;
	h->events->left(h->ctx);
}

static void
on_drained(void *ctx)
{
	struct host *h = ctx;

	h->events->drained(h->ctx);
}

struct host *
host_new(struct loop *loop, int in_fd, int out_fd,
    const struct host_events *events, void *ctx)
{
	static const struct channel_events channel_events = { on_line,
		on_too_long, leave, leave, on_drained };
	struct host *h = mem_alloc(1, sizeof(*h));

	h->events = events;
	h->ctx = ctx;
	h->channel = channel_new(loop, in_fd, out_fd, &channel_events, h);
	return h;
}

void
host_free(struct host **host)
{
	if (*host == NULL)
		return;
	channel_free(&(*host)->channel);
	free(*host);
	*host = NULL;
}

void
host_allow_batches(struct host *host, bool allowed)
{
	host->batches = allowed;
}

static void
send_line(struct host *host, struct buf *line, struct batch *batch)
{
	if (batch == NULL) {
		put_line(host, line);
		return;
	}
	batch_add(batch, buf_span(line));
	finish_batch(host, batch);
}

void
host_send(struct host *host, struct message *message, struct batch *batch)
{
	send_line(host, &message->text, batch);
	message_free(&message);
}

void
host_send_text(struct host *host, struct buf *line, struct batch *batch)
{
	send_line(host, line, batch);
	buf_reset(line);
}

void
host_skip(struct host *host, struct batch *batch)
{
	if (batch == NULL)
		return;
	batch_add(batch, span_of(""));
	finish_batch(host, batch);
}

void
host_pause(struct host *host, bool paused)
{
	channel_pause(host->channel, paused);
}

bool
host_full(const struct host *host)
{
	return channel_full(host->channel);
}

void
host_flush(struct host *host, unsigned timeout_ms)
{
	channel_flush(host->channel, timeout_ms);
}
