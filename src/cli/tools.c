/* SPDX-License-Identifier: ISC */
/*
 * `mcp-bridge tools`: what the server offers, for a person; with --json, for a
 * program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/terminal.h"

enum { INDENT = 4 };

/* -- for a person ---------------------------------------------------------- */

/* The first line of a string the server sent, fit for a terminal: "" where
 * there is none. */
static char *
text_of(struct span object, const char *key, char *dst, size_t size)
{
	struct span value;
	struct buf text;

	dst[0] = '\0';
	buf_init(&text, LIMIT_MESSAGE);
	if (json_get(object, key, &value) && json_string(value, &text) == 0 &&
	    text.len > 0) {
		struct span line = span_trim(buf_span(&text));
		const char *end = memchr(line.ptr, '\n', line.len);

		if (end != NULL)
			line.len = (size_t)(end - line.ptr);
		log_text(dst, size, span_trim(line));
	}
	buf_reset(&text);
	return dst;
}

static bool
is_required(struct span schema, struct span name)
{
	struct json_iter it;
	struct span list, key, item;

	if (!json_get(schema, "required", &list))
		return false;
	json_iter_init(&it, list);
	while (json_next(&it, &key, &item))
		if (item.len == name.len + 2 &&
		    span_equal(span_make(item.ptr + 1, name.len), name))
			return true;
	return false;
}

static void
print_argument(struct terminal *t, struct span name, struct span schema,
    bool required)
{
	char shown[128], type[32], about[1024];
	char *line = NULL;

	log_text(shown, sizeof(shown), name);
	text_of(schema, "type", type, sizeof(type));
	text_of(schema, "description", about, sizeof(about));
	line = mem_format("%s%s%s%s", type,
	    required ? (type[0] != '\0' ? ", required" : "required") : "",
	    about[0] != '\0' && (required || type[0] != '\0') ? ": " : "",
	    about);
	terminal_print(t, STYLE_PLAIN, "%*s", INDENT, "");
	terminal_print(t, STYLE_UNDERLINE, "%s", shown);
	terminal_print(t, STYLE_PLAIN, "%s", line[0] != '\0' ? "  " : "");
	terminal_wrap(t, line, (unsigned)(INDENT + strlen(shown) + 2),
	    2 * INDENT);
	free(line);
}

static void
print_arguments(struct terminal *t, struct span tool)
{
	struct json_iter it;
	struct span schema, properties, name, value;

	if (!json_get(tool, "inputSchema", &schema) ||
	    !json_get(schema, "properties", &properties))
		return;
	json_iter_init(&it, properties);
	while (json_next(&it, &name, &value))
		print_argument(t, name, value, is_required(schema, name));
}

static void
print_title(struct terminal *t, struct span tool)
{
	struct span annotations = span_of("");
	char name[256], title[256];

	json_get(tool, "annotations", &annotations);
	terminal_print(t, STYLE_BOLD, "%s",
	    text_of(tool, "name", name, sizeof(name)));
	if (text_of(tool, "title", title, sizeof(title))[0] == '\0')
		text_of(annotations, "title", title, sizeof(title));
	if (title[0] != '\0' && strcmp(title, name) != 0)
		terminal_print(t, STYLE_DIM, "  %s", title);
	terminal_print(t, STYLE_PLAIN, "\n");
}

static void
print_tool(struct terminal *t, struct span tool)
{
	char about[1024];

	print_title(t, tool);
	if (text_of(tool, "description", about, sizeof(about))[0] != '\0') {
		terminal_print(t, STYLE_PLAIN, "%*s", INDENT, "");
		terminal_wrap(t, about, INDENT, INDENT);
	}
	print_arguments(t, tool);
}

static void
print_tools(struct terminal *t, struct span list)
{
	struct json_iter it;
	struct span key, tool;
	bool first = true;

	json_iter_init(&it, list);
	while (json_next(&it, &key, &tool)) {
		if (!first)
			terminal_print(t, STYLE_PLAIN, "\n");
		first = false;
		print_tool(t, tool);
	}
	if (first)
		terminal_print(t, STYLE_PLAIN, "The server has no tools.\n");
}

/* -- from the server ------------------------------------------------------- */

static int
add_page(struct buf *list, struct span result)
{
	struct json_iter it;
	struct span page = span_of("[]"), key, tool;

	json_get(result, "tools", &page);
	json_iter_init(&it, page);
	while (json_next(&it, &key, &tool))
		if (json_put_raw(list, tool) == -1)
			return -1;
	return 0;
}

/* `{"cursor":…}` for the next page; empty where this was the last. */
static void
next_page(struct span result, struct buf *params)
{
	struct span cursor;

	buf_clear(params);
	if (json_get(result, "nextCursor", &cursor) &&
	    json_type_of(cursor) == JSON_STRING)
		mem_must(buf_addf(params, "{\"cursor\":%.*s}", (int)cursor.len,
		    cursor.ptr));
}

static int
list_tools(struct client *client, struct buf *list)
{
	struct message *answer = NULL;
	struct buf params;
	int status = EX_OK;
	int pages = 0;

	buf_init(&params, LIMIT_MESSAGE);
	do {
		status = client_request(client, "tools/list", buf_span(&params),
		    &answer);
		if (status != EX_OK)
			break;
		if (add_page(list, answer->rpc.result) == -1)
			status = EX_PROTOCOL;
		next_page(answer->rpc.result, &params);
		message_free(&answer);
	} while (
	    status == EX_OK && params.len > 0 && ++pages < LIMIT_TOOL_PAGES);
	buf_reset(&params);
	return status;
}

static int
talk(struct client *client, void *ctx)
{
	const struct options *options = ctx;
	struct terminal out;
	struct buf list, text;

	buf_init(&list, LIMIT_MESSAGE);
	mem_must(json_open(&list, '['));
	int status = list_tools(client, &list);

	terminal_init(&out, stdout);
	if (status == EX_OK) {
		mem_must(json_close(&list, ']'));
		buf_init(&text, 2 * LIMIT_MESSAGE);
		mem_must(buf_addf(&text, "{\"tools\":"));
		mem_must(buf_add_span(&text, buf_span(&list)));
		mem_must(buf_addf(&text, "}"));
		if (options->json)
			json_print(&out, buf_span(&text), false);
		else
			print_tools(&out, buf_span(&list));
		buf_reset(&text);
	}
	buf_reset(&list);
	return status;
}

int
cmd_tools(const struct options *options)
{
	struct options lent = *options;

	return client_run(options, talk, &lent);
}
