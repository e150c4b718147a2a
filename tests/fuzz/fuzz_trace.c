/* SPDX-License-Identifier: ISC */
/*
 * `mcp-bridge trace` on any file: each line is an event or is named; nothing of
 * it reaches the terminal as a control, nor the page as a tag. And wire/redact
 * on the same bytes: text and JSON stay what they are, within bounds, and a
 * known value is not in them any more.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cli/trace_show.h"
#include "wire/json.h"
#include "wire/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { OUT_MAX = 1 << 24, JSON_MAX = 512, TEXT_MAX = 64 };

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* Lines of printable UTF-8. */
static void
require_printable(struct span text)
{
	require(utf8_valid(text));
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		require(c == '\n' || (c >= ' ' && c != 0x7f));
		require(c != 0xc2 || (unsigned char)text.ptr[i + 1] >= 0xa0);
	}
}

static void
print(const struct trace_story *story)
{
	struct terminal t = { .utf8 = true, .is_tty = true, .width = 80 };
	char *text = NULL;
	size_t len = 0;

	t.stream = open_memstream(&text, &len);
	require(t.stream != NULL);
	trace_print(&t, story);
	require(fclose(t.stream) == 0);
	require_printable(span_make(text, len));
	free(text);
}

/* Every "<" begins one of the page's own tags. */
static void
require_own_tags(const char *page)
{
	static const char *const tags[] = { "!DOCTYPE", "html", "head", "meta",
		"title", "style", "body", "header", "h1", "p", "main",
		"section", "div", "span", "svg", "line", "path", "circle",
		"details", "summary", "pre", "footer" };

	for (const char *at = strchr(page, '<'); at != NULL;
	     at = strchr(at + 1, '<')) {
		const char *name = at + 1 + (at[1] == '/');
		size_t len = strcspn(name, " >/");
		bool own = false;

		for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
			own = own || (strlen(tags[i]) == len &&
					 strncmp(tags[i], name, len) == 0);
		require(own);
	}
}

static void
show(struct span text)
{
	struct trace_log log;
	struct trace_story story;
	struct buf page;

	trace_log_init(&log);
	trace_log_add(&log, "fuzz", text);
	trace_story_tell(&story, &log);
	print(&story);
	buf_init(&page, OUT_MAX);
	require(trace_html(&story, "fuzz", &page) == 0);
	require_printable(buf_span(&page));
	require_own_tags(page.data);
	buf_reset(&page);
	trace_story_reset(&story);
	trace_log_reset(&log);
}

/* The first bytes are the known value. */
static void
redact(struct span text)
{
	struct span value = span_make(text.ptr, text.len < 8 ? text.len : 8);
	const struct redact_known known = { &value, 1 };
	struct json_doc doc;
	struct buf out;

	buf_init(&out, OUT_MAX);
	require(redact_text(&out, text, text.len, &known, TEXT_MAX) == 0);
	require(out.len <=
		TEXT_MAX + sizeof("\u2026 (18446744073709551615 bytes)"));
	buf_reset(&out);
	if (json_scan(text, 256, &doc)) {
		require(redact_json(&out, doc.value, &known, JSON_MAX) == 0);
		require(out.len <= 2 * JSON_MAX + 4096);
		require(json_scan(buf_span(&out), 32, &doc));
	}
	buf_reset(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span text = span_make((const char *)bytes, size);

	if (size == 0)
		return 0;
	show(text);
	redact(text);
	return 0;
}
