/* SPDX-License-Identifier: ISC */
/*
 * WWW-Authenticate (RFC 9110 section 11.6.1): any number of challenges, also
 * several in one field line, with token68, quoted strings and commas in them.
 * Reads Bearer (RFC 6750, RFC 9728 section 5.1) and DPoP (RFC 9449).
 */
#ifndef WIRE_CHALLENGE_H
#define WIRE_CHALLENGE_H

#include "base/buf.h"

enum { CHALLENGE_METADATA_URLS = 4 };

struct challenge {
	bool bearer; /* a Bearer challenge was seen */
	bool dpop;   /* a DPoP challenge was seen */
	char *metadata[CHALLENGE_METADATA_URLS]; /* owned; distinct, in order */
	size_t metadata_count;
	char *scope;             /* owned or NULL; unescaped */
	char *error;             /* owned or NULL */
	char *error_description; /* owned or NULL */
	char *dpop_algs;         /* owned or NULL */
	bool wants_nonce;        /* DPoP: error="use_dpop_nonce" */
};

void challenge_init(struct challenge *c);
void challenge_reset(struct challenge *c);

/*
 * Adds one field line. Parameter names are whole and case-insensitive; in one
 * challenge the first of a repeated parameter wins, but each distinct
 * resource_metadata counts. Parameters of other schemes are ignored.
 * What does not parse ends the reading of that line; nothing is lost before.
 */
void challenge_add(struct challenge *c, struct span field_value);

#endif
