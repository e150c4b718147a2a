/* SPDX-License-Identifier: ISC */
/*
 * `mcp-bridge doctor`: examining a set-up stage by stage, and showing what was
 * found. The examination prints nothing. It changes nothing on the server: what
 * is sent is initialize, ping or server/discover, and the DELETE of the session
 * that came of it; no tool is called, no client registered, no browser opened.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/diagnosis.h"
#include "cli/options.h"
#include "cli/terminal.h"

struct doctor_events {
	void (*begun)(void *ctx, const struct check *check);
	void (*tick)(void *ctx); /* about ten times a second, waiting */
	void (*ended)(void *ctx, const struct check *check);
	void *ctx;
};

/* Runs every stage; `d` is initialised by the caller. */
void doctor_examine(const struct options *options,
    const struct doctor_events *events, struct diagnosis *d);

/* For people, in this order, each group under its title. Checks that were
 * skipped for one reason may be shown together. */
void doctor_print_begin(struct terminal *t, const char *url);
void doctor_print_group(struct terminal *t, enum check_group group);
void doctor_print_check(struct terminal *t, const struct check *c);
void
doctor_print_skipped(struct terminal *t, const struct check *checks, size_t n);
void doctor_print_end(struct terminal *t, const struct diagnosis *d);

/* The whole of it, appended to `out`: -1 past its cap. */
int doctor_json(const struct diagnosis *d, struct buf *out)
    __attribute__((warn_unused_result));
int doctor_html(const struct diagnosis *d, struct buf *out)
    __attribute__((warn_unused_result));

#endif
