/* SPDX-License-Identifier: ISC */
/*
 * One URL policy for check and use. libcurl's parser stands behind a
 * gate that refuses what browsers and libcurl, or versions of it, read
 * differently: backslashes, controls, spaces, bytes beyond ASCII, userinfo,
 * missing "//", escapes and zone ids in the host, IPv4 addresses that are no
 * plain dotted quad. Strings that are compared by the protocol (issuer,
 * resource, iss) are never taken from here, only from the wire.
 */
#ifndef WIRE_URL_H
#define WIRE_URL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"

struct url {
	char *text;    /* owned; as given */
	char *scheme;  /* owned; "http" or "https" */
	char *host;    /* owned; lower case, IPv6 without brackets */
	uint16_t port; /* the default one where none is written */
	char *path;    /* owned; "/" at least, as written (raw) */
	char *query;   /* owned, without '?'; NULL when absent */
};

void url_init(struct url *u);
void url_reset(struct url *u);

/* http or https, at most LIMIT_URL, no userinfo, no fragment. On failure `u` is
 * empty and the fault is FAULT_USAGE with a reason naming no secret part. */
int url_parse(struct url *u, struct span text, struct fault *f)
    __attribute__((warn_unused_result));

/*
 * RFC 3986 reference resolution against `base` (T-072, redirects). A fragment
 * of the reference is dropped; else what url_parse refuses is refused. `u` may
 * not be `base`.
 */
int url_resolve(struct url *u, const struct url *base, struct span reference,
    struct fault *f) __attribute__((warn_unused_result));

bool url_same_origin(const struct url *a, const struct url *b);

/* The host is "localhost", "*.localhost", 127.0.0.0/8 or ::1. */
bool url_is_loopback(const struct url *u);
bool url_is_https(const struct url *u);

/* "https://host[:port]" with the default port dropped. Caller frees. */
char *url_origin(const struct url *u);

/* Without query: for logs and `status`. Caller frees. */
char *url_public(const struct url *u);

/* Appends application/x-www-form-urlencoded text (space becomes '+'). */
int url_form_encode(struct span text, struct buf *out)
    __attribute__((warn_unused_result));

/* Appends the percent-decoded form ('+' is a space when `form`). -1 on a bad
 * escape. */
int url_decode(struct span text, bool form, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * The first parameter whose decoded name is `name` in a query or form, its
 * value still encoded. False when absent; *count, if not NULL, says how often
 * it stands there.
 */
bool url_query_get(struct span query, const char *name, struct span *value,
    size_t *count);

#endif
