/* SPDX-License-Identifier: ISC */
/*
 * `mcp-bridge trace FILE`: shows what --trace has recorded.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/html.h"
#include "cli/terminal.h"
#include "cli/trace_show.h"

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static int
write_page(const struct options *o, const struct trace_story *story,
    struct fault *f)
{
	char name[161];
	struct buf page;
	int rc;

	log_text(name, sizeof(name), span_of(name_of(o->operands.items[0])));
	buf_init(&page, 4 * LIMIT_MESSAGE);
	if (trace_html(story, name, &page) == -1)
		rc = fault_set(f, FAULT_TOO_LARGE, "The page is too large");
	else
		rc = html_write(o->html_file, &page, f);
	buf_reset(&page);
	return rc;
}

/* The lines that are none, after all the others. */
static void
complain(struct terminal *err, const struct trace_log *log)
{
	char shown[512];

	for (size_t i = 0; i < log->bad.count; i++)
		terminal_print(err, STYLE_WARNING, "mcp-bridge: %s\n",
		    log_text(shown, sizeof(shown), span_of(log->bad.items[i])));
	if (log->bad_count > log->bad.count)
		terminal_print(err, STYLE_WARNING,
		    "mcp-bridge: %zu more lines are passed over\n",
		    log->bad_count - log->bad.count);
}

static int
show(const struct options *o, const struct trace_log *log, struct terminal *out,
    struct fault *f)
{
	struct trace_story story;
	int rc = 0;

	trace_story_tell(&story, log);
	if (o->html_file == NULL) {
		trace_print(out, &story);
	} else {
		rc = write_page(o, &story, f);
		if (rc == 0)
			terminal_print(out, STYLE_DIM, "Page: %s\n",
			    o->html_file);
	}
	trace_story_reset(&story);
	return rc;
}

int
cmd_trace(const struct options *o)
{
	struct terminal out, err;
	struct trace_log log;
	struct fault f = { 0 };
	int rc;

	terminal_init(&out, stdout);
	terminal_init(&err, stderr);
	trace_log_init(&log);
	rc = trace_log_read(&log, o->operands.items[0], &f);
	if (rc == 0 && log.count == 0)
		rc = fault_set(&f, FAULT_CONFIG, "There is no trace in %s",
		    o->operands.items[0]);
	if (rc == 0)
		rc = show(o, &log, &out, &f);
	fflush(stdout);
	complain(&err, &log);
	trace_log_reset(&log);
	return rc == 0 ? EX_OK : terminal_fail(&err, &f);
}
