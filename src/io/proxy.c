/* SPDX-License-Identifier: ISC */
/*
 * Proxy variables of the environment.
 */
#include "io/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/mem.h"

static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* The one of two spellings that is set. */
static const char *
either(const char *lower, const char *upper)
{
	return variable(lower) ? lower : upper;
}

static bool
same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8;
	unsigned mask = 0xff00u >> (bits % 8) & 0xffu;

	return memcmp(a, b, whole) == 0 &&
	       (mask == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

/* `block` is an address, perhaps with "/bits". */
static bool
block_covers(int family, unsigned width, const char *block, const char *host)
{
	unsigned char a[16], b[16];
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(block, "/");
	unsigned bits = width;

	if (len >= sizeof(address) || inet_pton(family, host, b) != 1)
		return false;
	memcpy(address, block, len);
	address[len] = '\0';
	if (inet_pton(family, address, a) != 1)
		return false;
	if (block[len] == '/') {
		char *end;
		unsigned long n = strtoul(block + len + 1, &end, 10);
		if (end == block + len + 1 || *end != '\0' || n > width)
			return false;
		bits = (unsigned)n;
	}
	return same_bits(a, b, bits);
}

static bool
name_covers(const char *name, const char *host)
{
	size_t host_len = strlen(host), len;

	if (*name == '.')
		name++;
	len = strlen(name);
	if (len > 0 && name[len - 1] == '.')
		len--;
	if (host_len > 0 && host[host_len - 1] == '.')
		host_len--;
	if (len == 0 || len > host_len)
		return false;
	const char *tail = host + host_len - len;
	if (strncasecmp(tail, name, len) != 0)
		return false;
	return tail == host || tail[-1] == '.';
}

static bool
entry_covers(const char *entry, const char *host)
{
	return strcmp(entry, "*") == 0 || name_covers(entry, host) ||
	       block_covers(AF_INET, 32, entry, host) ||
	       block_covers(AF_INET6, 128, entry, host);
}

bool
proxy_exempts(const char *list, const char *host)
{
	static const char separators[] = ", \t";
	bool found = false;

	while (!found && *list) {
		list += strspn(list, separators);
		size_t len = strcspn(list, separators);
		char *entry = mem_copy(list, len);
		found = entry_covers(entry, host);
		free(entry);
		list += len;
	}
	return found;
}

const char *
proxy_variable(const struct url *url)
{
	const char *exempt, *name = "http_proxy";

	if (url_is_loopback(url))
		return NULL;
	exempt = variable(either("no_proxy", "NO_PROXY"));
	if (exempt && proxy_exempts(exempt, url->host))
		return NULL;
	if (url_is_https(url))
		name = either("https_proxy", "HTTPS_PROXY");
	if (!variable(name))
		name = either("all_proxy", "ALL_PROXY");
	return variable(name) ? name : NULL;
}

const char *
proxy_from_environment(const struct url *url)
{
	const char *name = proxy_variable(url);

	return name ? variable(name) : NULL;
}
