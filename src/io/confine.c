/* SPDX-License-Identifier: ISC */
/*
 * The systems' ways of confinement. Decides only what every process of ours
 * may read; the rest is for auth/confinement to say.
 */
#include "io/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_LANDLOCK
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "base/log.h"
#include "base/mem.h"

#if defined(HAVE_LANDLOCK) || defined(HAVE_PLEDGE)
/* Resolver and TLS read these at any time; libraries of the name service are
 * loaded when a name is first looked up. None holds what is the user's. */
static const char *const system_paths[] = { "/etc", "/usr", "/lib", "/lib64",
	"/bin", "/opt", "/nix/store", "/gnu/store", "/run/systemd/resolve",
	"/run/NetworkManager", "/run/resolvconf", "/run/nscd", "/var/run/nscd",
	"/var/db/nscd", "/sys/devices/system/cpu", "/proc/self", "/dev/null",
	"/dev/urandom", "/dev/random" };

static void
allow_system(struct confine *c)
{
	for (size_t i = 0; i < sizeof(system_paths) / sizeof(system_paths[0]);
	     i++)
		confine_allow(c, system_paths[i], CONFINE_READ);
}
#endif

#if defined(HAVE_LANDLOCK)

/* Of newer kernels than the headers this may be built with; the numbers are
 * part of the kernel's interface. */
enum {
	FIRST_REFER = 2,
	FIRST_TRUNCATE = 3,
	FIRST_NET = 4,
	FIRST_IOCTL = 5,
	FIRST_SCOPE = 6,
};
#define FS_OF_1 ((UINT64_C(1) << 13) - 1)
#define FS_REFER (UINT64_C(1) << 13)
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_BIND_TCP (UINT64_C(1) << 0)
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

/* struct landlock_ruleset_attr as kernels know it from version 6 on. */
struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

struct confine {
	int fd;           /* owned: of the rules */
	uint64_t handled; /* kinds of access to files that are refused */
};

static const uint64_t rights[] = {
	[CONFINE_LIST] = LANDLOCK_ACCESS_FS_READ_DIR,
	[CONFINE_READ] =
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	[CONFINE_RECORDS] =
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
	    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
	    FS_TRUNCATE,
};

/* Those that a rule for a file may name. */
static const uint64_t file_rights =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE;

/* 0: it has none, or not for us. */
static int
landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

/* Everything the kernel can refuse; connecting it cannot restrict in a way
 * that helps, since servers may be anywhere. */
static struct ruleset
all_of(int version)
{
	struct ruleset all = { .handled_access_fs = FS_OF_1 };

	if (version >= FIRST_REFER)
		all.handled_access_fs |= FS_REFER;
	if (version >= FIRST_TRUNCATE)
		all.handled_access_fs |= FS_TRUNCATE;
	if (version >= FIRST_NET)
		all.handled_access_net = NET_BIND_TCP;
	if (version >= FIRST_IOCTL)
		all.handled_access_fs |= FS_IOCTL_DEV;
	if (version >= FIRST_SCOPE)
		all.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	return all;
}

struct confine *
confine_new(void)
{
	int version = landlock_version();
	const struct ruleset all = all_of(version);
	/* Older kernels refuse members they do not know only where set. */
	long fd = version == 0 ? -1 :
				 syscall(SYS_landlock_create_ruleset, &all,
				     sizeof(all), 0);

	if (fd == -1)
		return NULL;
	struct confine *c = mem_alloc(1, sizeof(*c));
	c->fd = (int)fd;
	c->handled = all.handled_access_fs;
	allow_system(c);
	return c;
}

void
confine_allow(struct confine *c, const char *path, enum confine_right right)
{
	struct stat st = { 0 };

	if (c == NULL || path == NULL)
		return;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd == -1)
		return;
	struct landlock_path_beneath_attr rule = {
		.allowed_access = rights[right] & c->handled,
		.parent_fd = fd,
	};
	if (fstat(fd, &st) == -1 || !S_ISDIR(st.st_mode))
		rule.allowed_access &= file_rights;
	if (syscall(SYS_landlock_add_rule, c->fd, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) == -1)
		log_debug("confine", "%s: %s", path, strerror(errno));
	close(fd);
}

bool
confine_apply(struct confine **c)
{
	if (*c == NULL)
		return false;
	/* Else only the administrator may. */
	bool applied = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		       syscall(SYS_landlock_restrict_self, (*c)->fd, 0) == 0;
	if (!applied)
		log_debug("confine", "%s", strerror(errno));
	close((*c)->fd);
	free(*c);
	*c = NULL;
	return applied;
}

const char *
confine_describe(char *text, size_t size)
{
	int version = landlock_version();

	if (version == 0)
		snprintf(text, size, "none (this kernel has no Landlock)");
	else
		snprintf(text, size, "Landlock %d", version);
	return text;
}

#elif defined(HAVE_PLEDGE)

struct confine {
	bool may_write;
};

struct confine *
confine_new(void)
{
	struct confine *c = mem_alloc(1, sizeof(*c));

	allow_system(c);
	return c;
}

void
confine_allow(struct confine *c, const char *path, enum confine_right right)
{
	if (c == NULL || path == NULL)
		return;
	if (right == CONFINE_RECORDS)
		c->may_write = true;
	if (unveil(path, right == CONFINE_RECORDS ? "rwc" : "r") == -1)
		log_debug("confine", "%s: %s", path, strerror(errno));
}

bool
confine_apply(struct confine **c)
{
	bool applied = false;

	if (*c == NULL)
		return false;
	applied = pledge((*c)->may_write ?
			     "stdio rpath wpath cpath flock inet dns sendfd" :
			     "stdio rpath inet dns sendfd",
		      NULL) == 0;
	free(*c);
	*c = NULL;
	return applied;
}

const char *
confine_describe(char *text, size_t size)
{
	snprintf(text, size, "pledge and unveil");
	return text;
}

#else

struct confine *
confine_new(void)
{
	return NULL;
}

void
confine_allow(struct confine *c, const char *path, enum confine_right right)
{
	(void)c;
	(void)path;
	(void)right;
}

bool
confine_apply(struct confine **c)
{
	*c = NULL;
	return false;
}

const char *
confine_describe(char *text, size_t size)
{
	snprintf(text, size, "none (not on this system)");
	return text;
}

#endif
