/* SPDX-License-Identifier: ISC */
/*
 * Linked into the program in place of the calls listed in wraps.inc (by the
 * linker's --wrap): each passes here and is noted, or fails, as the environment
 * says:
 *
 *	FAULT_TRACE	append each site seen to this file, once a process
 *	FAULT_1, _2	site;result;errno;after;once: the call that comes by
 *			this site fails with this result and errno, after all
 *			was done if `after` is 1, and in one process only: the
 *			first byte of the file `once` is then 1
 *	FAULT_DEPTH	how many return addresses make a site
 *	FAULT_PIDS	each process appends its id to this file
 *
 * A site is the function and the chain of return addresses within the program,
 * so that a call deep in a helper counts once for each way that leads there.
 * Everything is passed on as six words, which is how these ABIs pass integers
 * and pointers, variadic or not; no wrapped function takes anything else. Files
 * are opened before main, since a process may confine itself later.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if !defined(__x86_64__) && !defined(__aarch64__)
#error how arguments are passed on is not known here
#endif

enum {
	DEPTH_MAX = 16,
	SITE_SIZE = 256,
	SEEN_COUNT = 1 << 16,
	STACK_STEP = 1 << 20, /* no frame is larger */
	TRACE_FD = 1000,      /* out of the program's way */
};

extern const char __executable_start[], etext[];
long __real_syscall();

static uint64_t seen[SEEN_COUNT];
static long trace = -1;
static long depth_max;

static struct order {
	const char *site; /* NULL: none */
	size_t site_len;
	long result;
	int error;
	bool after;
	unsigned char *once; /* 1: it has failed; NULL: it never does */
} orders[2];

struct frame {
	struct frame *next;
	const char *back;
};

/* The end of the chain is where a library calls us, or main. */
static void
describe(const char *name, const struct frame *frame, char site[SITE_SIZE])
{
	size_t len = (size_t)snprintf(site, SITE_SIZE, "%s", name);

	for (long depth = 0; depth < depth_max; depth++) {
		if (frame->back < __executable_start || frame->back >= etext)
			break;
		len += (size_t)snprintf(site + len, SITE_SIZE - len, "%c%tx",
		    depth == 0 ? '@' : ',', frame->back - __executable_start);
		if (frame->next <= frame ||
		    (char *)frame->next - (const char *)frame > STACK_STEP)
			break;
		frame = frame->next;
	}
}

/* True the first time; sites are kept as digests. */
static bool
is_new(const char *site)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	for (; *site != '\0'; site++)
		digest =
		    (digest ^ (unsigned char)*site) * UINT64_C(0x100000001b3);
	for (size_t i = digest % SEEN_COUNT;; i = (i + 1) % SEEN_COUNT) {
		if (seen[i] == digest)
			return false;
		if (seen[i] == 0) {
			seen[i] = digest;
			return true;
		}
	}
}

/* As the system is asked: no call here may be one that is wrapped. */
static long
open_at_once(const char *path, int flags)
{
	return __real_syscall(SYS_openat, AT_FDCWD, path,
	    flags | O_CREAT | O_CLOEXEC, 0600);
}

static void
note(long fd, const char *text)
{
	char line[SITE_SIZE + 1];
	int len = snprintf(line, sizeof(line), "%s\n", text);

	(void)__real_syscall(SYS_write, fd, line, (long)len);
}

static unsigned char *
map_byte(const char *path)
{
	long fd = open_at_once(path, O_RDWR);
	void *byte = MAP_FAILED;

	if (fd >= 0 && __real_syscall(SYS_ftruncate, fd, 1L) == 0)
		byte = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED,
		    (int)fd, 0);
	if (fd >= 0)
		(void)__real_syscall(SYS_close, fd);
	return byte == MAP_FAILED ? NULL : byte;
}

static bool
is_first(unsigned char *once)
{
	return once != NULL &&
	       __atomic_exchange_n(once, 1, __ATOMIC_SEQ_CST) == 0;
}

static void
take_order(struct order *order, const char *text)
{
	char *at;

	if (text == NULL)
		return;
	order->site = text;
	order->site_len = strcspn(text, ";");
	order->result = strtol(text + order->site_len + 1, &at, 10);
	order->error = (int)strtol(at + 1, &at, 10);
	order->after = strtol(at + 1, &at, 10) == 1;
	order->once = map_byte(at + 1);
}

static void
open_trace(const char *path)
{
	long fd = open_at_once(path, O_WRONLY | O_APPEND);

	trace = __real_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, TRACE_FD);
	if (fd >= 0)
		(void)__real_syscall(SYS_close, fd);
}

static void
note_pid(const char *path)
{
	long fd = open_at_once(path, O_WRONLY | O_APPEND);
	char pid[32];

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	note(fd, pid);
	if (fd >= 0)
		(void)__real_syscall(SYS_close, fd);
}

__attribute__((constructor)) static void
prepare(void)
{
	const char *path = getenv("FAULT_TRACE");
	const char *pids = getenv("FAULT_PIDS");
	const char *depth = getenv("FAULT_DEPTH");

	if (path != NULL)
		open_trace(path);
	if (pids != NULL)
		note_pid(pids);
	take_order(&orders[0], getenv("FAULT_1"));
	take_order(&orders[1], getenv("FAULT_2"));
	depth_max = depth != NULL ? strtol(depth, NULL, 10) : 0;
	if (depth_max < 1 || depth_max > DEPTH_MAX)
		depth_max = DEPTH_MAX;
}

/* A site may be given by its beginning, up to a comma. */
static bool
is_at(const struct order *order, const char *site)
{
	return order->site != NULL &&
	       strncmp(order->site, site, order->site_len) == 0 &&
	       (site[order->site_len] == '\0' || site[order->site_len] == ',');
}

/* How this call fails; NULL where it does not. */
static const struct order *
judge(const char *name, const struct frame *frame)
{
	const struct order *found = NULL;
	int saved = errno;
	char site[SITE_SIZE] = "";

	if (trace < 0 && orders[0].site == NULL)
		return NULL;
	describe(name, frame, site);
	if (trace >= 0 && is_new(site))
		note(trace, site);
	for (size_t i = 0; i < 2 && found == NULL; i++)
		if (is_at(&orders[i], site) && is_first(orders[i].once))
			found = &orders[i];
	errno = saved;
	return found;
}

#define WRAP(name)                                                             \
	long __real_##name();                                                  \
	long __wrap_##name(long a, long b, long c, long d, long e, long f);    \
	long __wrap_##name(long a, long b, long c, long d, long e, long f)     \
	{                                                                      \
		const struct order *order =                                    \
		    judge(#name, __builtin_frame_address(0));                  \
		long result = 0;                                               \
		if (order == NULL || order->after)                             \
			result = __real_##name(a, b, c, d, e, f);              \
		if (order == NULL)                                             \
			return result;                                         \
		if (order->error != 0)                                         \
			errno = order->error;                                  \
		return order->result;                                          \
	}

#include "wraps.inc"
