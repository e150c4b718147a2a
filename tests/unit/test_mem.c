/* SPDX-License-Identifier: ISC */
/*
 * Out of memory ends the process with EX_OSERR and a line on stderr. The child
 * asks for what no machine has; sanitizers are told to return NULL for that.
 */
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

/* Read by the sanitizers' runtime at start; others have no use for it. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void
ask_for_too_many(void)
{
	volatile size_t count = SIZE_MAX / 2;

	free(mem_alloc(count, 4));
}

static void
ask_for_too_much(void)
{
	volatile size_t size = PTRDIFF_MAX;

	free(mem_resize(NULL, size));
}

static void
ask_for_a_copy_too_long(void)
{
	volatile size_t size = SIZE_MAX;

	free(mem_copy("", size));
}

static void
dies(void (*ask)(void))
{
	static const char expected[] = "mcp-bridge: out of memory\n";
	char text[256] = "";
	int fds[2];
	int status = 0;
	pid_t child = 0;
	ssize_t len = 0;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)dup2(fds[1], STDERR_FILENO);
		ask();
		_exit(EX_OK);
	}
	(void)close(fds[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	for (ssize_t n = 1; n > 0 && len < (ssize_t)sizeof text - 1; len += n)
		n = read(fds[0], text + len, sizeof text - 1 - (size_t)len);
	(void)close(fds[0]);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EX_OSERR);
	/* A sanitizer may have warned before. */
	assert_true((size_t)len >= sizeof expected - 1);
	assert_non_null(strstr(text, expected));
}

static void
dies_without_memory(void **state)
{
	(void)state;
	dies(ask_for_too_many);
	dies(ask_for_too_much);
	dies(ask_for_a_copy_too_long);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dies_without_memory),
	};

	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
