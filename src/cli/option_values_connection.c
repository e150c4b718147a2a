/* SPDX-License-Identifier: ISC */
/*
 * Setters of the connection and of what is offered to the host.
 */
#include "cli/option_values_p.h"

#include <string.h>

#include "base/mem.h"
#include "wire/header.h"

enum { GLOB_MAX = 256 };

int
set_header(struct options *options, const struct setting *s, struct fault *f)
{
	if (option_is_for_entry(options))
		return static_headers_check(s->value, s->origin, f);
	return static_headers_add(&options->headers, s->value, s->origin, f);
}

int
set_header_file(struct options *options, const struct setting *s,
    struct fault *f)
{
	if (option_is_for_entry(options))
		return option_check_file(s, f);
	mem_replace(&options->header_file, s->value);
	return static_headers_read(&options->headers, s->value, f);
}

int
set_transport(struct options *options, const struct setting *s, struct fault *f)
{
	if (strcmp(s->value, "auto") == 0)
		options->transport = TRANSPORT_AUTO;
	else if (strcmp(s->value, "http") == 0)
		options->transport = TRANSPORT_HTTP;
	else if (strcmp(s->value, "sse") == 0)
		options->transport = TRANSPORT_SSE;
	else
		return option_refuse(s, f, "auto, http or sse is needed");
	return 0;
}

int
set_proxy(struct options *options, const struct setting *s, struct fault *f)
{
	static const char *const schemes[] = { "http", "https", "socks4",
		"socks4a", "socks5", "socks5h" };
	const char *colon = strstr(s->value, "://");
	bool known = colon == NULL;

	if (strcmp(s->value, "none") == 0) {
		mem_replace(&options->auth.proxy, "");
		return 0;
	}
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		known =
		    known || (colon != NULL &&
				 span_is_nocase(span_make(s->value,
						    (size_t)(colon - s->value)),
				     schemes[i]));
	if (!known || !option_is_visible(s->value, "\\\"<>"))
		return option_refuse(s, f,
		    "a proxy is written http://HOST:PORT, https://HOST:PORT, "
		    "socks5h://HOST:PORT, or \"none\"");
	mem_replace(&options->auth.proxy, s->value);
	return 0;
}

static int
add_glob(const struct setting *s, char ***list, size_t *count, struct fault *f)
{
	size_t len = strlen(s->value);

	if (len == 0 || len > GLOB_MAX || !header_value_ok(span_of(s->value)))
		return option_refuse(s, f,
		    "a tool's name or a pattern such as get_* is needed");
	option_append(list, count, s->value);
	return 0;
}

int
set_tool_allow(struct options *options, const struct setting *s,
    struct fault *f)
{
	return add_glob(s, &options->tool_allow, &options->tool_allow_count, f);
}

int
set_tool_deny(struct options *options, const struct setting *s, struct fault *f)
{
	return add_glob(s, &options->tool_deny, &options->tool_deny_count, f);
}
