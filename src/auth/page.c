/* SPDX-License-Identifier: ISC */
/*
 * The page a browser shows when its part of a sign-in is over. Constant text,
 * one self-contained document per outcome: no script, nothing from the network,
 * nothing of the request.
 */
#include "auth/callback.h"

#include "base/base64.h"
#include "base/crypto.h"
#include "base/limits.h"

/* Every colour pair has a contrast of 4.5 or more, in light and dark. */
static const char style[] =
    ":root{color-scheme:light dark;--paper:#f4f3ef;--card:#fff;--line:#e3e1da;"
    "--ink:#1f2328;--soft:#57606a;--tint:#e8f3ec;--mark:#1a7f4b}"
    ".warn{--tint:#fbf0dc;--mark:#8a5a00}"
    ".fail{--tint:#fbe9e7;--mark:#b3261e}"
    "@media(prefers-color-scheme:dark){"
    ":root{--paper:#14161a;--card:#1c1f24;--line:#2d3138;--ink:#e9eaec;"
    "--soft:#a3abb5;--tint:#17301f;--mark:#6fd39b}"
    ".warn{--tint:#352a12;--mark:#e9bd61}"
    ".fail{--tint:#3a1e1c;--mark:#ff9d94}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;min-height:100dvh;display:flex;"
    "flex-direction:column;align-items:center;justify-content:center;"
    "gap:1.5rem;padding:1.5rem 1rem;background:var(--paper);color:var(--ink);"
    "font:1rem/1.6 system-ui,-apple-system,\"Segoe UI\",Roboto,"
    "\"Helvetica Neue\",\"Noto Sans\",sans-serif;"
    "-webkit-text-size-adjust:100%;text-size-adjust:100%}"
    "main{width:100%;max-width:27rem;padding:clamp(1.75rem,8vw,3rem);"
    "background:var(--card);border:1px solid var(--line);"
    "border-radius:1.125rem;box-shadow:0 1px 2px rgba(0,0,0,.04),"
    "0 12px 32px -12px rgba(0,0,0,.12);text-align:center}"
    "svg{display:block;width:4rem;height:4rem;margin:0 auto 1.5rem;"
    "fill:none;stroke:var(--mark);stroke-width:2.5;stroke-linecap:round;"
    "stroke-linejoin:round}"
    "circle{fill:var(--tint);stroke:none}"
    "h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25;font-weight:600;"
    "letter-spacing:-.015em;text-wrap:balance}"
    "p{margin:0;color:var(--soft);text-wrap:balance;overflow-wrap:break-word}"
    ".next{margin-top:1.5rem;padding-top:1.5rem;"
    "border-top:1px solid var(--line);color:var(--ink);font-weight:500}"
    "footer{color:var(--soft);font-size:.8125rem;letter-spacing:.02em}"
    "@media(forced-colors:active){circle{stroke:CanvasText;stroke-width:1}"
    "svg{stroke:CanvasText}}";

struct page {
	const char *status;
	const char *tone; /* a class of the style */
	const char *role; /* how urgently it is read out */
	const char *title;
	const char *mark; /* drawn in the circle, 48 by 48 */
	const char *what; /* what happened */
	const char *next; /* what to do */
};

#define MARK_TICK "M16 24.5l5.5 5.5L32.5 18.5"
#define MARK_CROSS "M18 18l12 12M30 18L18 30"
#define MARK_MINUS "M16.5 24h15"
#define MARK_CLOCK "M24 17v7.5l5 3M35 24a11 11 0 1 1-22 0 11 11 0 0 1 22 0z"

static const struct page pages[] = {
	[PAGE_SUCCESS] = {
		.status = "200 OK",
		.tone = "good",
		.role = "status",
		.title = "You are signed in",
		.mark = MARK_TICK,
		.what = "Access was granted. Your app picks it up and goes on "
			"by itself.",
		.next = "You can close this tab and go back to your app.",
	},
	[PAGE_DENIED] = {
		.status = "200 OK",
		.tone = "warn",
		.role = "status",
		.title = "Access was not granted",
		.mark = MARK_MINUS,
		.what = "The sign-in was declined, so your app got no access "
			"and nothing has changed.",
		.next = "Close this tab. If this was a mistake, start again "
			"from your app.",
	},
	[PAGE_EXPIRED] = {
		.status = "410 Gone",
		.tone = "warn",
		.role = "alert",
		.title = "This sign-in has expired",
		.mark = MARK_CLOCK,
		.what = "It took too long, or a newer one has taken its place. "
			"No access was given.",
		.next = "Close this tab and start again from your app.",
	},
	[PAGE_FAILED] = {
		.status = "200 OK",
		.tone = "fail",
		.role = "alert",
		.title = "Sign-in did not work",
		.mark = MARK_CROSS,
		.what = "Your answer arrived, but the last step failed. "
			"No access was given.",
		.next = "Close this tab and go back to your app: it shows "
			"the reason. Then try again.",
	},
	[PAGE_ALREADY] = {
		.status = "410 Gone",
		.tone = "good",
		.role = "status",
		.title = "Already taken care of",
		.mark = MARK_TICK,
		.what = "This sign-in was answered in another tab or window.",
		.next = "You can close this tab.",
	},
};

static int
render_document(const struct page *page, struct buf *out)
{
	return buf_addf(out,
	    "<!DOCTYPE html>\n"
	    "<html lang=\"en\" class=\"%s\">\n"
	    "<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n"
	    "<title>%s \xe2\x80\x93 mcp-bridge</title>\n"
	    "<style>%s</style>\n"
	    "</head>\n"
	    "<body>\n"
	    "<main>\n"
	    "<svg viewBox=\"0 0 48 48\" aria-hidden=\"true\">"
	    "<circle cx=\"24\" cy=\"24\" r=\"23\"/><path d=\"%s\"/></svg>\n"
	    "<div role=\"%s\">\n"
	    "<h1>%s</h1>\n"
	    "<p>%s</p>\n"
	    "<p class=\"next\">%s</p>\n"
	    "</div>\n"
	    "</main>\n"
	    "<footer>mcp-bridge</footer>\n"
	    "</body>\n"
	    "</html>\n",
	    page->tone, page->title, style, page->mark, page->role, page->title,
	    page->what, page->next);
}

/* The one style is allowed by its hash; whatever else might get into the page
 * is not. The last three directives do not fall back to default-src. */
static int
render_policy(struct buf *out)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];

	crypto_sha256(span_of(style), digest);
	if (buf_add_string(out, "Content-Security-Policy: default-src 'none'; "
				"style-src 'sha256-") == -1 ||
	    base64_encode(span_make((const char *)digest, sizeof(digest)),
		out) == -1)
		return -1;
	return buf_add_string(out,
	    "'; frame-ancestors 'none'; base-uri 'none'; "
	    "form-action 'none'\r\n");
}

int
callback_page_render(enum callback_page kind, struct buf *out)
{
	struct buf document;
	int rc = -1;

	buf_init(&document, 16 * KIB);
	if (render_document(&pages[kind], &document) == -1)
		goto out;
	if (buf_addf(out,
		"HTTP/1.1 %s\r\n"
		"Content-Type: text/html; charset=utf-8\r\n"
		"Content-Length: %zu\r\n"
		"Cache-Control: no-store\r\n"
		"Referrer-Policy: no-referrer\r\n"
		"X-Content-Type-Options: nosniff\r\n"
		"X-Frame-Options: DENY\r\n"
		"Cross-Origin-Resource-Policy: same-origin\r\n"
		"Connection: close\r\n",
		pages[kind].status, document.len) == -1 ||
	    render_policy(out) == -1 || buf_add_string(out, "\r\n") == -1)
		goto out;
	rc = buf_add_span(out, buf_span(&document));
out:
	buf_reset(&document);
	return rc;
}
