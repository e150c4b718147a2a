/* SPDX-License-Identifier: ISC */
/*
 * What the pages that commands write have in common: no script, nothing from
 * the network, readable in light and dark, every text escaped.
 */
#ifndef CLI_HTML_H
#define CLI_HTML_H

#include "base/buf.h"
#include "base/fault.h"

/* Up to the opened body; `title` and `subject` are its title, `style` goes
 * behind the common one. -1 past the cap of `out`, as all of these. */
int html_begin(struct buf *out, const char *title, const char *subject,
    const char *style) __attribute__((warn_unused_result));

/* Text between tags, or in a quoted attribute; has passed log_text. */
int html_span(struct buf *out, struct span text)
    __attribute__((warn_unused_result));
int html_text(struct buf *out, const char *text)
    __attribute__((warn_unused_result));

/* `before`, the text, `after`; nothing where there is no text. */
int html_between(struct buf *out, const char *before, const char *text,
    const char *after) __attribute__((warn_unused_result));

/* Writes a whole page to `path`, for its owner alone. FAULT_CONFIG. */
int html_write(const char *path, const struct buf *page, struct fault *f)
    __attribute__((warn_unused_result));

#endif
