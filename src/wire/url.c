/* SPDX-License-Identifier: ISC */
/*
 * URLs: the gate, libcurl's parser behind it, references, form coding. Scheme,
 * host and port are what libcurl will use; path and query are cut from the
 * text, since versions of libcurl rewrite them. Judges no address but the
 * loopback names; what a host resolves to is the business of who connects.
 */
#include "wire/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

/* The pieces of an absolute URL, as written. */
struct pieces {
	struct span scheme;
	struct span host;   /* with brackets where it has them */
	struct span prefix; /* scheme and authority */
	struct span path;
	struct span query; /* ptr NULL: absent */
};

void
url_init(struct url *u)
{
	*u = (struct url){ 0 };
}

void
url_reset(struct url *u)
{
	free(u->text);
	free(u->scheme);
	free(u->host);
	free(u->path);
	free(u->query);
	url_init(u);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* -1: none. */
static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Bytes before the first of `stops`. */
static size_t
length_before(struct span text, const char *stops)
{
	size_t len = 0;

	while (len < text.len && !char_among(text.ptr[len], stops))
		len++;
	return len;
}

static struct span
skip(struct span text, size_t count)
{
	return span_make(text.ptr + count, text.len - count);
}

/* NULL where all bytes may stand in a URL. */
static const char *
find_bad_byte(struct span text)
{
	if (text.len == 0)
		return "it is empty";
	if (text.len > LIMIT_URL)
		return "it is too long";
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c == '\\')
			return "it holds a backslash";
		if (c <= ' ' || c == 0x7f)
			return "it holds a space or a control character";
		if (c > 0x7f)
			return "it holds characters beyond ASCII; write them "
			       "escaped, in the host as xn--";
	}
	return NULL;
}

static const char *
check_ipv6(struct span host)
{
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN] = "";

	if (host.len < 2 || host.len - 2 >= sizeof(text) ||
	    host.ptr[host.len - 1] != ']')
		return "its IPv6 address is wrong";
	memcpy(text, host.ptr + 1, host.len - 2);
	if (inet_pton(AF_INET6, text, &address) != 1)
		return "its IPv6 address is wrong";
	return NULL;
}

static bool
is_ipv4(struct span host)
{
	struct in_addr address;
	char text[INET_ADDRSTRLEN] = "";

	if (host.len >= sizeof(text))
		return false;
	memcpy(text, host.ptr, host.len);
	return inet_pton(AF_INET, text, &address) == 1;
}

/* Where browsers expect an IPv4 address: the last label is a number. */
static bool
ends_in_number(struct span host)
{
	size_t start = 0;

	if (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	for (size_t i = 0; i < host.len; i++) {
		if (host.ptr[i] == '.')
			start = i + 1;
	}
	struct span label = skip(host, start);
	if (span_starts_with(label, "0x") || span_starts_with(label, "0X")) {
		label = skip(label, 2);
		for (size_t i = 0; i < label.len; i++) {
			if (hex_value(label.ptr[i]) == -1)
				return false;
		}
		return true;
	}
	for (size_t i = 0; i < label.len; i++) {
		if (!is_digit(label.ptr[i]))
			return false;
	}
	return label.len > 0;
}

static const char *
check_host(struct span host)
{
	char before = '.';

	if (host.len == 0)
		return "it has no host";
	if (host.ptr[0] == '[')
		return check_ipv6(host);
	for (size_t i = 0; i < host.len; i++) {
		char c = host.ptr[i];
		if (!is_letter(c) && !is_digit(c) && !char_among(c, "-_."))
			return "its host holds a character that names may not "
			       "have";
		if (c == '.' && before == '.')
			return "its host has an empty label";
		before = c;
	}
	if (ends_in_number(host) && !is_ipv4(host))
		return "its IPv4 address is not four decimal numbers";
	return NULL;
}

static const char *
check_port(struct span port)
{
	unsigned long number = 0;

	for (size_t i = 0; i < port.len; i++) {
		if (!is_digit(port.ptr[i]) || number > UINT16_MAX)
			return "its port is not a number from 1 to 65535";
		number = number * 10 + (unsigned long)(port.ptr[i] - '0');
	}
	if (number == 0 || number > UINT16_MAX)
		return "its port is not a number from 1 to 65535";
	return NULL;
}

static const char *
split_authority(struct span authority, struct pieces *p)
{
	size_t host_len = 0;

	if (length_before(authority, "@") < authority.len)
		return "it holds a user name or password";
	if (authority.len > 0 && authority.ptr[0] == '[')
		host_len = length_before(authority, "]");
	host_len += length_before(skip(authority, host_len), ":");
	p->host = span_make(authority.ptr, host_len);

	const char *why = check_host(p->host);
	if (why != NULL || host_len == authority.len)
		return why;
	return check_port(skip(authority, host_len + 1));
}

/* The gate: NULL where the URL passes, else the reason. */
static const char *
split(struct span text, struct pieces *p)
{
	const char *why = find_bad_byte(text);

	if (why != NULL)
		return why;
	p->scheme = span_make(text.ptr, length_before(text, ":"));
	if (!span_is_nocase(p->scheme, "http") &&
	    !span_is_nocase(p->scheme, "https"))
		return "it does not begin with https:// or http://";
	if (!span_starts_with(skip(text, p->scheme.len), "://"))
		return "the scheme is not followed by ://";
	if (length_before(text, "#") < text.len)
		return "it has a fragment";

	struct span rest = skip(text, p->scheme.len + 3);
	struct span authority = span_make(rest.ptr, length_before(rest, "/?"));
	rest = skip(rest, authority.len);
	p->prefix = span_make(text.ptr, text.len - rest.len);
	p->path = span_make(rest.ptr, length_before(rest, "?"));
	if (p->path.len < rest.len)
		p->query = skip(rest, p->path.len + 1);
	return split_authority(authority, p);
}

static char *
lower_copy(struct span text)
{
	char *copy = mem_copy(text.ptr, text.len);

	for (size_t i = 0; i < text.len; i++) {
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	}
	return copy;
}

/* One spelling for each address, without brackets. */
static char *
canonical_host(const char *host)
{
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN] = "";
	size_t len = strlen(host);

	if (host[0] != '[' || len - 2 >= sizeof(text))
		return lower_copy(span_make(host, len));
	memcpy(text, host + 1, len - 2);
	if (inet_pton(AF_INET6, text, &address) != 1 ||
	    inet_ntop(AF_INET6, &address, text, sizeof(text)) == NULL)
		return lower_copy(span_make(host, len));
	return mem_string(text);
}

/* Scheme, host and port as libcurl will use them. */
static bool
ask_curl(const char *text, struct url *u)
{
	const unsigned flags = CURLU_DISALLOW_USER | CURLU_PATH_AS_IS;
	CURLU *handle = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL;

	if (handle == NULL)
		mem_exhausted();
	CURLUcode code = curl_url_set(handle, CURLUPART_URL, text, flags);
	if (code == CURLUE_OK)
		code = curl_url_get(handle, CURLUPART_SCHEME, &scheme, 0);
	if (code == CURLUE_OK)
		code = curl_url_get(handle, CURLUPART_HOST, &host, 0);
	if (code == CURLUE_OK)
		code = curl_url_get(handle, CURLUPART_PORT, &port,
		    CURLU_DEFAULT_PORT);
	if (code == CURLUE_OUT_OF_MEMORY)
		mem_exhausted();
	if (code == CURLUE_OK) {
		u->scheme = lower_copy(span_of(scheme));
		u->host = canonical_host(host);
		u->port = (uint16_t)strtoul(port, NULL, 10);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(handle);
	return code == CURLUE_OK;
}

int
url_parse(struct url *u, struct span text, struct fault *f)
{
	struct pieces p = { 0 };
	const char *why = split(text, &p);

	url_reset(u);
	if (why != NULL)
		return fault_set(f, FAULT_USAGE, "bad URL: %s", why);

	u->text = mem_copy(text.ptr, text.len);
	if (!ask_curl(u->text, u)) {
		url_reset(u);
		return fault_set(f, FAULT_USAGE,
		    "bad URL: libcurl cannot read it");
	}
	u->path =
	    p.path.len > 0 ? mem_copy(p.path.ptr, p.path.len) : mem_string("/");
	if (p.query.ptr != NULL)
		u->query = mem_copy(p.query.ptr, p.query.len);
	return 0;
}

/* RFC 3986 section 3.1. */
static bool
has_scheme(struct span reference)
{
	size_t len = length_before(reference, ":/?#");

	if (len == 0 || len == reference.len || reference.ptr[len] != ':')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = reference.ptr[i];
		bool later = is_digit(c) || c == '+' || c == '-' || c == '.';
		if (!is_letter(c) && (i == 0 || !later))
			return false;
	}
	return true;
}

/* RFC 3986 section 5.2.4, segment by segment. `path` begins with a slash. */
static int
add_path(struct buf *out, struct span path)
{
	const size_t start = out->len;

	while (path.len > 0) {
		path = skip(path, 1);
		size_t len = length_before(path, "/");
		struct span segment = span_make(path.ptr, len);
		bool last = len == path.len;
		bool up = span_is(segment, "..");
		path = skip(path, len);

		while (up && out->len > start) {
			out->len--;
			if (out->data[out->len] == '/')
				break;
		}
		if (up || span_is(segment, ".")) {
			if (last && buf_add_string(out, "/") == -1)
				return -1;
		} else if (buf_add_string(out, "/") == -1 ||
			   buf_add_span(out, segment) == -1) {
			return -1;
		}
	}
	return 0;
}

/* RFC 3986 section 5.2.3: the base path up to its last slash, then `path`. */
static int
add_merged_path(struct buf *out, struct span base, struct span path)
{
	struct buf merged;
	int result = -1;

	while (base.len > 0 && base.ptr[base.len - 1] != '/')
		base.len--;
	if (base.len == 0)
		base = span_of("/");
	buf_init(&merged, LIMIT_URL);
	if (buf_add_span(&merged, base) == 0 &&
	    buf_add_span(&merged, path) == 0)
		result = add_path(out, buf_span(&merged));
	buf_reset(&merged);
	return result;
}

/* RFC 3986 section 5.2.2 for a reference without a scheme. */
static int
build_target(struct buf *out, const struct pieces *base, struct span reference)
{
	struct span path =
	    span_make(reference.ptr, length_before(reference, "?"));
	struct span query = skip(reference, path.len);
	int result = -1;

	if (span_starts_with(reference, "//")) {
		if (buf_add_span(out, base->scheme) == -1 ||
		    buf_add_string(out, ":") == -1)
			return -1;
		return buf_add_span(out, reference);
	}

	if (reference.len == 0 && base->query.ptr != NULL)
		query = span_make(base->query.ptr - 1, base->query.len + 1);
	if (buf_add_span(out, base->prefix) == -1)
		return -1;
	if (path.len == 0)
		result = buf_add_span(out, base->path);
	else if (path.ptr[0] == '/')
		result = add_path(out, path);
	else
		result = add_merged_path(out, base->path, path);
	return result == 0 ? buf_add_span(out, query) : -1;
}

int
url_resolve(struct url *u, const struct url *base, struct span reference,
    struct fault *f)
{
	struct pieces p = { 0 };
	struct buf target;
	int result = -1;

	/* Never NULL: pieces are taken from it. */
	if (reference.len == 0)
		reference = span_of("");
	reference.len = length_before(reference, "#");
	if (has_scheme(reference))
		return url_parse(u, reference, f);

	url_reset(u);
	const char *why = reference.len > 0 ? find_bad_byte(reference) : NULL;
	if (why != NULL)
		return fault_set(f, FAULT_USAGE, "bad URL: %s", why);
	why = split(span_of(base->text), &p);
	if (why != NULL)
		return fault_set(f, FAULT_USAGE, "bad base URL: %s", why);

	buf_init(&target, LIMIT_URL);
	if (build_target(&target, &p, reference) == -1)
		fault_set(f, FAULT_USAGE, "bad URL: it is too long");
	else
		result = url_parse(u, buf_span(&target), f);
	buf_reset(&target);
	return result;
}

bool
url_same_origin(const struct url *a, const struct url *b)
{
	return strcmp(a->scheme, b->scheme) == 0 &&
	       strcmp(a->host, b->host) == 0 && a->port == b->port;
}

bool
url_is_loopback(const struct url *u)
{
	static const char suffix[] = ".localhost";
	struct span host = span_of(u->host);
	size_t suffix_len = sizeof(suffix) - 1;

	if (span_is(host, "localhost") || span_is(host, "::1"))
		return true;
	if (is_ipv4(host))
		return span_starts_with(host, "127.");
	return host.len > suffix_len &&
	       span_is(skip(host, host.len - suffix_len), suffix);
}

bool
url_is_https(const struct url *u)
{
	return strcmp(u->scheme, "https") == 0;
}

char *
url_origin(const struct url *u)
{
	const bool ipv6 = strchr(u->host, ':') != NULL;
	const bool default_port = u->port == (url_is_https(u) ? 443 : 80);
	char port[8] = "";

	if (!default_port)
		snprintf(port, sizeof(port), ":%u", (unsigned)u->port);
	return mem_format("%s://%s%s%s%s", u->scheme, ipv6 ? "[" : "", u->host,
	    ipv6 ? "]" : "", port);
}

char *
url_public(const struct url *u)
{
	char *origin = url_origin(u);
	char *text = mem_format("%s%s", origin, u->path);

	free(origin);
	return text;
}

int
url_form_encode(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool plain = is_letter(c) || is_digit(c) || c == '*' ||
			     c == '-' || c == '.' || c == '_';
		int result = 0;

		if (plain)
			result = buf_add(out, &c, 1);
		else if (c == ' ')
			result = buf_add(out, "+", 1);
		else
			result = buf_addf(out, "%%%02X", (unsigned char)c);
		if (result == -1)
			return -1;
	}
	return 0;
}

/* One character of `*in`, decoded; -1 on a bad escape. */
static int
decode_next(struct span *in, bool form)
{
	char c = in->ptr[0];

	if (c == '%') {
		int high = in->len > 2 ? hex_value(in->ptr[1]) : -1;
		int low = in->len > 2 ? hex_value(in->ptr[2]) : -1;
		if (high == -1 || low == -1)
			return -1;
		*in = skip(*in, 3);
		return high << 4 | low;
	}
	*in = skip(*in, 1);
	return form && c == '+' ? ' ' : (unsigned char)c;
}

int
url_decode(struct span text, bool form, struct buf *out)
{
	while (text.len > 0) {
		int decoded = decode_next(&text, form);
		char c = (char)decoded;

		if (decoded == -1 || buf_add(out, &c, 1) == -1)
			return -1;
	}
	return 0;
}

static bool
decodes_to(struct span encoded, const char *text)
{
	while (encoded.len > 0 && *text != '\0') {
		if (decode_next(&encoded, true) != (unsigned char)*text)
			return false;
		text++;
	}
	return encoded.len == 0 && *text == '\0';
}

bool
url_query_get(struct span query, const char *name, struct span *value,
    size_t *count)
{
	size_t found = 0;

	*value = span_make(NULL, 0);
	while (query.len > 0) {
		size_t len = length_before(query, "&");
		struct span pair = span_make(query.ptr, len);
		size_t name_len = length_before(pair, "=");

		query = skip(query, len < query.len ? len + 1 : len);
		if (!decodes_to(span_make(pair.ptr, name_len), name))
			continue;
		found++;
		if (found == 1 && name_len < pair.len)
			*value = skip(pair, name_len + 1);
	}
	if (count != NULL)
		*count = found;
	return found > 0;
}
