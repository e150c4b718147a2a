/* SPDX-License-Identifier: ISC */
/*
 * Leaving: the host is gone (EOF) or wants us gone (a signal). In-flight
 * answers are awaited for a moment after EOF, every open request is answered,
 * the session is ended, and the loop stops (T-010 to T-012, T-038).
 */
#include "base/limits.h"
#include "base/log.h"
#include "mcp/relay_p.h"

/* How long the last lines may take to reach a slow reader. */
enum { FLUSH_MS = 100 };

static void
closed(void *ctx)
{
	struct relay *r = ctx;

	host_flush(r->host, FLUSH_MS);
	loop_stop(r->config.loop);
}

static void
close_down(void *ctx)
{
	struct relay *r = ctx;
	struct fault fault;

	if (r->closing)
		return;
	r->closing = true;
	loop_timer_stop(&r->drain);
	loop_timer_stop(&r->timeout);
	fault_set(&fault, FAULT_SHUTDOWN, "%s", "");
	while (!TAILQ_EMPTY(&r->calls.pending)) {
		struct call *call = TAILQ_FIRST(&r->calls.pending);

		relay_drop(r, call);
		relay_fail(r, call, &fault);
	}
	remote_close(r->remote, closed, r);
}

/* A standing subscription has no end to wait for. */
static bool
something_pending(const struct relay *r)
{
	const struct call *call;

	TAILQ_FOREACH (call, &r->calls.pending, link)
		if (call->method != METHOD_LISTEN)
			return true;
	return remote_busy(r->remote);
}

void
relay_check_drained(struct relay *r)
{
	if (r->left && !r->closing && !something_pending(r))
		loop_timer_start(r->config.loop, &r->drain, 0);
}

void
relay_host_left(void *ctx)
{
	struct relay *r = ctx;

	if (r->left)
		return;
	log_debug("relay", "the host has left");
	r->left = true;
	r->drain.fire = close_down;
	r->drain.ctx = r;
	loop_timer_start(r->config.loop, &r->drain,
	    something_pending(r) ? TIMEOUT_DRAIN_MS : 0);
}

void
relay_quit(struct relay *relay)
{
	relay->left = true;
	close_down(relay);
}
