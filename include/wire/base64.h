/* SPDX-License-Identifier: ISC */
/* RFC 4648: section 4 (with padding) and section 5 (URL alphabet, without). */
#ifndef WIRE_BASE64_H
#define WIRE_BASE64_H

#include "base/buf.h"

int base64_encode(struct span bytes, struct buf *out)
    __attribute__((warn_unused_result));
int base64url_encode(struct span bytes, struct buf *out)
    __attribute__((warn_unused_result));
/* Strict: no white space, no padding, no stray bits. */
int base64url_decode(struct span text, struct buf *out)
    __attribute__((warn_unused_result));

#endif
