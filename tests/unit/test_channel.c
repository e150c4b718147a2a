/* SPDX-License-Identifier: ISC */
/*
 * io/channel on pipes and sockets: T-001, T-003, T-012, T-017.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "io/channel.h"
#include "io/os.h"

enum { LINES = 64 };

struct fixture {
	struct loop *loop;
	struct channel *channel;
	int in[2], out[2]; /* we use in[1] and out[0] */
	char *lines[LINES];
	size_t lengths[LINES];
	size_t count;
	unsigned too_long, eof, gone, drained;
	size_t stop_at; /* stop the loop after so many lines; 0: at eof */
	size_t pause_at, free_at;
	bool take;
	struct loop_timer timer;
};

static void
on_line(void *ctx, struct buf *line)
{
	struct fixture *f = ctx;

	assert_int_equal(line->data[line->len], '\0');
	if (f->count < LINES) {
		f->lines[f->count] = mem_copy(line->data, line->len);
		f->lengths[f->count] = line->len;
	}
	f->count++;
	if (f->take) {
		struct buf mine;
		buf_init(&mine, LIMIT_MESSAGE);
		buf_take(&mine, line);
		buf_reset(&mine);
	}
	if (f->count == f->pause_at)
		channel_pause(f->channel, true);
	if (f->count == f->free_at)
		channel_free(&f->channel);
	if (f->count == f->stop_at || f->count == f->free_at)
		loop_stop(f->loop);
}

static void
on_too_long(void *ctx)
{
	struct fixture *f = ctx;

	f->too_long++;
}

static void
on_eof(void *ctx)
{
	struct fixture *f = ctx;

	f->eof++;
	loop_stop(f->loop);
}

static void
on_gone(void *ctx)
{
	struct fixture *f = ctx;

	f->gone++;
	loop_stop(f->loop);
}

static void
on_drained(void *ctx)
{
	struct fixture *f = ctx;

	f->drained++;
	loop_stop(f->loop);
}

static const struct channel_events told = { on_line, on_too_long, on_eof,
	on_gone, on_drained };

static void
open_fixture(struct fixture *f, bool sockets)
{
	*f = (struct fixture){ 0 };
	if (sockets) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, f->in), 0);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, f->out),
		    0);
	} else {
		assert_int_equal(pipe(f->in), 0);
		assert_int_equal(pipe(f->out), 0);
	}
	f->loop = loop_new();
	f->channel = channel_new(f->loop, f->in[0], f->out[1], &told, f);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
close_fixture(struct fixture *f)
{
	channel_free(&f->channel);
	loop_timer_stop(&f->timer);
	loop_free(&f->loop);
	for (int i = 0; i < 2; i++) {
		close_fd(&f->in[i]);
		close_fd(&f->out[i]);
	}
	for (size_t i = 0; i < LINES; i++)
		free(f->lines[i]);
}

static void
feed(struct fixture *f, const char *text)
{
	assert_int_equal(write(f->in[1], text, strlen(text)), strlen(text));
}

static void
stop(void *ctx)
{
	struct fixture *f = ctx;

	loop_stop(f->loop);
}

static void
run_for(struct fixture *f, uint64_t ms)
{
	f->timer.fire = stop;
	f->timer.ctx = f;
	loop_timer_start(f->loop, &f->timer, ms);
	loop_run(f->loop);
	loop_timer_stop(&f->timer);
}

static const struct {
	const char *input;
	size_t count;
	const char *lines[4];
} framings[] = {
	{ "one\ntwo\n", 2, { "one", "two" } },
	{ "one\r\ntwo\r\n", 2, { "one", "two" } },
	{ "one\n\n \t\n\r\ntwo\n", 2, { "one", "two" } },
	{ "\xEF\xBB\xBFone\n\xEF\xBB\xBFtwo\n", 2,
	    { "one", "\xEF\xBB\xBFtwo" } },
	{ "\xEF\xBB\xBF\none\n", 1, { "one" } },
	{ "one\ntwo", 2, { "one", "two" } },
	{ "one\r", 1, { "one" } },
	{ " one \n", 1, { " one " } },
	{ "a\rb\n", 1, { "a\rb" } },
	{ "", 0, { NULL } },
	{ "\n", 0, { NULL } },
	{ "\xEF\xBB\xBF", 0, { NULL } },
};

static void
check_framing(size_t i, bool sockets, bool bytewise)
{
	struct fixture f;
	const char *input = framings[i].input;

	open_fixture(&f, sockets);
	f.take = bytewise;
	for (const char *p = input; bytewise && *p; p++) {
		assert_int_equal(write(f.in[1], p, 1), 1);
		run_for(&f, 0);
	}
	if (!bytewise)
		feed(&f, input);
	close_fd(&f.in[1]);
	loop_run(f.loop);
	assert_int_equal(f.eof, 1);
	assert_int_equal(f.count, framings[i].count);
	for (size_t k = 0; k < f.count; k++)
		assert_string_equal(f.lines[k], framings[i].lines[k]);
	run_for(&f, 5);
	assert_int_equal(f.eof, 1);
	close_fixture(&f);
}

static void
test_frames_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(framings) / sizeof(framings[0]); i++)
		for (unsigned how = 0; how < 4; how++)
			check_framing(i, how & 1, how & 2);
}

/* Writes `len` bytes from another process, so that pipes may fill. */
static pid_t
feed_from_child(struct fixture *f, const char *data, size_t len)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child > 0) {
		close_fd(&f->in[1]);
		return child;
	}
	signal(SIGPIPE, SIG_DFL);
	close(f->in[0]);
	while (len > 0) {
		ssize_t n = write(f->in[1], data, len);
		if (n <= 0)
			_exit(1);
		data += n;
		len -= (size_t)n;
	}
	_exit(0);
}

static void
test_large_line_between_small_ones(void **state)
{
	size_t size = 8 * MIB;
	char *text = mem_alloc(1, size + 9);

	(void)state;
	memset(text, 'x', size + 8);
	memcpy(text, "one\n", 4);
	memcpy(text + 4 + size, "\ntwo", 4);
	for (int take = 0; take < 2; take++) {
		struct fixture f;
		open_fixture(&f, false);
		f.take = take;
		feed_from_child(&f, text, size + 8);
		loop_run(f.loop);
		assert_int_equal(f.count, 3);
		assert_string_equal(f.lines[0], "one");
		assert_int_equal(f.lengths[1], size);
		assert_memory_equal(f.lines[1], text + 4, size);
		assert_string_equal(f.lines[2], "two");
		close_fixture(&f);
	}
	free(text);
}

static void
test_overlong_line_is_skipped(void **state)
{
	static const char last[] = "\nafter\n";
	size_t size = LIMIT_MESSAGE + 3 * MIB;
	char *text = mem_alloc(1, size + sizeof(last));
	struct fixture f;

	(void)state;
	memset(text, 'x', size);
	memcpy(text + size, last, sizeof(last));
	open_fixture(&f, true);
	feed_from_child(&f, text, size + sizeof(last) - 1);
	loop_run(f.loop);
	assert_int_equal(f.too_long, 1);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.lines[0], "after");
	close_fixture(&f);
	free(text);
}

static void
test_longest_line_passes(void **state)
{
	static const size_t over[] = { 0, 1 };
	char *text = mem_alloc(1, LIMIT_MESSAGE + 4);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fixture f;
		size_t len = LIMIT_MESSAGE + over[i];
		memset(text, 'x', len);
		memcpy(text + len, "\r\n", 3);
		open_fixture(&f, true);
		f.take = true;
		feed_from_child(&f, text, len + 2);
		loop_run(f.loop);
		assert_int_equal(f.count, 1 - over[i]);
		assert_int_equal(f.too_long, over[i]);
		close_fixture(&f);
	}
	free(text);
}

static void
test_pause_holds_lines_already_read(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, false);
	feed(&f, "1\n2\n3\n4\n");
	f.pause_at = 2;
	run_for(&f, 20);
	assert_int_equal(f.count, 2);
	feed(&f, "5\n");
	close_fd(&f.in[1]);
	run_for(&f, 20);
	assert_int_equal(f.count, 2);
	channel_pause(f.channel, false);
	assert_int_equal(f.count, 2);
	loop_run(f.loop);
	assert_int_equal(f.count, 5);
	assert_string_equal(f.lines[4], "5");
	assert_int_equal(f.eof, 1);
	close_fixture(&f);
}

static void
test_free_inside_line(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, false);
	f.free_at = 2;
	feed(&f, "1\n2\n3\n");
	loop_run(f.loop);
	assert_int_equal(f.count, 2);
	assert_null(f.channel);
	run_for(&f, 5);
	close_fixture(&f);
}

static void
test_flags_of_shared_descriptors_stay(void **state)
{
	(void)state;
	for (int sockets = 0; sockets < 2; sockets++) {
		struct fixture f;
		open_fixture(&f, sockets);
		run_for(&f, 5);
		assert_int_equal(fcntl(f.in[0], F_GETFL) & O_NONBLOCK, 0);
		assert_int_equal(fcntl(f.out[1], F_GETFL) & O_NONBLOCK, 0);
		close_fixture(&f);
	}
}

/* Writing */

static void
send_line(struct fixture *f, const char *text)
{
	struct buf line;

	buf_init(&line, LIMIT_MESSAGE);
	assert_int_equal(buf_add_string(&line, text), 0);
	channel_send(f->channel, &line);
	assert_int_equal(line.len, 0);
	buf_reset(&line);
}

static void
send_large(struct fixture *f, size_t size, char fill)
{
	struct buf line;

	buf_init(&line, LIMIT_MESSAGE);
	assert_int_equal(buf_reserve(&line, size), 0);
	memset(line.data, fill, size);
	line.len = size;
	line.data[size] = '\0';
	channel_send(f->channel, &line);
	buf_reset(&line);
}

static void
test_writes_at_the_end_of_the_turn(void **state)
{
	(void)state;
	for (int sockets = 0; sockets < 2; sockets++) {
		struct fixture f;
		char got[64] = "";
		open_fixture(&f, sockets);
		send_line(&f, "one");
		send_line(&f, "");
		send_line(&f, "two");
		assert_int_equal(channel_queued(f.channel), 8);
		run_for(&f, 1);
		assert_int_equal(channel_queued(f.channel), 0);
		assert_int_equal(read(f.out[0], got, sizeof(got)), 8);
		assert_string_equal(got, "one\ntwo\n");
		close_fixture(&f);
	}
}

static void
test_short_lines_leave_together(void **state)
{
	struct fixture f;
	char got[4096] = "", want[4096] = "";
	size_t len = 0;

	(void)state;
	open_fixture(&f, false);
	for (int i = 0; i < 300; i++) {
		char line[16];
		snprintf(line, sizeof(line), "%d", i);
		send_line(&f, line);
		len +=
		    (size_t)snprintf(want + len, sizeof(want) - len, "%d\n", i);
	}
	run_for(&f, 1);
	assert_int_equal(read(f.out[0], got, sizeof(got)), len);
	assert_string_equal(got, want);
	close_fixture(&f);
}

/* Before the end of the turn: the part that was full when another began. */
static void
test_writes_what_is_gathered(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, true);
	send_large(&f, 40000, 'a');
	assert_int_equal(channel_queued(f.channel), 40001);
	send_large(&f, 40000, 'b');
	assert_int_equal(channel_queued(f.channel), 0);
	assert_false(channel_full(f.channel));
	close_fixture(&f);
}

/* The mark was passed and left again within one turn. */
static void
test_drains_within_a_turn(void **state)
{
	struct fixture f;
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	open_fixture(&f, false);
	channel_free(&f.channel);
	f.channel = channel_new(f.loop, f.in[0], fileno(file), &told, &f);
	send_large(&f, 5 * MIB, 'a');
	assert_true(channel_full(f.channel));
	send_line(&f, "b");
	assert_int_equal(channel_queued(f.channel), 0);
	run_for(&f, 1);
	assert_false(channel_full(f.channel));
	assert_int_equal(f.drained, 1);
	fclose(file);
	close_fixture(&f);
}

struct reading {
	struct fixture *f;
	struct loop_fd *watch;
	size_t total, newlines;
	char last;
	bool mixed;
};

static void
read_out(void *ctx, unsigned events)
{
	struct reading *r = ctx;
	static char chunk[100000];
	ssize_t n = read(r->f->out[0], chunk, sizeof(chunk));

	(void)events;
	for (ssize_t i = 0; i < n; i++) {
		if (chunk[i] == '\n')
			r->newlines++;
		else if (r->last != '\n' && chunk[i] != r->last)
			r->mixed = true;
		r->last = chunk[i];
	}
	r->total += n > 0 ? (size_t)n : 0;
}

/* Gathered or not, in more parts than one writev takes. */
static void
test_lines_of_all_sizes(void **state)
{
	static const size_t sizes[] = { 1, 40000, 60, 65535, 3, 65536, 200000,
		64, 30000 };
	struct fixture f;
	struct reading r = { .f = &f, .last = '\n' };
	size_t total = 0;

	(void)state;
	open_fixture(&f, false);
	for (size_t i = 0; i < 180; i++) {
		size_t size = sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];
		send_large(&f, size, (char)('a' + i % 26));
		total += size + 1;
	}
	assert_in_range(channel_queued(f.channel), 1, total - 1);
	r.watch = loop_fd_new(f.loop, f.out[0], read_out, &r);
	loop_fd_want(r.watch, LOOP_READ);
	while (r.total < total)
		run_for(&f, 1);
	assert_int_equal(r.newlines, 180);
	assert_false(r.mixed);
	loop_fd_free(&r.watch);
	close_fixture(&f);
}

/* A reader that stalls sets the mark, blocks nobody, and gets whole lines. */
static void
test_stalled_reader(void **state)
{
	(void)state;
	for (int sockets = 0; sockets < 2; sockets++) {
		struct fixture f;
		struct reading r = { .f = &f, .last = '\n' };
		open_fixture(&f, sockets);
		for (int i = 0; i < 6; i++)
			send_large(&f, MIB, (char)('a' + i));
		assert_true(channel_full(f.channel));
		run_for(&f, 20);
		assert_true(channel_full(f.channel));
		assert_true(channel_queued(f.channel) > 5 * MIB);
		assert_int_equal(f.drained, 0);
		r.watch = loop_fd_new(f.loop, f.out[0], read_out, &r);
		loop_fd_want(r.watch, LOOP_READ);
		loop_run(f.loop);
		assert_int_equal(f.drained, 1);
		assert_false(channel_full(f.channel));
		assert_true(channel_queued(f.channel) < LIMIT_STDOUT_LOW);
		while (channel_queued(f.channel) > 0)
			run_for(&f, 1);
		run_for(&f, 10);
		assert_int_equal(r.total, 6 * MIB + 6);
		assert_int_equal(r.newlines, 6);
		assert_false(r.mixed);
		loop_fd_free(&r.watch);
		close_fixture(&f);
	}
}

static void
test_reader_gone(void **state)
{
	(void)state;
	for (int sockets = 0; sockets < 2; sockets++) {
		struct fixture f;
		open_fixture(&f, sockets);
		send_large(&f, 6 * MIB, 'a');
		run_for(&f, 5);
		close_fd(&f.out[0]);
		loop_run(f.loop);
		assert_int_equal(f.gone, 1);
		assert_int_equal(channel_queued(f.channel), 0);
		assert_false(channel_full(f.channel));
		send_line(&f, "lost");
		run_for(&f, 5);
		assert_int_equal(f.gone, 1);
		close_fixture(&f);
	}
}

static void
test_flush_waits_no_longer_than_told(void **state)
{
	struct fixture f;
	uint64_t before;

	(void)state;
	open_fixture(&f, false);
	send_line(&f, "one");
	channel_flush(f.channel, 1000);
	assert_int_equal(channel_queued(f.channel), 0);
	send_large(&f, MIB, 'a');
	before = os_monotonic_ms();
	channel_flush(f.channel, 50);
	assert_in_range(os_monotonic_ms() - before, 49, 1000);
	assert_true(channel_queued(f.channel) > 0);
	close_fixture(&f);
}

/* Where a descriptor can neither be opened anew nor asked call by call. */
static void
test_polled_stream_never_blocks(void **state)
{
	struct os_stream reader, writer;
	static char chunk[64 * 1024];
	struct iovec part = { chunk, sizeof(chunk) };
	size_t total = 0;
	ssize_t n = 0;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	reader = (struct os_stream){ .fd = fds[0], .kind = OS_STREAM_POLLED };
	writer = (struct os_stream){ .fd = fds[1], .kind = OS_STREAM_POLLED };
	assert_int_equal(os_stream_read(&reader, chunk, 10), -1);
	while (n >= 0) {
		n = os_stream_writev(&writer, &part, 1);
		total += n > 0 ? (size_t)n : 0;
	}
	assert_true(total >= 4096);
	assert_int_equal(os_stream_read(&reader, chunk, sizeof(chunk)),
	    total < sizeof(chunk) ? total : sizeof(chunk));
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_lines),
		cmocka_unit_test(test_large_line_between_small_ones),
		cmocka_unit_test(test_overlong_line_is_skipped),
		cmocka_unit_test(test_longest_line_passes),
		cmocka_unit_test(test_pause_holds_lines_already_read),
		cmocka_unit_test(test_free_inside_line),
		cmocka_unit_test(test_flags_of_shared_descriptors_stay),
		cmocka_unit_test(test_writes_at_the_end_of_the_turn),
		cmocka_unit_test(test_short_lines_leave_together),
		cmocka_unit_test(test_writes_what_is_gathered),
		cmocka_unit_test(test_drains_within_a_turn),
		cmocka_unit_test(test_lines_of_all_sizes),
		cmocka_unit_test(test_stalled_reader),
		cmocka_unit_test(test_reader_gone),
		cmocka_unit_test(test_flush_waits_no_longer_than_told),
		cmocka_unit_test(test_polled_stream_never_blocks),
	};

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
