/* SPDX-License-Identifier: ISC */
/* Outcomes of HTTP exchanges. Notes, does not judge. */
#include "mcp/outcome.h"

#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "wire/challenge.h"
#include "wire/dpop.h"
#include "wire/header.h"

void
outcome_init(struct outcome *o)
{
	*o = (struct outcome){ .status = 0 };
}

void
outcome_reset(struct outcome *o)
{
	for (size_t i = 0; i < o->challenge_count; i++)
		free(o->challenges[i]);
	free(o->challenges);
	free(o->location);
	free(o->fault);
	outcome_init(o);
}

enum { HTTP_UNAUTHORIZED = 401 };

static bool
asks_for_nonce(const struct http_head *head)
{
	struct challenge challenge;
	bool wanted;

	challenge_init(&challenge);
	for (size_t i = 0; i < head->challenge_count; i++)
		challenge_add(&challenge, span_of(head->challenges[i]));
	wanted = challenge.wants_nonce;
	challenge_reset(&challenge);
	return wanted;
}

/* RFC 9449 section 9. */
static bool
wants_nonce(const struct http_head *head)
{
	return head->status == HTTP_UNAUTHORIZED &&
	       dpop_nonce_ok(head->dpop_nonce) && asks_for_nonce(head);
}

void
outcome_head(struct outcome *o, const struct http_head *head)
{
	outcome_reset(o);
	o->status = head->status;
	if (head->retry_after.len > 0)
		o->has_retry_after = header_retry_after(head->retry_after,
		    (long long)time(NULL), &o->retry_after_s);
	o->wants_nonce = wants_nonce(head);
	if (head->location.len > 0)
		o->location = mem_copy(head->location.ptr, head->location.len);
	if (head->challenge_count == 0)
		return;
	o->challenges = mem_alloc(head->challenge_count, sizeof(char *));
	for (size_t i = 0; i < head->challenge_count; i++)
		o->challenges[i] = mem_string(head->challenges[i]);
	o->challenge_count = head->challenge_count;
}

struct fault *
outcome_fault(struct outcome *o)
{
	if (o->fault == NULL)
		o->fault = mem_alloc(1, sizeof(*o->fault));
	return o->fault;
}

void
outcome_result(struct outcome *o, const struct http_result *result)
{
	o->sent = result->sent;
	o->ended = result->ok;
	if (!result->ok)
		*outcome_fault(o) = *result->fault;
}

bool
outcome_success(const struct outcome *o)
{
	return o->status >= 200 && o->status < 300;
}
