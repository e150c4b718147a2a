/* SPDX-License-Identifier: ISC */
/*
 * From options to a trace, which learns what the user gave that nobody else may
 * see. Secrets that come later are learned as they are set (base/secret).
 */
#include "cli/recorder.h"

#include "io/trace.h"

/* As it is written, and as a server may repeat it. */
static void
conceal_parameter(struct span value)
{
	struct buf decoded;

	trace_conceal_lasting(value);
	buf_init(&decoded, value.len);
	if (url_decode(value, true, &decoded) == 0)
		trace_conceal_lasting(buf_span(&decoded));
	buf_wipe(&decoded);
}

static void
conceal_query(const char *query)
{
	while (query != NULL && *query != '\0') {
		size_t len = strcspn(query, "&");
		size_t name = strcspn(query, "=&");

		if (name < len)
			conceal_parameter(
			    span_make(query + name + 1, len - name - 1));
		query += query[len] == '&' ? len + 1 : len;
	}
}

static void
conceal_proxy(const char *proxy)
{
	const char *user = proxy != NULL ? strstr(proxy, "://") : NULL;
	const char *end = user != NULL ? strrchr(user, '@') : NULL;
	const char *colon = end != NULL ? strchr(user + 3, ':') : NULL;

	if (colon != NULL && colon < end)
		conceal_parameter(
		    span_make(colon + 1, (size_t)(end - colon - 1)));
}

int
recorder_open(const struct options *options, struct fault *f)
{
	const struct auth_config *auth = &options->auth;
	const struct trace_start start = {
		.path = auth->trace_file,
		.role = options->command->name != NULL ?
			    options->command->name :
			    "bridge",
		.url = options->url.text,
		.confined = auth->sandbox,
	};

	/* What an entry says is for the bridge that it starts. */
	if (start.path == NULL || options->command->bit == COMMAND_CONFIG)
		return 0;
	if (trace_open(&start, f) == -1)
		return -1;
	for (size_t i = 0; i < options->headers.count; i++)
		trace_conceal_lasting(
		    secret_peek(&options->headers.items[i].value));
	trace_conceal_lasting(secret_peek(&auth->client_secret));
	conceal_query(options->url.query);
	conceal_proxy(auth->proxy);
	return 0;
}
