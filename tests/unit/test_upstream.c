/* SPDX-License-Identifier: ISC */
/*
 * mcp/upstream: which headers go along with what (T-020 to T-023), and who
 * waits while the host's end is full (T-017).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "header_lines.h"
#include "mcp/upstream.h"

#define MESSAGE                                                                \
	"Content-Type: application/json\n"                                     \
	"Accept: application/json, text/event-stream\n"
#define STREAM "Accept: text/event-stream\n"
#define USER "X-User: 1\n"
#define AUTH "Authorization: Bearer t0ken\n"
#define PROTOCOL "MCP-Protocol-Version: 2025-06-18\n"
#define SESSION "Mcp-Session-Id: abc\n"

struct fixture {
	struct upstream up;
	struct http_headers *user;
};

static void
set_up(struct fixture *f)
{
	f->user = http_headers_new();
	http_headers_add(f->user, "X-User", span_of("1"));
	upstream_init(&f->up, NULL, NULL, f->user);
}

static void
tear_down(struct fixture *f)
{
	upstream_reset(&f->up);
	http_headers_free(&f->user);
}

static void
assert_lines(const struct http_headers *headers, const char *wanted)
{
	char *lines = header_lines(headers);

	assert_string_equal(lines, wanted);
	free(lines);
}

static void
assert_fresh(struct upstream *up, const char *wanted)
{
	struct http_headers *headers = upstream_fresh_headers(up);

	assert_lines(headers, wanted);
	http_headers_free(&headers);
}

/* T-020: what a POST accepts; nothing of a session before there is one. */
static void
says_what_it_can_read(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_false(upstream_has_session(&f.up));
	assert_lines(upstream_post_headers(&f.up), MESSAGE USER);
	assert_lines(upstream_get_headers(&f.up), STREAM USER);
	assert_lines(upstream_delete_headers(&f.up), USER);
	assert_fresh(&f.up, MESSAGE USER);
	tear_down(&f);
}

/* T-021, T-022, T-023: on all but initialize and the stateless era. */
static void
says_which_session(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	upstream_set_session(&f.up, span_of("abc"));
	upstream_set_version(&f.up, span_of("2025-06-18"));
	assert_true(upstream_has_session(&f.up));
	assert_lines(upstream_post_headers(&f.up),
	    PROTOCOL SESSION MESSAGE USER);
	assert_lines(upstream_get_headers(&f.up), STREAM PROTOCOL SESSION USER);
	assert_lines(upstream_delete_headers(&f.up), PROTOCOL SESSION USER);
	assert_fresh(&f.up, MESSAGE USER);
	upstream_set_session(&f.up, span_of(""));
	assert_false(upstream_has_session(&f.up));
	assert_lines(upstream_post_headers(&f.up), PROTOCOL MESSAGE USER);
	upstream_set_version(&f.up, span_of(""));
	assert_lines(upstream_post_headers(&f.up), MESSAGE USER);
	tear_down(&f);
}

static void
carries_the_bearer_everywhere(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	upstream_set_bearer(&f.up, "Bearer", span_of("t0ken"), span_of(""), 1);
	assert_lines(upstream_post_headers(&f.up), MESSAGE USER AUTH);
	assert_lines(upstream_get_headers(&f.up), STREAM USER AUTH);
	assert_lines(upstream_delete_headers(&f.up), USER AUTH);
	assert_fresh(&f.up, MESSAGE USER AUTH);
	upstream_set_bearer(&f.up, "DPoP", span_of("other"), span_of(""), 1);
	assert_lines(upstream_delete_headers(&f.up),
	    USER "Authorization: DPoP other\n");
	upstream_set_bearer(&f.up, "", span_of(""), span_of(""), 1);
	assert_lines(upstream_delete_headers(&f.up), USER);
	tear_down(&f);
}

/* What is borrowed stays the same until something changes. */
static void
builds_a_list_once(void **state)
{
	struct fixture f;
	const struct http_headers *post = NULL;

	(void)state;
	set_up(&f);
	post = upstream_post_headers(&f.up);
	assert_ptr_equal(upstream_post_headers(&f.up), post);
	assert_ptr_not_equal(upstream_get_headers(&f.up), post);
	assert_ptr_not_equal(upstream_delete_headers(&f.up), post);
	assert_ptr_equal(upstream_post_headers(&f.up), post);
	tear_down(&f);
}

static void
keeps_its_own_copies(void **state)
{
	char id[] = "abc", version[] = "2025-06-18", token[] = "t0ken";
	struct fixture f;

	(void)state;
	set_up(&f);
	upstream_set_session(&f.up, span_of(id));
	upstream_set_version(&f.up, span_of(version));
	upstream_set_bearer(&f.up, "Bearer", span_of(token), span_of(""), 1);
	id[0] = version[0] = token[0] = '?';
	assert_lines(upstream_delete_headers(&f.up),
	    PROTOCOL SESSION USER AUTH);
	tear_down(&f);
}

static size_t
count_waiters(const struct upstream *up)
{
	const struct upstream_waiter *w;
	size_t count = 0;

	TAILQ_FOREACH (w, &up->waiters, link)
		count++;
	return count;
}

static void
lines_up_who_waits(void **state)
{
	struct upstream_waiter first = { .waiting = false };
	struct upstream_waiter second = { .waiting = false };
	struct fixture f;

	(void)state;
	set_up(&f);
	upstream_block(&f.up, true);
	assert_true(f.up.blocked);
	upstream_wait(&f.up, &first, NULL);
	upstream_wait(&f.up, &second, NULL);
	upstream_wait(&f.up, &first, NULL);
	assert_int_equal(count_waiters(&f.up), 2);
	assert_ptr_equal(TAILQ_FIRST(&f.up.waiters), &first);
	upstream_unwait(&f.up, &first);
	upstream_unwait(&f.up, &first);
	assert_false(first.waiting);
	assert_true(second.waiting);
	assert_int_equal(count_waiters(&f.up), 1);
	upstream_block(&f.up, true);
	assert_int_equal(count_waiters(&f.up), 1);
	upstream_unwait(&f.up, &second);
	upstream_block(&f.up, false);
	assert_false(f.up.blocked);
	tear_down(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_can_read),
		cmocka_unit_test(says_which_session),
		cmocka_unit_test(carries_the_bearer_everywhere),
		cmocka_unit_test(builds_a_list_once),
		cmocka_unit_test(keeps_its_own_copies),
		cmocka_unit_test(lines_up_who_waits),
	};

	return cmocka_run_group_tests_name("upstream", tests, NULL, NULL);
}
