/* SPDX-License-Identifier: ISC */
/*
 * The loopback listener on real sockets,
 *
 */
#include "auth/callback.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"

#define STATE "the-right-state"
#define TARGET "https://as.test/authorize?x=$(id)&state=" STATE

/* A login waiting in a thread of its own, as the authorizer would. */
struct login {
	struct callback *cb;
	struct secret state;
	int64_t deadline_s;
	int stop_fd;
	enum callback_page page;
	bool (*visit)(void *ctx);
	int visits;
	struct callback_result result;
	struct fault fault;
	int rc;
	pthread_t thread;
};

static void *
wait_for_redirect(void *arg)
{
	struct login *login = arg;

	const struct callback_waiting waiting = {
		.state = &login->state,
		.deadline_s = login->deadline_s,
		.stop_fd = login->stop_fd,
		.visit = login->visit,
		.ctx = login,
	};

	login->rc =
	    callback_wait(login->cb, &waiting, &login->result, &login->fault);
	callback_finish(login->cb, login->page);
	return NULL;
}

static void
open_at(struct login *login, const char *host, int64_t deadline_s, int stop_fd)
{
	const struct callback_options options = {
		.host = host,
		.path = "/callback",
	};

	*login = (struct login){
		.deadline_s = deadline_s,
		.stop_fd = stop_fd,
		.page = PAGE_SUCCESS,
	};
	callback_result_init(&login->result);
	assert_int_equal(callback_open(&login->cb, &options, &login->fault), 0);
	callback_set_target(login->cb, TARGET);
	secret_set(&login->state, span_of(STATE));
}

static void
start(struct login *login)
{
	assert_int_equal(pthread_create(&login->thread, NULL, wait_for_redirect,
			     login),
	    0);
}

static void
begin_at(struct login *login, const char *host, int64_t deadline_s, int stop_fd)
{
	open_at(login, host, deadline_s, stop_fd);
	start(login);
}

static void
begin(struct login *login)
{
	begin_at(login, "127.0.0.1", time(NULL) + 30, -1);
}

static int
finish(struct login *login)
{
	assert_int_equal(pthread_join(login->thread, NULL), 0);
	callback_free(&login->cb);
	secret_reset(&login->state);
	return login->rc;
}

static int
dial(unsigned port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_not_equal(fd, -1);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t put = write(fd, bytes, len);

		assert_true(put > 0);
		bytes += put;
		len -= (size_t)put;
	}
}

/* The whole answer, up to the end of the connection. */
static void
receive(int fd, struct buf *answer)
{
	char bytes[4096];
	ssize_t got = 0;

	buf_init(answer, MIB);
	for (;;) {
		got = read(fd, bytes, sizeof(bytes));
		assert_int_not_equal(got, -1);
		if (got == 0)
			break;
		assert_int_equal(buf_add(answer, bytes, (size_t)got), 0);
	}
	close(fd);
}

static void
exchange(unsigned port, const char *head, struct buf *answer)
{
	int fd = dial(port);

	assert_int_not_equal(fd, -1);
	send_all(fd, head, strlen(head));
	receive(fd, answer);
}

/* The answer to a GET of `target` starts with `status` and has `text`. */
static void
expect(unsigned port, const char *target, const char *status, const char *text)
{
	struct buf answer;
	char head[1024];

	snprintf(head, sizeof(head),
	    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", target, port);
	exchange(port, head, &answer);
	if (answer.len == 0 || !span_starts_with(buf_span(&answer), status) ||
	    strstr(answer.data, text) == NULL)
		fail_msg("%s: expected %s %s, got\n%s", target, status, text,
		    answer.len > 0 ? answer.data : "(nothing)");
	buf_reset(&answer);
}

static void
test_redirect_comes(void **state)
{
	struct login login;

	(void)state;
	begin(&login);
	expect(callback_port(login.cb),
	    "/callback?code=a%2Fb&iss=https%3A%2F%2Fas.test&state=" STATE,
	    "HTTP/1.1 200 OK\r\n", "signed in");
	assert_int_equal(finish(&login), 0);
	assert_true(span_is(secret_peek(&login.result.code), "a/b"));
	assert_string_equal(login.result.iss, "https://as.test");
	callback_result_reset(&login.result);
}

/* Two speculative sockets first, then a request byte by byte. */
static void
test_mute_sockets_and_slow_request(void **state)
{
	struct login login;
	struct buf answer;
	char head[256];

	(void)state;
	begin(&login);
	unsigned port = callback_port(login.cb);
	int mute[2] = { dial(port), dial(port) };
	snprintf(head, sizeof(head),
	    "GET /callback?code=c&state=" STATE " HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%u\r\n\r\n",
	    port);
	int fd = dial(port);
	for (const char *byte = head; *byte != '\0'; byte++)
		send_all(fd, byte, 1);
	receive(fd, &answer);
	assert_true(span_starts_with(buf_span(&answer), "HTTP/1.1 200 OK"));
	assert_int_equal(finish(&login), 0);
	close(mute[0]);
	close(mute[1]);
	buf_reset(&answer);
	callback_result_reset(&login.result);
}

static void
test_many_mute_sockets(void **state)
{
	struct login login;
	int mute[40];

	(void)state;
	begin(&login);
	for (size_t i = 0; i < sizeof(mute) / sizeof(mute[0]); i++) {
		mute[i] = dial(callback_port(login.cb));
		assert_int_not_equal(mute[i], -1);
	}
	expect(callback_port(login.cb), "/callback?code=c&state=" STATE,
	    "HTTP/1.1 200 OK\r\n", "signed in");
	assert_int_equal(finish(&login), 0);
	for (size_t i = 0; i < sizeof(mute) / sizeof(mute[0]); i++)
		close(mute[i]);
	callback_result_reset(&login.result);
}

static void
test_client_hello_is_closed_at_once(void **state)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc";
	struct login login;
	char byte = 0;

	(void)state;
	begin(&login);
	int fd = dial(callback_port(login.cb));
	send_all(fd, hello, sizeof(hello) - 1);
	assert_true(read(fd, &byte, 1) <= 0);
	close(fd);
	expect(callback_port(login.cb), "/callback?code=c&state=" STATE,
	    "HTTP/1.1 200 OK\r\n", "signed in");
	assert_int_equal(finish(&login), 0);
	callback_result_reset(&login.result);
}

/* Whatever is not our redirect is answered and changes nothing. */
static void
test_forgeries_change_nothing(void **state)
{
	struct login login;

	(void)state;
	begin(&login);
	unsigned port = callback_port(login.cb);
	expect(port, "/callback?error=access_denied", "HTTP/1.1 400", "");
	expect(port, "/callback?error=access_denied&state=wrong",
	    "HTTP/1.1 410", "expired");
	expect(port, "/callback?code=evil&state=", "HTTP/1.1 400", "");
	expect(port, "/callback?code=evil&state=the-right-statf",
	    "HTTP/1.1 410", "expired");
	expect(port, "/favicon.ico", "HTTP/1.1 404", "");
	expect(port, "/callback?code=c&state=" STATE, "HTTP/1.1 200",
	    "signed in");
	assert_int_equal(finish(&login), 0);
	assert_true(span_is(secret_peek(&login.result.code), "c"));
	assert_null(login.result.error);
	callback_result_reset(&login.result);
}

static void
test_large_request_is_answered(void **state)
{
	struct login login;
	struct buf head, answer;

	(void)state;
	begin(&login);
	buf_init(&head, MIB);
	assert_int_equal(buf_addf(&head,
			     "GET /callback?code=c&state=" STATE " HTTP/1.1\r\n"
			     "Host: 127.0.0.1:%u\r\nCookie: ",
			     callback_port(login.cb)),
	    0);
	while (head.len < 40 * KIB)
		assert_int_equal(buf_add_string(&head, "a=b; "), 0);
	assert_int_equal(buf_add_string(&head, "\r\n\r\n"), 0);
	exchange(callback_port(login.cb), head.data, &answer);
	assert_true(span_starts_with(buf_span(&answer), "HTTP/1.1 200 OK"));
	assert_int_equal(finish(&login), 0);
	buf_reset(&head);
	buf_reset(&answer);
	callback_result_reset(&login.result);
}

/* The answer survives what the browser still sends: no reset. */
static void
test_line_too_long(void **state)
{
	struct login login;
	struct buf head, answer;

	(void)state;
	begin(&login);
	buf_init(&head, MIB);
	assert_int_equal(buf_add_string(&head, "GET /callback?code="), 0);
	while (head.len < 200 * KIB)
		assert_int_equal(buf_add_string(&head, "cccccccc"), 0);
	exchange(callback_port(login.cb), head.data, &answer);
	assert_true(span_starts_with(buf_span(&answer), "HTTP/1.1 414"));
	expect(callback_port(login.cb), "/callback?code=c&state=" STATE,
	    "HTTP/1.1 200 OK\r\n", "signed in");
	assert_int_equal(finish(&login), 0);
	buf_reset(&head);
	buf_reset(&answer);
	callback_result_reset(&login.result);
}

static void
test_start_page_works_twice(void **state)
{
	struct login login;
	unsigned port = 0;

	(void)state;
	begin(&login);
	port = callback_port(login.cb);
	const char *start =
	    strchr(callback_start_url(login.cb) + strlen("http://"), '/');
	assert_int_equal(strlen(start), 1 + 32);
	for (int i = 0; i < 2; i++)
		expect(port, start, "HTTP/1.1 302 Found\r\n",
		    "\r\nLocation: " TARGET "\r\n");
	expect(port, "/callback?code=c&state=" STATE, "HTTP/1.1 200",
	    "signed in");
	assert_int_equal(finish(&login), 0);
	callback_result_reset(&login.result);
}

/* Every other visit fails; the others have a target each. */
static bool
visit(void *ctx)
{
	struct login *login = ctx;
	char target[64];

	if (++login->visits % 2 == 0)
		return false;
	snprintf(target, sizeof(target), "https://as.test/a?request_uri=%d",
	    login->visits);
	callback_set_target(login->cb, target);
	return true;
}

/* a failing visit is shown to its visitor, and changes nothing.
 */
static void
test_start_page_asks_anew(void **state)
{
	struct login login;
	unsigned port = 0;

	(void)state;
	open_at(&login, "127.0.0.1", time(NULL) + 30, -1);
	login.visit = visit;
	start(&login);
	port = callback_port(login.cb);
	const char *page =
	    strchr(callback_start_url(login.cb) + strlen("http://"), '/');
	expect(port, page, "HTTP/1.1 302 Found\r\n",
	    "\r\nLocation: https://as.test/a?request_uri=1\r\n");
	expect(port, page, "HTTP/1.1 200 OK\r\n", "Sign-in did not work");
	expect(port, page, "HTTP/1.1 302 Found\r\n",
	    "\r\nLocation: https://as.test/a?request_uri=3\r\n");
	expect(port, "/callback?code=c&state=" STATE, "HTTP/1.1 200",
	    "signed in");
	assert_int_equal(finish(&login), 0);
	assert_int_equal(login.visits, 3);
	callback_result_reset(&login.result);
}

static void
test_second_hit_is_refused(void **state)
{
	struct login login;
	struct buf answers[2];
	char head[256];
	unsigned port = 0;

	(void)state;
	begin(&login);
	port = callback_port(login.cb);
	int first = dial(port), second = dial(port);
	snprintf(head, sizeof(head),
	    "GET /callback?code=c&state=" STATE " HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%u\r\n\r\n",
	    port);
	send_all(first, head, strlen(head) - 1);
	send_all(second, head, strlen(head) - 1);
	send_all(first, "\n", 1);
	send_all(second, "\n", 1);
	receive(first, &answers[0]);
	receive(second, &answers[1]);
	assert_int_equal(finish(&login), 0);

	size_t accepted = 0, refused = 0;
	for (size_t i = 0; i < 2; i++) {
		struct span answer = buf_span(&answers[i]);

		accepted += span_starts_with(answer, "HTTP/1.1 200");
		refused += span_starts_with(answer, "HTTP/1.1 410");
		buf_reset(&answers[i]);
	}
	assert_int_equal(accepted, 1);
	assert_int_equal(refused, 1);
	assert_int_equal(dial(port), -1);
	callback_result_reset(&login.result);
}

static void
test_deadline(void **state)
{
	struct login login;

	(void)state;
	begin_at(&login, "127.0.0.1", time(NULL) - 1, -1);
	assert_int_equal(finish(&login), -1);
	assert_int_equal(login.fault.code, FAULT_LOGIN_TIMEOUT);
}

static void
test_asker_gone(void **state)
{
	struct login login;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	begin_at(&login, "127.0.0.1", time(NULL) + 30, fds[0]);
	close(fds[1]);
	assert_int_equal(finish(&login), -1);
	assert_int_equal(login.fault.code, FAULT_CANCELED);
	close(fds[0]);
}

static void
test_names(void **state)
{
	static const struct {
		const char *host;
		const char *prefix;
	} table[] = {
		{ "127.0.0.1", "http://127.0.0.1:" },
		{ "localhost", "http://localhost:" },
		{ "::1", "http://[::1]:" },
		{ "[::1]", "http://[::1]:" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct callback_options options = {
			.host = table[i].host,
			.path = "/callback",
		};
		struct callback *cb = NULL;
		char uri[128];

		assert_int_equal(callback_open(&cb, &options, NULL), 0);
		snprintf(uri, sizeof(uri), "%s%u/callback", table[i].prefix,
		    callback_port(cb));
		assert_string_equal(callback_redirect_uri(cb), uri);
		assert_true(span_starts_with(span_of(callback_start_url(cb)),
		    "http://127.0.0.1:"));
		callback_free(&cb);
		assert_null(cb);
	}
}

/* A socket bound to ::1 on a port that is free on 127.0.0.1; -1: no IPv6. */
static int
squat(unsigned *port)
{
	struct sockaddr_in6 at = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&at, len) == -1 ||
	    listen(fd, 1) == -1 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) == -1) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	*port = ntohs(at.sin6_port);
	return fd;
}

/* A stranger on ::1 would get the code of a browser that tries it first. */
static void
test_other_family_squatted(void **state)
{
	unsigned port = 0;
	int fd = squat(&port);

	(void)state;
	if (fd == -1)
		skip();
	const struct callback_options options = {
		.host = "localhost",
		.path = "/callback",
		.port = port,
	};
	struct callback *cb = NULL;
	struct fault f;
	assert_int_equal(callback_open(&cb, &options, &f), -1);
	assert_int_equal(f.code, FAULT_BUSY);
	assert_null(cb);
	assert_int_equal(dial(port), -1);
	close(fd);
	assert_int_equal(callback_open(&cb, &options, &f), 0);
	assert_int_equal(callback_port(cb), port);
	callback_free(&cb);
}

static void
test_port_taken(void **state)
{
	struct callback_options options = { .host = "127.0.0.1", .path = "/" };
	struct callback *first = NULL, *second = NULL;
	struct fault f;

	(void)state;
	assert_int_equal(callback_open(&first, &options, &f), 0);
	options.port = callback_port(first);
	assert_int_equal(callback_open(&second, &options, &f), -1);
	assert_int_equal(f.code, FAULT_BUSY);
	callback_free(&first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redirect_comes),
		cmocka_unit_test(test_mute_sockets_and_slow_request),
		cmocka_unit_test(test_many_mute_sockets),
		cmocka_unit_test(test_client_hello_is_closed_at_once),
		cmocka_unit_test(test_forgeries_change_nothing),
		cmocka_unit_test(test_large_request_is_answered),
		cmocka_unit_test(test_line_too_long),
		cmocka_unit_test(test_start_page_works_twice),
		cmocka_unit_test(test_start_page_asks_anew),
		cmocka_unit_test(test_second_hit_is_refused),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_asker_gone),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_other_family_squatted),
		cmocka_unit_test(test_port_taken),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
