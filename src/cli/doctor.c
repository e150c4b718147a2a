/* SPDX-License-Identifier: ISC */
/*
 * `mcp-bridge doctor`: the command. Each check is shown as it ends; with --json
 * the whole of it at the end, and nothing else.
 */
#include "cli/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/html.h"
#include "cli/progress.h"

struct show {
	struct terminal *out;        /* NULL: as JSON */
	struct progress wait;        /* for the check under way */
	const struct check *skipped; /* the first of those not shown yet */
	size_t skipped_count;
};

/* Those skipped for one reason are told in one line. */
static void
flush_skipped(struct show *show)
{
	if (show->skipped_count == 1)
		doctor_print_check(show->out, show->skipped);
	else if (show->skipped_count > 1)
		doctor_print_skipped(show->out, show->skipped,
		    show->skipped_count);
	show->skipped_count = 0;
}

static bool
goes_along(const struct show *show, const struct check *check)
{
	return show->skipped_count > 0 && check->status == CHECK_SKIPPED &&
	       strcmp(show->skipped->finding, check->finding) == 0 &&
	       show->skipped->group == check->group;
}

static void
begun(void *ctx, const struct check *check)
{
	struct show *show = ctx;

	if (show->out == NULL)
		return;
	progress_begin(&show->wait, check->title, 0);
	progress_turn(&show->wait);
}

static void
tick(void *ctx)
{
	struct show *show = ctx;

	if (show->out != NULL)
		progress_turn(&show->wait);
}

static void
ended(void *ctx, const struct check *check)
{
	struct show *show = ctx;

	if (show->out == NULL)
		return;
	progress_end(&show->wait);
	if (goes_along(show, check)) {
		show->skipped_count++;
		return;
	}
	flush_skipped(show);
	if (check->is_first)
		doctor_print_group(show->out, check->group);
	if (check->status == CHECK_SKIPPED) {
		show->skipped = check;
		show->skipped_count = 1;
	} else {
		doctor_print_check(show->out, check);
	}
}

static int
write_html(const char *path, const struct diagnosis *d, struct fault *f)
{
	struct buf html;
	int rc = 0;

	buf_init(&html, LIMIT_MESSAGE);
	if (doctor_html(d, &html) == -1)
		rc = fault_set(f, FAULT_TOO_LARGE, "The report is too large");
	else
		rc = html_write(path, &html, f);
	buf_reset(&html);
	return rc;
}

static int
print_json(const struct diagnosis *d, struct fault *f)
{
	struct buf json;
	int rc = 0;

	buf_init(&json, LIMIT_MESSAGE);
	if (doctor_json(d, &json) == -1)
		rc = fault_set(f, FAULT_TOO_LARGE, "The report is too large");
	else
		puts(json.data);
	buf_reset(&json);
	return rc;
}

static int
report(const struct options *options, struct terminal *out,
    const struct diagnosis *d, struct fault *f)
{
	if (options->json) {
		if (print_json(d, f) == -1)
			return -1;
	} else {
		doctor_print_end(out, d);
	}
	if (options->html_file == NULL)
		return 0;
	if (write_html(options->html_file, d, f) == -1)
		return -1;
	if (!options->json)
		terminal_print(out, STYLE_DIM, "Report: %s\n",
		    options->html_file);
	return 0;
}

int
cmd_doctor(const struct options *options)
{
	struct terminal out, err;
	struct show show = {
		.out = options->json ? NULL : &out,
		.wait.terminal = &out,
	};
	const struct doctor_events events = { begun, tick, ended, &show };
	struct diagnosis d;
	struct fault f = { 0 };
	char *url = NULL;

	terminal_init(&out, stdout);
	terminal_init(&err, stderr);
	diagnosis_init(&d);
	if (show.out != NULL) {
		url = url_public(&options->url);
		doctor_print_begin(&out, url);
		free(url);
	}
	doctor_examine(options, &events, &d);
	if (show.out != NULL)
		flush_skipped(&show);
	int status = diagnosis_exit_status(&d);
	if (report(options, &out, &d, &f) == -1)
		status = terminal_fail(&err, &f);
	diagnosis_reset(&d);
	return status;
}
