/* SPDX-License-Identifier: ISC */
/*
 * The nameless command: the bridge itself, from the host's first line to the
 * last answer.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth/confinement.h"
#include "auth/starter.h"
#include "base/limits.h"
#include "base/log.h"
#include "cli/commands.h"
#include "io/os.h"
#include "mcp/relay.h"

/* Everything that lives as long as the bridge. */
struct run {
	struct loop *loop;
	struct http_client *client;
	struct http_headers *headers;
	struct relay *relay;
	struct auth_config auth; /* lent by the options */
	int signo;               /* that ended it; 0: the host left */
};

static void
on_signal(void *ctx, int signo)
{
	struct run *run = ctx;

	if (signo == SIGCHLD)
		return;
	if (run->signo == 0)
		run->signo = signo;
	relay_quit(run->relay);
}

static struct http_headers *
user_headers(const struct static_headers *list)
{
	struct http_headers *headers = http_headers_new();

	for (size_t i = 0; i < list->count; i++)
		http_headers_add_secret(headers, list->items[i].name, "",
		    secret_peek(&list->items[i].value));
	return headers;
}

static struct http_client *
open_client(struct loop *loop, const struct options *o)
{
	struct http_options options = {
		.ca_file = o->auth.ca_file,
		.cert_file = o->auth.cert_file,
		.key_file = o->auth.key_file,
		.proxy = o->auth.proxy,
		.http1_only = o->auth.http1_only,
		.ipv4_only = o->auth.ipv4_only,
		.connect_timeout_ms = o->auth.connect_timeout_ms,
		.cookies = !o->no_cookies,
	};

	return http_client_new(loop, &options);
}

static bool
signs_in(const struct options *o)
{
	return !o->static_authorization && !o->no_auth;
}

static struct relay *
open_relay(const struct run *run, const struct options *o)
{
	struct relay_config config = {
		.loop = run->loop,
		.in_fd = STDIN_FILENO,
		.out_fd = os_claim_stdout(),
		.remote = {
			.loop = run->loop,
			.client = run->client,
			.user_headers = run->headers,
			.url = o->url.text,
			.transport = o->transport,
			.static_bearer = o->static_authorization,
			.extension = signs_in(o) ?
			    auth_grant_extension(o->auth.grant) : NULL,
		},
		.rules = {
			.allow = (const char *const *)o->tool_allow,
			.allow_count = o->tool_allow_count,
			.deny = (const char *const *)o->tool_deny,
			.deny_count = o->tool_deny_count,
			.read_only = o->read_only,
		},
		.auth = signs_in(o) ? &run->auth : NULL,
		.request_timeout_ms = o->request_timeout_ms,
		.discover_first = o->discover_first,
		.cached_handshake = !o->no_cached_handshake,
		.sign_in_tool = !o->no_sign_in_tool && !o->no_auth &&
				!o->auth.non_interactive &&
				auth_config_asks_person(&o->auth),
		.hold_timeout_ms = o->hold_timeout_ms,
	};

	return config.out_fd < 0 ? NULL : relay_new(&config);
}

static void
split_off(struct auth_config *auth, bool signs_in)
{
	int fd = auth->sandbox && signs_in ? starter_split(auth) : 0;

	if (fd == -1) {
		perror("mcp-bridge: --sandbox has no effect");
		auth->sandbox = false;
		return;
	}
	auth->starter_fd = fd;
}

static int
serve(struct run *run)
{
	if (run->relay == NULL ||
	    loop_catch_signals(run->loop, on_signal, run) == -1) {
		perror("mcp-bridge: cannot start");
		return EX_OSERR;
	}
	loop_run(run->loop);
	log_debug("run", "leaving");
	return run->signo != 0 ? 128 + run->signo : EX_OK;
}

int
cmd_run(const struct options *o)
{
	struct run run = { .auth = o->auth };

	/* Before there is a thread, or anything that is nothing to it. */
	split_off(&run.auth, signs_in(o));
	run.loop = loop_new();
	run.client = open_client(run.loop, o);
	run.headers = user_headers(&o->headers);
	run.relay = open_relay(&run, o);
	/* Now that the folders of the store are there. */
	if (run.auth.sandbox)
		confinement_pump(&run.auth);
	int status = serve(&run);
	relay_free(&run.relay);
	http_headers_free(&run.headers);
	http_client_free(&run.client);
	loop_free(&run.loop);
	if (run.auth.starter_fd > 0)
		close(run.auth.starter_fd);
	return status;
}
