/* SPDX-License-Identifier: ISC */
/*
 * Two ways to show what a trace tells.
 */
#ifndef CLI_TRACE_SHOW_H
#define CLI_TRACE_SHOW_H

#include "base/buf.h"
#include "cli/terminal.h"
#include "cli/trace_story.h"

void trace_print(struct terminal *out, const struct trace_story *story);

/* One page without scripts; `name` of the file is its title. -1 past the cap of
 * `out`. */
int trace_html(const struct trace_story *story, const char *name,
    struct buf *out) __attribute__((warn_unused_result));

#endif
