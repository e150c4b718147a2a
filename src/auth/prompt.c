/* SPDX-License-Identifier: ISC */
/*
 * Prompts as values. Whether what a server wants shown may be shown is judged
 * where it is read (auth/device).
 */
#include "auth/prompt.h"

#include <stdio.h>
#include <string.h>

#include "auth/field.h"
#include "base/mem.h"
#include "io/trace.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIELD(kind, member)                                                    \
	{                                                                      \
		.name = #member, .type = kind,                                 \
		.at = offsetof(struct auth_prompt, member)                     \
	}

static const struct field list[] = {
	FIELD(FIELD_STRING, start_url),
	FIELD(FIELD_BOOL, browser_opened),
	FIELD(FIELD_STRING, user_code),
	FIELD(FIELD_STRING, verification_uri),
	FIELD(FIELD_STRING, verification_uri_complete),
	FIELD(FIELD_INT64, deadline_s),
};

const struct fields auth_prompt_fields = { list, COUNT(list) };

void
auth_prompt_reset(struct auth_prompt *p)
{
	if (p != NULL)
		fields_reset(&auth_prompt_fields, p);
}

void
auth_prompt_copy(struct auth_prompt *to, const struct auth_prompt *from)
{
	if (from->user_code != NULL)
		trace_conceal(span_of(from->user_code));
	struct auth_prompt copy = {
		.start_url = mem_string(from->start_url),
		.browser_opened = from->browser_opened,
		.user_code = mem_string(from->user_code),
		.verification_uri = mem_string(from->verification_uri),
		.verification_uri_complete =
		    mem_string(from->verification_uri_complete),
		.deadline_s = from->deadline_s,
	};

	auth_prompt_reset(to);
	*to = copy;
}

static bool
has_code(const struct auth_prompt *p)
{
	return p->user_code != NULL && p->verification_uri != NULL;
}

bool
auth_prompt_waits(const struct auth_prompt *p, int64_t now_s)
{
	return (p->start_url != NULL || has_code(p)) && p->deadline_s > now_s;
}

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
auth_prompt_equal(const struct auth_prompt *a, const struct auth_prompt *b)
{
	return same(a->start_url, b->start_url) &&
	       same(a->user_code, b->user_code) &&
	       same(a->verification_uri, b->verification_uri);
}

const char *
auth_prompt_text(const struct auth_prompt *p, char *text, size_t size)
{
	if (has_code(p))
		snprintf(text, size,
		    "Open %s on any device and enter the code %s",
		    p->verification_uri, p->user_code);
	else
		snprintf(text, size, "Open %s in a browser on this machine",
		    p->start_url != NULL ? p->start_url : "");
	return text;
}
