/* SPDX-License-Identifier: ISC */
/*
 * HTTP field values: what may go into one, how MCP encodes what may not
 * (2026-07-28, Streamable HTTP: mirrored headers), and how the few we read are
 * written.
 */
#ifndef WIRE_HEADER_H
#define WIRE_HEADER_H

#include "base/buf.h"

/* An RFC 9110 token: a field name, or the value of x-mcp-header. */
bool header_is_token(struct span text);

/* Visible ASCII, SP, HT and obs-text; no CR, LF, NUL or other control. */
bool header_value_ok(struct span text);

/* Only 0x21-0x7E and not empty: session ids (T-022), bearer tokens. */
bool header_is_visible(struct span text);

/*
 * Appends the mirrored form of a UTF-8 string (T-053): as it is where it has
 * only 0x20-0x7E, no edge white space, is not empty and is not shaped like the
 * sentinel; else "=?base64?" Base64 "?=".
 */
int header_mirror(struct span text, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * "Name: value" as the user wrote it ("Name:value" too): splits, trims, checks
 * both halves. False with a static reason in *why.
 */
bool header_split(struct span line, struct span *name, struct span *value,
    const char **why);

/* Why a user may not set the header: HTTP, MCP or sign-in does. Static text;
 * NULL where nothing is against it. */
const char *header_reserved(struct span name);

/* The essence of a Content-Type, without parameters and white space; compare
 * with span_is_nocase. */
struct span header_media_type(struct span value);

/* An HTTP-date (RFC 9110 section 5.6.7, all three forms) as Unix time. False
 * when malformed. `now_s` tells the century of a two-digit year. */
bool header_date(struct span value, long long now_s, long long *unix_s);

/* Retry-After in seconds: delta or HTTP-date against `now_s` (Unix time).
 * False when absent or malformed; the result is capped at one day. */
bool header_retry_after(struct span value, long long now_s, unsigned *seconds);

#endif
