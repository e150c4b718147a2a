/* SPDX-License-Identifier: ISC */
/*
 * The system's resolver, asked once.
 */
#include "io/resolve.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

static void
add(struct resolved *found, const struct addrinfo *one)
{
	char text[sizeof(found->addresses[0].text)] = "";

	/* What cannot be shown still has its class. */
	if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof(text), NULL,
		0, NI_NUMERICHOST) != 0)
		memcpy(text, "?", 2);
	for (size_t i = 0; i < found->count; i++) {
		if (strcmp(found->addresses[i].text, text) == 0)
			return;
	}
	memcpy(found->addresses[found->count].text, text, sizeof(text));
	found->addresses[found->count].class = address_class(one->ai_addr);
	found->count++;
}

int
resolve(const char *host, struct resolved *found, struct fault *f)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(host, NULL, &hints, &list);

	*found = (struct resolved){ 0 };
	for (const struct addrinfo *one = rc == 0 ? list : NULL;
	     one != NULL && found->count < RESOLVE_MAX; one = one->ai_next)
		add(found, one);
	if (rc == 0)
		freeaddrinfo(list);
	if (found->count > 0)
		return 0;
	fault_set(f, FAULT_UNREACHABLE, "No address is known for %s", host);
	if (rc != 0)
		fault_detail(f, span_of(gai_strerror(rc)));
	return -1;
}
