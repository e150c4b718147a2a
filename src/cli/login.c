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
#include <unistd.h>

#include "auth/authorizer.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/login.h"
#include "cli/paste.h"
#include "cli/progress.h"
#include "io/store.h"
#include "wire/url.h"

/* A login as it is watched. */
struct watch {
	struct terminal err;
	struct progress wait;
	pid_t pasting;   /* takes a pasted address; -1: nobody does */
	char *start_url; /* owned: of the sign-in it is for */
	int64_t deadline_s;
	bool signed_in;
	struct fault fault; /* otherwise */
};

static void
show_stage(struct watch *w, const char *text)
{
	char *line = mem_format("%s ...", text);

	progress_begin(&w->wait, text, 0);
	terminal_live(&w->err, line);
	free(line);
}

/* A sentence, and below it what to open, type or run: unbroken, so that it can
 * be copied. */
static void
tell(struct watch *w, const char *sentence, enum style style, const char *what)
{
	terminal_wrap(&w->err, sentence, 0, 0);
	terminal_print(&w->err, STYLE_PLAIN, "\n  ");
	terminal_print(&w->err, style, "%s", what);
	terminal_print(&w->err, STYLE_PLAIN, "\n\n");
}

/* Where the browser runs elsewhere, loopback is there and not here. */
static void
show_detour(struct watch *w, const char *start_url)
{
	char host[256] = "", command[320];
	struct url start;

	url_init(&start);
	if (url_parse(&start, span_of(start_url), NULL) == 0 &&
	    gethostname(host, sizeof(host) - 1) == 0) {
		snprintf(command, sizeof(command), "ssh -L %u:127.0.0.1:%u %s",
		    start.port, start.port, host);
		tell(w,
		    "If that browser is on another machine, run this there "
		    "first:",
		    STYLE_BOLD, command);
	}
	url_reset(&start);
}

static void
stop_pasting(struct watch *w)
{
	if (w->pasting != -1)
		paste_stop(w->pasting);
	w->pasting = -1;
}

static void
show_code(struct watch *w, const struct auth_prompt *prompt)
{
	const char *whole = prompt->verification_uri_complete;

	tell(w, "To sign in, open this address on any device:", STYLE_UNDERLINE,
	    prompt->verification_uri);
	tell(w, "and enter the code", STYLE_BOLD, prompt->user_code);
	if (whole != NULL)
		tell(w, "Or, with the code in it:", STYLE_UNDERLINE, whole);
}

static void
show_start(struct watch *w, const char *start_url, bool browser_opened)
{
	tell(w,
	    browser_opened ?
		"Your browser opens a page to sign in. If it does not, go to" :
		"To sign in, open this address in a browser:",
	    STYLE_UNDERLINE, start_url);
	if (!browser_opened)
		show_detour(w, start_url);
}

/* Where no browser opened, an address of ours is of little use; with a terminal
 * the whole way can be gone by hand. */
static void
show_address(struct watch *w, const struct auth_prompt *prompt)
{
	struct fault f;

	mem_replace(&w->start_url, prompt->start_url);
	w->deadline_s = prompt->deadline_s;
	if (prompt->browser_opened ||
	    paste_start(prompt, &w->pasting, &f) == -1)
		show_start(w, prompt->start_url, prompt->browser_opened);
}

static void
show_pending(struct watch *w, const struct auth_prompt *prompt)
{
	bool by_code = prompt->user_code != NULL;

	progress_end(&w->wait);
	stop_pasting(w);
	if (by_code)
		show_code(w, prompt);
	else
		show_address(w, prompt);
	fflush(w->err.stream);
	/* Whoever takes an address has the terminal, and shows the time. */
	if (w->pasting == -1)
		progress_begin(&w->wait,
		    by_code ? "Waiting for the code" : "Waiting for you",
		    prompt->deadline_s);
}

static void
take_answer(void *ctx, const struct auth_answer *answer)
{
	struct watch *w = ctx;

	switch (answer->kind) {
	case AUTH_ANSWER_STAGE:
		show_stage(w, answer->text);
		break;
	case AUTH_ANSWER_PENDING:
		show_pending(w, &answer->prompt);
		break;
	case AUTH_ANSWER_TOKEN:
		w->signed_in = true;
		break;
	case AUTH_ANSWER_FAULT:
		w->fault = answer->fault;
		break;
	}
}

static void
tick(void *ctx)
{
	struct watch *w = ctx;

	if (paste_failed(&w->pasting)) {
		show_start(w, w->start_url, false);
		fflush(w->err.stream);
		progress_begin(&w->wait, "Waiting for you", w->deadline_s);
	}
	progress_turn(&w->wait);
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
	struct watch watch = { .err = *err, .pasting = -1 };
	const struct auth_job job = {
		.config = options->auth, /* lent */
		.why = AUTH_WHY_START,
		.who = AUTH_WHO_TERMINAL,
	};
	const struct authorizer_events events = {
		.answer = take_answer,
		.tick = tick,
		.ctx = &watch,
		.stop_fd = -1,
	};

	if (store_is_memory(options->auth.store))
		return refuse_memory(&watch.err);
	watch.wait.terminal = &watch.err;
	authorizer_run(&job, &events);
	stop_pasting(&watch);
	free(watch.start_url);
	progress_end(&watch.wait);
	if (!watch.signed_in)
		return terminal_fail(&watch.err, &watch.fault);
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
