/* SPDX-License-Identifier: ISC */
/*
 * The pump as the options want it: everything that lives as long as a bridge
 * between two descriptors and the server.
 */
#ifndef CLI_PUMP_H
#define CLI_PUMP_H

#include "cli/options.h"
#include "mcp/relay.h"

struct pump {
	struct loop *loop;
	struct http_client *client;
	struct http_headers *headers;
	struct relay *relay;
};

/* Tokens are a matter of the bridge: nobody has given a key, or said never to
 * sign in. */
bool pump_signs_in(const struct options *options);

/* Starts to relay what a host writes to `in_fd` and reads from `out_fd`. The
 * descriptors and the options are borrowed until pump_close. */
void pump_open(struct pump *pump, const struct options *options, int in_fd,
    int out_fd);
void pump_close(struct pump *pump);

#endif
