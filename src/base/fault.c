/* SPDX-License-Identifier: ISC */
/*
 * The one fault table, and the setters. Nothing is rendered here.
 */
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"

/* What is quoted of a peer, the NUL included. */
enum { DETAIL_SIZE = 201 };

static const struct fault_info table[] = {
	[FAULT_NONE] = {
		.kind = "none",
		.exit_status = EX_OK,
		.text = "No fault",
	},
	[FAULT_CANCELED] = {
		.rpc_code = -31498,
		.kind = "canceled",
		.exit_status = EX_TEMPFAIL,
		.text = "Canceled",
	},
	[FAULT_INTERNAL] = {
		.rpc_code = -31599,
		.kind = "internal",
		.exit_status = EX_SOFTWARE,
		.text = "Internal error of the bridge",
		.action = "Report this as a bug of mcp-bridge, with what --trace FILE "
			  "records",
	},
	[FAULT_USAGE] = {
		.rpc_code = -31590,
		.kind = "usage",
		.exit_status = EX_USAGE,
		.text = "Wrong usage",
		.action = "See mcp-bridge --help",
	},
	[FAULT_CONFIG] = {
		.rpc_code = -31591,
		.kind = "config",
		.exit_status = EX_CONFIG,
		.text = "Wrong configuration",
	},

	[FAULT_INVALID_REQUEST] = {
		.rpc_code = -32600,
		.kind = "request.invalid",
		.exit_status = EX_DATAERR,
		.text = "Invalid request",
	},
	[FAULT_INVALID_PARAMS] = {
		.rpc_code = -32602,
		.kind = "request.params",
		.exit_status = EX_DATAERR,
		.text = "Invalid parameters",
	},
	[FAULT_METHOD_NOT_FOUND] = {
		.rpc_code = -32601,
		.kind = "request.method",
		.exit_status = EX_DATAERR,
		.text = "Method not found",
	},
	[FAULT_DUPLICATE_ID] = {
		.rpc_code = -32600,
		.kind = "request.duplicate_id",
		.exit_status = EX_DATAERR,
		.text = "A request with this id is still pending",
	},
	[FAULT_BUSY] = {
		.rpc_code = -31505,
		.kind = "bridge.busy",
		.exit_status = EX_TEMPFAIL,
		.retryable = true,
		.text = "Too many requests are pending",
	},
	[FAULT_SHUTDOWN] = {
		.rpc_code = -31499,
		.kind = "bridge.shutdown",
		.exit_status = EX_TEMPFAIL,
		.text = "The bridge is shutting down",
	},

	[FAULT_LOGIN_REQUIRED] = {
		.rpc_code = -31401,
		.kind = "auth.login_required",
		.exit_status = EX_NOPERM,
		.text = "Sign-in required",
		.action = "mcp-bridge login <url>",
	},
	[FAULT_DENIED] = {
		.rpc_code = -31402,
		.kind = "auth.denied",
		.exit_status = EX_NOPERM,
		.text = "Sign-in was declined",
	},
	[FAULT_FORBIDDEN] = {
		.rpc_code = -31403,
		.kind = "auth.forbidden",
		.exit_status = EX_NOPERM,
		.text = "Server refused access",
	},
	[FAULT_SCOPE] = {
		.rpc_code = -31404,
		.kind = "auth.insufficient_scope",
		.exit_status = EX_NOPERM,
		.text = "More permission needed",
	},
	[FAULT_LOGIN_PENDING] = {
		.rpc_code = -31407,
		.kind = "auth.login_pending",
		.exit_status = EX_TEMPFAIL,
		.retryable = true,
		.text = "Finish signing in in the browser, then retry",
	},
	[FAULT_LOGIN_TIMEOUT] = {
		.rpc_code = -31408,
		.kind = "auth.login_timeout",
		.exit_status = EX_TEMPFAIL,
		.retryable = true,
		.text = "Sign-in not completed in time",
		.action = "Try again; --auth-timeout gives more time",
	},
	[FAULT_DISCOVERY] = {
		.rpc_code = -31410,
		.kind = "auth.discovery",
		.exit_status = EX_NOPERM,
		.text = "Cannot find authorization server",
		.action = "mcp-bridge doctor <url>",
	},
	[FAULT_POLICY] = {
		.rpc_code = -31411,
		.kind = "auth.policy",
		.exit_status = EX_NOPERM,
		.text = "Authorization server refused by policy",
	},
	[FAULT_REGISTRATION] = {
		.rpc_code = -31412,
		.kind = "auth.registration",
		.exit_status = EX_NOPERM,
		.text = "Client registration failed",
	},
	[FAULT_AS_CHANGED] = {
		.rpc_code = -31413,
		.kind = "auth.as_changed",
		.exit_status = EX_NOPERM,
		.text = "Credentials belong to another issuer",
	},
	[FAULT_REFRESH] = {
		.rpc_code = -31414,
		.kind = "auth.refresh",
		.exit_status = EX_NOPERM,
		.text = "Session expired",
		.action = "mcp-bridge login <url>",
	},
	[FAULT_REJECTED] = {
		.rpc_code = -31415,
		.kind = "auth.rejected",
		.exit_status = EX_NOPERM,
		.text = "Server rejects a fresh token",
	},
	[FAULT_COMMAND] = {
		.rpc_code = -31418,
		.kind = "auth.command",
		.exit_status = EX_NOPERM,
		.text = "The credential command failed",
		.action = "Run the command in a terminal to see what it says",
	},
	[FAULT_STORE] = {
		.rpc_code = -31416,
		.kind = "auth.store",
		.exit_status = EX_IOERR,
		.text = "Cannot use the credential store",
		.action = "mcp-bridge doctor <url>",
	},

	[FAULT_RATE_LIMITED] = {
		.rpc_code = -31429,
		.kind = "upstream.rate_limited",
		.exit_status = EX_TEMPFAIL,
		.retryable = true,
		.text = "Rate limited",
	},
	[FAULT_TLS] = {
		.rpc_code = -31495,
		.kind = "net.tls",
		.exit_status = EX_PROTOCOL,
		.text = "Secure connection failed",
		.action = "mcp-bridge doctor <url>",
	},
	[FAULT_UNREACHABLE] = {
		.rpc_code = -31496,
		.kind = "net.unreachable",
		.exit_status = EX_UNAVAILABLE,
		.retryable = true,
		.text = "Server unreachable",
		.action = "mcp-bridge doctor <url>",
	},
	[FAULT_TIMEOUT] = {
		.rpc_code = -31497,
		.kind = "net.timeout",
		.exit_status = EX_TEMPFAIL,
		.retryable = true,
		.text = "No answer in time",
	},
	[FAULT_HTTP] = {
		.rpc_code = -31500,
		.kind = "upstream.http",
		.exit_status = EX_UNAVAILABLE,
		.retryable = true,
		.text = "Server error",
	},
	[FAULT_PROTOCOL] = {
		.rpc_code = -31501,
		.kind = "upstream.protocol",
		.exit_status = EX_PROTOCOL,
		.text = "Server broke the protocol",
		.action = "Record what it says: --trace FILE",
	},
	[FAULT_STREAM_ERROR] = {
		.rpc_code = -31502,
		.kind = "stream.error",
		.exit_status = EX_PROTOCOL,
		.text = "Stream failed; the request may have been executed",
	},
	[FAULT_STREAM_LOST] = {
		.rpc_code = -31503,
		.kind = "stream.lost",
		.exit_status = EX_PROTOCOL,
		.retryable = true,
		.text = "Stream was cut; the request may have been executed",
	},
	[FAULT_TOO_LARGE] = {
		.rpc_code = -31504,
		.kind = "message.too_large",
		.exit_status = EX_PROTOCOL,
		.text = "Message too large",
	},
	[FAULT_REDIRECT] = {
		.rpc_code = -31506,
		.kind = "upstream.redirect",
		.exit_status = EX_PROTOCOL,
		.text = "Server redirects elsewhere",
		.action = "mcp-bridge doctor <url>",
	},
};

_Static_assert(sizeof(table) / sizeof(table[0]) == FAULT_COUNT,
    "every fault code has its row");

const struct fault_info *
fault_info(enum fault_code code)
{
	return &table[code];
}

void
fault_clear(struct fault *f)
{
	if (f != NULL)
		memset(f, 0, sizeof(*f));
}

int
fault_set(struct fault *f, enum fault_code code, const char *fmt, ...)
{
	if (f == NULL)
		return -1;

	/* The arguments may be parts of `f`: print before clearing. */
	char msg[sizeof(f->msg)] = "";
	va_list args;
	va_start(args, fmt);
	vsnprintf(msg, sizeof(msg), fmt, args);
	va_end(args);

	fault_clear(f);
	f->code = code;
	memcpy(f->msg, msg, sizeof(msg));
	return -1;
}

bool
fault_wants_login(enum fault_code code)
{
	return code >= FAULT_LOGIN_REQUIRED && code <= FAULT_STORE;
}

void
fault_phase(struct fault *f, const char *phase)
{
	if (f != NULL)
		snprintf(f->phase, sizeof(f->phase), "%s", phase);
}

void
fault_detail(struct fault *f, struct span peer_text)
{
	_Static_assert(sizeof(f->detail) >= DETAIL_SIZE, "detail fits");

	if (f != NULL)
		log_text(f->detail, DETAIL_SIZE, peer_text);
}

void
fault_advise(struct fault *f, const char *fmt, ...)
{
	va_list args;

	if (f == NULL)
		return;
	va_start(args, fmt);
	vsnprintf(f->action, sizeof(f->action), fmt, args);
	va_end(args);
}

const char *
fault_text(const struct fault *f)
{
	return f->msg[0] != '\0' ? f->msg : fault_info(f->code)->text;
}

const char *
fault_action(const struct fault *f)
{
	const char *preset = fault_info(f->code)->action;

	if (f->action[0] != '\0')
		return f->action;
	return preset != NULL ? preset : "";
}
