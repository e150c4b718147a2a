/* SPDX-License-Identifier: ISC */
/*
 * A trace as one web page: lanes are lines behind the rows, arrows small
 * drawings, messages unfold. No script, nothing from the network.
 */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "cli/html.h"
#include "cli/trace_show.h"

enum { FIRST_X = 40, GAP_X = 100, MIDDLE_Y = 12, BODY_SIZE = 16 * 1024 };

static const char style[] =
    "main,header,footer{max-width:76rem}"
    ".seq{display:grid;grid-template-columns:6rem 25rem 1fr;font-size:.875rem}"
    ".seq>*{padding:.0625rem .5rem}"
    ".t{text-align:right;color:var(--soft);font-variant-numeric:tabular-nums}"
    ".a{padding:0!important;background:"
    "linear-gradient(var(--line),var(--line)) 40px 0/1px 100% no-repeat,"
    "linear-gradient(var(--line),var(--line)) 140px 0/1px 100% no-repeat,"
    "linear-gradient(var(--line),var(--line)) 240px 0/1px 100% no-repeat,"
    "linear-gradient(var(--line),var(--line)) 340px 0/1px 100% no-repeat}"
    ".a svg{display:block;width:380px;height:24px}"
    "line{stroke:var(--b2);stroke-width:1.5}path,circle{fill:var(--b2)}"
    ".dim line{stroke:var(--b0)}.dim path,.dim circle{fill:var(--b0)}"
    ".warning line{stroke:var(--warn)}"
    ".warning path,.warning circle{fill:var(--warn)}"
    ".bad line{stroke:var(--bad)}.bad path,.bad circle{fill:var(--bad)}"
    ".l{overflow-wrap:anywhere}"
    ".l.dim{color:var(--soft)}.l.warning{color:var(--warn)}"
    ".l.bad{color:var(--bad);font-weight:600}"
    ".h{grid-column:1/-1;padding:.75rem 1rem!important;font-weight:600;"
    "border-top:1px solid var(--line);overflow-wrap:anywhere}"
    ".h:first-child{border-top:0}"
    ".n{display:flex;padding:0!important;color:var(--soft);font-size:.75rem}"
    ".n span{width:100px;flex:none;text-align:center;margin-left:-10px;"
    "margin-right:10px;line-height:1.2;padding-bottom:.25rem}"
    "pre{margin:.25rem 0 .5rem;padding:.5rem .75rem;border-radius:.5rem;"
    "background:var(--paper);color:var(--ink);white-space:pre-wrap;"
    "overflow-wrap:anywhere;font-size:.8125rem}"
    "summary{cursor:pointer}"
    "@media(max-width:60rem){.seq{grid-template-columns:5rem 1fr}"
    ".a,.n{display:none}}";

static const char *const tones[TONE_COUNT] = {
	[TONE_HEADING] = "heading",
	[TONE_PLAIN] = "plain",
	[TONE_DIM] = "dim",
	[TONE_WARNING] = "warning",
	[TONE_BAD] = "bad",
};

static int
x_of(enum trace_lane lane)
{
	return FIRST_X + (int)lane * GAP_X;
}

/* With its point in the middle of the lane it goes to. */
static int
put_arrow(struct buf *out, const struct trace_row *row)
{
	int from = x_of(row->from), to = x_of(row->to);
	int back = to > from ? -8 : 8;

	return buf_addf(out,
	    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>"
	    "<path d=\"M%d %dl%d -4v8z\"/>",
	    from, MIDDLE_Y, to + back, MIDDLE_Y, to, MIDDLE_Y, back);
}

static int
put_drawing(struct buf *out, const struct trace_row *row)
{
	if (buf_addf(out,
		"<div class=\"a %s\"><svg role=\"img\" aria-label=\"%s to %s\""
		" viewBox=\"0 0 380 24\">",
		tones[row->tone], trace_lane_titles[row->from],
		trace_lane_titles[row->to]) == -1)
		return -1;
	if (row->from != row->to ?
		put_arrow(out, row) == -1 :
		buf_addf(out, "<circle cx=\"%d\" cy=\"%d\" r=\"3\"/>",
		    x_of(row->from), MIDDLE_Y) == -1)
		return -1;
	return buf_add_string(out, "</svg></div>\n");
}

static int
put_label(struct buf *out, const struct trace_row *row)
{
	char body[BODY_SIZE];

	if (buf_addf(out, "<div class=\"l %s\">", tones[row->tone]) == -1)
		return -1;
	if (row->body.len == 0) {
		if (html_text(out, row->label) == -1)
			return -1;
	} else if (html_between(out, "<details><summary>", row->label,
		       "</summary>") == -1 ||
		   html_between(out, "<pre>",
		       log_text(body, sizeof(body), row->body),
		       "</pre>") == -1 ||
		   buf_add_string(out, "</details>") == -1) {
		return -1;
	}
	return buf_add_string(out, "</div>\n");
}

static int
put_row(struct buf *out, const struct trace_row *row)
{
	if (buf_addf(out, "<div class=\"t\">%.3f</div>",
		(double)row->at_us / 1000000) == -1 ||
	    put_drawing(out, row) == -1)
		return -1;
	return put_label(out, row);
}

static int
put_heading(struct buf *out, const struct trace_row *row)
{
	if (html_between(out, "<div class=\"h\">", row->label, "</div>\n") ==
		-1 ||
	    buf_add_string(out,
		"<div class=\"t\">seconds</div><div class=\"n\">") == -1)
		return -1;
	for (size_t i = 0; i < LANE_COUNT; i++) {
		if (html_between(out, "<span>", trace_lane_titles[i],
			"</span>") == -1)
			return -1;
	}
	return buf_add_string(out, "</div><div></div>\n");
}

int
trace_html(const struct trace_story *story, const char *name, struct buf *out)
{
	if (html_begin(out, "mcp-bridge trace: ", name, style) == -1 ||
	    html_between(out, "<header>\n<h1>", name, "</h1>\n") == -1 ||
	    buf_addf(out,
		"<p>%zu rows. A message unfolds.</p>\n</header>\n<main>\n"
		"<section class=\"card seq\">\n",
		story->count) == -1)
		return -1;
	for (size_t i = 0; i < story->count; i++) {
		const struct trace_row *row = &story->rows[i];

		if ((row->tone == TONE_HEADING ? put_heading(out, row) :
						 put_row(out, row)) == -1)
			return -1;
	}
	return buf_add_string(out,
	    "</section>\n</main>\n<footer>mcp-bridge " VERSION
	    " trace. What looked like a secret was left out when it was "
	    "recorded; what the server was used for was not.</footer>\n"
	    "</body>\n</html>\n");
}
