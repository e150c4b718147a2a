/* SPDX-License-Identifier: ISC */
/*
 * mcp-remote's command line, word by word, and the name of its records. What a
 * flag means is compat_flags.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/compat_p.h"
#include "cli/option_table.h"
#include "wire/json.h"

enum { KEEP_ALIVE_S = 30 };

#define PROGRAM "mcp-remote"
#define CLIENT "mcp-remote-client"

/*
 * The key of its records: MD5 over the parts that tell sign-ins apart
 */

static int
compare_pairs(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* JSON.stringify of an object whose keys are sorted. */
static int
put_pairs(struct buf *out, const struct list *pairs)
{
	if (pairs->count == 0)
		return 0;
	qsort(pairs->items, pairs->count / 2, 2 * sizeof(*pairs->items),
	    compare_pairs);
	if (buf_add_string(out, "|{") == -1)
		return -1;
	for (size_t i = 0; i + 1 < pairs->count; i += 2) {
		if (json_put_string(out, span_of(pairs->items[i])) == -1 ||
		    buf_add_string(out, ":") == -1 ||
		    json_put_string(out, span_of(pairs->items[i + 1])) == -1)
			return -1;
	}
	return buf_add_string(out, "}");
}

static int
put_part(struct buf *out, const char *part)
{
	return part == NULL ? 0 : buf_addf(out, "|%s", part);
}

static void
make_key(struct compat_work *w)
{
	struct buf text;

	buf_init(&text, LIMIT_MESSAGE);
	if (buf_add_string(&text, w->c->url) == -1 ||
	    put_part(&text, w->no_resource ? NULL : w->resource) == -1 ||
	    put_pairs(&text, &w->params) == -1 ||
	    put_pairs(&text, &w->headers) == -1 ||
	    put_part(&text, w->metadata_url) == -1 ||
	    put_part(&text, w->token_endpoint) == -1 ||
	    !crypto_md5(buf_span(&text), w->c->key))
		w->c->key[0] = '\0';
	buf_wipe(&text);
}

/* Registered redirects depend on it: the same port as mcp-remote would take,
 * for clients that are not registered anew. */
static void
add_port(struct compat_work *w)
{
	enum { PORT_FIRST = 3335, PORT_SPAN = 45816, HEX = 16 };
	char digits[5] = "";

	if (w->port == 0 && w->c->key[0] != '\0' &&
	    (w->client_info || w->metadata_url != NULL) &&
	    !w->client_credentials) {
		memcpy(digits, w->c->key, 4);
		w->port = PORT_FIRST +
			  (unsigned)strtoul(digits, NULL, HEX) % PORT_SPAN;
	}
	if (w->port != 0) {
		list_add(&w->c->args, "--callback-port");
		list_addf(&w->c->args, "%u", w->port);
	}
}

static void
add_rest(struct compat_work *w)
{
	struct list *args = &w->c->args;

	if (w->no_resource) {
		list_add(args, "--no-resource");
	} else if (w->resource != NULL) {
		list_add(args, "--resource");
		list_add(args, w->resource);
	}
	if (!w->has_host) {
		list_add(args, "--callback-host");
		list_add(args, "localhost");
	}
	if (!w->has_path) {
		list_add(args, "--callback-path");
		list_add(args, "/oauth/callback");
	}
	if (w->keep_alive && !w->has_interval) {
		list_add(args, "--ping-interval");
		list_addf(args, "%d", KEEP_ALIVE_S);
	}
	if (w->ignore_tool)
		list_add(args, "--tool-ignore-case");
	if (w->debug || w->silent) {
		list_add(args, "--log-level");
		list_add(args, w->debug ? "debug" : "silent");
	}
	add_port(w);
}

/*
 * Arguments
 */

/* The word is not shown whole: it may be a piece of a broken header. */
static void
take_other(struct compat_work *w, const char *word)
{
	const char *why = NULL;
	char shown[64] = "";

	if (word[0] == '-') {
		size_t len = strcspn(word, "=");

		log_text(shown, sizeof(shown), span_make(word, len));
		list_addf(&w->c->notes, "%s is unknown, and passed over",
		    shown);
	} else if (w->c->url == NULL) {
		w->c->url = mem_string(word);
	} else if (w->port == 0) {
		w->port = (unsigned)strtonum(word, 1, 65535, &why);
		if (why != NULL)
			list_add(&w->c->notes,
			    "an argument is no port, and passed over");
	} else {
		list_add(&w->c->notes, "an argument is passed over");
	}
}

/* What mcp-remote-client has no use for. */
static bool
is_of_pump(const struct compat_flag *flag)
{
	const struct option_row *row =
	    flag->ours != NULL ? option_named(flag->ours) : NULL;

	return row != NULL && (row->commands & COMMAND_LOGIN) == 0;
}

static int
take_words(struct compat_work *w, int argc, char *const *argv, struct fault *f)
{
	for (int i = 0; i < argc; i++) {
		const struct compat_flag *flag = compat_flag_find(argv[i]);
		const char *equals = strchr(argv[i], '=');
		const char *value = NULL;

		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0) {
			w->c->help = true;
			continue;
		}
		if (strcmp(argv[i], "--version") == 0) {
			list_add(&w->c->args, "--version");
			continue;
		}
		if (flag == NULL) {
			take_other(w, argv[i]);
			continue;
		}
		if (flag->takes_value)
			value = equals != NULL ? equals + 1 :
				i + 1 < argc   ? argv[++i] :
						 NULL;
		if (w->c->client && is_of_pump(flag))
			continue;
		if (flag->takes_value && value == NULL)
			compat_note(w, flag, "a value is needed");
		else if (flag->translate(w, flag, value, f) == -1)
			return -1;
	}
	return 0;
}

static const char *
file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

int
compat_begin(int argc, char *const *argv, struct compat *c)
{
	for (int i = 0; i < argc && i < 2; i++) {
		const char *name = i == 0 ? file_name(argv[0]) : argv[i];

		c->client = strcmp(name, CLIENT) == 0;
		if (c->client || strcmp(name, PROGRAM) == 0)
			return i + 1;
	}
	return 0;
}

static void
reset_work(struct compat_work *w)
{
	free(w->resource);
	free(w->metadata_url);
	free(w->token_endpoint);
	list_reset(&w->params);
	list_reset(&w->headers);
}

int
compat_translate(struct compat *c, int argc, char *const *argv, bool expand,
    struct fault *f)
{
	struct compat_work w = { .c = c, .expand = expand };
	struct list flags_first = { 0 };
	int rc = take_words(&w, argc, argv, f);

	if (rc == 0 && c->url != NULL) {
		make_key(&w);
		add_rest(&w);
		/* The URL first, as mcp-remote has it. */
		flags_first = c->args;
		c->args = (struct list){ 0 };
		list_add(&c->args, c->url);
		list_append(&c->args, &flags_first);
	}
	reset_work(&w);
	return rc;
}

static void
conceal(char *text, size_t from)
{
	for (size_t i = from; text[i] != '\0'; i++)
		text[i] = '*';
}

void
compat_conceal(int argc, char **argv)
{
	static const char *const secret[] = { "--header",
		"--static-oauth-client-info" };

	for (int i = 0; i < argc; i++) {
		for (size_t j = 0; j < 2; j++) {
			size_t len = strlen(secret[j]);

			if (strncmp(argv[i], secret[j], len) != 0)
				continue;
			if (argv[i][len] == '=')
				conceal(argv[i], len + 1);
			else if (argv[i][len] == '\0' && i + 1 < argc)
				conceal(argv[i + 1],
				    j == 0 ? strcspn(argv[i + 1], ":") + 1 : 0);
		}
		if (strstr(argv[i], "://") != NULL && argv[i][0] != '-')
			conceal(argv[i], strcspn(argv[i], "?"));
	}
}

void
compat_reset(struct compat *c)
{
	list_reset(&c->args);
	list_reset(&c->notes);
	free(c->url);
	*c = (struct compat){ 0 };
}
