/* SPDX-License-Identifier: ISC */
/*
 * io/http and the loop below it against a server in the same process: A-101,
 * T-017, and the rule that no POST is ever sent twice unasked.
 */
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "io/http.h"
#include "io/loop_curl.h"
#include "io/os.h"
#include "peer.h"

static const char hello[] = "HTTP/1.1 200 OK\r\n"
			    "Content-Type: application/json\r\n"
			    "Content-Length: 5\r\n\r\nhello";

enum act {
	NOTHING,
	FREE_IN_HEAD,
	FREE_IN_BODY,
	STOP_IN_BODY,
	PAUSE_IN_BODY,
	FREE_OTHER_IN_BODY,
	FREE_OTHER_IN_HEAD,
	START_IN_BODY,
};

struct fixture {
	struct peer peer;
	struct loop *loop;
	struct http_client *client;
};

/* One exchange and what was seen of it. */
struct probe {
	struct fixture *fixture;
	struct http *http;
	struct http_headers *headers;
	enum act act;
	struct probe *other;
	unsigned pauses;
	struct loop_timer resume;
	struct http_request request;

	unsigned heads, dones;
	int status;
	long long length;
	char type[64];
	char challenges[4][64];
	size_t challenge_count;
	size_t body;
	char start[16];
	struct http_result result;
	struct fault fault; /* of the result */
	bool keep;          /* in done: do not free */
	bool go_on;         /* in done: do not stop the loop */
};

static void start(struct probe *p);

static void
on_head(void *ctx, const struct http_head *head)
{
	struct probe *p = ctx;

	p->heads++;
	p->status = head->status;
	p->length = head->content_length;
	snprintf(p->type, sizeof(p->type), "%.*s", (int)head->content_type.len,
	    head->content_type.ptr ? head->content_type.ptr : "");
	p->challenge_count = head->challenge_count;
	for (size_t i = 0; i < head->challenge_count && i < 4; i++)
		snprintf(p->challenges[i], sizeof(p->challenges[i]), "%s",
		    head->challenges[i]);
	if (p->act == FREE_IN_HEAD) {
		http_headers_free(&p->headers);
		http_free(&p->http);
		loop_stop(p->fixture->loop);
	}
	if (p->act == FREE_OTHER_IN_HEAD)
		http_free(&p->other->http);
}

static void
resume(void *ctx)
{
	struct probe *p = ctx;

	assert_true(http_paused(p->http));
	http_resume(p->http);
	assert_false(http_paused(p->http));
}

static enum http_verdict
on_body(void *ctx, struct span bytes)
{
	struct probe *p = ctx;

	switch (p->act) {
	case FREE_IN_BODY:
		http_headers_free(&p->headers);
		http_free(&p->http);
		loop_stop(p->fixture->loop);
		return HTTP_CONTINUE;
	case STOP_IN_BODY:
		return HTTP_STOP;
	case PAUSE_IN_BODY:
		if (p->pauses > 0 && p->body >= (4 - p->pauses) * 16 * MIB) {
			p->pauses--;
			p->resume.fire = resume;
			p->resume.ctx = p;
			loop_timer_start(p->fixture->loop, &p->resume, 20);
			return HTTP_PAUSE;
		}
		break;
	case FREE_OTHER_IN_BODY:
		if (p->other->http) {
			http_headers_free(&p->other->headers);
			http_free(&p->other->http);
		}
		break;
	case START_IN_BODY:
		if (!p->other->http)
			start(p->other);
		break;
	case NOTHING:
	case FREE_IN_HEAD:
	case FREE_OTHER_IN_HEAD:
		break;
	}
	if (p->body == 0)
		snprintf(p->start, sizeof(p->start), "%.*s", (int)bytes.len,
		    bytes.ptr);
	p->body += bytes.len;
	return HTTP_CONTINUE;
}

static void
on_done(void *ctx, const struct http_result *result)
{
	struct probe *p = ctx;

	p->dones++;
	p->result = *result;
	if (!result->ok)
		p->fault = *result->fault;
	if (!p->keep)
		http_free(&p->http);
	if (!p->go_on)
		loop_stop(p->fixture->loop);
}

static void
start(struct probe *p)
{
	static const struct http_events events = { on_head, on_body, on_done };

	if (!p->request.method)
		p->request.method = p->request.body.len ? "POST" : "GET";
	if (!p->request.url)
		p->request.url = p->fixture->peer.url;
	p->headers = http_headers_new();
	http_headers_add(p->headers, "X-Probe", span_of("1"));
	p->request.headers = p->headers;
	p->http = http_start(p->fixture->client, &p->request, &events, p);
	assert_int_equal(p->dones, 0);
}

/* Guards against tests that hang. */
static void
too_late(void *ctx)
{
	struct loop *loop = ctx;

	loop_stop(loop);
	fail_msg("no end after 20 s");
}

static void
run(struct fixture *f)
{
	struct loop_timer guard = { .fire = too_late, .ctx = f->loop };

	loop_timer_start(f->loop, &guard, 20000);
	loop_run(f->loop);
	loop_timer_stop(&guard);
}

static void
finish(struct probe *p)
{
	http_free(&p->http);
	http_headers_free(&p->headers);
	loop_timer_stop(&p->resume);
}

static void
open_fixture(struct fixture *f,
    void (*serve)(struct peer *peer, int fd, int connection))
{
	struct http_options options = { .connect_timeout_ms = 5000 };

	peer_start(&f->peer, serve);
	f->loop = loop_new();
	f->client = http_client_new(f->loop, &options);
}

static void
close_fixture(struct fixture *f)
{
	http_client_free(&f->client);
	loop_free(&f->loop);
	peer_stop(&f->peer);
}

static void
run_one(struct probe *p)
{
	start(p);
	run(p->fixture);
	finish(p);
}

/* Servers */

static void
serve_hello(struct peer *peer, int fd, int connection)
{
	(void)connection;
	while (peer_read_request(peer, fd))
		if (!peer_say(fd, hello))
			return;
}

static void
serve_then_die(struct peer *peer, int fd, int connection)
{
	(void)connection;
	if (peer_read_request(peer, fd) && peer_say(fd, hello))
		peer_read_request(peer, fd);
}

static void
serve_64_mib(struct peer *peer, int fd, int connection)
{
	static char chunk[64 * 1024];

	(void)connection;
	if (!peer_read_request(peer, fd) ||
	    !peer_say(fd,
		"HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n"))
		return;
	for (size_t i = 0; i < 64 * MIB / sizeof(chunk); i++)
		if (!peer_write(fd, chunk, sizeof(chunk)))
			return;
}

static void
serve_chunks_forever(struct peer *peer, int fd, int connection)
{
	struct timespec pause = { 0, 5000000 };

	(void)connection;
	if (!peer_read_request(peer, fd) ||
	    !peer_say(fd,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
		return;
	while (!atomic_load(&peer->over) && peer_say(fd, "5\r\nhello\r\n"))
		nanosleep(&pause, NULL);
}

static void
serve_flood(struct peer *peer, int fd, int connection)
{
	(void)connection;
	if (!peer_read_request(peer, fd) ||
	    !peer_say(fd, "HTTP/1.1 200 OK\r\n"))
		return;
	for (int i = 0; i < 2000; i++)
		if (!peer_say(fd, "X-Flood: 0123456789012345678901234567890123"
				  "456789\r\n"))
			return;
	peer_say(fd, "\r\n");
}

static void
serve_reset(struct peer *peer, int fd, int connection)
{
	struct linger now = { 1, 0 };

	(void)connection;
	if (!peer_read_request(peer, fd))
		return;
	peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
	nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	dup2(peer->listener, fd);
}

static void
serve_cut(struct peer *peer, int fd, int connection)
{
	(void)connection;
	if (peer_read_request(peer, fd))
		peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
			     "hello");
}

static void
serve_drip(struct peer *peer, int fd, int connection)
{
	static const char text[] =
	    "HTTP/1.1 103 Early Hints\r\nContent-Type: wrong/type\r\n\r\n"
	    "HTTP/1.1 200 OK\r\ncontent-type:text/event-stream\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"
	    "5\r\nhello\r\n0\r\nContent-Type: trailer/type\r\n\r\n";

	(void)connection;
	if (!peer_read_request(peer, fd))
		return;
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		peer_write(fd, text + i, 1);
		nanosleep(&(struct timespec){ 0, 300000 }, NULL);
	}
	peer_read_request(peer, fd);
}

static void
serve_silence(struct peer *peer, int fd, int connection)
{
	char c;

	(void)connection;
	if (peer_read_request(peer, fd))
		(void)!recv(fd, &c, 1, 0);
}

static void
serve_challenges(struct peer *peer, int fd, int connection)
{
	(void)connection;
	while (peer_read_request(peer, fd))
		peer_say(fd,
		    "HTTP/1.1 401 Unauthorized\r\n"
		    "WWW-Authenticate: Bearer realm=\"a\"\r\n"
		    "Www-authenticate: DPoP algs=\"ES256\"\r\n"
		    "Content-Type: text/plain\r\nContent-Type: second/one\r\n"
		    "Content-Length: 0\r\n\r\n");
}

static void
serve_junk(struct peer *peer, int fd, int connection)
{
	(void)connection;
	if (peer_read_request(peer, fd))
		peer_say(fd, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
}

static void
serve_redirect(struct peer *peer, int fd, int connection)
{
	(void)connection;
	while (peer_read_request(peer, fd))
		peer_say(fd, "HTTP/1.1 307 Temporary Redirect\r\n"
			     "Location: file:///etc/passwd\r\n"
			     "Content-Length: 0\r\n\r\n");
}

static void
serve_cookie(struct peer *peer, int fd, int connection)
{
	(void)connection;
	while (peer_read_request(peer, fd))
		peer_say(fd, "HTTP/1.1 200 OK\r\nSet-Cookie: lb=a1; Path=/\r\n"
			     "Content-Length: 0\r\n\r\n");
}

/* Tests */

static void
test_keeps_connections_and_handles(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_hello);
	for (int i = 0; i < 5; i++) {
		struct probe p = { .fixture = &f };
		p.request.body = span_of("{\"id\":1}");
		run_one(&p);
		assert_true(p.result.ok && p.result.sent && p.result.head);
		assert_int_equal(p.heads, 1);
		assert_int_equal(p.status, 200);
		assert_int_equal(p.length, 5);
		assert_string_equal(p.type, "application/json");
		assert_string_equal(p.start, "hello");
	}
	assert_int_equal(atomic_load(&f.peer.connections), 1);
	assert_int_equal(atomic_load(&f.peer.requests), 5);
	assert_true(peer_saw(&f.peer, "X-Probe: 1\r\n"));
	assert_false(peer_saw(&f.peer, "Accept-Encoding:"));
	assert_false(peer_saw(&f.peer, "User-Agent:"));
	close_fixture(&f);
}

static void
test_methods_follow_each_other(void **state)
{
	static const char *const methods[] = { "POST", "DELETE", "GET", "POST",
		"GET", "DELETE", "POST" };
	struct fixture f;
	char line[64];

	(void)state;
	open_fixture(&f, serve_hello);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct probe p = { .fixture = &f };
		p.request.method = methods[i];
		if (strcmp(methods[i], "POST") == 0)
			p.request.body = span_of("{}");
		run_one(&p);
		assert_true(p.result.ok);
		snprintf(line, sizeof(line), "%s /mcp HTTP/1.1", methods[i]);
		assert_true(peer_saw(&f.peer, line));
		assert_int_equal(peer_saw(&f.peer, "Content-Length: 2\r\n"),
		    p.request.body.len > 0);
		assert_false(peer_saw(&f.peer, "Transfer-Encoding"));
	}
	assert_int_equal(atomic_load(&f.peer.connections), 1);
	close_fixture(&f);
}

static void
test_large_body_is_not_announced(void **state)
{
	struct fixture f;
	size_t size = 8 * MIB;
	char *body = mem_alloc(1, size);

	(void)state;
	open_fixture(&f, serve_hello);
	struct probe p = { .fixture = &f };
	p.request.body = span_make(body, size);
	run_one(&p);
	assert_true(p.result.ok);
	assert_false(peer_saw(&f.peer, "Expect:"));
	close_fixture(&f);
	free(body);
}

/* The server took the request and closed without a word: it may have acted. A
 * small body is sent in another way than a large one. */
static void
test_never_posts_twice(void **state)
{
	static const size_t sizes[] = { 8, 1024, 128 * 1024 };
	static char text[128 * 1024];
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct probe first = { .fixture = &f }, second = first;
		open_fixture(&f, serve_then_die);
		first.request.body = span_make(text, sizes[i]);
		second.request.body = first.request.body;
		run_one(&first);
		assert_true(first.result.ok);
		run_one(&second);
		assert_false(second.result.ok);
		assert_true(second.result.sent);
		assert_false(second.result.head);
		assert_int_equal(second.fault.code, FAULT_UNREACHABLE);
		assert_int_equal(atomic_load(&f.peer.requests), 2);
		close_fixture(&f);
	}
}

static void
test_pauses_and_resumes(void **state)
{
	struct fixture f;

	(void)state;
	for (int large = 0; large < 2; large++) {
		struct probe p = { .fixture = &f };
		open_fixture(&f, serve_64_mib);
		p.act = PAUSE_IN_BODY;
		p.pauses = 4;
		p.request.large = large;
		run_one(&p);
		assert_true(p.result.ok);
		assert_int_equal(p.pauses, 0);
		assert_int_equal(p.body, 64 * MIB);
		close_fixture(&f);
	}
}

static void
test_free_inside_callbacks(void **state)
{
	static const enum act acts[] = { FREE_IN_HEAD, FREE_IN_BODY };
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		struct probe p = { .fixture = &f };
		open_fixture(&f, serve_chunks_forever);
		p.act = acts[i];
		p.request.body = span_of("{}");
		start(&p);
		run(&f);
		assert_null(p.http);
		assert_int_equal(p.dones, 0);
		assert_int_equal(p.heads, 1);
		finish(&p);
		close_fixture(&f);
	}
}

static void
test_stop_is_a_cancel(void **state)
{
	struct fixture f;
	struct probe p = { .fixture = &f, .act = STOP_IN_BODY };

	(void)state;
	open_fixture(&f, serve_chunks_forever);
	run_one(&p);
	assert_int_equal(p.dones, 1);
	assert_false(p.result.ok);
	assert_true(p.result.head);
	assert_int_equal(p.fault.code, FAULT_CANCELED);
	close_fixture(&f);
}

/* Ends the loop a moment after the victim has gone, or when it never does. */
struct watch {
	struct loop_timer timer;
	struct loop *loop;
	const struct probe *victim;
	unsigned looks;
};

static void
look(void *ctx)
{
	struct watch *watch = ctx;

	if (watch->victim->http == NULL && watch->looks > 3)
		watch->looks = 3;
	if (watch->looks-- == 0)
		loop_stop(watch->loop);
	else
		loop_timer_start(watch->loop, &watch->timer, 20);
}

/* The other may be fresh, streaming or paused when it goes. */
static void
test_free_another_inside_callbacks(void **state)
{
	static const enum act acts[] = { FREE_OTHER_IN_HEAD,
		FREE_OTHER_IN_BODY };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct fixture f;
		struct probe victim = { .fixture = &f, .go_on = true };
		struct probe p = { .fixture = &f, .other = &victim };
		open_fixture(&f, i < 2 ? serve_chunks_forever : serve_hello);
		p.act = acts[i % 2];
		p.request.body = span_of("{}");
		start(&p);
		start(&victim);
		struct watch watch = { .timer = { .fire = look, .ctx = &watch },
			.loop = f.loop,
			.victim = &victim,
			.looks = 250 };
		loop_timer_start(f.loop, &watch.timer, 20);
		p.go_on = true;
		loop_run(f.loop);
		assert_null(victim.http);
		assert_int_equal(i < 2 ? victim.dones : 0, 0);
		finish(&p);
		finish(&victim);
		close_fixture(&f);
	}
}

static void
test_start_inside_callback(void **state)
{
	struct fixture f;
	struct probe other = { .fixture = &f };
	struct probe p = { .fixture = &f,
		.other = &other,
		.act = START_IN_BODY,
		.go_on = true };

	(void)state;
	open_fixture(&f, serve_hello);
	start(&p);
	run(&f);
	assert_int_equal(other.dones, 1);
	assert_true(other.result.ok);
	finish(&p);
	finish(&other);
	close_fixture(&f);
}

enum { MANY = 150 };

static bool
all_done(const struct probe *probes)
{
	for (size_t i = 0; i < MANY; i++)
		if (i % 9 != 0 && probes[i].dones == 0)
			return false;
	return true;
}

/* More than one set of libcurl's takes; every ninth is given up on its way. */
static void
run_many(struct fixture *f, struct probe *probes)
{
	for (size_t i = 0; i < MANY; i++) {
		probes[i] = (struct probe){ .fixture = f };
		probes[i].request.body = span_of("{}");
		start(&probes[i]);
	}
	for (size_t i = 0; i < MANY; i += 9)
		finish(&probes[i]);
	while (!all_done(probes))
		run(f);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(probes[i].dones, i % 9 == 0 ? 0 : 1);
		assert_true(i % 9 == 0 || probes[i].result.ok);
		finish(&probes[i]);
	}
}

static void
test_many_at_once(void **state)
{
	static struct probe probes[MANY];
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_hello);
	run_many(&f, probes);
	int opened = atomic_load(&f.peer.connections);
	run_many(&f, probes);
	/* those of the first round are used again */
	assert_in_range(opened, 1, MANY);
	assert_in_range(atomic_load(&f.peer.connections), opened, MANY);
	close_fixture(&f);
}

static void
test_sets_that_rest_are_given_up(void **state)
{
	static struct probe probes[MANY];
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_hello);
	struct loop_curl *curl = loop_curl(f.loop);
	run_many(&f, probes);
	uint64_t now_ms = os_monotonic_ms();
	loop_curl_run_due(curl, now_ms + LOOP_LANE_REST_MS / 2);
	assert_non_null(curl->lanes[1].multi);
	loop_curl_run_due(curl, now_ms + LOOP_LANE_REST_MS);
	assert_null(curl->lanes[1].multi);
	assert_non_null(curl->lanes[0].multi);
	run_many(&f, probes);
	assert_non_null(curl->lanes[1].multi);
	close_fixture(&f);
}

static void
test_free_outside_closes_the_stream(void **state)
{
	struct fixture f;
	struct probe p = { .fixture = &f };
	struct loop_timer over;

	(void)state;
	open_fixture(&f, serve_chunks_forever);
	over = (struct loop_timer){ .fire = (void (*)(void *))loop_stop,
		.ctx = f.loop };
	start(&p);
	loop_timer_start(f.loop, &over, 50);
	loop_run(f.loop);
	assert_true(p.body > 0);
	finish(&p);
	assert_int_equal(p.dones, 0);
	close_fixture(&f);
}

struct failure {
	void (*serve)(struct peer *peer, int fd, int connection);
	enum fault_code code;
	bool head;
	unsigned timeout_ms;
};

static void
test_failures(void **state)
{
	static const struct failure failures[] = {
		{ serve_flood, FAULT_TOO_LARGE, false, 0 },
		{ serve_reset, FAULT_UNREACHABLE, true, 0 },
		{ serve_cut, FAULT_UNREACHABLE, true, 0 },
		{ serve_silence, FAULT_TIMEOUT, false, 150 },
		{ serve_junk, FAULT_PROTOCOL, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		struct fixture f;
		struct probe p = { .fixture = &f };
		open_fixture(&f, failures[i].serve);
		p.request.body = span_of("{}");
		p.request.timeout_ms = failures[i].timeout_ms;
		run_one(&p);
		assert_int_equal(p.dones, 1);
		assert_false(p.result.ok);
		assert_true(p.result.sent);
		assert_int_equal(p.result.head, failures[i].head);
		assert_int_equal(p.fault.code, failures[i].code);
		assert_non_null(strstr(p.fault.msg, "127.0.0.1"));
		close_fixture(&f);
	}
}

static void
test_nobody_listens(void **state)
{
	struct fixture f;
	struct probe p = { .fixture = &f };

	(void)state;
	open_fixture(&f, serve_hello);
	peer_stop(&f.peer);
	p.request.body = span_of("{}");
	run_one(&p);
	assert_false(p.result.ok);
	assert_false(p.result.sent);
	assert_int_equal(p.fault.code, FAULT_UNREACHABLE);
	http_client_free(&f.client);
	loop_free(&f.loop);
}

static void
test_refused_urls(void **state)
{
	static const char *const urls[] = { "file:///etc/passwd",
		"ftp://127.0.0.1/", "http://user@127.0.0.1/", "nonsense" };
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_hello);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct probe p = { .fixture = &f };
		p.request.url = urls[i];
		run_one(&p);
		assert_false(p.result.ok);
		assert_false(p.result.sent);
		assert_int_equal(p.fault.code, FAULT_CONFIG);
	}
	assert_int_equal(atomic_load(&f.peer.connections), 0);
	close_fixture(&f);
}

static void
test_dripping_head_with_interim_and_trailer(void **state)
{
	struct fixture f;
	struct probe p = { .fixture = &f };

	(void)state;
	open_fixture(&f, serve_drip);
	run_one(&p);
	assert_true(p.result.ok);
	assert_int_equal(p.heads, 1);
	assert_int_equal(p.status, 200);
	assert_string_equal(p.type, "text/event-stream");
	assert_int_equal(p.length, -1);
	assert_int_equal(p.body, 5);
	close_fixture(&f);
}

static void
test_collects_challenges(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_challenges);
	for (int i = 0; i < 2; i++) {
		struct probe p = { .fixture = &f };
		p.request.body = span_of("{}");
		run_one(&p);
		assert_true(p.result.ok);
		assert_int_equal(p.status, 401);
		assert_int_equal(p.challenge_count, 2);
		assert_string_equal(p.challenges[0], "Bearer realm=\"a\"");
		assert_string_equal(p.challenges[1], "DPoP algs=\"ES256\"");
		assert_string_equal(p.type, "text/plain");
	}
	close_fixture(&f);
}

static void
test_follows_no_redirect(void **state)
{
	struct fixture f;
	struct probe p = { .fixture = &f };

	(void)state;
	open_fixture(&f, serve_redirect);
	p.request.body = span_of("{}");
	run_one(&p);
	assert_true(p.result.ok);
	assert_int_equal(p.status, 307);
	assert_int_equal(atomic_load(&f.peer.requests), 1);
	close_fixture(&f);
}

static void
test_loopback_has_no_proxy(void **state)
{
	struct fixture f;
	struct probe p = { .fixture = &f };

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("all_proxy", "http://127.0.0.1:1/", 1);
	open_fixture(&f, serve_hello);
	p.keep = true;
	start(&p);
	run(&f);
	assert_true(p.result.ok);
	assert_int_equal(atomic_load(&f.peer.requests), 1);
	finish(&p);
	close_fixture(&f);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
}

static void
keep_report(void *ctx, const struct http_report *report)
{
	struct http_report *kept = ctx;

	assert_string_equal(report->method, "GET");
	*kept = *report;
}

static void
test_reports_how_it_went(void **state)
{
	struct http_report report = { 0 };
	struct http_options options = {
		.connect_timeout_ms = 5000,
		.ended = keep_report,
		.ctx = &report,
	};
	struct fixture f;

	(void)state;
	open_fixture(&f, serve_hello);
	http_client_free(&f.client);
	f.client = http_client_new(f.loop, &options);
	for (int i = 0; i < 2; i++) {
		struct probe p = { .fixture = &f };
		run_one(&p);
		assert_int_equal(report.status, 200);
		assert_int_equal(report.failed, HTTP_STEP_NONE);
		assert_string_equal(report.address, "127.0.0.1");
		assert_string_equal(report.version, "HTTP/1.1");
		assert_false(report.proxied);
		assert_true(report.ended_us >= report.answered_us);
	}
	struct probe stopped = { .fixture = &f, .act = STOP_IN_BODY };
	run_one(&stopped);
	assert_int_equal(report.failed, HTTP_STEP_NONE);
	struct probe refused = {
		.fixture = &f,
		.request.url = "http://127.0.0.1:1/",
	};
	run_one(&refused);
	assert_int_equal(report.failed, HTTP_STEP_CONNECT);
	assert_int_equal(report.status, 0);
	struct probe plain = {
		.fixture = &f,
		.request.url = "http://no-such-host.invalid/",
	};
	run_one(&plain);
	assert_int_equal(report.failed, HTTP_STEP_RESOLVE);
	close_fixture(&f);
}

static void
test_cookies_only_when_asked(void **state)
{
	(void)state;
	for (int wanted = 0; wanted < 2; wanted++) {
		struct fixture f;
		struct http_options options = { .cookies = wanted };
		peer_start(&f.peer, serve_cookie);
		f.loop = loop_new();
		f.client = http_client_new(f.loop, &options);
		struct probe first = { .fixture = &f };
		struct probe a = { .fixture = &f }, b = { .fixture = &f };
		run_one(&first);
		/* the second of two at once has a handle of its own */
		start(&a);
		start(&b);
		while (!a.dones || !b.dones)
			run(&f);
		finish(&a);
		finish(&b);
		assert_int_equal(atomic_load(&f.peer.cookies), 2 * wanted);
		close_fixture(&f);
	}
}

static void
count_turn(void *ctx)
{
	++*(unsigned *)ctx;
}

/* An open stream and nothing else: nobody wakes. */
static void
test_idle_stream_sleeps(void **state)
{
	struct fixture f;
	struct probe p = { .fixture = &f };
	struct loop_timer settled, over;
	unsigned turns = 0;

	(void)state;
	open_fixture(&f, serve_silence);
	settled = over =
	    (struct loop_timer){ .fire = (void (*)(void *))loop_stop,
		    .ctx = f.loop };
	start(&p);
	loop_timer_start(f.loop, &settled, 300);
	loop_run(f.loop);
	loop_at_turn_end(f.loop, count_turn, &turns);
	loop_timer_start(f.loop, &over, 1500);
	loop_run(f.loop);
	assert_in_range(turns, 1, 2);
	finish(&p);
	close_fixture(&f);
}

static void
test_headers(void **state)
{
	struct fixture f;
	struct probe p = { .fixture = &f };
	struct http_headers *copy;

	(void)state;
	open_fixture(&f, serve_hello);
	start(&p);
	http_free(&p.http);
	http_headers_add(p.headers, "X-Empty", span_of(""));
	http_headers_add_secret(p.headers, "Authorization", "Bearer ",
	    span_make("tokenXX", 5));
	copy = http_headers_copy(p.headers);
	http_headers_free(&p.headers);
	struct probe q = { .fixture = &f };
	start(&q);
	http_free(&q.http);
	http_headers_free(&q.headers);
	q.headers = copy;
	q.request.headers = copy;
	q.http = http_start(f.client, &q.request,
	    &(struct http_events){ on_head, on_body, on_done }, &q);
	run(&f);
	assert_true(peer_saw(&f.peer, "Authorization: Bearer token\r\n"));
	assert_true(peer_saw(&f.peer, "X-Empty:"));
	assert_false(peer_saw(&f.peer, "X-Empty;"));
	finish(&q);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_connections_and_handles),
		cmocka_unit_test(test_methods_follow_each_other),
		cmocka_unit_test(test_large_body_is_not_announced),
		cmocka_unit_test(test_never_posts_twice),
		cmocka_unit_test(test_pauses_and_resumes),
		cmocka_unit_test(test_free_inside_callbacks),
		cmocka_unit_test(test_stop_is_a_cancel),
		cmocka_unit_test(test_free_another_inside_callbacks),
		cmocka_unit_test(test_start_inside_callback),
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_sets_that_rest_are_given_up),
		cmocka_unit_test(test_free_outside_closes_the_stream),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_refused_urls),
		cmocka_unit_test(test_dripping_head_with_interim_and_trailer),
		cmocka_unit_test(test_collects_challenges),
		cmocka_unit_test(test_follows_no_redirect),
		cmocka_unit_test(test_loopback_has_no_proxy),
		cmocka_unit_test(test_reports_how_it_went),
		cmocka_unit_test(test_cookies_only_when_asked),
		cmocka_unit_test(test_idle_stream_sleeps),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
