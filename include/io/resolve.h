/* SPDX-License-Identifier: ISC */
/*
 * Names to addresses, blocking: for the authorizer and the commands.
 */
#ifndef IO_RESOLVE_H
#define IO_RESOLVE_H

#include <stddef.h>

#include "base/fault.h"
#include "io/address.h"

enum { RESOLVE_MAX = 8 };

struct resolved {
	struct {
		char text[64];
		enum address_class class;
	} addresses[RESOLVE_MAX]; /* distinct, in the order to be tried */
	size_t count;             /* 1 at least on success */
};

/* `host` as struct url has it: a name, or an address. FAULT_UNREACHABLE. */
int resolve(const char *host, struct resolved *found, struct fault *f)
    __attribute__((warn_unused_result));

#endif
