/* SPDX-License-Identifier: ISC */
/*
 * wire/url: the gate (A-104), origins (A-013, A-099), references (T-072), form
 * coding (A-037).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wire/url.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A literal that may hold NUL. */
#define BYTES(literal)                                                         \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

struct accepted {
	const char *text;
	const char *origin; /* holds scheme, host and port */
	const char *path;
	const char *query; /* NULL: none */
};

static const struct accepted accepted[] = {
	{ "https://example.com", "https://example.com", "/", NULL },
	{ "https://example.com/", "https://example.com", "/", NULL },
	{ "https://example.com/mcp", "https://example.com", "/mcp", NULL },
	{ "HTTPS://Example.COM/MCP", "https://example.com", "/MCP", NULL },
	{ "Http://EXAMPLE.com", "http://example.com", "/", NULL },
	{ "https://example.com:443/", "https://example.com", "/", NULL },
	{ "https://example.com:0443/", "https://example.com", "/", NULL },
	{ "https://example.com:80/", "https://example.com:80", "/", NULL },
	{ "http://example.com:80/", "http://example.com", "/", NULL },
	{ "http://example.com:443/", "http://example.com:443", "/", NULL },
	{ "https://example.com:65535/", "https://example.com:65535", "/",
	    NULL },
	{ "https://example.com:1", "https://example.com:1", "/", NULL },
	{ "https://a.b/?", "https://a.b", "/", "" },
	{ "https://a.b?x=1", "https://a.b", "/", "x=1" },
	{ "https://a.b/p?x=1?y=/@:", "https://a.b", "/p", "x=1?y=/@:" },
	{ "https://a.b/@user:x", "https://a.b", "/@user:x", NULL },
	{ "https://a.b//c//", "https://a.b", "//c//", NULL },
	{ "https://a.b/a/../b/./c", "https://a.b", "/a/../b/./c", NULL },
	{ "https://a.b/%2e%2E/a%2fb", "https://a.b", "/%2e%2E/a%2fb", NULL },
	{ "https://a.b/%zz%", "https://a.b", "/%zz%", NULL },
	{ "https://a.b/a;b=c,d'e(f)*!$&+~_-.", "https://a.b",
	    "/a;b=c,d'e(f)*!$&+~_-.", NULL },
	{ "https://a.b/{x}|^`<>\"[]", "https://a.b", "/{x}|^`<>\"[]", NULL },
	{ "https://a_b.example/", "https://a_b.example", "/", NULL },
	{ "https://-a-.example/", "https://-a-.example", "/", NULL },
	{ "https://example.com./", "https://example.com.", "/", NULL },
	{ "https://xn--bcher-kva.example/", "https://xn--bcher-kva.example",
	    "/", NULL },
	{ "https://1and1.example/", "https://1and1.example", "/", NULL },
	{ "https://0x7f.example/", "https://0x7f.example", "/", NULL },
	{ "https://127.0.0.1.example/", "https://127.0.0.1.example", "/",
	    NULL },
	{ "https://0xg/", "https://0xg", "/", NULL },
	{ "http://localhost:8080/sse", "http://localhost:8080", "/sse", NULL },
	{ "http://127.0.0.1:1/", "http://127.0.0.1:1", "/", NULL },
	{ "http://255.255.255.255/", "http://255.255.255.255", "/", NULL },
	{ "http://[::1]/", "http://[::1]", "/", NULL },
	{ "http://[::1]:8080/x", "http://[::1]:8080", "/x", NULL },
	{ "http://[0:0:0:0:0:0:0:1]/", "http://[::1]", "/", NULL },
	{ "http://[2001:DB8::A]/", "http://[2001:db8::a]", "/", NULL },
	{ "http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1]", "/",
	    NULL },
};

static const struct span refused[] = {
	BYTES(""),
	BYTES(" "),
	BYTES("example.com"),
	BYTES("example.com:443"),
	BYTES("/path"),
	BYTES("//example.com/"),
	BYTES("://example.com/"),
	BYTES("https"),
	BYTES("https:"),
	BYTES("https:/"),
	BYTES("https://"),
	BYTES("https:/example.com/"),
	BYTES("https:///example.com/"),
	BYTES("https:////example.com/"),
	BYTES("https:example.com"),
	BYTES("https//example.com"),
	BYTES("httpss://example.com/"),
	BYTES("ftp://example.com/"),
	BYTES("file:///etc/passwd"),
	BYTES("file://localhost/etc/passwd"),
	BYTES("javascript:alert(1)"),
	BYTES("data:text/html,x"),
	BYTES("ws://example.com/"),
	BYTES("view-source:https://example.com/"),

	/* what splits differently here and there */
	BYTES("https://a\\@evil.example/"),
	BYTES("https:\\\\example.com\\"),
	BYTES("https://example.com\\.evil.example/"),
	BYTES("https://example.com/\\evil"),
	BYTES(" https://example.com/"),
	BYTES("https://example.com/ "),
	BYTES("https://example.com/a b"),
	BYTES("https://exam ple.com/"),
	BYTES("https://example.com/\t"),
	BYTES("ht\ntps://example.com/"),
	BYTES("https://example.com/\r\nHost: evil"),
	BYTES("https://example.com\n/"),
	BYTES("https://example.com/\0"),
	BYTES("https://example.com\0.evil.example/"),
	BYTES("https://example.com/\x7f"),
	BYTES("https://example.com/\x1b[2J"),
	BYTES("https://b\xc3\xbc"
	      "cher.example/"),
	BYTES("https://example.com/\xc3\xbc"),
	BYTES("https://example.com/?\xff"),
	BYTES("https://example\xe3\x80\x82"
	      "com/"),

	/* userinfo */
	BYTES("https://user@example.com/"),
	BYTES("https://user:secret@example.com/"),
	BYTES("https://@example.com/"),
	BYTES("https://:@example.com/"),
	BYTES("https://example.com@evil.example/"),
	BYTES("https://a@b@example.com/"),
	BYTES("https://example.com:443@evil.example/"),

	/* fragments */
	BYTES("https://example.com/#"),
	BYTES("https://example.com/#x"),
	BYTES("https://example.com#@evil.example/"),
	BYTES("https://example.com/?x#y"),

	/* hosts */
	BYTES("https://."),
	BYTES("https://./"),
	BYTES("https://.example.com/"),
	BYTES("https://example..com/"),
	BYTES("https://example.com../"),
	BYTES("https://?x"),
	BYTES("https://:443/"),
	BYTES("https://ex%61mple.com/"),
	BYTES("https://example.com%2f.evil.example/"),
	BYTES("https://example.com%00/"),
	BYTES("https://exa*mple.com/"),
	BYTES("https://$(id).example/"),
	BYTES("https://a;b/"),
	BYTES("https://a,b/"),
	BYTES("https://a|b/"),
	BYTES("https://{a,b}.example/"),
	BYTES("https://a[1-3].example/"),

	/* IPv4 addresses in disguise */
	BYTES("http://0x7f.1/"),
	BYTES("http://0x7f000001/"),
	BYTES("http://0X7F.0.0.1/"),
	BYTES("http://0x/"),
	BYTES("http://127.1/"),
	BYTES("http://127.0.1/"),
	BYTES("http://2130706433/"),
	BYTES("http://017700000001/"),
	BYTES("http://0177.0.0.1/"),
	BYTES("http://127.0.0.01/"),
	BYTES("http://127.0.0.1./"),
	BYTES("http://127.0.0.256/"),
	BYTES("http://127.0.0.1.1/"),
	BYTES("http://127.0.0.0x1/"),
	BYTES("http://example.1/"),
	BYTES("http://0/"),

	/* IPv6 */
	BYTES("http://[::1/"),
	BYTES("http://::1/"),
	BYTES("http://[]/"),
	BYTES("http://[/"),
	BYTES("http://[::1]x/"),
	BYTES("http://x[::1]/"),
	BYTES("http://[::1]]/"),
	BYTES("http://[::g]/"),
	BYTES("http://[127.0.0.1]/"),
	BYTES("http://[fe80::1%25eth0]/"),
	BYTES("http://[fe80::1%eth0]/"),
	BYTES("http://[v1.x]/"),
	BYTES("http://[0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0]/"),

	/* ports */
	BYTES("https://example.com:/"),
	BYTES("https://example.com:0/"),
	BYTES("https://example.com:00000/"),
	BYTES("https://example.com:65536/"),
	BYTES("https://example.com:4294967739/"),
	BYTES("https://example.com:99999999999999999999999/"),
	BYTES("https://example.com:+443/"),
	BYTES("https://example.com:-1/"),
	BYTES("https://example.com:443x/"),
	BYTES("https://example.com:4 43/"),
	BYTES("https://example.com:443:443/"),
	BYTES("https://[::1]:/"),
	BYTES("https://[::1]:x/"),
};

static void
assert_is_empty(const struct url *u)
{
	assert_null(u->text);
	assert_null(u->scheme);
	assert_null(u->host);
	assert_null(u->path);
	assert_null(u->query);
	assert_int_equal(u->port, 0);
}

static void
urls_are_accepted(void **state)
{
	struct url u;

	(void)state;
	url_init(&u);
	for (size_t i = 0; i < COUNT(accepted); i++) {
		const struct accepted *test = &accepted[i];
		struct fault f = { 0 };

		if (url_parse(&u, span_of(test->text), &f) == -1)
			fail_msg("%s: %s", test->text, f.msg);
		char *origin = url_origin(&u);
		assert_string_equal(origin, test->origin);
		free(origin);
		assert_string_equal(u.text, test->text);
		assert_string_equal(u.path, test->path);
		if (test->query != NULL) {
			assert_non_null(u.query);
			assert_string_equal(u.query, test->query);
		} else {
			assert_null(u.query);
		}
	}
	url_reset(&u);
}

static void
urls_are_refused(void **state)
{
	struct url u;

	(void)state;
	assert_true(COUNT(refused) + COUNT(accepted) >= 80);
	url_init(&u);
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct fault f = { 0 };

		if (url_parse(&u, refused[i], &f) == 0)
			fail_msg("accepted: %s", refused[i].ptr);
		assert_is_empty(&u);
		assert_int_equal(f.code, FAULT_USAGE);
		assert_true(f.msg[0] != '\0');
		assert_null(strstr(f.msg, "secret"));
	}
	assert_int_equal(url_parse(&u, span_make(NULL, 0), NULL), -1);
}

static void
a_refusal_says_why(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{ "https://user:secret@example.com/",
		    "bad URL: it holds a user name or password" },
		{ "example.com", "bad URL: it does not begin with https:// or "
				 "http://" },
		{ "https://example.com/#x", "bad URL: it has a fragment" },
		{ "http://127.1/", "bad URL: its IPv4 address is not four "
				   "decimal numbers" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct url u;
		struct fault f = { 0 };

		url_init(&u);
		assert_int_equal(url_parse(&u, span_of(cases[i].text), &f), -1);
		assert_string_equal(f.msg, cases[i].reason);
	}
}

static void
a_refused_url_empties_the_old_one(void **state)
{
	struct url u;

	(void)state;
	url_init(&u);
	assert_int_equal(url_parse(&u, span_of("https://a.b/c?d"), NULL), 0);
	assert_int_equal(url_parse(&u, span_of("https://a.b/#"), NULL), -1);
	assert_is_empty(&u);
}

static void
length_is_capped(void **state)
{
	struct url u;
	char *text = mem_alloc(LIMIT_URL + 2, 1);

	(void)state;
	memset(text, 'a', LIMIT_URL + 1);
	memcpy(text, "https://a.b/", 12);
	url_init(&u);
	assert_int_equal(url_parse(&u, span_make(text, LIMIT_URL + 1), NULL),
	    -1);
	assert_int_equal(url_parse(&u, span_make(text, LIMIT_URL), NULL), 0);
	url_reset(&u);
	free(text);
}

static void
origins_are_compared(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "https://a.b/x", "https://A.B:443/y?z", true },
		{ "http://a.b", "http://a.b:80/", true },
		{ "http://[::1]/", "http://[0::0:1]:80/", true },
		{ "https://a.b/", "http://a.b/", false },
		{ "https://a.b/", "http://a.b:443/", false },
		{ "https://a.b/", "https://a.b:8443/", false },
		{ "https://a.b/", "https://a.b./", false },
		{ "https://a.b/", "https://x.a.b/", false },
		{ "http://localhost/", "http://127.0.0.1/", false },
		{ "http://127.0.0.1/", "http://[::ffff:127.0.0.1]/", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct url a;
		struct url b;

		url_init(&a);
		url_init(&b);
		assert_int_equal(url_parse(&a, span_of(cases[i].a), NULL), 0);
		assert_int_equal(url_parse(&b, span_of(cases[i].b), NULL), 0);
		assert_int_equal(url_same_origin(&a, &b), cases[i].same);
		assert_int_equal(url_same_origin(&b, &a), cases[i].same);
		url_reset(&a);
		url_reset(&b);
	}
}

static void
loopback_hosts_are_known(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} cases[] = {
		{ "http://localhost/", true },
		{ "http://LOCALHOST:80/", true },
		{ "http://mcp.localhost/", true },
		{ "http://a.b.localhost/", true },
		{ "http://127.0.0.1/", true },
		{ "http://127.255.255.254/", true },
		{ "http://[::1]/", true },
		{ "http://[0:0::1]/", true },
		{ "http://localhost./", false },
		{ "http://localhost.example/", false },
		{ "http://notlocalhost/", false },
		{ "http://127.0.0.1.example/", false },
		{ "http://127.example/", false },
		{ "http://128.0.0.1/", false },
		{ "http://0.0.0.0/", false },
		{ "http://12.7.0.0/", false },
		{ "http://[::]/", false },
		{ "http://[::2]/", false },
		{ "http://[::ffff:127.0.0.1]/", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct url u;

		url_init(&u);
		assert_int_equal(url_parse(&u, span_of(cases[i].text), NULL),
		    0);
		if (url_is_loopback(&u) != cases[i].loopback)
			fail_msg("%s", cases[i].text);
		assert_false(url_is_https(&u));
		url_reset(&u);
	}
}

static void
the_public_form_has_no_query(void **state)
{
	struct url u;

	(void)state;
	url_init(&u);
	assert_int_equal(url_parse(&u,
			     span_of("HTTPS://[::1]:8443/a?key=secret"), NULL),
	    0);
	char *text = url_public(&u);
	assert_string_equal(text, "https://[::1]:8443/a");
	assert_true(url_is_https(&u));
	free(text);
	url_reset(&u);
}

/* RFC 3986 section 5.4, without its other scheme and its fragments, and what
 * servers send as an endpoint. */
static void
references_are_resolved(void **state)
{
	static const struct {
		const char *base, *reference, *target; /* NULL: refused */
	} cases[] = {
		{ "http://a/b/c/d;p?q", "g", "http://a/b/c/g" },
		{ "http://a/b/c/d;p?q", "./g", "http://a/b/c/g" },
		{ "http://a/b/c/d;p?q", "g/", "http://a/b/c/g/" },
		{ "http://a/b/c/d;p?q", "/g", "http://a/g" },
		{ "http://a/b/c/d;p?q", "//g", "http://g" },
		{ "http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y" },
		{ "http://a/b/c/d;p?q", "g?y", "http://a/b/c/g?y" },
		{ "http://a/b/c/d;p?q", "#s", "http://a/b/c/d;p?q" },
		{ "http://a/b/c/d;p?q", "g#s", "http://a/b/c/g" },
		{ "http://a/b/c/d;p?q", "g?y#s", "http://a/b/c/g?y" },
		{ "http://a/b/c/d;p?q", ";x", "http://a/b/c/;x" },
		{ "http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q" },
		{ "http://a/b/c/d;p?q", ".", "http://a/b/c/" },
		{ "http://a/b/c/d;p?q", "./", "http://a/b/c/" },
		{ "http://a/b/c/d;p?q", "..", "http://a/b/" },
		{ "http://a/b/c/d;p?q", "../", "http://a/b/" },
		{ "http://a/b/c/d;p?q", "../g", "http://a/b/g" },
		{ "http://a/b/c/d;p?q", "../..", "http://a/" },
		{ "http://a/b/c/d;p?q", "../../g", "http://a/g" },
		{ "http://a/b/c/d;p?q", "../../../g", "http://a/g" },
		{ "http://a/b/c/d;p?q", "../../../../g", "http://a/g" },
		{ "http://a/b/c/d;p?q", "/./g", "http://a/g" },
		{ "http://a/b/c/d;p?q", "/../g", "http://a/g" },
		{ "http://a/b/c/d;p?q", "g.", "http://a/b/c/g." },
		{ "http://a/b/c/d;p?q", ".g", "http://a/b/c/.g" },
		{ "http://a/b/c/d;p?q", "..g", "http://a/b/c/..g" },
		{ "http://a/b/c/d;p?q", "./../g", "http://a/b/g" },
		{ "http://a/b/c/d;p?q", "./g/.", "http://a/b/c/g/" },
		{ "http://a/b/c/d;p?q", "g/./h", "http://a/b/c/g/h" },
		{ "http://a/b/c/d;p?q", "g/../h", "http://a/b/c/h" },
		{ "http://a/b/c/d;p?q", "g?y/../x", "http://a/b/c/g?y/../x" },
		{ "http://a/b/c/d;p?q", "http:g", NULL },

		{ "https://h", "g", "https://h/g" },
		{ "https://h", "?x", "https://h?x" },
		{ "https://h?q", "", "https://h?q" },
		{ "https://h/sse", "/messages/?session_id=1:2",
		    "https://h/messages/?session_id=1:2" },
		{ "https://h:8443/a/sse", "messages?x=/..",
		    "https://h:8443/a/messages?x=/.." },
		{ "https://H:443/sse", "/m", "https://H:443/m" },
		{ "https://h/sse", "https://i/m", "https://i/m" },
		{ "https://h/sse", "HTTP://h/m#f", "HTTP://h/m" },
		{ "https://h/sse", "//i:1/m", "https://i:1/m" },
		{ "https://[::1]/sse", "m", "https://[::1]/m" },
		{ "https://h/a", "/..//i/m", "https://h//i/m" },
		{ "https://h/a", "..//i", "https://h//i" },
		{ "https://h/a//b/c", "../d", "https://h/a//d" },
		{ "https://h/a/..", "", "https://h/a/.." },

		{ "https://h/sse", "a:b", NULL },
		{ "https://h/sse", "./a:b", "https://h/a:b" },
		{ "https://h/sse", "1a:b", "https://h/1a:b" },
		{ "https://h/sse", "file:///etc/passwd", NULL },
		{ "https://h/sse", "javascript:alert(1)", NULL },
		{ "https://h/sse", "///m", NULL },
		{ "https://h/sse", "//", NULL },
		{ "https://h/sse", "//u@h/m", NULL },
		{ "https://h/sse", "\\\\evil\\m", NULL },
		{ "https://h/sse", "/\\evil", NULL },
		{ "https://h/sse", "/m\r\nX: y", NULL },
		{ "https://h/sse", " /m", NULL },
		{ "https://h/sse", "/m\xc3\xbc", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct url base;
		struct url u;
		struct fault f = { 0 };

		url_init(&base);
		url_init(&u);
		assert_int_equal(url_parse(&base, span_of(cases[i].base), &f),
		    0);
		int result =
		    url_resolve(&u, &base, span_of(cases[i].reference), &f);
		if ((result == 0) != (cases[i].target != NULL))
			fail_msg("%s + %s: %s", cases[i].base,
			    cases[i].reference, result == 0 ? u.text : f.msg);
		if (result == 0)
			assert_string_equal(u.text, cases[i].target);
		else
			assert_is_empty(&u);
		url_reset(&base);
		url_reset(&u);
	}
}

static void
odd_references_are_refused(void **state)
{
	static const struct span nul = BYTES("/m\0#x");
	struct url base;
	struct url u;
	char *path = mem_alloc(LIMIT_URL + 1, 1);

	(void)state;
	url_init(&base);
	url_init(&u);
	assert_int_equal(url_parse(&base, span_of("https://h/sse"), NULL), 0);
	assert_int_equal(url_resolve(&u, &base, nul, NULL), -1);
	assert_int_equal(url_resolve(&u, &base, span_make(NULL, 0), NULL), 0);
	assert_string_equal(u.text, "https://h/sse");
	memset(path, '/', LIMIT_URL);
	assert_int_equal(url_resolve(&u, &base, span_make(path + 1, 1), NULL),
	    0);
	memset(path + 1, 'a', LIMIT_URL - 1);
	assert_int_equal(url_resolve(&u, &base, span_of(path), NULL), -1);
	assert_is_empty(&u);
	free(path);
	url_reset(&base);
}

static void
form_coding_escapes_all_but_the_plain(void **state)
{
	static const struct {
		struct span text;
		const char *encoded;
	} cases[] = {
		{ BYTES(""), "" },
		{ BYTES("azAZ09*-._"), "azAZ09*-._" },
		{ BYTES("a b"), "a+b" },
		{ BYTES("a:b%+\xc3\xa9"), "a%3Ab%25%2B%C3%A9" },
		{ BYTES("~!'()"), "%7E%21%27%28%29" },
		{ BYTES("&=#?/\0\xff"), "%26%3D%23%3F%2F%00%FF" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;
		struct buf back;

		buf_init(&out, 64);
		buf_init(&back, 64);
		assert_int_equal(url_form_encode(cases[i].text, &out), 0);
		assert_true(span_is(buf_span(&out), cases[i].encoded));
		assert_int_equal(url_decode(buf_span(&out), true, &back), 0);
		assert_true(span_equal(buf_span(&back), cases[i].text));
		buf_reset(&out);
		buf_reset(&back);
	}
}

static void
decoding_is_strict(void **state)
{
	static const struct {
		const char *text;
		bool form;
		const char *decoded; /* NULL: refused */
	} cases[] = {
		{ "a+b", true, "a b" },
		{ "a+b", false, "a+b" },
		{ "%41%6a%6A", false, "Ajj" },
		{ "%2541", false, "%41" },
		{ "\xc3\xa9", false, "\xc3\xa9" },
		{ "%", false, NULL },
		{ "%4", false, NULL },
		{ "%4g", false, NULL },
		{ "%g4", false, NULL },
		{ "%%41", false, NULL },
		{ "% 41", false, NULL },
		{ "a%", true, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;

		buf_init(&out, 64);
		int result =
		    url_decode(span_of(cases[i].text), cases[i].form, &out);
		assert_int_equal(result, cases[i].decoded != NULL ? 0 : -1);
		if (result == 0)
			assert_true(span_is(buf_span(&out), cases[i].decoded));
		buf_reset(&out);
	}
}

static void
coding_keeps_the_cap(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 2);
	assert_int_equal(url_form_encode(span_of("&"), &out), -1);
	assert_int_equal(url_form_encode(span_of("abc"), &out), -1);
	assert_int_equal(url_decode(span_of("abc"), false, &out), -1);
	buf_reset(&out);
}

static void
parameters_are_found(void **state)
{
	static const struct {
		const char *query, *value; /* NULL: absent */
		size_t count;
	} cases[] = {
		{ "state=1", "1", 1 },
		{ "code=x&state=1&iss=y", "1", 1 },
		{ "state=1&state=2", "1", 2 },
		{ "st%61te=1&state=2", "1", 2 },
		{ "state", "", 1 },
		{ "state=", "", 1 },
		{ "state=a=b", "a=b", 1 },
		{ "state=%zz+", "%zz+", 1 },
		{ "&&state=1&&", "1", 1 },
		{ "State=1", NULL, 0 },
		{ "xstate=1&statex=2", NULL, 0 },
		{ "x=state=1", NULL, 0 },
		{ "x;state=1", NULL, 0 },
		{ "stat%=1&stat%6=1", NULL, 0 },
		{ "=state", NULL, 0 },
		{ "", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span value = span_of("old");
		size_t count = 99;
		bool found = url_query_get(span_of(cases[i].query), "state",
		    &value, &count);

		assert_int_equal(found, cases[i].value != NULL);
		assert_int_equal(count, cases[i].count);
		assert_true(span_is(value, found ? cases[i].value : ""));
	}
}

static void
names_with_nul_are_other_names(void **state)
{
	static const struct span raw = BYTES("state\0x=1");
	struct span value = { 0 };

	(void)state;
	assert_false(url_query_get(raw, "state", &value, NULL));
	assert_false(
	    url_query_get(span_of("state%00=1"), "state", &value, NULL));
	assert_true(url_query_get(span_of("a+b=1"), "a b", &value, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_accepted),
		cmocka_unit_test(urls_are_refused),
		cmocka_unit_test(a_refusal_says_why),
		cmocka_unit_test(a_refused_url_empties_the_old_one),
		cmocka_unit_test(length_is_capped),
		cmocka_unit_test(origins_are_compared),
		cmocka_unit_test(loopback_hosts_are_known),
		cmocka_unit_test(the_public_form_has_no_query),
		cmocka_unit_test(references_are_resolved),
		cmocka_unit_test(odd_references_are_refused),
		cmocka_unit_test(form_coding_escapes_all_but_the_plain),
		cmocka_unit_test(decoding_is_strict),
		cmocka_unit_test(coding_keeps_the_cap),
		cmocka_unit_test(parameters_are_found),
		cmocka_unit_test(names_with_nul_are_other_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
