/* SPDX-License-Identifier: ISC */
/*
 * Pings of the bridge's own (--ping-interval): traffic that keeps proxies and
 * servers from closing what is idle. One at a time, in an open session only;
 * none while a sign-in is waited for, and after one that was refused none until
 * there is another token.
 */
#include <stdlib.h>

#include "base/log.h"
#include "mcp/remote_p.h"

static void
schedule(struct remote *r)
{
	loop_timer_start(r->config.loop, &r->ping.due,
	    r->config.ping_interval_ms);
}

static bool
waits_for_sign_in(const struct remote *r)
{
	const struct outbound *o;

	TAILQ_FOREACH (o, &r->live, link)
		if (o->state == OUT_PARKED)
			return true;
	return r->awaits_bearer;
}

static void
answered(void *ctx, struct message *answer, const struct fault *fault)
{
	struct remote *r = ctx;

	message_free(&answer);
	r->ping.sent = false;
	if (fault != NULL)
		log_debug("ping", "%s", fault_text(fault));
	if (fault == NULL || !fault_wants_login(fault->code))
		schedule(r);
}

static void
send_ping(void *ctx)
{
	struct remote *r = ctx;
	char *id;

	if (r->session.phase != SESSION_OPEN)
		return;
	if (waits_for_sign_in(r)) {
		schedule(r);
		return;
	}
	id = remote_own_id(r);
	r->ping.sent = true;
	remote_ask(r,
	    message_format("{\"jsonrpc\":\"2.0\",\"id\":%s,"
			   "\"method\":\"ping\"}",
		id),
	    false, answered, r);
	free(id);
}

void
ping_start(struct remote *r)
{
	struct ping *p = &r->ping;

	if (r->config.ping_interval_ms == 0 || p->sent ||
	    loop_timer_running(&p->due))
		return;
	p->due.fire = send_ping;
	p->due.ctx = r;
	schedule(r);
}

void
ping_stop(struct remote *r)
{
	loop_timer_stop(&r->ping.due);
}
