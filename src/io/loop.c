/* SPDX-License-Identifier: ISC */
/*
 * The loop on curl_multi_poll. It knows transfers only as handles that start,
 * end and go on; what they mean is io/http's.
 */
#include "io/loop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/loop_curl.h"
#include "io/os.h"

enum { WISH_START = 1, WISH_RESUME = 2, WISH_STOP = 4 };

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
	CURLM *multi; /* owned */
	bool in_curl; /* libcurl is on the stack */
	bool kicked;  /* libcurl has work that no descriptor announces */
	int running;  /* transfers that libcurl is busy with */
	struct loop_transfer *wishful; /* transfers with wishes */

	struct loop_timer *timers; /* sorted */
	struct loop_timer *due;    /* of this turn, not yet fired */

	struct loop_fd **fds; /* owned, and each of them */
	size_t fd_count, fd_space;
	struct curl_waitfd *waits; /* as many as fd_space */
	struct loop_fd **waiting;  /* whose wait it is */

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

struct loop *
loop_new(void)
{
	struct loop *loop = mem_alloc(1, sizeof(*loop));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	loop->multi = curl_multi_init();
	if (!loop->multi)
		abort();
	loop->signal_pipe[0] = loop->signal_pipe[1] = -1;
	loop->now_ms = os_monotonic_ms();
	return loop;
}

static void
unlink_all(struct loop_timer *list)
{
	while (list) {
		struct loop_timer *timer = list;
		list = timer->next;
		timer->next = NULL;
		timer->at = NULL;
	}
}

void
loop_free(struct loop **where)
{
	struct loop *loop = *where;

	if (!loop)
		return;
	*where = NULL;
	if (loop->signals)
		signal_writer = -1;
	for (int i = 0; i < 2; i++)
		if (loop->signal_pipe[i] >= 0)
			close(loop->signal_pipe[i]);
	unlink_all(loop->timers);
	unlink_all(loop->due);
	for (size_t i = 0; i < loop->fd_count; i++)
		free(loop->fds[i]);
	free(loop->fds);
	free(loop->waits);
	free(loop->waiting);
	free(loop->hooks);
	curl_multi_cleanup(loop->multi);
	curl_global_cleanup();
	free(loop);
}

void
loop_stop(struct loop *loop)
{
	loop->stop = true;
}

uint64_t
loop_now_ms(const struct loop *loop)
{
	return loop->now_ms;
}

/* Timers */

static void
timer_link(struct loop_timer **at, struct loop_timer *timer)
{
	timer->next = *at;
	timer->at = at;
	if (timer->next)
		timer->next->at = &timer->next;
	*at = timer;
}

void
loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t after_ms)
{
	struct loop_timer **at = &loop->timers;

	loop_timer_stop(timer);
	timer->due_ms = loop->now_ms + after_ms;
	while (*at && (*at)->due_ms <= timer->due_ms)
		at = &(*at)->next;
	timer_link(at, timer);
}

void
loop_timer_stop(struct loop_timer *timer)
{
	if (!timer->at)
		return;
	*timer->at = timer->next;
	if (timer->next)
		timer->next->at = timer->at;
	timer->next = NULL;
	timer->at = NULL;
}

bool
loop_timer_running(const struct loop_timer *timer)
{
	return timer->at != NULL;
}

/* Timers started from now on belong to the next turn, however short. */
static void
fire_timers(struct loop *loop)
{
	struct loop_timer **end = &loop->due;

	while (loop->timers && loop->timers->due_ms <= loop->now_ms) {
		struct loop_timer *timer = loop->timers;
		loop_timer_stop(timer);
		timer_link(end, timer);
		end = &timer->next;
	}
	while (loop->due) {
		struct loop_timer *timer = loop->due;
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
		loop->waits =
		    mem_resize(loop->waits, space * sizeof(*loop->waits));
		loop->waiting =
		    mem_resize(loop->waiting, space * sizeof(*loop->waiting));
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

/* An uninterested descriptor must stay out: its error would end each sleep. */
static unsigned
collect_waits(struct loop *loop)
{
	unsigned n = 0;

	for (size_t i = 0; i < loop->fd_count; i++) {
		struct loop_fd *watch = loop->fds[i];
		int events = 0;
		if (watch->want & LOOP_READ)
			events |= CURL_WAIT_POLLIN;
		if (watch->want & LOOP_WRITE)
			events |= CURL_WAIT_POLLOUT;
		if (events == 0)
			continue;
		loop->waits[n].fd = watch->fd;
		loop->waits[n].events = (short)events;
		loop->waits[n].revents = 0;
		loop->waiting[n++] = watch;
	}
	return n;
}

static void
dispatch_fds(struct loop *loop, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct loop_fd *watch = loop->waiting[i];
		int got = loop->waits[i].revents;
		unsigned events = 0;
		if (watch->dead || got == 0)
			continue;
		if (got & CURL_WAIT_POLLIN)
			events |= LOOP_READ;
		if (got & CURL_WAIT_POLLOUT)
			events |= LOOP_WRITE;
		events &= watch->want;
		watch->ready(watch->ctx, events ? events : watch->want);
	}
}

/* Transfers */

CURLM *
loop_curl_multi(struct loop *loop)
{
	return loop->multi;
}

static void
wish(struct loop *loop, struct loop_transfer *t, unsigned wanted)
{
	if (t->wishes == 0) {
		struct loop_transfer **end = &loop->wishful;
		while (*end)
			end = &(*end)->next;
		t->next = NULL;
		*end = t;
	}
	t->wishes |= wanted;
	loop->kicked = true;
}

static void
unwish(struct loop *loop, struct loop_transfer *t)
{
	struct loop_transfer **at = &loop->wishful;

	if (t->wishes == 0)
		return;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->wishes = 0;
}

static void
transfer_add(struct loop *loop, struct loop_transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	if (curl_multi_add_handle(loop->multi, t->easy) != CURLM_OK)
		abort();
	t->added = true;
	loop->kicked = true;
}

static void
transfer_remove(struct loop *loop, struct loop_transfer *t)
{
	if (t->added)
		curl_multi_remove_handle(loop->multi, t->easy);
	t->added = false;
}

static void
grant(struct loop *loop, struct loop_transfer *t, unsigned wishes)
{
	if (wishes & WISH_STOP) {
		transfer_remove(loop, t);
		t->stopped(t->ctx);
		return;
	}
	if (wishes & WISH_START)
		transfer_add(loop, t);
	if (wishes & WISH_RESUME) {
		loop->in_curl = true;
		curl_easy_pause(t->easy, CURLPAUSE_CONT);
		loop->in_curl = false;
	}
}

static void
grant_wishes(struct loop *loop)
{
	while (loop->wishful) {
		struct loop_transfer *t = loop->wishful;
		unsigned wishes = t->wishes;
		unwish(loop, t);
		grant(loop, t, wishes);
	}
}

void
loop_transfer_start(struct loop *loop, struct loop_transfer *transfer)
{
	if (loop->in_curl)
		wish(loop, transfer, WISH_START);
	else
		transfer_add(loop, transfer);
}

void
loop_transfer_resume(struct loop *loop, struct loop_transfer *transfer)
{
	wish(loop, transfer, WISH_RESUME);
}

void
loop_transfer_stop(struct loop *loop, struct loop_transfer *transfer)
{
	if (loop->in_curl) {
		wish(loop, transfer, WISH_STOP);
		return;
	}
	unwish(loop, transfer);
	grant(loop, transfer, WISH_STOP);
}

static void
finish_transfers(struct loop *loop)
{
	int left;
	CURLMsg *m = curl_multi_info_read(loop->multi, &left);

	while (m) {
		CURLcode code = m->data.result;
		struct loop_transfer *t = NULL;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		unwish(loop, t);
		transfer_remove(loop, t);
		t->done(t->ctx, code);
		m = curl_multi_info_read(loop->multi, &left);
	}
}

static void
run_transfers(struct loop *loop)
{
	if (!loop->kicked && loop->running == 0)
		return;
	loop->kicked = false;
	grant_wishes(loop);
	loop->in_curl = true;
	curl_multi_perform(loop->multi, &loop->running);
	loop->in_curl = false;
	grant_wishes(loop);
	finish_transfers(loop);
}

/* Signals */

static void
on_signal(int signo)
{
	int saved = errno;
	unsigned char byte = (unsigned char)signo;

	if (write(signal_writer, &byte, 1) < 0)
		errno = saved; /* the pipe is full of signals already */
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

void
loop_catch_signals(struct loop *loop, void (*caught)(void *ctx, int signo),
    void *ctx)
{
	static const int signos[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	struct sigaction action = { .sa_handler = on_signal };

	loop->caught = caught;
	loop->caught_ctx = ctx;
	if (os_pipe(loop->signal_pipe) != 0)
		abort();
	signal_writer = loop->signal_pipe[1];
	loop->signals =
	    loop_fd_new(loop, loop->signal_pipe[0], signals_ready, loop);
	loop_fd_want(loop->signals, LOOP_READ);
	sigemptyset(&action.sa_mask);
	action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
	for (size_t i = 0; i < sizeof(signos) / sizeof(signos[0]); i++)
		sigaction(signos[i], &action, NULL);
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

/* libcurl shortens the sleep itself where it has timers of its own. */
static int
sleep_ms(const struct loop *loop)
{
	uint64_t now;

	if (loop->kicked)
		return 0;
	if (!loop->timers)
		return INT_MAX;
	now = os_monotonic_ms();
	if (loop->timers->due_ms <= now)
		return 0;
	uint64_t ms = loop->timers->due_ms - now;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

static void
turn(struct loop *loop)
{
	unsigned count = collect_waits(loop);

	if (curl_multi_poll(loop->multi, loop->waits, count, sleep_ms(loop),
		NULL) != CURLM_OK)
		abort();
	loop->now_ms = os_monotonic_ms();
	fire_timers(loop);
	run_transfers(loop);
	dispatch_fds(loop, count);
	/* What the descriptors brought goes out before the next sleep. */
	if (loop->kicked)
		run_transfers(loop);
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
