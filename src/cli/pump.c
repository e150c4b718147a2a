/* SPDX-License-Identifier: ISC */
/*
 * From options to a relay at work.
 */
#include "cli/pump.h"

#include "auth/net.h"

static struct http_client *
open_client(struct loop *loop, const struct options *o)
{
	struct http_options options = auth_net_options(&o->auth);

	options.cookies = !o->no_cookies;
	return http_client_new(loop, &options);
}

bool
pump_signs_in(const struct options *options)
{
	return !options->static_authorization && !options->no_auth;
}

static struct relay *
open_relay(const struct pump *pump, const struct options *o, int in_fd,
    int out_fd)
{
	struct relay_config config = {
		.loop = pump->loop,
		.in_fd = in_fd,
		.out_fd = out_fd,
		.remote = {
			.loop = pump->loop,
			.client = pump->client,
			.user_headers = pump->headers,
			.url = o->url.text,
			.transport = o->transport,
			.static_bearer = o->static_authorization,
			.extension = pump_signs_in(o) ?
			    auth_grant_extension(o->auth.grant) : NULL,
			.ping_interval_ms = o->ping_interval_ms,
			.patience = o->patience,
		},
		.rules = {
			.allow = (const char *const *)o->tool_allow,
			.allow_count = o->tool_allow_count,
			.deny = (const char *const *)o->tool_deny,
			.deny_count = o->tool_deny_count,
			.ignore_case = o->tool_ignore_case,
			.read_only = o->read_only,
		},
		.auth = pump_signs_in(o) ? &o->auth : NULL,
		.request_timeout_ms = o->request_timeout_ms,
		.discover_first = o->discover_first,
		.cached_handshake = !o->no_cached_handshake,
		.sign_in_tool = !o->no_sign_in_tool && !o->no_auth &&
				!o->auth.non_interactive &&
				auth_config_asks_person(&o->auth),
		.hold_timeout_ms = o->hold_timeout_ms,
	};

	return relay_new(&config);
}

void
pump_open(struct pump *pump, const struct options *options, int in_fd,
    int out_fd)
{
	pump->loop = loop_new();
	pump->client = open_client(pump->loop, options);
	pump->headers = static_headers_list(&options->headers);
	pump->relay = open_relay(pump, options, in_fd, out_fd);
}

void
pump_close(struct pump *pump)
{
	relay_free(&pump->relay);
	http_headers_free(&pump->headers);
	http_client_free(&pump->client);
	loop_free(&pump->loop);
}
