/* SPDX-License-Identifier: ISC */
/*
 * The stages in their order, and running them. A stage whose ground has given
 * way is skipped with the reason; what a stage looks at is in the files named
 * after its group.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "cli/doctor_p.h"

enum { TICK_MS = 100 };

/* Stands on no other stage. */
#define NOTHING STAGE_COUNT

static const struct stage {
	const char *id;
	const char *title;
	enum check_group group;
	enum doctor_stage needs; /* NOTHING, or one that must not have failed */
	void (*run)(struct doctor *d, struct check *c);
	/* Where a failure's own words name no remedy. */
	const char *remedy;
} stages[STAGE_COUNT] = {
	[STAGE_OPTIONS] = {
	    "options", "Options", CHECK_LOCAL, NOTHING, doctor_options,
	    "See mcp-bridge doctor --help",
	},
	[STAGE_STORE] = {
	    "store", "Credential store", CHECK_LOCAL, NOTHING, doctor_store,
	    "Make the folder of XDG_STATE_HOME (~/.local/state) writable, or "
	    "set XDG_STATE_HOME to one that is",
	},
	[STAGE_PROXY] = {
	    "proxy", "Proxy", CHECK_NETWORK, NOTHING, doctor_proxy,
	    "Correct the proxy with --proxy URL, or go without: --proxy none",
	},
	[STAGE_DNS] = {
	    "dns", "Name", CHECK_NETWORK, STAGE_PROXY, doctor_dns,
	    "Check the host name in the URL; where only a proxy can look it "
	    "up, give that: --proxy URL",
	},
	[STAGE_CONNECTION] = {
	    "connection", "Connection", CHECK_NETWORK, STAGE_DNS,
	    doctor_connection,
	    "Check that the server runs and that the port in the URL is "
	    "right; behind a firewall give its proxy: --proxy URL",
	},
	[STAGE_TLS] = {
	    "tls", "TLS", CHECK_NETWORK, STAGE_CONNECTION, doctor_tls,
	    "Tell the operator of the server; a client certificate is given "
	    "with --cert and --key",
	},
	[STAGE_CLOCK] = {
	    "clock", "Clock", CHECK_NETWORK, STAGE_TLS, doctor_clock,
	    "Set this computer's clock by the network: "
	    "timedatectl set-ntp true",
	},
	[STAGE_ANSWER] = {
	    "answer", "Server", CHECK_NETWORK, STAGE_TLS, doctor_first_answer,
	    "Check the URL, above all its path: most servers are at /mcp, "
	    "older ones at /sse",
	},
	[STAGE_RESOURCE] = {
	    "resource", "Resource metadata", CHECK_SIGN_IN, STAGE_ANSWER,
	    doctor_resource,
	    "Tell the operator of the server: its protected resource metadata "
	    "(RFC 9728) are wrong",
	},
	[STAGE_ISSUER] = {
	    "issuer", "Sign-in server", CHECK_SIGN_IN, STAGE_RESOURCE,
	    doctor_issuer,
	    "Tell the operator of the authorization server: its metadata "
	    "(RFC 8414) are wrong",
	},
	[STAGE_PKCE] = {
	    "pkce", "PKCE", CHECK_SIGN_IN, STAGE_ISSUER, doctor_pkce,
	    "Tell the operator of the authorization server",
	},
	[STAGE_REGISTRATION] = {
	    "registration", "Client", CHECK_SIGN_IN, STAGE_ISSUER,
	    doctor_registration,
	    "Register a client with it by hand, then give --client-id",
	},
	[STAGE_BROWSER] = {
	    "browser", "Browser", CHECK_SIGN_IN, STAGE_ANSWER, doctor_browser,
	    "Sign in with: mcp-bridge login --no-browser URL",
	},
	[STAGE_REDIRECT] = {
	    "redirect", "Redirect", CHECK_SIGN_IN, STAGE_ANSWER,
	    doctor_redirect,
	    "End the program that holds the port, or choose another: "
	    "--callback-port PORT",
	},
	[STAGE_TOKEN] = {
	    "token", "Token", CHECK_SIGN_IN, STAGE_ANSWER, doctor_token,
	    "Sign in again: mcp-bridge login URL",
	},
	[STAGE_AUDIENCE] = {
	    "audience", "Audience", CHECK_SIGN_IN, STAGE_TOKEN,
	    doctor_audience,
	    "Sign in anew: mcp-bridge logout URL, then login; if that does "
	    "not help, ask for the right audience: --resource URI",
	},
	[STAGE_PROTOCOL] = {
	    "protocol", "Protocol", CHECK_PROTOCOL, STAGE_ANSWER,
	    doctor_protocol,
	    "Tell the operator of the server what it answered",
	},
	[STAGE_SESSION] = {
	    "session", "Session", CHECK_PROTOCOL, STAGE_PROTOCOL,
	    doctor_session,
	    "Several instances behind a load balancer need session affinity "
	    "by Mcp-Session-Id: tell the operator of the server",
	},
	[STAGE_STREAM] = {
	    "stream", "Event stream", CHECK_PROTOCOL, STAGE_PROTOCOL,
	    doctor_stream,
	    "Tell the operator of the server: GET answers with an event "
	    "stream or with 405",
	},
	[STAGE_BUFFERING] = {
	    "buffering", "Buffering", CHECK_PROTOCOL, STAGE_PROTOCOL,
	    doctor_buffering,
	    "Turn response buffering off in the proxy before the server: "
	    "proxy_buffering off in nginx, or have the server send "
	    "X-Accel-Buffering: no",
	},
	[STAGE_ROUND_TRIPS] = {
	    "roundtrips", "Round trips", CHECK_PROTOCOL, STAGE_PROTOCOL,
	    doctor_round_trips,
	    "A server nearer to you, or HTTP/2, answers sooner",
	},
};

_Static_assert((int)STAGE_COUNT <= (int)DIAGNOSIS_CHECKS,
    "every stage has its check");

uint64_t
doctor_now_us(const struct doctor *d)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000 -
	       d->began_us;
}

static void
on_tick(void *ctx)
{
	struct doctor *d = ctx;

	d->events->tick(d->events->ctx);
	loop_timer_start(d->loop, &d->ticker, TICK_MS);
}

static void
on_exchange(void *ctx, const struct http_report *report)
{
	struct doctor *d = ctx;

	d->report = *report;
	d->report.url = d->report.method = NULL; /* borrowed for the call */
	diagnosis_note(d->diagnosis, report, d->asking, doctor_now_us(d));
}

/* One that we broke off has no end that the hook would hear of. */
static void
note_broken_off(struct doctor *d, const struct doctor_ask *ask,
    const struct doctor_answer *a, uint64_t began_us)
{
	const struct http_report report = {
		.method = ask->method,
		.url = (ask->at != NULL ? ask->at : &d->upstream)->url.text,
		.status = a->outcome.status,
		.version = "",
		.answered_us = a->head_us,
		.ended_us = doctor_now_us(d) - began_us,
	};

	diagnosis_note(d->diagnosis, &report, d->asking, doctor_now_us(d));
}

void
doctor_exchange(struct doctor *d, const char *what,
    const struct doctor_ask *ask, struct doctor_answer *a)
{
	struct upstream *up = ask->at != NULL ? ask->at : &d->upstream;
	uint64_t began_us = doctor_now_us(d);

	d->asking = what;
	doctor_ask(up, ask, a);
	if (a->outcome.wants_nonce) /* no refusal yet */
		doctor_ask(up, ask, a);
	if (a->end_us == 0)
		note_broken_off(d, ask, a, began_us);
	d->asking = NULL;
}

static void
open_network(struct doctor *d)
{
	const struct auth_config *config = d->config;
	struct http_options options = auth_net_options(config);

	options.cookies = true;
	options.ended = on_exchange;
	options.ctx = d;
	d->loop = loop_new();
	d->client = http_client_new(d->loop, &options);
	d->headers = static_headers_list(&d->options->headers);
	d->net = (struct auth_net){
		.client = d->client,
		.config = config,
		.server_class = auth_net_server_class(config->url),
	};
	upstream_init(&d->upstream, d->loop, d->client, d->headers);
	if (url_parse(&d->upstream.url, span_of(config->url), NULL) == -1)
		abort();
}

static void
begin(struct doctor *d, const struct options *options,
    const struct doctor_events *events, struct diagnosis *diagnosis)
{
	*d = (struct doctor){
		.options = options,
		.config = &options->auth,
		.events = events,
		.diagnosis = diagnosis,
		.ticker = { .fire = on_tick, .ctx = d },
	};
	d->began_us = doctor_now_us(d);
	doctor_answer_init(&d->contact);
	doctor_answer_init(&d->opening);
	challenge_init(&d->challenge);
	discovery_init(&d->discovery);
	access_record_init(&d->access);
	open_network(d);
	diagnosis->url = url_public(&options->url);
	diagnosis->profile = mem_string(d->config->profile);
	diagnosis->at_s = (int64_t)time(NULL);
	if (events->tick != NULL)
		loop_timer_start(d->loop, &d->ticker, TICK_MS);
}

static void
end(struct doctor *d)
{
	doctor_close(d);
	doctor_old_close(d);
	d->diagnosis->duration_us = doctor_now_us(d);
	loop_timer_stop(&d->ticker);
	doctor_answer_reset(&d->contact);
	doctor_answer_reset(&d->opening);
	challenge_reset(&d->challenge);
	discovery_reset(&d->discovery);
	access_record_reset(&d->access);
	upstream_reset(&d->upstream);
	store_close(&d->store);
	http_headers_free(&d->headers);
	http_client_free(&d->client);
	loop_free(&d->loop);
}

/* Why a stage cannot run: what it stands on failed, or was skipped itself
 * because of another failure. NULL: it can. */
static const struct check *
missing_ground(const struct doctor *d, const struct stage *stage)
{
	const struct check *ground = NULL;

	if (stage->needs == NOTHING)
		return NULL;
	ground = &d->diagnosis->checks[stage->needs];
	while (ground->status == CHECK_SKIPPED &&
	       stages[ground - d->diagnosis->checks].needs != NOTHING)
		ground =
		    &d->diagnosis
			 ->checks[stages[ground - d->diagnosis->checks].needs];
	return ground->status == CHECK_FAILED ? ground : NULL;
}

static void
run_stage(struct doctor *d, enum doctor_stage which)
{
	const struct stage *stage = &stages[which];
	struct check *c = &d->diagnosis->checks[which];
	const struct check *ground = missing_ground(d, stage);

	*c = (struct check){
		.id = stage->id,
		.title = stage->title,
		.group = stage->group,
		.is_first = which == 0 || c[-1].group != stage->group,
		.start_us = doctor_now_us(d),
	};
	d->diagnosis->count = which + 1;
	d->events->begun(d->events->ctx, c);
	if (ground != NULL)
		check_skip(c, "see %s", ground->title);
	else
		stage->run(d, c);
	if (c->status == CHECK_FAILED && c->remedy == NULL)
		check_remedy(c, "%s", stage->remedy);
	c->duration_us = doctor_now_us(d) - c->start_us;
	d->events->ended(d->events->ctx, c);
}

void
doctor_examine(const struct options *options,
    const struct doctor_events *events, struct diagnosis *diagnosis)
{
	struct doctor d;

	begin(&d, options, events, diagnosis);
	for (int i = 0; i < STAGE_COUNT; i++)
		run_stage(&d, (enum doctor_stage)i);
	end(&d);
}

void
doctor_describe_span(int64_t seconds, char *text, size_t size)
{
	static const struct {
		int64_t length_s;
		const char *name;
	} units[] = { { 86400, "days" }, { 3600, "h" }, { 60, "min" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds < 2 * units[i].length_s)
			continue;
		snprintf(text, size, "%lld %s",
		    (long long)(seconds / units[i].length_s), units[i].name);
		return;
	}
	snprintf(text, size, "%lld s", (long long)seconds);
}
