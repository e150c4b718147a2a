/* SPDX-License-Identifier: ISC */
/*
 * Header lines the user gives for the server (--header, --header-file). Values
 * may hold keys, so they are secrets; names are not.
 */
#ifndef CLI_STATIC_HEADERS_H
#define CLI_STATIC_HEADERS_H

#include "base/fault.h"
#include "base/secret.h"
#include "io/http.h"

struct static_header {
	char *name; /* owned */
	struct secret value;
};

struct static_headers {
	struct static_header *items; /* owned */
	size_t count;
	char **variables; /* owned: names of environment variables used */
	size_t variable_count;
};

void static_headers_init(struct static_headers *headers);
void static_headers_reset(struct static_headers *headers);

/*
 * Adds "Name: value", replacing an earlier header of that name. ${VAR} is
 * replaced from the environment first. Faults name the header and `origin`
 * ("--header"), never the value: no header line, an undefined variable, a
 * header that belongs to the protocol (Content-Type, Mcp-… and the like).
 */
int static_headers_add(struct static_headers *headers, const char *line,
    const char *origin, struct fault *f) __attribute__((warn_unused_result));

/* The same judgement without adding it and without its variables, which are
 * somebody else's. */
int static_headers_check(const char *line, const char *origin, struct fault *f)
    __attribute__((warn_unused_result));

/* Every line of a file that is neither blank nor starts with '#'. */
int static_headers_read(struct static_headers *headers, const char *path,
    struct fault *f) __attribute__((warn_unused_result));

/* As they are sent; the caller's. */
struct http_headers *static_headers_list(const struct static_headers *headers);

const struct static_header *
static_headers_find(const struct static_headers *headers, const char *name);

/* Overwrites and unsets the variables that were used, but for those children
 * need and that hold no secret: HOME, PATH, USER, DISPLAY, LC_…, XDG_… */
void static_headers_scrub(const struct static_headers *headers);

#endif
