/* SPDX-License-Identifier: ISC */
/*
 * HTTP field values. Knows no field by name but the few its functions are
 * named after.
 */
#include "wire/header.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"

#define SECONDS_PER_DAY 86400LL

/* The longest HTTP-date, in its RFC 850 form, has 33 bytes. */
enum { DATE_SIZE = 40 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_token_char(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || char_among(c, "!#$%&'*+-.^_`|~");
}

bool
header_is_token(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_token_char(text.ptr[i]))
			return false;
	}
	return text.len > 0;
}

bool
header_value_ok(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

bool
header_is_visible(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < 0x21 || text.ptr[i] > 0x7e)
			return false;
	}
	return text.len > 0;
}

static const char sentinel_start[] = "=?base64?";
static const char sentinel_end[] = "?=";

/* In any case of letters: to encode once too often is harmless. */
static bool
is_like_sentinel(struct span text)
{
	const size_t start_len = sizeof(sentinel_start) - 1;
	const size_t end_len = sizeof(sentinel_end) - 1;

	if (text.len < start_len)
		return false;
	return span_is_nocase(span_make(text.ptr, start_len), sentinel_start) &&
	       span_is(span_make(text.ptr + text.len - end_len, end_len),
		   sentinel_end);
}

static bool
is_mirrored_raw(struct span text)
{
	if (text.len == 0 || text.ptr[0] == ' ' ||
	    text.ptr[text.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7e)
			return false;
	}
	return !is_like_sentinel(text);
}

int
header_mirror(struct span text, struct buf *out)
{
	if (is_mirrored_raw(text))
		return buf_add_span(out, text);
	if (buf_add_string(out, sentinel_start) == -1 ||
	    base64_encode(text, out) == -1)
		return -1;
	return buf_add_string(out, sentinel_end);
}

bool
header_split(struct span line, struct span *name, struct span *value,
    const char **why)
{
	const char *colon = NULL;

	line = span_trim(line);
	if (line.len > 0)
		colon = memchr(line.ptr, ':', line.len);
	if (colon == NULL) {
		*why = "there is no colon after the name";
		return false;
	}

	size_t name_len = (size_t)(colon - line.ptr);
	*name = span_make(line.ptr, name_len);
	*value = span_trim(span_make(colon + 1, line.len - name_len - 1));
	if (!header_is_token(*name)) {
		*why = "the name holds a character that names may not have";
		return false;
	}
	if (!header_value_ok(*value)) {
		*why = "the value holds a control character";
		return false;
	}
	return true;
}

struct span
header_media_type(struct span value)
{
	const char *semicolon = NULL;

	if (value.len > 0)
		semicolon = memchr(value.ptr, ';', value.len);
	if (semicolon != NULL)
		value.len = (size_t)(semicolon - value.ptr);
	return span_trim(value);
}

struct date {
	int year, day, hour, minute, second;
	char month[4];
};

/* The three forms of RFC 9110 section 5.6.7; the weekday says nothing new. */
static bool
scan_date(const char *text, size_t len, struct date *d, bool *short_year)
{
	int end = 0;

	*short_year = false;
	if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n",
		&d->day, d->month, &d->year, &d->hour, &d->minute, &d->second,
		&end) == 6 &&
	    (size_t)end == len)
		return true;
	if (sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n",
		d->month, &d->day, &d->hour, &d->minute, &d->second, &d->year,
		&end) == 6 &&
	    (size_t)end == len)
		return true;
	*short_year = true;
	return sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n",
		   &d->day, d->month, &d->year, &d->hour, &d->minute,
		   &d->second, &end) == 6 &&
	       (size_t)end == len;
}

/* 1 to 12; 0: no month. */
static int
month_number(const char *name)
{
	static const char *const names[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	for (int i = 0; i < 12; i++) {
		if (strcmp(names[i], name) == 0)
			return i + 1;
	}
	return 0;
}

/* Days since 1970-01-01 in the Gregorian calendar; the year is taken to begin
 * in March, so that the leap day is its last. */
static long long
day_number(int year, int month, int day)
{
	long long y = month > 2 ? year : year - 1;
	long long m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day -
	       719469;
}

/* A year that seems more than 50 years ahead is one of the past century. */
static int
full_year(int two_digits, long long now_s)
{
	int this_year = (int)(1970 + now_s / (SECONDS_PER_DAY * 365));
	int year = this_year - this_year % 100 + two_digits;

	return year > this_year + 50 ? year - 100 : year;
}

bool
header_date(struct span value, long long now_s, long long *unix_s)
{
	struct date d = { 0 };
	bool short_year = false;
	char text[DATE_SIZE] = "";

	value = span_trim(value);
	if (value.len == 0 || value.len >= sizeof(text))
		return false;
	memcpy(text, value.ptr, value.len);
	if (!scan_date(text, value.len, &d, &short_year))
		return false;
	if (short_year)
		d.year = full_year(d.year, now_s);

	int month = month_number(d.month);
	bool day_ok = month > 0 && d.day >= 1 && d.day <= 31;
	bool time_ok = d.hour >= 0 && d.hour <= 23 && d.minute >= 0 &&
		       d.minute <= 59 && d.second >= 0 && d.second <= 60;
	if (!day_ok || !time_ok || d.year < 1)
		return false;
	*unix_s = day_number(d.year, month, d.day) * SECONDS_PER_DAY +
		  d.hour * 3600 + d.minute * 60 + d.second;
	return true;
}

static bool
scan_seconds(struct span digits, long long *seconds)
{
	*seconds = 0;
	for (size_t i = 0; i < digits.len; i++) {
		if (!is_digit(digits.ptr[i]))
			return false;
		*seconds = *seconds * 10 + (digits.ptr[i] - '0');
		if (*seconds > SECONDS_PER_DAY)
			*seconds = SECONDS_PER_DAY;
	}
	return digits.len > 0;
}

bool
header_retry_after(struct span value, long long now_s, unsigned *seconds)
{
	long long wait_s = 0;
	long long until_s = 0;

	value = span_trim(value);
	if (!scan_seconds(value, &wait_s)) {
		if (!header_date(value, now_s, &until_s))
			return false;
		wait_s = until_s - now_s;
	}
	if (wait_s < 0)
		wait_s = 0;
	if (wait_s > SECONDS_PER_DAY)
		wait_s = SECONDS_PER_DAY;
	*seconds = (unsigned)wait_s;
	return true;
}

/* What HTTP and MCP set themselves; a second opinion would break messages, or
 * sessions, or credentials. */
static const struct reserved {
	const char *name; /* a final '-' : every name that starts so */
	const char *reason;
} reserved[] = {
	{ "Accept", "the bridge says what it can read" },
	{ "Accept-Encoding", "the bridge says what it can read" },
	{ "Connection", "it belongs to the connection" },
	{ "Content-Encoding", "the bridge writes the body" },
	{ "Content-Length", "the bridge writes the body" },
	{ "Content-Type", "the bridge writes the body" },
	{ "DPoP", "sign-in sets it" },
	{ "Expect", "it belongs to the connection" },
	{ "Host", "it follows from the URL" },
	{ "Keep-Alive", "it belongs to the connection" },
	{ "Last-Event-ID", "the bridge resumes streams itself" },
	{ "Mcp-", "the protocol sets the Mcp- headers" },
	{ "Proxy-", "it is for a proxy: use --proxy" },
	{ "TE", "it belongs to the connection" },
	{ "Trailer", "it belongs to the connection" },
	{ "Transfer-Encoding", "it belongs to the connection" },
	{ "Upgrade", "it belongs to the connection" },
};

const char *
header_reserved(struct span name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		const char *pattern = reserved[i].name;
		size_t len = strlen(pattern);
		bool prefix = pattern[len - 1] == '-';
		struct span part = span_make(name.ptr,
		    prefix && name.len > len ? len : name.len);

		if (span_is_nocase(part, pattern))
			return reserved[i].reason;
	}
	return NULL;
}
