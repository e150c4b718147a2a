/* SPDX-License-Identifier: ISC */
/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past
 * U+10FFFF.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>

#include "base/span.h"

/* The length of the well-formed character `text` starts with (1 to 4); 0 where
 * there is none. */
size_t utf8_length(struct span text);

/* The whole text is well-formed. */
bool utf8_valid(struct span text);

/*
 * Writes a code point below U+110000 and returns the length, 1 to 4. Surrogates
 * are written by the same scheme: callers that must not have them check first.
 */
size_t utf8_encode(uint32_t code_point, char out[4]);

#endif
