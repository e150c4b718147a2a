/* SPDX-License-Identifier: ISC */
/*
 * Pages: their head and look, and texts in them.
 */
#include "cli/html.h"

#include <stdio.h>
#include <string.h>

static const char common_style[] =
    ":root{color-scheme:light dark;--paper:#f4f3ef;--card:#fff;--line:#e3e1da;"
    "--ink:#1f2328;--soft:#57606a;--good:#1a7f4b;--warn:#8a5a00;--bad:#b3261e;"
    "--good-tint:#e8f3ec;--warn-tint:#fbf0dc;--bad-tint:#fbe9e7;"
    "--skip:#57606a;--b0:#b9c0c8;--b1:#8ea9d8;--b2:#2f6bbd}"
    "@media(prefers-color-scheme:dark){:root{--paper:#14161a;--card:#1c1f24;"
    "--line:#2d3138;--ink:#e9eaec;--soft:#a3abb5;--good:#6fd39b;"
    "--warn:#e9bd61;--bad:#ff9d94;--good-tint:#17301f;--warn-tint:#352a12;"
    "--bad-tint:#3a1e1c;--skip:#a3abb5;--b0:#5b636d;--b1:#5577ad;"
    "--b2:#8ab4f0}}"
    "*{box-sizing:border-box}"
    "body{margin:0;padding:2.5rem 1rem 3rem;background:var(--paper);"
    "color:var(--ink);font:1rem/1.5 system-ui,-apple-system,\"Segoe UI\","
    "Roboto,\"Helvetica Neue\",\"Noto Sans\",sans-serif;"
    "-webkit-text-size-adjust:100%;text-size-adjust:100%}"
    "main,header,footer{max-width:54rem;margin:0 auto}"
    "header{margin-bottom:1.75rem}"
    "header p{margin:.25rem 0 0;color:var(--soft);font-size:.875rem}"
    "h1{margin:0;font-size:1.375rem;line-height:1.3;font-weight:600;"
    "letter-spacing:-.01em;overflow-wrap:anywhere}"
    "h2{margin:2rem 0 .625rem;font-size:.8125rem;font-weight:600;"
    "letter-spacing:.06em;text-transform:uppercase;color:var(--soft)}"
    ".card{background:var(--card);border:1px solid var(--line);"
    "border-radius:.75rem;overflow:hidden}"
    "footer{margin-top:2rem;color:var(--soft);font-size:.8125rem}"
    "@media print{body{background:none;padding:0}}";

int
html_span(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		const char *plain = &text.ptr[i];
		int rc = 0;

		switch (*plain) {
		case '&':
			rc = buf_add_string(out, "&amp;");
			break;
		case '<':
			rc = buf_add_string(out, "&lt;");
			break;
		case '>':
			rc = buf_add_string(out, "&gt;");
			break;
		case '"':
			rc = buf_add_string(out, "&quot;");
			break;
		default:
			rc = buf_add(out, plain, 1);
		}
		if (rc == -1)
			return -1;
	}
	return 0;
}

int
html_text(struct buf *out, const char *text)
{
	return html_span(out, span_of(text));
}

int
html_between(struct buf *out, const char *before, const char *text,
    const char *after)
{
	if (text == NULL || *text == '\0')
		return 0;
	if (buf_add_string(out, before) == -1 || html_text(out, text) == -1)
		return -1;
	return buf_add_string(out, after);
}

int
html_begin(struct buf *out, const char *title, const char *subject,
    const char *style)
{
	if (buf_addf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
		"<meta name=\"viewport\" "
		"content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<title>%s",
		title) == -1 ||
	    html_text(out, subject) == -1)
		return -1;
	return buf_addf(out, "</title>\n<style>%s%s</style>\n</head>\n<body>\n",
	    common_style, style);
}

int
html_write(const char *path, const struct buf *page, struct fault *f)
{
	FILE *file = fopen(path, "we");
	bool whole = false;

	if (file != NULL) {
		whole = fwrite(page->data, 1, page->len, file) == page->len;
		whole = fclose(file) == 0 && whole;
	}
	return whole ? 0 :
		       fault_set(f, FAULT_CONFIG, "Cannot write to %s", path);
}
