/* SPDX-License-Identifier: ISC */
/*
 * Classes of IP addresses, judged in binary form, so that no way of writing
 * one escapes. Does not resolve names.
 */
#ifndef IO_ADDRESS_H
#define IO_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

enum address_class {
	ADDRESS_PUBLIC,
	ADDRESS_PRIVATE,  /* RFC 1918, ULA, shared (CGNAT), benchmarking */
	ADDRESS_LOOPBACK, /* with 0.0.0.0 and ::, which reach it too */
	ADDRESS_LINK_LOCAL,
	ADDRESS_RESERVED, /* multicast, documentation, future use … */
	ADDRESS_METADATA  /* of cloud instances: never reached */
};

/* IPv4 within IPv6 (mapped, NAT64, 6to4, compatible) is unwrapped. Families
 * other than these two are RESERVED. */
enum address_class address_class(const struct sockaddr *address);

/* The class of a literal IPv4 or IPv6 address; false where `text` is none. */
bool address_class_of(const char *text, enum address_class *class);

/* Which addresses a host may resolve to. */
struct address_policy {
	enum address_class also; /* beside public ones: the server's class */
	bool any;                /* the user named the host: all but METADATA */
};

bool
address_allowed(const struct address_policy *policy, enum address_class class);

/* "private", "loopback" …: for messages. */
const char *address_class_name(enum address_class class);

#endif
