/* SPDX-License-Identifier: ISC */
/*
 * Redaction of text: known values first, then what looks like a credential, so
 * that nothing depends on how one of them is written. Errs on the side of
 * taking out too much.
 */
#include "wire/redact.h"

#include <limits.h>
#include <strings.h>

enum {
	/* A secret may begin at the last byte that is shown. */
	WINDOW = 16 * 1024,
	/* Shorter ones would stand in every other word. */
	KNOWN_LEAST = 6,
	NAME_SIZE = 129,
	/* A run of characters that nobody would type. */
	CREDENTIAL_LEAST = 8,
	OPAQUE_LEAST = 20
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define REDACTED "[redacted]"
#define ELLIPSIS "\u2026"

static const char token_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";

static bool
is_token_character(char c)
{
	return char_among(c, token_characters);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_name_character(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static size_t
run_length(struct span text, bool (*belongs)(char c))
{
	size_t len = 0;

	while (len < text.len && belongs(text.ptr[len]))
		len++;
	return len;
}

static struct span
after(struct span text, size_t n)
{
	return span_make(text.ptr + n, text.len - n);
}

/* -- names ----------------------------------------------------------------- */

/* In lower case, without what joins words. */
static void
fold_name(struct span name, char *folded, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < name.len && len + 1 < size; i++) {
		char c = name.ptr[i];

		if (c >= 'A' && c <= 'Z')
			folded[len++] = (char)(c - 'A' + 'a');
		else if (is_digit(c) || (c >= 'a' && c <= 'z'))
			folded[len++] = c;
	}
	folded[len] = '\0';
}

static bool
is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

bool
redact_name(struct span name)
{
	static const char *const parts[] = { "password", "passwd", "passphrase",
		"secret", "token", "apikey", "accesskey", "privatekey",
		"authorization", "cookie", "credential", "assertion",
		"verifier", "sessionid", "usercode", "devicecode", "jwt" };
	static const char *const whole[] = { "pwd", "pin", "otp", "auth",
		"bearer" };
	/* MCP's own. */
	static const char *const harmless[] = { "progresstoken", "maxtokens" };
	char folded[NAME_SIZE];

	if (name.len >= NAME_SIZE)
		return true;
	fold_name(name, folded, sizeof(folded));
	if (is_one_of(folded, harmless, COUNT(harmless)))
		return false;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strstr(folded, parts[i]) != NULL)
			return true;
	return is_one_of(folded, whole, COUNT(whole));
}

/* -- known values ---------------------------------------------------------- */

/* The length of a known value at the front of `text`, even if the text ends
 * within it; 0: there is none. */
static size_t
known_length(struct span text, const struct redact_known *known)
{
	size_t longest = 0;

	for (size_t i = 0; i < known->count; i++) {
		struct span value = known->values[i];
		size_t len = value.len < text.len ? value.len : text.len;

		if (len < KNOWN_LEAST || len <= longest ||
		    text.ptr[0] != value.ptr[0])
			continue;
		if (memcmp(text.ptr, value.ptr, len) == 0)
			longest = len;
	}
	return longest;
}

static int
take_out_known(struct buf *out, struct span text,
    const struct redact_known *known)
{
	bool begins[UCHAR_MAX + 1] = { false };
	size_t from = 0;

	for (size_t i = 0; i < known->count; i++)
		if (known->values[i].len > 0)
			begins[(unsigned char)known->values[i].ptr[0]] = true;
	for (size_t at = 0; at < text.len;) {
		size_t len = 0;

		if (begins[(unsigned char)text.ptr[at]])
			len = known_length(after(text, at), known);

		if (len == 0) {
			at++;
			continue;
		}
		if (buf_add(out, text.ptr + from, at - from) == -1 ||
		    buf_add_string(out, REDACTED) == -1)
			return -1;
		at += len;
		from = at;
	}
	return buf_add_span(out, after(text, from));
}

/* -- what looks like a credential ------------------------------------------ */

static bool
has_digit(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (is_digit(text.ptr[i]))
			return true;
	return false;
}

/* "Bearer abc…": the length of scheme and credential; 0: neither. */
static size_t
scheme_length(struct span text)
{
	static const char *const schemes[] = { "Bearer ", "DPoP ", "Basic ",
		"token " };

	for (size_t i = 0; i < COUNT(schemes); i++) {
		size_t len = strlen(schemes[i]);

		if (text.len < len ||
		    strncasecmp(text.ptr, schemes[i], len) != 0)
			continue;
		struct span rest = after(text, len);
		rest.len = run_length(rest, is_token_character);
		if (rest.len >= CREDENTIAL_LEAST &&
		    (has_digit(rest) || rest.len >= OPAQUE_LEAST))
			return len + rest.len;
	}
	return 0;
}

/* A JWT begins with the encoded '{"'. */
static size_t
jwt_length(struct span text)
{
	if (!span_starts_with(text, "eyJ"))
		return 0;
	size_t len = run_length(text, is_token_character);
	return len >= OPAQUE_LEAST ? len : 0;
}

static bool
is_in_value(char c)
{
	return (unsigned char)c > ' ' && strchr("&;,\"'<>()[]{}\\", c) == NULL;
}

static bool
is_in_quotes(char c)
{
	return c != '"' && c != '\'' && c != '\\';
}

static bool
is_in_line(char c)
{
	return c != '\n' && c != '\r' && is_in_quotes(c);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* A quote, perhaps of a string within a string. */
static bool
is_quote(char c)
{
	return !is_in_quotes(c);
}

/* "token=", "Authorization: ", "\"password\": \"": the length up to the value;
 * 0: no secret follows. */
static size_t
label_length(struct span text)
{
	struct span name =
	    span_make(text.ptr, run_length(text, is_name_character));
	size_t at = name.len;

	if (name.len == 0)
		return 0;
	at += run_length(after(text, at), is_quote);
	at += run_length(after(text, at), is_space);
	if (at == text.len || (text.ptr[at] != '=' && text.ptr[at] != ':'))
		return 0;
	bool in_query = text.ptr[at] == '=' &&
			(span_is(name, "code") || span_is(name, "state"));
	if (!in_query && !redact_name(name))
		return 0;
	at++;
	at += run_length(after(text, at), is_space);
	return at + run_length(after(text, at), is_quote);
}

/* Up to the quote; in a string within a string that is an escaped one. */
static size_t
quoted_length(struct span value, bool nested)
{
	size_t len = 0;

	while (
	    len < value.len && value.ptr[len] != '"' && value.ptr[len] != '\'')
		len += value.ptr[len] == '\\' && !nested ? 2 : 1;
	return len < value.len ? len : value.len;
}

/* Credentials and cookies go on to the end of the line. */
static size_t
value_length(struct span label, struct span value)
{
	if (is_quote(label.ptr[label.len - 1]))
		return quoted_length(value, label.ptr[label.len - 2] == '\\');
	if (label.len >= 6 && (strncasecmp(label.ptr, "author", 6) == 0 ||
				  strncasecmp(label.ptr, "cookie", 6) == 0 ||
				  strncasecmp(label.ptr, "set-co", 6) == 0))
		return run_length(value, is_in_line);
	return run_length(value, is_in_value);
}

/* -- URLs ------------------------------------------------------------------ */

static bool
is_in_url(char c)
{
	return (unsigned char)c > ' ' && strchr("\"'<>\\^`{|}", c) == NULL;
}

static bool
is_in_authority(char c)
{
	return c != '/' && c != '?' && c != '#';
}

static bool
is_in_segment(char c)
{
	return c != '/' && c != '?' && c != '#';
}

/* Capability URLs have their secret in the path. */
static bool
is_unguessable(struct span segment)
{
	return segment.len >= OPAQUE_LEAST && has_digit(segment);
}

static int
put_authority(struct buf *out, struct span authority)
{
	for (size_t i = authority.len; i > 0; i--) {
		if (authority.ptr[i - 1] == '@')
			return buf_add_span(out, after(authority, i));
	}
	return buf_add_span(out, authority);
}

static int
put_path(struct buf *out, struct span path)
{
	while (path.len > 0) {
		struct span segment = after(path, 1);

		segment.len = run_length(segment, is_in_segment);
		if (buf_add(out, "/", 1) == -1)
			return -1;
		if ((is_unguessable(segment) ?
			    buf_add_string(out, ELLIPSIS) :
			    buf_add_span(out, segment)) == -1)
			return -1;
		path = after(path, 1 + segment.len);
	}
	return 0;
}

/* What stands behind "://". */
static int
put_url(struct buf *out, struct span url)
{
	size_t host = run_length(url, is_in_authority);
	struct span rest = after(url, host);
	size_t path = run_length(rest, is_in_url);

	for (size_t i = 0; i < path; i++)
		if (rest.ptr[i] == '?' || rest.ptr[i] == '#')
			path = i;
	if (put_authority(out, span_make(url.ptr, host)) == -1 ||
	    put_path(out, span_make(rest.ptr, path)) == -1)
		return -1;
	rest = after(rest, path);
	if (rest.len == 0)
		return 0;
	return buf_add_string(out,
	    rest.ptr[0] == '?' ? "?" ELLIPSIS : "#" ELLIPSIS);
}

/* -- the text -------------------------------------------------------------- */

/* What begins at a word's start; how much of it was dealt with. */
static int
take_out_word(struct buf *out, struct span text, size_t *done)
{
	size_t len = scheme_length(text);

	if (len == 0)
		len = jwt_length(text);
	*done = len;
	if (len > 0)
		return buf_add_string(out, REDACTED);
	len = label_length(text);
	if (len == 0)
		return 0;
	struct span label = span_make(text.ptr, len);
	size_t value = value_length(label, after(text, len));
	*done = len + value;
	if (buf_add_span(out, label) == -1)
		return -1;
	return value > 0 ? buf_add_string(out, REDACTED) : 0;
}

/* What is cut off later is not looked at. */
static int
take_out_credentials(struct buf *out, struct span text, size_t max)
{
	bool in_word = false;

	while (text.len > 0 && out->len <= max) {
		size_t done = 0;

		if (span_starts_with(text, "://")) {
			struct span url = after(text, 3);

			url.len = run_length(url, is_in_url);
			if (buf_add(out, "://", 3) == -1 ||
			    put_url(out, url) == -1)
				return -1;
			done = 3 + url.len;
		} else if (!in_word && take_out_word(out, text, &done) == -1) {
			return -1;
		}
		if (done == 0) {
			in_word = is_name_character(text.ptr[0]);
			if (buf_add(out, text.ptr, 1) == -1)
				return -1;
			done = 1;
		} else {
			in_word = false;
		}
		text = after(text, done);
	}
	return 0;
}

/* Where it may be cut: not within a character. */
static size_t
cut_at(struct span text, size_t max)
{
	while (max > 0 && ((unsigned char)text.ptr[max] & 0xc0) == 0x80)
		max--;
	return max;
}

int
redact_text(struct buf *out, struct span text, size_t whole,
    const struct redact_known *known, size_t max)
{
	struct buf safe, bare;
	int rc = 0;

	buf_init(&bare, WINDOW * 4);
	buf_init(&safe, WINDOW * 16);
	if (text.len > WINDOW)
		text.len = cut_at(text, WINDOW);
	if (take_out_known(&bare, text, known) == -1 ||
	    take_out_credentials(&safe, buf_span(&bare), max) == -1)
		rc = buf_add_string(out, REDACTED);
	else if (whole <= text.len && safe.len <= max)
		rc = buf_add_span(out, buf_span(&safe));
	else if (buf_add(out, safe.data,
		     safe.len <= max ? safe.len :
				       cut_at(buf_span(&safe), max)) == -1 ||
		 buf_addf(out, ELLIPSIS " (%zu bytes)", whole) == -1)
		rc = -1;
	buf_wipe(&bare);
	buf_wipe(&safe);
	return rc;
}
