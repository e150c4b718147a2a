/* SPDX-License-Identifier: ISC */
/*
 * io/tls_trust: which of the files and variables wins.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/tls_trust.h"

static const char *const variables[] = { "CURL_CA_BUNDLE", "SSL_CERT_FILE",
	"SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS" };
static char file_a[] = "/tmp/trust-a-XXXXXX";
static char file_b[] = "/tmp/trust-b-XXXXXX";

static int
write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -1;
	return close(fd);
}

static int
make_files(void **state)
{
	(void)state;
	return write_file(file_a, "AAA") | write_file(file_b, "BBB");
}

static int
remove_files(void **state)
{
	(void)state;
	unlink(file_a);
	unlink(file_b);
	return 0;
}

static int
clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		unsetenv(variables[i]);
	return 0;
}

static void
check(const char *given, const char *file, const char *directory)
{
	struct tls_trust trust;

	tls_trust_init(&trust, given);
	if (file)
		assert_string_equal(trust.file, file);
	else
		assert_null(trust.file);
	if (directory)
		assert_string_equal(trust.directory, directory);
	else
		assert_null(trust.directory);
	assert_null(trust.joined);
	assert_false(trust.narrow);
	assert_false(tls_trust_widen(&trust));
	tls_trust_reset(&trust);
}

static void
test_who_wins(void **state)
{
	(void)state;
	setenv("SSL_CERT_DIR", "/dir", 1);
	check(NULL, NULL, "/dir");
	setenv("SSL_CERT_FILE", file_a, 1);
	check(NULL, file_a, "/dir");
	setenv("CURL_CA_BUNDLE", file_b, 1);
	check(NULL, file_b, "/dir");
	check("/given", "/given", NULL);
	setenv("NODE_EXTRA_CA_CERTS", file_a, 1);
	check("/given", "/given", NULL);
}

static void
test_empty_variables_do_not_count(void **state)
{
	(void)state;
	setenv("CURL_CA_BUNDLE", "", 1);
	setenv("SSL_CERT_FILE", file_a, 1);
	check(NULL, file_a, NULL);
}

/* A hashed directory is asked first; the files wait. */
static void
test_files_wait_for_a_hashed_directory(void **state)
{
	struct tls_trust trust;
	char directory[] = "/tmp/trust-d-XXXXXX", link[64];

	(void)state;
	assert_non_null(mkdtemp(directory));
	setenv("SSL_CERT_DIR", directory, 1);
	setenv("SSL_CERT_FILE", file_a, 1);
	check(NULL, file_a, directory);

	snprintf(link, sizeof(link), "%s/0a1b2c3d.0", directory);
	assert_int_equal(symlink(file_a, link), 0);
	setenv("NODE_EXTRA_CA_CERTS", file_b, 1);
	tls_trust_init(&trust, NULL);
	assert_true(trust.narrow);
	assert_null(trust.joined);
	assert_true(tls_trust_widen(&trust));
	assert_int_equal(trust.joined_len, 8);
	assert_false(tls_trust_widen(&trust));
	tls_trust_reset(&trust);
	unlink(link);
	rmdir(directory);
}

static void
test_extra(void **state)
{
	struct tls_trust trust;

	(void)state;
	setenv("SSL_CERT_FILE", file_a, 1);
	setenv("NODE_EXTRA_CA_CERTS", file_b, 1);
	tls_trust_init(&trust, NULL);
	assert_int_equal(trust.joined_len, 8);
	assert_memory_equal(trust.joined, "AAA\nBBB\n", 8);
	tls_trust_reset(&trust);
	setenv("NODE_EXTRA_CA_CERTS", "/nonexistent", 1);
	check(NULL, file_a, NULL);
	setenv("NODE_EXTRA_CA_CERTS", file_a, 1);
	check(NULL, file_a, NULL);
	unsetenv("SSL_CERT_FILE");
	setenv("SSL_CERT_DIR", "/dir", 1);
	tls_trust_init(&trust, NULL);
	assert_string_equal(trust.extra, file_a);
	assert_null(trust.joined);
	tls_trust_reset(&trust);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, clear, clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_wins),
		TEST(test_empty_variables_do_not_count),
		TEST(test_files_wait_for_a_hashed_directory),
		TEST(test_extra),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
