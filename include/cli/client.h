/* SPDX-License-Identifier: ISC */
/*
 * An MCP client for the commands that ask a server something: the bridge's own
 * pump with a host of ours at its end, in one process. What the server notifies
 * goes to stderr; what it asks is refused.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/options.h"
#include "mcp/message.h"

struct client;

/*
 * Opens a session, runs `talk` in it and closes it. Where the server wants a
 * sign-in and somebody is at the terminal, signs in and does all that once
 * more. The exit status: that of `talk`, or of what went wrong, which has been
 * told on stderr.
 */
int client_run(const struct options *options,
    int (*talk)(struct client *client, void *ctx), void *ctx);

/*
 * One request; `params` is a JSON object, or empty for none. EX_OK and the
 * answer, the caller's, which is a result. Otherwise `talk` is to return what
 * this returned: CLIENT_REFUSED where the server answered with an error.
 */
enum { CLIENT_REFUSED = 1 };
int client_request(struct client *client, const char *method,
    struct span params, struct message **answer);

#endif
