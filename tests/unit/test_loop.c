/* SPDX-License-Identifier: ISC */
/*
 * io/loop: order of timers, callbacks that free each other, descriptors of
 * which nobody wants anything, signals.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/loop.h"
#include "io/os.h"

static struct loop *loop;
static char order[32];
static unsigned turns;

struct named {
	struct loop_timer timer;
	char name;
	struct named *other; /* to be stopped when this one fires */
	bool again;
	bool last;
};

static void
note(void *ctx)
{
	struct named *n = ctx;
	size_t len = strlen(order);

	if (len + 1 < sizeof(order)) {
		order[len] = n->name;
		order[len + 1] = '\0';
	}
	if (n->other)
		loop_timer_stop(&n->other->timer);
	if (n->again) {
		n->again = false;
		loop_timer_start(loop, &n->timer, 0);
		assert_true(loop_timer_running(&n->timer));
	}
	if (n->last)
		loop_stop(loop);
}

static void
count_turn(void *ctx)
{
	(void)ctx;
	turns++;
}

static int
set_up(void **state)
{
	(void)state;
	loop = loop_new();
	order[0] = '\0';
	turns = 0;
	loop_at_turn_end(loop, count_turn, &turns);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	loop_free(&loop);
	assert_null(loop);
	loop_free(&loop);
	return 0;
}

static struct named
named(char name)
{
	return (struct named){ .timer.fire = note, .name = name };
}

static void
test_timers_fire_in_order(void **state)
{
	struct named a = named('a'), b = named('b'), c = named('c'),
		     d = named('d');

	(void)state;
	a.timer.ctx = &a;
	b.timer.ctx = &b;
	c.timer.ctx = &c;
	d.timer.ctx = &d;
	c.last = true;
	loop_timer_start(loop, &c.timer, 30);
	loop_timer_start(loop, &a.timer, 0);
	loop_timer_start(loop, &d.timer, 5);
	loop_timer_start(loop, &b.timer, 10);
	loop_timer_start(loop, &d.timer, 20); /* moves it */
	assert_string_equal(order, "");
	loop_run(loop);
	assert_string_equal(order, "abdc");
	assert_false(loop_timer_running(&a.timer));
	/* one for each, unless the machine was busy, and those around them */
	assert_in_range(turns, 1, 6);
}

static void
test_equal_timers_fire_in_order_of_start(void **state)
{
	struct named n[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		n[i] = named((char)('0' + i));
		n[i].timer.ctx = &n[i];
		n[i].last = i == 3;
		loop_timer_start(loop, &n[i].timer, 3);
	}
	loop_run(loop);
	assert_string_equal(order, "0123");
}

/* A timer due in the same turn may be stopped by an earlier one. */
static void
test_timer_stops_another_of_its_turn(void **state)
{
	struct named a = named('a'), b = named('b'), c = named('c');

	(void)state;
	a.timer.ctx = &a;
	b.timer.ctx = &b;
	c.timer.ctx = &c;
	a.other = &b;
	c.last = true;
	loop_timer_start(loop, &a.timer, 0);
	loop_timer_start(loop, &b.timer, 0);
	loop_timer_start(loop, &c.timer, 0);
	loop_run(loop);
	assert_string_equal(order, "ac");
}

/* 0 ms is the next turn, or one timer could keep all else from running. */
static void
test_restarted_timer_waits_for_the_next_turn(void **state)
{
	struct named a = named('a'), b = named('b');

	(void)state;
	a.timer.ctx = &a;
	b.timer.ctx = &b;
	a.again = b.last = true;
	loop_timer_start(loop, &a.timer, 0);
	loop_timer_start(loop, &b.timer, 0);
	loop_run(loop);
	assert_string_equal(order, "ab");
	assert_true(loop_timer_running(&a.timer));
	loop_timer_stop(&a.timer);
	loop_timer_stop(&a.timer);
}

static void
test_timers_outlive_the_loop(void **state)
{
	struct named a = named('a');

	(void)state;
	a.timer.ctx = &a;
	loop_timer_start(loop, &a.timer, 1000);
	loop_free(&loop);
	assert_false(loop_timer_running(&a.timer));
	loop_timer_stop(&a.timer);
}

struct end {
	struct loop_fd *watch;
	int fd;
	struct end *victim;
	unsigned seen, calls;
};

static void
ready(void *ctx, unsigned events)
{
	struct end *end = ctx;
	char byte;

	end->calls++;
	end->seen = events;
	if (events & LOOP_READ)
		assert_true(read(end->fd, &byte, 1) >= 0);
	if (end->victim) {
		loop_fd_free(&end->victim->watch);
		loop_fd_free(&end->watch);
	}
	loop_stop(loop);
}

static void
open_pair(struct end ends[2])
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	for (int i = 0; i < 2; i++) {
		ends[i] = (struct end){ .fd = fds[i] };
		ends[i].watch = loop_fd_new(loop, fds[i], ready, &ends[i]);
	}
}

static void
close_pair(struct end ends[2])
{
	for (int i = 0; i < 2; i++) {
		loop_fd_free(&ends[i].watch);
		close(ends[i].fd);
	}
}

static void
test_descriptors_tell_what_was_wanted(void **state)
{
	struct end ends[2];

	(void)state;
	open_pair(ends);
	loop_fd_want(ends[0].watch, LOOP_READ | LOOP_WRITE);
	loop_run(loop);
	assert_int_equal(ends[0].seen, LOOP_WRITE);
	assert_int_equal(write(ends[1].fd, "x", 1), 1);
	loop_run(loop);
	assert_int_equal(ends[0].seen, LOOP_READ | LOOP_WRITE);
	loop_fd_want(ends[0].watch, 0);
	close_pair(ends);
}

static void
stop(void *ctx)
{
	(void)ctx;
	loop_stop(loop);
}

/* A hung-up pipe would end every sleep if it were polled for nothing. */
static void
test_unwanted_descriptor_does_not_wake(void **state)
{
	struct loop_timer over = { .fire = stop };
	struct loop_fd *watch;
	int fds[2];

	(void)state;
	assert_int_equal(os_pipe(fds), 0);
	watch = loop_fd_new(loop, fds[1], ready, NULL);
	close(fds[0]);
	loop_timer_start(loop, &over, 60);
	loop_run(loop);
	assert_in_range(turns, 1, 3);
	loop_fd_free(&watch);
	close(fds[1]);
}

static void
test_hangup_counts_as_wanted(void **state)
{
	struct end end = { 0 };
	int fds[2];

	(void)state;
	assert_int_equal(os_pipe(fds), 0);
	end.fd = fds[1];
	end.watch = loop_fd_new(loop, fds[1], ready, &end);
	loop_fd_want(end.watch, LOOP_WRITE);
	close(fds[0]);
	loop_run(loop);
	assert_int_equal(end.seen, LOOP_WRITE);
	loop_fd_free(&end.watch);
	close(fds[1]);
}

/* Both are ready; whoever comes first frees both. */
static void
test_descriptors_free_each_other(void **state)
{
	struct end ends[2];

	(void)state;
	open_pair(ends);
	ends[0].victim = &ends[1];
	ends[1].victim = &ends[0];
	loop_fd_want(ends[0].watch, LOOP_WRITE);
	loop_fd_want(ends[1].watch, LOOP_WRITE);
	loop_run(loop);
	assert_int_equal(ends[0].calls + ends[1].calls, 1);
	assert_null(ends[0].watch);
	assert_null(ends[1].watch);
	close_pair(ends);
}

static void
test_many_descriptors(void **state)
{
	struct end ends[40][2];
	unsigned calls = 0;

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		open_pair(ends[i]);
		loop_fd_want(ends[i][0].watch, LOOP_WRITE);
	}
	loop_run(loop);
	for (size_t i = 0; i < 40; i++) {
		calls += ends[i][0].calls;
		close_pair(ends[i]);
	}
	assert_int_equal(calls, 40);
}

static void
withdraw(void *ctx)
{
	turns += 100;
	loop_forget_turn_end(loop, ctx);
}

static void
test_hooks_may_withdraw_themselves(void **state)
{
	struct loop_timer over = { .fire = stop };
	int ctx;

	(void)state;
	loop_at_turn_end(loop, withdraw, &ctx);
	loop_at_turn_end(loop, count_turn, &over);
	loop_timer_start(loop, &over, 5);
	loop_run(loop);
	loop_timer_start(loop, &over, 5);
	loop_run(loop);
	assert_in_range(turns, 104, 120);
}

static int caught[8];
static size_t caught_count;

static void
catch_signal(void *ctx, int signo)
{
	(void)ctx;
	if (caught_count < 8)
		caught[caught_count++] = signo;
	if (caught_count == 3)
		loop_stop(loop);
}

static void
raise_two(void *ctx)
{
	(void)ctx;
	raise(SIGHUP);
	raise(SIGTERM);
}

static void
test_signals_come_through_the_loop(void **state)
{
	struct loop_timer later = { .fire = raise_two };

	(void)state;
	caught_count = 0;
	assert_int_equal(loop_catch_signals(loop, catch_signal, NULL), 0);
	raise(SIGCHLD);
	assert_int_equal(caught_count, 0);
	loop_timer_start(loop, &later, 5);
	loop_run(loop);
	assert_int_equal(caught[0], SIGCHLD);
	assert_int_equal(caught[1], SIGHUP);
	assert_int_equal(caught[2], SIGTERM);
	signal(SIGHUP, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
}

static void
test_time_moves_on(void **state)
{
	struct loop_timer over = { .fire = stop };
	uint64_t before = loop_now_ms(loop);

	(void)state;
	loop_timer_start(loop, &over, 20);
	loop_run(loop);
	assert_true(loop_now_ms(loop) >= before + 20);
	assert_true(os_boottime_ms() > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_timers_fire_in_order),
		TEST(test_equal_timers_fire_in_order_of_start),
		TEST(test_timer_stops_another_of_its_turn),
		TEST(test_restarted_timer_waits_for_the_next_turn),
		TEST(test_timers_outlive_the_loop),
		TEST(test_descriptors_tell_what_was_wanted),
		TEST(test_unwanted_descriptor_does_not_wake),
		TEST(test_hangup_counts_as_wanted),
		TEST(test_descriptors_free_each_other),
		TEST(test_many_descriptors),
		TEST(test_hooks_may_withdraw_themselves),
		TEST(test_signals_come_through_the_loop),
		TEST(test_time_moves_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
