/* SPDX-License-Identifier: ISC */
/*
 * A configuration file, line by line:
 *
 *	# comment
 *	[a section]
 *	key = value
 *	key
 *
 * White space around the parts means nothing, neither do quotes; a comment has
 * a line of its own. What sections and keys are for is not known here.
 */
#ifndef WIRE_INI_H
#define WIRE_INI_H

#include "base/span.h"

enum ini_kind { INI_SECTION, INI_SETTING };

struct ini_item {
	enum ini_kind kind;
	struct span name;  /* the section's words, or the key; not empty */
	struct span value; /* of a setting; ptr NULL: its key stands alone */
};

struct ini {
	struct span rest; /* private */
	size_t line;      /* of the last item or mistake, from 1 */
	const char *why;  /* static: what is wrong there */
};

void ini_init(struct ini *ini, struct span text);

/* 1 with an item, which points into the text; 0 at the end; -1 with ini->why
 * where a line is neither of these. */
int ini_next(struct ini *ini, struct ini_item *item)
    __attribute__((warn_unused_result));

#endif
