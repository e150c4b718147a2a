/* SPDX-License-Identifier: ISC */
/* RFC 4648: section 4 (with padding) and section 5 (URL alphabet, without). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* Append to `out`; -1 past its cap. */
int base64_encode(struct span bytes, struct buf *out)
    __attribute__((warn_unused_result));
int base64url_encode(struct span bytes, struct buf *out)
    __attribute__((warn_unused_result));
/* Strict: no white space, no padding, no stray bits. -1, with `out` reset, also
 * for those. */
int base64url_decode(struct span text, struct buf *out)
    __attribute__((warn_unused_result));

#endif
