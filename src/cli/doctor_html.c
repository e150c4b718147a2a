/* SPDX-License-Identifier: ISC */
/*
 * A diagnosis as one web page: no script, nothing from the network, readable in
 * light and dark and on paper. Facts unfold, which needs no script either.
 */
#include <string.h>
#include <time.h>

#include "cli/doctor.h"
#include "cli/html.h"

enum { SCALE = 1000 }; /* units of the waterfall's width */

static const char style[] =
    ".verdict{display:inline-block;margin-top:.875rem;padding:.25rem .75rem;"
    "border-radius:1rem;font-size:.875rem;font-weight:600}"
    ".verdict.ok{background:var(--good-tint);color:var(--good)}"
    ".verdict.warning{background:var(--warn-tint);color:var(--warn)}"
    ".verdict.failed{background:var(--bad-tint);color:var(--bad)}"
    ".check{display:grid;grid-template-columns:1.5rem 11rem 1fr;"
    "column-gap:.75rem;padding:.75rem 1rem;align-items:baseline}"
    ".check+.check{border-top:1px solid var(--line)}"
    ".sign{font-weight:700;text-align:center}"
    ".name{font-weight:600}"
    ".ok .sign{color:var(--good)}.warning .sign{color:var(--warn)}"
    ".failed .sign{color:var(--bad)}"
    ".skipped .sign,.skipped .name,.skipped .what{color:var(--skip)}"
    ".skipped .name{font-weight:400}"
    ".what{overflow-wrap:anywhere}"
    ".remedy{margin:.5rem 0 0;padding:.5rem .75rem;border-radius:.5rem;"
    "background:var(--warn-tint)}"
    ".failed .remedy{background:var(--bad-tint)}"
    ".ok .remedy{background:var(--good-tint)}"
    ".remedy code{font-size:.9375em;white-space:nowrap}"
    ".several{grid-column:2/-1}"
    "details{margin-top:.375rem;font-size:.8125rem;color:var(--soft)}"
    "summary{cursor:pointer;width:fit-content}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.125rem 1rem;"
    "margin:.375rem 0 .25rem}"
    "dd{margin:0;overflow-wrap:anywhere;color:var(--ink)}"
    "table{width:100%;border-collapse:collapse;font-size:.8125rem}"
    "td,th{padding:.4375rem 1rem;text-align:left;font-weight:400}"
    "th{color:var(--soft)}"
    "tr+tr{border-top:1px solid var(--line)}"
    "td.req{width:38%;overflow-wrap:anywhere}"
    "td.req b{font-weight:600}"
    "td.ms{width:6.5rem;text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}"
    "svg{display:block;width:100%;height:.75rem}"
    ".b0{fill:var(--b0)}.b1{fill:var(--b1)}.b2{fill:var(--b2)}"
    ".bx{fill:var(--bad)}"
    ".key{display:inline-block;width:.75rem;height:.75rem;margin:0 .375rem 0 "
    "1rem;vertical-align:-.0625rem}"
    ".key:first-child{margin-left:0}"
    "@media(max-width:40rem){.check{grid-template-columns:1.5rem 1fr}"
    ".what,.remedy,details{grid-column:2}"
    "td.bar{display:none}td.req{width:auto}}"
    "@media print{.check,tr{break-inside:avoid}}";

static const char *const signs[CHECK_STATUS_COUNT] = {
	[CHECK_OK] = "\u2713",
	[CHECK_WARNING] = "!",
	[CHECK_FAILED] = "\u2717",
	[CHECK_SKIPPED] = "\u2013",
};

/* An option at the start of `text`; 0: there is none. */
static size_t
option_len(const char *text)
{
	if (strncmp(text, "--", 2) != 0)
		return 0;
	return 2 + strspn(text + 2, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

/* Options are code, which no line breaks at its dashes. */
static int
put_remedy(struct buf *out, const char *text)
{
	if (text == NULL)
		return 0;
	if (buf_add_string(out, "<p class=\"remedy\">") == -1)
		return -1;
	while (*text != '\0') {
		size_t len = option_len(text);

		if (len > 0 && (buf_add_string(out, "<code>") == -1 ||
				   html_span(out, span_make(text, len)) == -1 ||
				   buf_add_string(out, "</code>") == -1))
			return -1;
		text += len;
		len = strcspn(text, " ");
		len += strspn(text + len, " ");
		if (html_span(out, span_make(text, len)) == -1)
			return -1;
		text += len;
	}
	return buf_add_string(out, "</p>\n");
}

static int
put_facts(struct buf *out, const struct check *c)
{
	if (c->fact_count == 0)
		return 0;
	if (buf_add_string(out, "<details><summary>Details</summary><dl>\n") ==
	    -1)
		return -1;
	for (size_t i = 0; i < c->fact_count; i++) {
		if (html_between(out, "<dt>", c->facts[i].name, "</dt>") ==
			-1 ||
		    html_between(out, "<dd>", c->facts[i].value, "</dd>\n") ==
			-1)
			return -1;
	}
	return buf_add_string(out, "</dl></details>\n");
}

static int
put_sign(struct buf *out, enum check_status status)
{
	return buf_addf(out,
	    "<div class=\"check %s\"><span class=\"sign\" role=\"img\" "
	    "aria-label=\"%s\">%s</span>\n",
	    check_status_names[status], check_status_names[status],
	    signs[status]);
}

static int
put_check(struct buf *out, const struct check *c)
{
	if (put_sign(out, c->status) == -1 ||
	    html_between(out, "<span class=\"name\">", c->title, "</span>\n") ==
		-1 ||
	    html_between(out, "<div class=\"what\">", c->finding, "\n") == -1 ||
	    put_remedy(out, c->remedy) == -1 || put_facts(out, c) == -1)
		return -1;
	return buf_add_string(out, "</div></div>\n");
}

/* Checks skipped for one reason. */
static int
put_skipped(struct buf *out, const struct check *checks, size_t n)
{
	if (put_sign(out, CHECK_SKIPPED) == -1 ||
	    buf_add_string(out, "<div class=\"what several\">") == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (html_text(out, checks[i].title) == -1 ||
		    buf_add_string(out, i + 1 < n ? ", " : ": ") == -1)
			return -1;
	}
	if (html_text(out, checks[0].finding) == -1)
		return -1;
	return buf_add_string(out, "</div></div>\n");
}

static int
put_checks(struct buf *out, const struct diagnosis *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->count; i += n) {
		const struct check *c = &d->checks[i];

		n = diagnosis_alike(d, i);
		if (c->is_first &&
		    buf_addf(out, "%s<h2>%s</h2>\n<section class=\"card\">\n",
			i > 0 ? "</section>\n" : "",
			check_group_titles[c->group]) == -1)
			return -1;
		if ((n > 1 ? put_skipped(out, c, n) : put_check(out, c)) == -1)
			return -1;
	}
	return d->count > 0 ? buf_add_string(out, "</section>\n") : 0;
}

/*
 * The waterfall
 */

struct scale {
	uint64_t from_us, span_us;
};

static unsigned
place(const struct scale *scale, uint64_t at_us)
{
	if (at_us <= scale->from_us || scale->span_us == 0)
		return 0;
	return (unsigned)((at_us - scale->from_us) * SCALE / scale->span_us);
}

static int
put_part(struct buf *out, const char *class, unsigned from, unsigned to)
{
	if (to <= from)
		return 0;
	return buf_addf(out,
	    "<rect class=\"%s\" x=\"%u\" width=\"%u\" height=\"12\"/>", class,
	    from, to - from);
}

static int
put_bar(struct buf *out, const struct exchange_note *x,
    const struct scale *scale)
{
	unsigned from = place(scale, x->start_us);
	unsigned connected = x->connected_us > x->start_us ?
				 place(scale, x->connected_us) :
				 from;
	unsigned secured = x->secured_us > x->connected_us ?
			       place(scale, x->secured_us) :
			       connected;
	unsigned end = place(scale, x->ended_us);

	if (end < from + 4)
		end = from + 4;
	if (buf_addf(out,
		"<svg viewBox=\"0 0 %d 12\" preserveAspectRatio=\"none\" "
		"aria-hidden=\"true\">",
		SCALE + 4) == -1 ||
	    put_part(out, "b0", from, connected) == -1 ||
	    put_part(out, "b1", connected, secured) == -1 ||
	    put_part(out, x->failed ? "bx" : "b2", secured, end) == -1)
		return -1;
	return buf_add_string(out, "</svg>");
}

static int
put_exchange(struct buf *out, const struct exchange_note *x,
    const struct scale *scale)
{
	if (html_between(out, "<tr><td class=\"req\"><b>", x->method,
		"</b> ") == -1 ||
	    html_text(out, x->what) == -1 ||
	    buf_add_string(out, "</td><td class=\"bar\">") == -1 ||
	    put_bar(out, x, scale) == -1)
		return -1;
	if (x->status != 0 &&
	    buf_addf(out, "</td><td class=\"ms\">%d", x->status) == -1)
		return -1;
	if (x->status == 0 &&
	    buf_add_string(out, "</td><td class=\"ms\">\u2013") == -1)
		return -1;
	return buf_addf(out, "</td><td class=\"ms\">%.1f ms</td></tr>\n",
	    (double)(x->ended_us - x->start_us) / 1000);
}

static int
put_waterfall(struct buf *out, const struct diagnosis *d)
{
	struct scale scale = { 0 };

	if (d->exchange_count == 0)
		return 0;
	diagnosis_period(d, &scale.from_us, &scale.span_us);
	if (buf_add_string(out,
		"<h2>Where the time went</h2>\n<section class=\"card\"><table>"
		"\n<tr><th colspan=\"4\"><svg class=\"key\"><rect class=\"b0\" "
		"width=\"12\" height=\"12\"/></svg>connecting"
		"<svg class=\"key\"><rect class=\"b1\" width=\"12\" "
		"height=\"12\"/></svg>TLS"
		"<svg class=\"key\"><rect class=\"b2\" width=\"12\" "
		"height=\"12\"/></svg>answer</th></tr>\n") == -1)
		return -1;
	for (size_t i = 0; i < d->exchange_count; i++) {
		if (put_exchange(out, &d->exchanges[i], &scale) == -1)
			return -1;
	}
	return buf_add_string(out, "</table></section>\n");
}

static int
put_verdict(struct buf *out, const struct diagnosis *d)
{
	enum check_status result = diagnosis_result(d);
	char summary[64];

	diagnosis_summary(d, summary, sizeof(summary));
	return buf_addf(out, "<span class=\"verdict %s\">%s</span>\n",
	    check_status_names[result], summary);
}

int
doctor_html(const struct diagnosis *d, struct buf *out)
{
	time_t at = (time_t)d->at_s;
	struct tm tm = { 0 };
	char when[64] = "";

	if (gmtime_r(&at, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	if (html_begin(out, "mcp-bridge doctor: ", d->url, style) == -1 ||
	    html_between(out, "<header>\n<h1>", d->url, "</h1>\n") == -1 ||
	    html_between(out, "<p>Profile ", d->profile, "") == -1 ||
	    buf_addf(out, " \u00b7 %s \u00b7 %.1f s</p>\n", when,
		(double)d->duration_us / 1000000) == -1 ||
	    put_verdict(out, d) == -1 ||
	    buf_add_string(out, "</header>\n<main>\n") == -1 ||
	    put_checks(out, d) == -1 || put_waterfall(out, d) == -1)
		return -1;
	return buf_add_string(out,
	    "</main>\n<footer>mcp-bridge " VERSION
	    " doctor. No token, password or query is in this report; the "
	    "names of hosts are.</footer>\n</body>\n</html>\n");
}
