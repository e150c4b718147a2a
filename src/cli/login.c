/* SPDX-License-Identifier: ISC */
/*
 * `mcp-bridge login`: a sign-in in the foreground, the same that a host's
 * request starts, with somebody watching. Progress goes to stderr, as one line
 * that is written over on a terminal and as plain lines elsewhere.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "auth/authorizer.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/login.h"
#include "cli/paste.h"
#include "io/store.h"
#include "wire/url.h"

struct progress {
	struct terminal err;
	int64_t deadline_s; /* of the login; 0: not waiting */
	int64_t left_s;     /* as last shown */
	pid_t pasting;      /* takes a pasted address; -1: nobody does */
	bool signed_in;
	struct fault fault; /* otherwise */
};

static void
show_stage(struct progress *p, const char *text)
{
	char *line = mem_format("%s ...", text);

	terminal_live(&p->err, line);
	free(line);
}

/* Where the browser runs elsewhere, loopback is there and not here. */
static void
show_detour(struct progress *p, const char *start_url)
{
	char host[256] = "";
	struct url start;

	url_init(&start);
	if (url_parse(&start, span_of(start_url), NULL) == 0 &&
	    gethostname(host, sizeof(host) - 1) == 0) {
		terminal_print(&p->err, STYLE_PLAIN,
		    "If that browser is on another machine, run this there "
		    "first:\n\n  ");
		terminal_print(&p->err, STYLE_BOLD, "ssh -L %u:127.0.0.1:%u %s",
		    start.port, start.port, host);
		terminal_print(&p->err, STYLE_PLAIN, "\n\n");
	}
	url_reset(&start);
}

static void
stop_pasting(struct progress *p)
{
	if (p->pasting != -1)
		paste_stop(p->pasting);
	p->pasting = -1;
}

static void
show_code(struct progress *p, const struct auth_prompt *prompt)
{
	const char *whole = prompt->verification_uri_complete;

	terminal_print(&p->err, STYLE_PLAIN,
	    "To sign in, open this address on any device:\n\n  ");
	terminal_print(&p->err, STYLE_UNDERLINE, "%s",
	    prompt->verification_uri);
	terminal_print(&p->err, STYLE_PLAIN, "\n\nand enter the code\n\n  ");
	terminal_print(&p->err, STYLE_BOLD, "%s", prompt->user_code);
	terminal_print(&p->err, STYLE_PLAIN, "\n\n");
	if (whole == NULL)
		return;
	terminal_print(&p->err, STYLE_PLAIN, "Or, with the code in it:\n\n  ");
	terminal_print(&p->err, STYLE_UNDERLINE, "%s", whole);
	terminal_print(&p->err, STYLE_PLAIN, "\n\n");
}

/* Where no browser opened, an address of ours is of little use; with a terminal
 * the whole way can be gone by hand. */
static void
show_address(struct progress *p, const struct auth_prompt *prompt)
{
	struct fault f;

	if (!prompt->browser_opened &&
	    paste_start(prompt->start_url, &p->pasting, &f) == 0)
		return;
	terminal_print(&p->err, STYLE_PLAIN,
	    prompt->browser_opened ?
		"Your browser opens a page to sign in. If it does not, go to"
		"\n\n  " :
		"To sign in, open this address in a browser:\n\n  ");
	terminal_print(&p->err, STYLE_UNDERLINE, "%s", prompt->start_url);
	terminal_print(&p->err, STYLE_PLAIN, "\n\n");
	if (!prompt->browser_opened)
		show_detour(p, prompt->start_url);
}

static void
show_pending(struct progress *p, const struct auth_prompt *prompt)
{
	terminal_clear(&p->err);
	stop_pasting(p);
	p->deadline_s = prompt->deadline_s;
	if (prompt->user_code != NULL)
		show_code(p, prompt);
	else
		show_address(p, prompt);
	fflush(p->err.stream);
}

static void
take_answer(void *ctx, const struct auth_answer *answer)
{
	struct progress *p = ctx;

	switch (answer->kind) {
	case AUTH_ANSWER_STAGE:
		show_stage(p, answer->text);
		break;
	case AUTH_ANSWER_PENDING:
		show_pending(p, &answer->prompt);
		break;
	case AUTH_ANSWER_TOKEN:
		p->signed_in = true;
		break;
	case AUTH_ANSWER_FAULT:
		p->fault = answer->fault;
		break;
	}
}

/* The time left, only where it can be written over. */
static void
show_time(void *ctx)
{
	struct progress *p = ctx;
	int64_t left_s = p->deadline_s - (int64_t)time(NULL);
	char line[64];

	if (!p->err.styled || p->pasting != -1 || p->deadline_s == 0 ||
	    left_s < 0 || left_s == p->left_s)
		return;
	p->left_s = left_s;
	snprintf(line, sizeof(line), "Waiting for you, %d:%02d left",
	    (int)(left_s / 60), (int)(left_s % 60));
	terminal_live(&p->err, line);
}

static int
refuse_memory(struct terminal *err)
{
	struct fault f;

	fault_set(&f, FAULT_USAGE,
	    "A sign-in kept in memory would end with this command");
	snprintf(f.action, sizeof(f.action),
	    "Sign in from the host, or choose another --store");
	return terminal_fail(err, &f);
}

int
login_watched(const struct options *options, const struct terminal *err)
{
	struct progress progress = { .err = *err, .pasting = -1 };
	const struct auth_job job = {
		.config = options->auth, /* lent */
		.why = AUTH_WHY_START,
		.who = AUTH_WHO_TERMINAL,
	};
	const struct authorizer_events events = {
		.answer = take_answer,
		.tick = show_time,
		.ctx = &progress,
		.stop_fd = -1,
	};

	if (store_is_memory(options->auth.store))
		return refuse_memory(&progress.err);
	authorizer_run(&job, &events);
	stop_pasting(&progress);
	terminal_clear(&progress.err);
	if (!progress.signed_in)
		return terminal_fail(&progress.err, &progress.fault);
	return EX_OK;
}

int
cmd_login(const struct options *options)
{
	struct terminal out, err;
	char shown[LIMIT_URL];

	terminal_init(&out, stdout);
	terminal_init(&err, stderr);
	int status = login_watched(options, &err);

	if (status != EX_OK)
		return status;
	terminal_print(&out, STYLE_GOOD, "Signed in");
	terminal_print(&out, STYLE_PLAIN, " to %s\n",
	    log_text(shown, sizeof(shown), span_of(options->auth.url)));
	return EX_OK;
}
