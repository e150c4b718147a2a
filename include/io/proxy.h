/* SPDX-License-Identifier: ISC */
/*
 * Which proxy the environment names for a URL, by the rules curl made common.
 * Decided here rather than in libcurl, because whoever judges addresses must
 * know whether the peer is a proxy.
 */
#ifndef IO_PROXY_H
#define IO_PROXY_H

#include <stdbool.h>

#include "wire/url.h"

/* From http_proxy, https_proxy, all_proxy and no_proxy, in capitals too but for
 * HTTP_PROXY, which a web server may set from a request. Never for loopback.
 * Borrowed from the environment; NULL: none. */
const char *proxy_from_environment(const struct url *url);

/* The name of the variable that says so; NULL: none. */
const char *proxy_variable(const struct url *url);

/* Whether `host` is covered by a no_proxy list: "*", names with their
 * subdomains, addresses, address blocks ("10.0.0.0/8"). */
bool proxy_exempts(const char *list, const char *host);

#endif
