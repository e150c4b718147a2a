/* SPDX-License-Identifier: ISC */
/*
 * Names to addresses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/resolve.h"

static void
addresses_stand_for_themselves(void **state)
{
	static const struct {
		const char *host;
		enum address_class class;
	} cases[] = {
		{ "127.0.0.1", ADDRESS_LOOPBACK },
		{ "10.1.2.3", ADDRESS_PRIVATE },
		{ "192.0.2.1", ADDRESS_RESERVED },
		{ "8.8.8.8", ADDRESS_PUBLIC },
		{ "::1", ADDRESS_LOOPBACK },
	};
	struct resolved found;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(resolve(cases[i].host, &found, NULL), 0);
		assert_int_equal(found.count, 1);
		assert_string_equal(found.addresses[0].text, cases[i].host);
		assert_int_equal(found.addresses[0].class, cases[i].class);
	}
}

static void
names_have_distinct_addresses(void **state)
{
	struct resolved found;

	(void)state;
	assert_int_equal(resolve("localhost", &found, NULL), 0);
	for (size_t i = 0; i < found.count; i++) {
		assert_int_equal(found.addresses[i].class, ADDRESS_LOOPBACK);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(found.addresses[i].text,
			    found.addresses[j].text);
	}
}

static void
unknown_names_are_unreachable(void **state)
{
	struct resolved found;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(resolve("no-such-host.invalid", &found, &f), -1);
	assert_int_equal(f.code, FAULT_UNREACHABLE);
	assert_int_equal(found.count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_stand_for_themselves),
		cmocka_unit_test(names_have_distinct_addresses),
		cmocka_unit_test(unknown_names_are_unreachable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
