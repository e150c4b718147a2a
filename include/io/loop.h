/* SPDX-License-Identifier: ISC */
/*
 * The one thread's loop on poll: transfers, file descriptors, timers, signals.
 * It wakes for nothing that is not due. A turn: sleep, due timers, transfers,
 * descriptors, end of turn. Callbacks may start, stop and free anything,
 * themselves included.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdint.h>
#include <sys/queue.h>

#include "base/fault.h"

struct loop;

struct loop *loop_new(void);
void loop_free(struct loop **loop);

/* Runs until loop_stop; returns after the turn in which that was called. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Monotonic milliseconds (suspend not counted) as of this turn. */
uint64_t loop_now_ms(const struct loop *loop);

TAILQ_HEAD(loop_timers, loop_timer);

/* A timer is embedded in its owner, zero-initialised, and unlinked by
 * loop_timer_stop before the owner goes. Fires once; 0 ms means "next turn",
 * never inside the call that started it. Starting a running one moves it. */
struct loop_timer {
	void (*fire)(void *ctx);
	void *ctx;
	uint64_t due_ms;              /* private, as all below */
	struct loop_timers *in;       /* NULL: it is not running */
	TAILQ_ENTRY(loop_timer) link; /* sorted */
};
void loop_timer_start(struct loop *loop, struct loop_timer *timer,
    uint64_t after_ms);
void loop_timer_stop(struct loop_timer *timer);
bool loop_timer_running(const struct loop_timer *timer);

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

/* Watches `fd` (borrowed) with no interest at first. `ready` gets LOOP_ bits;
 * hang-up and error count as what was wanted. */
struct loop_fd;
struct loop_fd *loop_fd_new(struct loop *loop, int fd,
    void (*ready)(void *ctx, unsigned events), void *ctx);
void loop_fd_want(struct loop_fd *watch, unsigned events);
void loop_fd_free(struct loop_fd **watch);

/* Routes SIGTERM, SIGINT, SIGHUP and SIGCHLD through a self-pipe to
 * `caught`, called in the loop, until the loop is freed. One loop at a time.
 * -1 with errno. */
int loop_catch_signals(struct loop *loop, void (*caught)(void *ctx, int signo),
    void *ctx) __attribute__((warn_unused_result));

/* Called at the end of every turn, before the sleep, in the order in which
 * they came: the place to flush. */
void loop_at_turn_end(struct loop *loop, void (*hook)(void *ctx), void *ctx);
/* Withdraws every hook with this `ctx`. */
void loop_forget_turn_end(struct loop *loop, const void *ctx);

#endif
