/* SPDX-License-Identifier: ISC */
/*
 * Lists of scopes. No scope is invented here, and none implies another
 * (A-073).
 */
#include "auth/scope.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

/* Cuts the next scope off `*rest`; false at the end. */
static bool
next_scope(const char **rest, struct span *scope)
{
	const char *from = *rest != NULL ? *rest : "";

	from += strspn(from, " ");
	*scope = span_make(from, strcspn(from, " "));
	*rest = from + scope->len;
	return scope->len > 0;
}

/* RFC 6749, appendix A.4: %x21 / %x23-5B / %x5D-7E. */
static bool
is_scope(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		const char c = text.ptr[i];

		if (c < 0x21 || c > 0x7e || c == '"' || c == '\\')
			return false;
	}
	return text.len > 0;
}

static bool
has(const char *all, struct span wanted)
{
	struct span scope = { 0 };

	while (next_scope(&all, &scope)) {
		if (span_equal(scope, wanted))
			return true;
	}
	return false;
}

/* Adds a well-formed scope that `list` lacks. What does not fit is left out. */
static void
add(struct buf *list, struct span scope)
{
	if (!is_scope(scope) || has(list->data, scope) ||
	    list->len + 1 + scope.len > list->max)
		return;
	if ((list->len > 0 && buf_add_string(list, " ") == -1) ||
	    buf_add_span(list, scope) == -1)
		buf_clear(list);
}

static char *
take(struct buf *list)
{
	char *text = list->len > 0 ? mem_string(list->data) : NULL;

	buf_reset(list);
	return text;
}

static void
add_all(struct buf *list, const char *scopes)
{
	struct span scope = { 0 };

	while (next_scope(&scopes, &scope))
		add(list, scope);
}

char *
scope_union(const char *a, const char *b)
{
	struct buf list;

	buf_init(&list, LIMIT_HEADER_VALUE);
	add_all(&list, a);
	add_all(&list, b);
	return take(&list);
}

bool
scope_covers(const char *all, const char *some)
{
	struct span scope = { 0 };

	while (next_scope(&some, &scope)) {
		if (!has(all, scope))
			return false;
	}
	return true;
}

char *
scope_without(const char *all, const char *name)
{
	struct span scope = { 0 };
	struct buf list;

	buf_init(&list, LIMIT_HEADER_VALUE);
	while (next_scope(&all, &scope)) {
		if (!span_is(scope, name))
			add(&list, scope);
	}
	return take(&list);
}

char *
scope_wanted(const char *configured, const struct challenge *challenge,
    const struct resource_metadata *resource)
{
	const char *asked = configured != NULL ? configured : challenge->scope;
	char *wanted = scope_union(asked, NULL);
	struct buf list;

	if (wanted != NULL)
		return wanted;
	buf_init(&list, LIMIT_HEADER_VALUE);
	for (size_t i = 0; i < resource->scope_count; i++)
		add(&list, span_of(resource->scopes[i]));
	return take(&list);
}

char *
scope_with_offline(const char *scope, const struct server_metadata *as)
{
	for (size_t i = 0; scope != NULL && i < as->scope_count; i++) {
		if (strcmp(as->scopes[i], SCOPE_OFFLINE) == 0)
			return scope_union(scope, SCOPE_OFFLINE);
	}
	return mem_string(scope);
}
