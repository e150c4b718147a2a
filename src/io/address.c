/* SPDX-License-Identifier: ISC */
/*
 * Address classes from the IANA special-purpose registries (RFC 6890 and its
 * updates). First match wins, so narrower blocks stand first.
 */
#include "io/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

struct block {
	unsigned char prefix[16];
	unsigned bits;
	enum address_class class;
};

static const struct block v4_blocks[] = {
	{ { 169, 254, 169, 254 }, 32, ADDRESS_METADATA },
	{ { 169, 254, 170, 2 }, 32, ADDRESS_METADATA },
	{ { 169, 254, 170, 23 }, 32, ADDRESS_METADATA },
	{ { 100, 100, 100, 200 }, 32, ADDRESS_METADATA },
	{ { 168, 63, 129, 16 }, 32, ADDRESS_METADATA },
	{ { 192, 0, 0, 192 }, 32, ADDRESS_METADATA },
	{ { 0, 0, 0, 0 }, 32, ADDRESS_LOOPBACK },
	{ { 127 }, 8, ADDRESS_LOOPBACK },
	{ { 10 }, 8, ADDRESS_PRIVATE },
	{ { 172, 16 }, 12, ADDRESS_PRIVATE },
	{ { 192, 168 }, 16, ADDRESS_PRIVATE },
	{ { 100, 64 }, 10, ADDRESS_PRIVATE },
	{ { 198, 18 }, 15, ADDRESS_PRIVATE },
	{ { 169, 254 }, 16, ADDRESS_LINK_LOCAL },
	{ { 0 }, 8, ADDRESS_RESERVED },
	{ { 192, 0, 0 }, 24, ADDRESS_RESERVED },
	{ { 192, 0, 2 }, 24, ADDRESS_RESERVED },
	{ { 192, 88, 99 }, 24, ADDRESS_RESERVED },
	{ { 198, 51, 100 }, 24, ADDRESS_RESERVED },
	{ { 203, 0, 113 }, 24, ADDRESS_RESERVED },
	{ { 224 }, 3, ADDRESS_RESERVED },
};

static const struct block v6_blocks[] = {
	{ { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54 }, 128,
	    ADDRESS_METADATA },
	{ { 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54 }, 128,
	    ADDRESS_METADATA },
	{ { 0xfc }, 7, ADDRESS_PRIVATE },
	{ { 0xfe, 0xc0 }, 10, ADDRESS_PRIVATE },
	{ { 0xfe, 0x80 }, 10, ADDRESS_LINK_LOCAL },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, ADDRESS_RESERVED },
	{ { 0x20, 0x01 }, 23, ADDRESS_RESERVED },
	{ { 0x3f, 0xff }, 20, ADDRESS_RESERVED },
	{ { 0x20 }, 3, ADDRESS_PUBLIC },
	{ { 0 }, 0, ADDRESS_RESERVED },
};

/* Where an IPv4 address hides in an IPv6 one. */
static const struct wrapping {
	unsigned char prefix[16];
	unsigned bits;
	size_t at;
} wrappings[] = {
	{ { [10] = 0xff, 0xff }, 96, 12 },         /* v4-mapped */
	{ { 0, 0x64, 0xff, 0x9b }, 96, 12 },       /* NAT64 */
	{ { 0, 0x64, 0xff, 0x9b, 0, 1 }, 48, 12 }, /* NAT64, local use */
	{ { [8] = 0xff, 0xff }, 96, 12 },          /* v4-translated */
	{ { 0x20, 0x02 }, 16, 2 },                 /* 6to4 */
	{ { 0 }, 96, 12 },                         /* v4-compatible */
};

static bool
in_block(const unsigned char *address, const unsigned char *prefix,
    unsigned bits)
{
	unsigned whole = bits / 8;
	unsigned mask = 0xff00u >> (bits % 8) & 0xffu;

	if (memcmp(address, prefix, whole) != 0)
		return false;
	return mask == 0 || ((address[whole] ^ prefix[whole]) & mask) == 0;
}

static enum address_class
look_up(const unsigned char *address, const struct block *blocks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (in_block(address, blocks[i].prefix, blocks[i].bits))
			return blocks[i].class;
	return ADDRESS_PUBLIC;
}

static enum address_class
class_v4(const unsigned char *address)
{
	return look_up(address, v4_blocks,
	    sizeof(v4_blocks) / sizeof(v4_blocks[0]));
}

static enum address_class
class_v6(const unsigned char *address)
{
	static const unsigned char loopback[16] = { [15] = 1 };

	if (memcmp(address, loopback, sizeof(loopback)) == 0)
		return ADDRESS_LOOPBACK;
	for (size_t i = 0; i < sizeof(wrappings) / sizeof(wrappings[0]); i++) {
		const struct wrapping *w = &wrappings[i];
		if (in_block(address, w->prefix, w->bits))
			return class_v4(address + w->at);
	}
	return look_up(address, v6_blocks,
	    sizeof(v6_blocks) / sizeof(v6_blocks[0]));
}

enum address_class
address_class(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		return class_v4((const unsigned char *)&v4.sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		return class_v6(v6.sin6_addr.s6_addr);
	}
	return ADDRESS_RESERVED;
}

bool
address_class_of(const char *text, enum address_class *class)
{
	unsigned char bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*class = class_v4(bytes);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*class = class_v6(bytes);
	else
		return false;
	return true;
}

bool
address_allowed(const struct address_policy *policy, enum address_class class)
{
	if (class == ADDRESS_METADATA)
		return false;
	return policy->any || class == ADDRESS_PUBLIC || class == policy->also;
}

const char *address_class_name(enum address_class class)
{
	static const char *const names[] = {
		[ADDRESS_PUBLIC] = "public",
		[ADDRESS_PRIVATE] = "private",
		[ADDRESS_LOOPBACK] = "loopback",
		[ADDRESS_LINK_LOCAL] = "link-local",
		[ADDRESS_RESERVED] = "reserved",
		[ADDRESS_METADATA] = "metadata service",
	};

	return names[class];
}
