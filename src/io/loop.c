/* SPDX-License-Identifier: ISC */
/*
 * The loop on poll: whose turn it is, and nothing of what they do with it.
 */
#include "io/loop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/loop_curl.h"
#include "io/os.h"

struct loop_fd {
	int fd; /* borrowed */
	unsigned want;
	bool dead; /* freed by its owner, storage still ours */
	void (*ready)(void *ctx, unsigned events);
	void *ctx;
	struct loop *loop;
};

struct hook {
	void (*call)(void *ctx); /* NULL: withdrawn */
	void *ctx;
};

struct loop {
	struct loop_curl curl;
	struct loop_timers timers;
	struct loop_timers due; /* of this turn, not yet fired */

	struct loop_fd **fds; /* owned, and each of them */
	size_t fd_count, fd_space;

	struct pollfd *polled;    /* of this turn: sockets, then fds */
	struct loop_fd **waiting; /* the latter's watches */
	size_t polled_space;

	struct hook *hooks; /* owned */
	size_t hook_count;

	struct loop_fd *signals;
	int signal_pipe[2];
	void (*caught)(void *ctx, int signo);
	void *caught_ctx;

	uint64_t now_ms;
	bool stop;
};

/* A signal handler has no argument to find the loop by. */
static volatile sig_atomic_t signal_writer = -1;
static const int caught_signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

struct loop *
loop_new(void)
{
	struct loop *loop = mem_alloc(1, sizeof(*loop));

	loop_curl_init(&loop->curl);
	TAILQ_INIT(&loop->timers);
	TAILQ_INIT(&loop->due);
	loop->signal_pipe[0] = loop->signal_pipe[1] = -1;
	loop->now_ms = os_monotonic_ms();
	return loop;
}

static void
stop_all(struct loop_timers *timers)
{
	while (!TAILQ_EMPTY(timers))
		loop_timer_stop(TAILQ_FIRST(timers));
}

static void
release_signals(void)
{
	for (size_t i = 0;
	     i < sizeof(caught_signals) / sizeof(caught_signals[0]); i++)
		signal(caught_signals[i], SIG_DFL);
	signal_writer = -1;
}

void
loop_free(struct loop **where)
{
	struct loop *loop = *where;

	if (!loop)
		return;
	*where = NULL;
	if (loop->signals)
		release_signals();
	for (int i = 0; i < 2; i++)
		if (loop->signal_pipe[i] >= 0)
			close(loop->signal_pipe[i]);
	stop_all(&loop->timers);
	stop_all(&loop->due);
	for (size_t i = 0; i < loop->fd_count; i++)
		free(loop->fds[i]);
	loop_curl_reset(&loop->curl);
	free(loop->fds);
	free(loop->polled);
	free(loop->waiting);
	free(loop->hooks);
	free(loop);
}

void
loop_stop(struct loop *loop)
{
	loop->stop = true;
}

struct loop_curl *
loop_curl(struct loop *loop)
{
	return &loop->curl;
}

uint64_t
loop_now_ms(const struct loop *loop)
{
	return loop->now_ms;
}

/* Timers */

/* Most are started for as long as the one before, and come last. */
void
loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t after_ms)
{
	struct loop_timer *before;

	loop_timer_stop(timer);
	timer->due_ms = loop->now_ms + after_ms;
	TAILQ_FOREACH_REVERSE (before, &loop->timers, loop_timers, link)
		if (before->due_ms <= timer->due_ms)
			break;
	if (before != NULL)
		TAILQ_INSERT_AFTER(&loop->timers, before, timer, link);
	else
		TAILQ_INSERT_HEAD(&loop->timers, timer, link);
	timer->in = &loop->timers;
}

void
loop_timer_stop(struct loop_timer *timer)
{
	if (timer->in != NULL)
		TAILQ_REMOVE(timer->in, timer, link);
	timer->in = NULL;
}

bool
loop_timer_running(const struct loop_timer *timer)
{
	return timer->in != NULL;
}

/* NULL: none is due. */
static struct loop_timer *
next_due(const struct loop *loop)
{
	struct loop_timer *first = TAILQ_FIRST(&loop->timers);

	return first != NULL && first->due_ms <= loop->now_ms ? first : NULL;
}

/* Timers started from now on belong to the next turn, however short. */
static void
fire_timers(struct loop *loop)
{
	struct loop_timer *timer = next_due(loop);

	for (; timer != NULL; timer = next_due(loop)) {
		loop_timer_stop(timer);
		TAILQ_INSERT_TAIL(&loop->due, timer, link);
		timer->in = &loop->due;
	}
	while (!TAILQ_EMPTY(&loop->due)) {
		timer = TAILQ_FIRST(&loop->due);
		loop_timer_stop(timer);
		timer->fire(timer->ctx);
	}
}

/* Descriptors */

struct loop_fd *
loop_fd_new(struct loop *loop, int fd,
    void (*ready)(void *ctx, unsigned events), void *ctx)
{
	struct loop_fd *watch = mem_alloc(1, sizeof(*watch));

	watch->fd = fd;
	watch->ready = ready;
	watch->ctx = ctx;
	watch->loop = loop;
	if (loop->fd_count == loop->fd_space) {
		size_t space = loop->fd_space + 8;
		loop->fds = mem_resize(loop->fds, space * sizeof(*loop->fds));
		loop->fd_space = space;
	}
	loop->fds[loop->fd_count++] = watch;
	return watch;
}

void
loop_fd_want(struct loop_fd *watch, unsigned events)
{
	watch->want = events;
}

void
loop_fd_free(struct loop_fd **watch)
{
	if (!*watch)
		return;
	(*watch)->dead = true;
	(*watch)->want = 0;
	*watch = NULL;
}

static void
bury_dead_fds(struct loop *loop)
{
	size_t kept = 0;

	for (size_t i = 0; i < loop->fd_count; i++) {
		if (loop->fds[i]->dead)
			free(loop->fds[i]);
		else
			loop->fds[kept++] = loop->fds[i];
	}
	loop->fd_count = kept;
}

static void
reserve_polled(struct loop *loop)
{
	size_t space = loop->curl.socket_count + loop->fd_count;

	if (space <= loop->polled_space)
		return;
	loop->polled = mem_resize(loop->polled, space * sizeof(*loop->polled));
	loop->waiting =
	    mem_resize(loop->waiting, space * sizeof(struct loop_fd *));
	loop->polled_space = space;
}

/* An uninterested descriptor must stay out: its error would end each sleep. */
static size_t
collect(struct loop *loop)
{
	size_t n = loop->curl.socket_count;

	reserve_polled(loop);
	if (n > 0)
		memcpy(loop->polled, loop->curl.sockets,
		    n * sizeof(*loop->polled));
	for (size_t i = 0; i < loop->fd_count; i++) {
		struct loop_fd *watch = loop->fds[i];
		int events = 0;
		if (watch->want & LOOP_READ)
			events |= POLLIN;
		if (watch->want & LOOP_WRITE)
			events |= POLLOUT;
		if (events == 0)
			continue;
		loop->polled[n] = (struct pollfd){
			.fd = watch->fd,
			.events = (short)events,
		};
		loop->waiting[n++] = watch;
	}
	return n;
}

static void
dispatch_fd(struct loop_fd *watch, int got)
{
	unsigned events = 0;

	if (watch->dead || got == 0)
		return;
	if (got & POLLIN)
		events |= LOOP_READ;
	if (got & POLLOUT)
		events |= LOOP_WRITE;
	events &= watch->want;
	watch->ready(watch->ctx, events ? events : watch->want);
}

/* Signals */

static void
on_signal(int signo)
{
	int saved = errno;
	unsigned char byte = (unsigned char)signo;

	while (write(signal_writer, &byte, 1) < 0 && errno == EINTR)
		continue; /* else it is full, and wakes us anyway */
	errno = saved;
}

static void
signals_ready(void *ctx, unsigned events)
{
	struct loop *loop = ctx;
	unsigned char signos[16];
	ssize_t n = read(loop->signal_pipe[0], signos, sizeof(signos));

	(void)events;
	for (ssize_t i = 0; i < n; i++)
		loop->caught(loop->caught_ctx, signos[i]);
}

int
loop_catch_signals(struct loop *loop, void (*caught)(void *ctx, int signo),
    void *ctx)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (os_pipe(loop->signal_pipe) != 0)
		return -1;
	loop->caught = caught;
	loop->caught_ctx = ctx;
	signal_writer = loop->signal_pipe[1];
	loop->signals =
	    loop_fd_new(loop, loop->signal_pipe[0], signals_ready, loop);
	loop_fd_want(loop->signals, LOOP_READ);
	sigemptyset(&action.sa_mask);
	action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
	for (size_t i = 0;
	     i < sizeof(caught_signals) / sizeof(caught_signals[0]); i++)
		sigaction(caught_signals[i], &action, NULL);
	return 0;
}

/* The turn */

void
loop_at_turn_end(struct loop *loop, void (*hook)(void *ctx), void *ctx)
{
	size_t size = (loop->hook_count + 1) * sizeof(*loop->hooks);

	loop->hooks = mem_resize(loop->hooks, size);
	loop->hooks[loop->hook_count++] = (struct hook){ hook, ctx };
}

void
loop_forget_turn_end(struct loop *loop, const void *ctx)
{
	for (size_t i = 0; i < loop->hook_count; i++)
		if (loop->hooks[i].ctx == ctx)
			loop->hooks[i].call = NULL;
}

static void
call_hooks(struct loop *loop)
{
	size_t kept = 0;

	for (size_t i = 0; i < loop->hook_count; i++)
		if (loop->hooks[i].call)
			loop->hooks[i].call(loop->hooks[i].ctx);
	for (size_t i = 0; i < loop->hook_count; i++)
		if (loop->hooks[i].call)
			loop->hooks[kept++] = loop->hooks[i];
	loop->hook_count = kept;
}

static int
sleep_ms(const struct loop *loop)
{
	const struct loop_timer *first = TAILQ_FIRST(&loop->timers);
	uint64_t due = loop_curl_due_ms(&loop->curl), now;

	if (loop->curl.wishful)
		return 0;
	if (first != NULL && first->due_ms < due)
		due = first->due_ms;
	if (due == LOOP_NEVER)
		return -1;
	now = os_monotonic_ms();
	if (due <= now)
		return 0;
	return due - now < INT_MAX ? (int)(due - now) : INT_MAX;
}

static void
turn(struct loop *loop)
{
	size_t sockets = loop->curl.socket_count;
	size_t count = collect(loop);

	if (poll(loop->polled, (nfds_t)count, sleep_ms(loop)) < 0)
		sockets = count = 0; /* a signal: its pipe tells */
	loop->now_ms = os_monotonic_ms();
	fire_timers(loop);
	loop_curl_run_sockets(&loop->curl, loop->polled, sockets);
	loop_curl_run_due(&loop->curl, loop->now_ms);
	for (size_t i = sockets; i < count; i++)
		dispatch_fd(loop->waiting[i], loop->polled[i].revents);
	/* What the descriptors brought goes out before the next sleep. */
	loop_curl_run_due(&loop->curl, loop->now_ms);
	call_hooks(loop);
	bury_dead_fds(loop);
}

void
loop_run(struct loop *loop)
{
	loop->stop = false;
	loop->now_ms = os_monotonic_ms();
	while (!loop->stop)
		turn(loop);
}
