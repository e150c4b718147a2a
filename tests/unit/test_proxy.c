/* SPDX-License-Identifier: ISC */
/*
 * io/proxy: which variable names the proxy, and whom no_proxy exempts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "io/proxy.h"

static const struct {
	const char *list, *host;
	bool exempt;
} exemptions[] = {
	{ "*", "example.com", true },
	{ "example.com", "example.com", true },
	{ "example.com", "www.example.com", true },
	{ ".example.com", "www.example.com", true },
	{ ".example.com", "example.com", true },
	{ "EXAMPLE.com.", "example.COM", true },
	{ "example.com", "example.com.", true },
	{ "example.com", "badexample.com", false },
	{ "www.example.com", "example.com", false },
	{ "a.test, example.com", "example.com", true },
	{ "a.test\texample.com,", "example.com", true },
	{ "", "example.com", false },
	{ " , ,", "example.com", false },
	{ ".", "example.com", false },
	{ "10.0.0.1", "10.0.0.1", true },
	{ "10.0.0.0/8", "10.255.0.1", true },
	{ "10.0.0.0/9", "10.128.0.1", false },
	{ "10.0.0.0/9", "10.127.0.1", true },
	{ "0.0.0.0/0", "10.127.0.1", true },
	{ "10.0.0.0/33", "10.0.0.0", false },
	{ "10.0.0.0/x", "10.0.0.0", false },
	{ "10.0.0.0/", "10.0.0.0", false },
	{ "10.0.0.0/8", "example.com", false },
	{ "fd00::/8", "fd12::1", true },
	{ "fd00::/8", "fe80::1", false },
	{ "::1", "::1", true },
};

static void
test_exemptions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(exemptions) / sizeof(exemptions[0]); i++)
		if (proxy_exempts(exemptions[i].list, exemptions[i].host) !=
		    exemptions[i].exempt)
			fail_msg("'%s' and %s", exemptions[i].list,
			    exemptions[i].host);
}

static const char *const variables[] = { "http_proxy", "HTTP_PROXY",
	"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy",
	"NO_PROXY" };

static const struct {
	const char *name, *value, *name2, *value2, *url, *proxy;
} choices[] = {
	{ "http_proxy", "a", NULL, NULL, "http://x.test/", "a" },
	{ "http_proxy", "a", NULL, NULL, "https://x.test/", NULL },
	{ "HTTP_PROXY", "a", NULL, NULL, "http://x.test/", NULL },
	{ "https_proxy", "a", "HTTPS_PROXY", "b", "https://x.test/", "a" },
	{ "https_proxy", "", "HTTPS_PROXY", "b", "https://x.test/", "b" },
	{ "all_proxy", "a", NULL, NULL, "http://x.test/", "a" },
	{ "ALL_PROXY", "a", NULL, NULL, "https://x.test/", "a" },
	{ "ALL_PROXY", "a", "https_proxy", "b", "https://x.test/", "b" },
	{ "ALL_PROXY", "a", "NO_PROXY", "x.test", "https://x.test/", NULL },
	{ "ALL_PROXY", "a", "no_proxy", "y.test", "https://x.test/", "a" },
	{ "ALL_PROXY", "a", NULL, NULL, "http://localhost/", NULL },
	{ "ALL_PROXY", "a", NULL, NULL, "https://127.0.0.1/", NULL },
	{ "ALL_PROXY", "a", NULL, NULL, "http://[::1]:8080/", NULL },
	{ "ALL_PROXY", "a", NULL, NULL, "http://10.0.0.1/", "a" },
};

static void
test_choices(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct url url;
		const char *proxy;
		for (size_t k = 0; k < 8; k++)
			unsetenv(variables[k]);
		setenv(choices[i].name, choices[i].value, 1);
		if (choices[i].name2)
			setenv(choices[i].name2, choices[i].value2, 1);
		url_init(&url);
		assert_int_equal(url_parse(&url, span_of(choices[i].url), NULL),
		    0);
		proxy = proxy_from_environment(&url);
		if (choices[i].proxy)
			assert_string_equal(proxy, choices[i].proxy);
		else
			assert_null(proxy);
		url_reset(&url);
	}
	for (size_t k = 0; k < 8; k++)
		unsetenv(variables[k]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exemptions),
		cmocka_unit_test(test_choices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
