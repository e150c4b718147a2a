/* SPDX-License-Identifier: ISC */
/*
 * io/fetch: what an answer is reduced to, its limits, and addresses
 * judged before connecting and again on kept connections.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "base/limits.h"
#include "io/fetch.h"
#include "peer.h"

static const struct fetch_policy local = {
	.addresses = { .also = ADDRESS_LOOPBACK },
};
static const struct fetch_policy remote = {
	.addresses = { .also = ADDRESS_PRIVATE },
};

struct fixture {
	struct peer peer;
	struct loop *loop;
	struct http_client *client;
	struct http_request request;
	struct fetch_response response;
	struct fault fault;
};

static void
open_fixture(struct fixture *f,
    void (*serve)(struct peer *peer, int fd, int connection))
{
	struct http_options options = { 0 };

	memset(f, 0, sizeof(*f));
	peer_start(&f->peer, serve);
	f->loop = loop_new();
	f->client = http_client_new(f->loop, &options);
	f->request =
	    (struct http_request){ .method = "GET", .url = f->peer.url };
	fetch_response_init(&f->response);
}

static void
close_fixture(struct fixture *f)
{
	fetch_response_reset(&f->response);
	http_client_free(&f->client);
	loop_free(&f->loop);
	peer_stop(&f->peer);
}

static int
run(struct fixture *f, const struct fetch_policy *policy)
{
	fault_clear(&f->fault);
	return fetch(f->client, &f->request, policy, &f->response, &f->fault);
}

static void
serve_full(struct peer *peer, int fd, int connection)
{
	(void)connection;
	while (peer_read_request(peer, fd))
		peer_say(fd, "HTTP/1.1 401 Unauthorized\r\n"
			     "Content-Type: application/json; charset=utf-8\r\n"
			     "Location: /elsewhere\r\n"
			     "DPoP-Nonce: abc\r\n"
			     "WWW-Authenticate: Bearer a=1\r\n"
			     "WWW-Authenticate: DPoP b=2\r\n"
			     "Retry-After: 7\r\n"
			     "Cache-Control: private, max-age=60\r\n"
			     "Date: Sat, 21 Nov 2026 03:00:00 GMT\r\n"
			     "Content-Length: 2\r\n\r\n{}");
}

static void
serve_bare(struct peer *peer, int fd, int connection)
{
	(void)connection;
	while (peer_read_request(peer, fd))
		peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void
serve_endless(struct peer *peer, int fd, int connection)
{
	static char chunk[16 * 1024];

	(void)connection;
	if (!peer_read_request(peer, fd) ||
	    !peer_say(fd, "HTTP/1.1 200 OK\r\n\r\n"))
		return;
	while (peer_write(fd, chunk, sizeof(chunk)))
		continue;
}

static void
serve_largest(struct peer *peer, int fd, int connection)
{
	static char body[LIMIT_AUTH_DOCUMENT];

	(void)connection;
	if (peer_read_request(peer, fd) &&
	    peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 262144\r\n\r\n"))
		peer_write(fd, body, sizeof(body));
}

static void
serve_drip(struct peer *peer, int fd, int connection)
{
	(void)connection;
	if (!peer_read_request(peer, fd) ||
	    !peer_say(fd, "HTTP/1.1 200 OK\r\n\r\n"))
		return;
	while (peer_say(fd, "x"))
		nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
}

static void
test_reads_the_answer(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_full);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(run(&f, &local), 0);
		assert_int_equal(f.response.status, 401);
		assert_string_equal(f.response.body.data, "{}");
		assert_string_equal(f.response.content_type,
		    "application/json; charset=utf-8");
		assert_string_equal(f.response.location, "/elsewhere");
		assert_string_equal(f.response.dpop_nonce, "abc");
		assert_int_equal(f.response.challenge_count, 2);
		assert_string_equal(f.response.challenges[0], "Bearer a=1");
		assert_string_equal(f.response.challenges[1], "DPoP b=2");
		assert_int_equal(f.response.retry_after_s, 7);
		assert_int_equal(f.response.max_age_s, 60);
		assert_int_equal(f.response.date_s, 1795230000);
	}
	assert_int_equal(atomic_load(&f.peer.connections), 1);
	assert_false(peer_saw(&f.peer, "Accept-Encoding:"));
	close_fixture(&f);
}

static void
test_absent_headers(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_bare);
	assert_int_equal(run(&f, &local), 0);
	assert_int_equal(f.response.status, 200);
	assert_int_equal(f.response.body.len, 0);
	assert_null(f.response.content_type);
	assert_null(f.response.location);
	assert_null(f.response.dpop_nonce);
	assert_int_equal(f.response.challenge_count, 0);
	assert_int_equal(f.response.retry_after_s, 0);
	assert_int_equal(f.response.max_age_s, 0);
	assert_int_equal(f.response.date_s, 0);
	close_fixture(&f);
}

static const struct {
	const char *value;
	unsigned seconds;
} ages[] = {
	{ "max-age=60", 60 },
	{ "MAX-AGE=60", 60 },
	{ "public,max-age=3601", 3600 },
	{ "max-age=99999999999999999999", 3600 },
	{ "max-age=60, no-store", 0 },
	{ "no-cache, max-age=60", 0 },
	{ "max-age=", 0 },
	{ "max-age=-1", 0 },
	{ "max-age=6x", 0 },
	{ "s-maxage=60", 0 },
	{ "", 0 },
};
static size_t age_case;

static void
serve_age(struct peer *peer, int fd, int connection)
{
	char text[256];

	(void)connection;
	if (!peer_read_request(peer, fd))
		return;
	snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nCache-Control: %s\r\n"
	    "Content-Length: 0\r\n\r\n",
	    ages[age_case].value);
	peer_say(fd, text);
}

static void
test_freshness(void **state)
{
	(void)state;
	for (age_case = 0; age_case < sizeof(ages) / sizeof(ages[0]);
	     age_case++) {
		struct fixture f;
		open_fixture(&f, serve_age);
		assert_int_equal(run(&f, &local), 0);
		if (f.response.max_age_s != ages[age_case].seconds)
			fail_msg("'%s': %u", ages[age_case].value,
			    f.response.max_age_s);
		close_fixture(&f);
	}
}

static void
test_limits(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_largest);
	assert_int_equal(run(&f, &local), 0);
	assert_int_equal(f.response.body.len, LIMIT_AUTH_DOCUMENT);
	close_fixture(&f);

	open_fixture(&f, serve_endless);
	assert_int_equal(run(&f, &local), -1);
	assert_int_equal(f.fault.code, FAULT_TOO_LARGE);
	close_fixture(&f);

	open_fixture(&f, serve_drip);
	f.request.timeout_ms = 200;
	assert_int_equal(run(&f, &local), -1);
	assert_int_equal(f.fault.code, FAULT_TIMEOUT);
	close_fixture(&f);
}

static void
stop(void *ctx)
{
	loop_stop(ctx);
}

static void
test_stopped_loop_cancels(void **state)
{
	struct fixture f;
	struct loop_timer timer = { .fire = stop };

	(void)state;
	open_fixture(&f, serve_drip);
	timer.ctx = f.loop;
	loop_timer_start(f.loop, &timer, 50);
	assert_int_equal(run(&f, &local), -1);
	assert_int_equal(f.fault.code, FAULT_CANCELED);
	close_fixture(&f);
}

static void
test_refuses_addresses_before_connecting(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost", "[::1]",
		"0.0.0.0", "[::ffff:127.0.0.1]" };
	struct fixture f;
	char url[128];

	(void)state;
	open_fixture(&f, serve_bare);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct fetch_policy policy = remote;
		policy.allow_http = true;
		snprintf(url, sizeof(url), "http://%s%s", hosts[i],
		    strrchr(f.peer.url, ':'));
		f.request.url = url;
		assert_int_equal(run(&f, &policy), -1);
		assert_int_equal(f.fault.code, FAULT_POLICY);
		assert_non_null(strstr(f.fault.msg, "loopback"));
	}
	assert_int_equal(atomic_load(&f.peer.connections), 0);
	close_fixture(&f);
}

/* The metadata service stays out of reach whatever the user named. */
static void
test_refuses_metadata_service(void **state)
{
	struct fetch_policy policy = { .addresses = { .any = true },
		.allow_http = true };
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_bare);
	f.request.url = "http://169.254.169.254/latest/";
	assert_int_equal(run(&f, &policy), -1);
	assert_int_equal(f.fault.code, FAULT_POLICY);
	close_fixture(&f);
}

static void
test_refuses_kept_connections(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_bare);
	assert_int_equal(run(&f, &local), 0);
	assert_int_equal(run(&f, &remote), -1);
	assert_int_equal(f.fault.code, FAULT_POLICY);
	assert_int_equal(atomic_load(&f.peer.requests), 1);
	assert_int_equal(run(&f, &local), 0);
	close_fixture(&f);
}

static void
test_plain_http_stays_local(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_bare);
	f.request.url = "http://10.1.2.3/";
	assert_int_equal(run(&f, &remote), -1);
	assert_int_equal(f.fault.code, FAULT_POLICY);
	close_fixture(&f);
}

/* Behind a proxy names are its business, literal addresses are not. */
static void
test_through_a_proxy(void **state)
{
	static const struct {
		const char *url;
		int result;
	} cases[] = {
		{ "http://issuer.test/", 0 },
		{ "http://8.8.8.8/", 0 },
		{ "http://10.1.2.3/", -1 },
		{ "http://[fd00::1]/", -1 },
		{ "http://169.254.169.254/", -1 },
	};
	struct fetch_policy policy = { .allow_http = true };
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_bare);
	setenv("http_proxy", f.peer.url, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f.request.url = cases[i].url;
		assert_int_equal(run(&f, &policy), cases[i].result);
		if (cases[i].result != 0)
			assert_int_equal(f.fault.code, FAULT_POLICY);
	}
	assert_int_equal(atomic_load(&f.peer.requests), 2);
	unsetenv("http_proxy");
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_the_answer),
		cmocka_unit_test(test_absent_headers),
		cmocka_unit_test(test_freshness),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_stopped_loop_cancels),
		cmocka_unit_test(test_refuses_addresses_before_connecting),
		cmocka_unit_test(test_refuses_metadata_service),
		cmocka_unit_test(test_refuses_kept_connections),
		cmocka_unit_test(test_plain_http_stays_local),
		cmocka_unit_test(test_through_a_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
