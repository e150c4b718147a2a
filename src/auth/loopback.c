/* SPDX-License-Identifier: ISC */
/*
 * Sockets of the loopback interface, and no other: never a wildcard address.
 */
#include "auth/loopback.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 16, PORT_TRIES = 16 };

int
loopback_private(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return -1;
	return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t
loopback_address(union address *address, int family, unsigned port)
{
	*address = (union address){ 0 };
	if (family == AF_INET) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons((uint16_t)port);
		address->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(address->v4);
	}
	address->v6.sin6_family = AF_INET6;
	address->v6.sin6_port = htons((uint16_t)port);
	address->v6.sin6_addr = in6addr_loopback;
	return sizeof(address->v6);
}

static int
bind_and_listen(int fd, int family, unsigned port)
{
	union address address;
	socklen_t len = loopback_address(&address, family, port);
	const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
				       &on, sizeof(on)) == -1) ||
	    loopback_private(fd) == -1 || bind(fd, &address.any, len) == -1)
		return -1;
	return listen(fd, BACKLOG);
}

/* A listening socket, or -1 with errno. */
static int
listen_on(int family, unsigned port)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd != -1 && bind_and_listen(fd, family, port) == -1) {
		int reason = errno;

		close(fd);
		fd = -1;
		errno = reason;
	}
	return fd;
}

static unsigned
bound_port(int fd)
{
	union address address = { 0 };
	socklen_t len = sizeof(address.v4);

	if (getsockname(fd, &address.any, &len) == -1)
		return 0;
	return ntohs(address.v4.sin_port);
}

/* Both addresses or none: a browser may try either for one name, and a
 * stranger on the other would get the code. No IPv6 at all is fine. */
static int
listen_on_both(int fds[LOOPBACK_LISTENERS], unsigned *port)
{
	fds[0] = listen_on(AF_INET, *port);
	if (fds[0] == -1)
		return -1;
	unsigned bound = bound_port(fds[0]);
	fds[1] = listen_on(AF_INET6, bound);
	if (fds[1] != -1 || errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) {
		*port = bound;
		return 0;
	}

	int reason = errno;
	close(fds[0]);
	fds[0] = -1;
	errno = reason;
	return -1;
}

int
loopback_listen(int fds[LOOPBACK_LISTENERS], unsigned *port)
{
	int tries = *port == 0 ? PORT_TRIES : 1;
	int rc = -1;

	for (int i = 0; rc == -1 && i < tries; i++)
		rc = listen_on_both(fds, port);
	return rc;
}
