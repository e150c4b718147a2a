/* SPDX-License-Identifier: ISC */
/*
 * The grammar of WWW-Authenticate, read a little more widely than it is
 * written down: commas between parameters may be missing, and a value without
 * quotes may hold what is no token, since servers send bare URLs.
 */
#include "wire/challenge.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wire/header.h"

enum scheme { SCHEME_OTHER, SCHEME_BEARER, SCHEME_DPOP };

void
challenge_init(struct challenge *c)
{
	*c = (struct challenge){ 0 };
}

void
challenge_reset(struct challenge *c)
{
	for (size_t i = 0; i < c->metadata_count; i++)
		free(c->metadata[i]);
	free(c->scope);
	free(c->error);
	free(c->error_description);
	free(c->dpop_algs);
	challenge_init(c);
}

static void
advance(struct span *in, size_t count)
{
	in->ptr += count;
	in->len -= count;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

static void
skip_spaces(struct span *in)
{
	while (in->len > 0 && is_space(in->ptr[0]))
		advance(in, 1);
}

static void
skip_commas(struct span *in)
{
	while (in->len > 0 && (is_space(in->ptr[0]) || in->ptr[0] == ','))
		advance(in, 1);
}

/* Empty where no token stands. */
static struct span
read_token(struct span *in)
{
	size_t len = 0;

	while (len < in->len && header_is_token(span_make(in->ptr + len, 1)))
		len++;
	struct span token = span_make(in->ptr, len);
	advance(in, len);
	return token;
}

static bool
is_token68_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || char_among(c, "-._~+/");
}

/* Skips credentials such as those of Negotiate; nothing else looks like them
 * up to the next comma. */
static bool
skip_token68(struct span *in)
{
	struct span rest = *in;

	while (rest.len > 0 && is_token68_char(rest.ptr[0]))
		advance(&rest, 1);
	if (rest.ptr == in->ptr)
		return false;
	while (rest.len > 0 && rest.ptr[0] == '=')
		advance(&rest, 1);
	skip_spaces(&rest);
	if (rest.len > 0 && rest.ptr[0] != ',')
		return false;
	*in = rest;
	return true;
}

/* The text between the quotes, unescaped; NULL where they do not close. */
static char *
read_quoted(struct span *in)
{
	size_t end = 1;
	size_t len = 0;

	while (end < in->len && in->ptr[end] != '"')
		end += in->ptr[end] == '\\' ? 2 : 1;
	if (end >= in->len)
		return NULL;
	char *text = mem_alloc(end, 1);
	for (size_t i = 1; i < end; i++) {
		if (in->ptr[i] == '\\')
			i++;
		text[len++] = in->ptr[i];
	}
	advance(in, end + 1);
	return text;
}

static char *
read_bare(struct span *in)
{
	size_t len = 0;

	while (len < in->len && !is_space(in->ptr[len]) &&
	       in->ptr[len] != ',' && in->ptr[len] != '"')
		len++;
	if (len == 0)
		return NULL;
	char *text = mem_copy(in->ptr, len);
	advance(in, len);
	return text;
}

static void
add_metadata_url(struct challenge *c, const char *url)
{
	if (url[0] == '\0' || strlen(url) > LIMIT_URL ||
	    c->metadata_count == CHALLENGE_METADATA_URLS)
		return;
	for (size_t i = 0; i < c->metadata_count; i++) {
		if (strcmp(c->metadata[i], url) == 0)
			return;
	}
	c->metadata[c->metadata_count++] = mem_string(url);
}

static void
set_first(char **field, const char *value)
{
	if (*field == NULL)
		*field = mem_string(value);
}

static void
apply(struct challenge *c, enum scheme scheme, struct span name,
    const char *value)
{
	if (scheme == SCHEME_OTHER)
		return;
	if (scheme == SCHEME_DPOP && span_is_nocase(name, "error") &&
	    strcmp(value, "use_dpop_nonce") == 0)
		c->wants_nonce = true;
	if (span_is_nocase(name, "resource_metadata"))
		add_metadata_url(c, value);
	else if (span_is_nocase(name, "scope"))
		set_first(&c->scope, value);
	else if (span_is_nocase(name, "error"))
		set_first(&c->error, value);
	else if (span_is_nocase(name, "error_description"))
		set_first(&c->error_description, value);
	else if (span_is_nocase(name, "algs") && scheme == SCHEME_DPOP)
		set_first(&c->dpop_algs, value);
}

enum next { NEXT_PARAMETER, NEXT_SCHEME, NEXT_NOTHING };

/* A name without "=" is the scheme of the next challenge and is left there. */
static enum next
read_parameter(struct challenge *c, enum scheme scheme, struct span *in)
{
	struct span rest = *in;
	struct span name = read_token(&rest);

	skip_spaces(&rest);
	if (name.len == 0)
		return NEXT_NOTHING;
	if (rest.len == 0 || rest.ptr[0] != '=')
		return NEXT_SCHEME;
	advance(&rest, 1);
	skip_spaces(&rest);

	bool quoted = rest.len > 0 && rest.ptr[0] == '"';
	char *value = quoted ? read_quoted(&rest) : read_bare(&rest);
	if (value == NULL)
		return NEXT_NOTHING;
	apply(c, scheme, name, value);
	free(value);
	*in = rest;
	return NEXT_PARAMETER;
}

static enum scheme
find_scheme(struct challenge *c, struct span name)
{
	if (span_is_nocase(name, "Bearer")) {
		c->bearer = true;
		return SCHEME_BEARER;
	}
	if (span_is_nocase(name, "DPoP")) {
		c->dpop = true;
		return SCHEME_DPOP;
	}
	return SCHEME_OTHER;
}

/* One challenge; false where the line ends or cannot be read on. */
static bool
read_challenge(struct challenge *c, struct span *in)
{
	skip_commas(in);
	struct span name = read_token(in);
	bool alone = in->len == 0 || is_space(in->ptr[0]) || in->ptr[0] == ',';
	if (name.len == 0 || !alone)
		return false;

	enum scheme scheme = find_scheme(c, name);
	enum next next = NEXT_PARAMETER;
	skip_spaces(in);
	if (skip_token68(in))
		return true;
	while (next == NEXT_PARAMETER) {
		skip_commas(in);
		next = read_parameter(c, scheme, in);
	}
	return next == NEXT_SCHEME;
}

void
challenge_add(struct challenge *c, struct span field_value)
{
	/* What a header may not hold, it does not mean either. */
	if (field_value.len == 0 || !header_value_ok(field_value))
		return;
	while (read_challenge(c, &field_value))
		continue;
}
