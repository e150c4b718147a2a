/* SPDX-License-Identifier: ISC */
/*
 * io/address: the table of forms of A-102, and who may go where.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "io/address.h"

static const struct {
	const char *text;
	enum address_class class;
} addresses[] = {
	{ "8.8.8.8", ADDRESS_PUBLIC },
	{ "1.0.0.0", ADDRESS_PUBLIC },
	{ "9.255.255.255", ADDRESS_PUBLIC },
	{ "11.0.0.0", ADDRESS_PUBLIC },
	{ "100.63.255.255", ADDRESS_PUBLIC },
	{ "100.128.0.0", ADDRESS_PUBLIC },
	{ "126.255.255.255", ADDRESS_PUBLIC },
	{ "128.0.0.1", ADDRESS_PUBLIC },
	{ "172.15.255.255", ADDRESS_PUBLIC },
	{ "172.32.0.0", ADDRESS_PUBLIC },
	{ "192.167.255.255", ADDRESS_PUBLIC },
	{ "192.169.0.0", ADDRESS_PUBLIC },
	{ "198.17.255.255", ADDRESS_PUBLIC },
	{ "198.20.0.0", ADDRESS_PUBLIC },
	{ "223.255.255.255", ADDRESS_PUBLIC },
	{ "10.0.0.0", ADDRESS_PRIVATE },
	{ "10.255.255.255", ADDRESS_PRIVATE },
	{ "172.16.0.0", ADDRESS_PRIVATE },
	{ "172.31.255.255", ADDRESS_PRIVATE },
	{ "192.168.0.1", ADDRESS_PRIVATE },
	{ "100.64.0.0", ADDRESS_PRIVATE },
	{ "100.127.255.255", ADDRESS_PRIVATE },
	{ "198.18.0.0", ADDRESS_PRIVATE },
	{ "198.19.255.255", ADDRESS_PRIVATE },
	{ "127.0.0.1", ADDRESS_LOOPBACK },
	{ "127.255.255.255", ADDRESS_LOOPBACK },
	{ "0.0.0.0", ADDRESS_LOOPBACK },
	{ "0.0.0.1", ADDRESS_RESERVED },
	{ "169.254.0.1", ADDRESS_LINK_LOCAL },
	{ "169.254.169.253", ADDRESS_LINK_LOCAL },
	{ "169.254.169.254", ADDRESS_METADATA },
	{ "169.254.170.2", ADDRESS_METADATA },
	{ "169.254.170.23", ADDRESS_METADATA },
	{ "100.100.100.200", ADDRESS_METADATA },
	{ "168.63.129.16", ADDRESS_METADATA },
	{ "192.0.0.192", ADDRESS_METADATA },
	{ "192.0.0.1", ADDRESS_RESERVED },
	{ "192.0.2.1", ADDRESS_RESERVED },
	{ "198.51.100.1", ADDRESS_RESERVED },
	{ "203.0.113.255", ADDRESS_RESERVED },
	{ "224.0.0.1", ADDRESS_RESERVED },
	{ "240.0.0.1", ADDRESS_RESERVED },
	{ "255.255.255.255", ADDRESS_RESERVED },
	{ "2606:4700::1111", ADDRESS_PUBLIC },
	{ "2a00:1450:4001::200e", ADDRESS_PUBLIC },
	{ "2001:200::1", ADDRESS_PUBLIC },
	{ "fc00::1", ADDRESS_PRIVATE },
	{ "fdff:ffff::1", ADDRESS_PRIVATE },
	{ "fec0::1", ADDRESS_PRIVATE },
	{ "::1", ADDRESS_LOOPBACK },
	{ "::", ADDRESS_LOOPBACK },
	{ "fe80::1", ADDRESS_LINK_LOCAL },
	{ "febf::1", ADDRESS_LINK_LOCAL },
	{ "fd00:ec2::254", ADDRESS_METADATA },
	{ "fd20:ce::254", ADDRESS_METADATA },
	{ "fd00:ec2::253", ADDRESS_PRIVATE },
	{ "ff02::1", ADDRESS_RESERVED },
	{ "2001:db8::1", ADDRESS_RESERVED },
	{ "2001::1", ADDRESS_RESERVED },
	{ "3fff::1", ADDRESS_RESERVED },
	{ "100::1", ADDRESS_RESERVED },
	{ "5f00::1", ADDRESS_RESERVED },
	{ "::ffff:8.8.8.8", ADDRESS_PUBLIC },
	{ "::ffff:127.0.0.1", ADDRESS_LOOPBACK },
	{ "::ffff:a00:1", ADDRESS_PRIVATE },
	{ "::ffff:169.254.169.254", ADDRESS_METADATA },
	{ "::ffff:0:127.0.0.1", ADDRESS_LOOPBACK },
	{ "64:ff9b::8.8.8.8", ADDRESS_PUBLIC },
	{ "64:ff9b::10.0.0.1", ADDRESS_PRIVATE },
	{ "64:ff9b::7f00:1", ADDRESS_LOOPBACK },
	{ "64:ff9b:1::a9fe:a9fe", ADDRESS_METADATA },
	{ "2002:7f00:1::", ADDRESS_LOOPBACK },
	{ "2002:c0a8:101::1", ADDRESS_PRIVATE },
	{ "2002:808:808::1", ADDRESS_PUBLIC },
	{ "::127.0.0.1", ADDRESS_LOOPBACK },
	{ "::192.168.0.1", ADDRESS_PRIVATE },
};

static void
test_classes_of_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		enum address_class class;
		assert_true(address_class_of(addresses[i].text, &class));
		if (class != addresses[i].class)
			fail_msg("%s is %s", addresses[i].text,
			    address_class_name(class));
	}
}

static void
test_classes_of_sockets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct sockaddr_storage s = { 0 };
		struct sockaddr_in v4 = { .sin_family = AF_INET };
		struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
		const char *text = addresses[i].text;
		if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
			memcpy(&s, &v4, sizeof(v4));
		else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
			memcpy(&s, &v6, sizeof(v6));
		assert_int_equal(address_class((struct sockaddr *)&s),
		    addresses[i].class);
	}
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	assert_int_equal(address_class((struct sockaddr *)&local),
	    ADDRESS_RESERVED);
}

static void
test_names_are_no_addresses(void **state)
{
	static const char *const names[] = { "", "localhost", "127.1",
		"0x7f.0.0.1", "2130706433", "1.2.3.4 ", "[::1]", "::1%lo" };
	enum address_class class;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(address_class_of(names[i], &class));
}

/* Rows: what the server is; columns: what the other host resolves to. */
static void
test_who_may_go_where(void **state)
{
	static const bool allowed[3][6] = {
		/* public, private, loopback, link-local, reserved, metadata */
		[ADDRESS_PUBLIC] = { true },
		[ADDRESS_PRIVATE] = { true, true },
		[ADDRESS_LOOPBACK] = { true, false, true },
	};

	(void)state;
	for (int server = 0; server < 3; server++) {
		for (int other = 0; other < 6; other++) {
			struct address_policy p = {
				.also = (enum address_class)server
			};
			assert_int_equal(address_allowed(&p,
					     (enum address_class)other),
			    allowed[server][other]);
			p.any = true;
			assert_int_equal(address_allowed(&p,
					     (enum address_class)other),
			    other != ADDRESS_METADATA);
		}
	}
	struct address_policy odd = { .also = ADDRESS_METADATA };
	assert_false(address_allowed(&odd, ADDRESS_METADATA));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes_of_text),
		cmocka_unit_test(test_classes_of_sockets),
		cmocka_unit_test(test_names_are_no_addresses),
		cmocka_unit_test(test_who_may_go_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
