/* SPDX-License-Identifier: ISC */
/*
 * The policy for exchanges that did not simply succeed: one pure function from
 * what happened to what to do. It is the only place that knows when a message
 * may be sent again (T-033, T-035, T-036, T-039, T-040, T-042, T-061, T-064).
 */
#ifndef MCP_RECOVERY_H
#define MCP_RECOVERY_H

#include "mcp/exchange.h"

enum recovery {
	RECOVER_NOTHING,   /* all is well: nothing more is expected */
	RECOVER_FAIL,      /* the fault is the answer */
	RECOVER_RELAY,     /* the JSON-RPC error in the body is the answer */
	RECOVER_REWRITE,   /* the same, as an internal error (-32603) */
	RECOVER_WAIT,      /* the answer may come on another stream (T-027) */
	RECOVER_AGAIN,     /* send again after a delay */
	RECOVER_RENEW,     /* the session is gone: open another, send again */
	RECOVER_AUTHORIZE, /* 401, or 403 with insufficient_scope */
	RECOVER_FALLBACK,  /* perhaps an HTTP+SSE server (T-070) */
	RECOVER_MIRROR     /* -32020: learn the tools' headers, send again */
};

struct recovery_case {
	const struct exchange_report *report;
	const struct message *message; /* what was sent */
	bool stateless;                /* 2026-07-28 */
	bool had_session;              /* it carried a session id */
	bool renewed;                  /* it was sent again after a renewal */
	bool may_fall_back;            /* --transport auto, nothing open yet */
	bool http_sse; /* the answer comes on the one stream (T-073) */
	bool bearer_sent;
	size_t header_bytes; /* of the request */
	unsigned attempts;   /* sendings so far, this one included */
};

struct recovery_plan {
	enum recovery what;
	unsigned delay_ms;  /* AGAIN */
	struct fault fault; /* FAIL, and the reason for the others */
};

void recovery_decide(const struct recovery_case *c, struct recovery_plan *plan);

#endif
