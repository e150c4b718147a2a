/* SPDX-License-Identifier: ISC */
/* Gathers the answers of a batch. Knows no ids. */
#include "mcp/batch.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

struct batch {
	struct buf array; /* "[…", without the closing bracket */
	size_t expected;
	bool closed;
};

struct batch *
batch_new(void)
{
	struct batch *b = mem_alloc(1, sizeof(*b));

	buf_init(&b->array, 2 * LIMIT_MESSAGE);
	return b;
}

void
batch_expect(struct batch *batch)
{
	batch->expected++;
}

void
batch_close(struct batch *batch)
{
	batch->closed = true;
}

void
batch_add(struct batch *batch, struct span answer)
{
	batch->expected--;
	if (answer.len == 0)
		return;
	if (batch->array.len == 0 && json_open(&batch->array, '[') != 0)
		abort();
	/* with a comma before it and the bracket behind */
	if (batch->array.len + answer.len + 2 > batch->array.max)
		log_error("batch", "an answer past the limit was lost");
	else if (json_put_raw(&batch->array, answer) != 0)
		abort();
}

bool
batch_finish(struct batch **batch, struct buf *out)
{
	struct batch *b = *batch;

	if (!b->closed || b->expected > 0)
		return false;
	if (b->array.len > 0 && json_close(&b->array, ']') != 0)
		abort();
	buf_take(out, &b->array);
	free(b);
	*batch = NULL;
	return true;
}
