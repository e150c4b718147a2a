/* SPDX-License-Identifier: ISC */
/*
 * Finding the desktop session again. Everything here is a guess about other
 * programs' state, so every failure is silent: the next place is tried.
 */
#include "auth/desktop.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

extern char **environ;

/* Names that pass to an opener; one that ends in '_' is a prefix. No variable
 * of ours and none that commonly holds a key. */
static const char *const harmless[] = { "BROWSER", "DBUS_", "DESKTOP_SESSION",
	"DISPLAY", "GNOME_", "HOME", "KDE_", "LANG", "LC_", "LOGNAME", "PATH",
	"SHELL", "TMPDIR", "USER", "WAYLAND_DISPLAY", "WSL_", "WSLENV",
	"XAUTHORITY", "XDG_" };

/* What one process of the session can lend us. */
static const char *const session[] = { "DISPLAY", "WAYLAND_DISPLAY",
	"XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR",
	"XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "XDG_DATA_DIRS" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
add(struct desktop *d, char *entry)
{
	d->env = mem_resize(d->env, (d->count + 2) * sizeof(*d->env));
	d->env[d->count++] = entry;
	d->env[d->count] = NULL;
}

/* The value in "NAME=value", NULL where the entry has another name. */
static const char *
value_of(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && entry[len] == '=' ?
		   entry + len + 1 :
		   NULL;
}

const char *
desktop_get(const struct desktop *d, const char *name)
{
	for (size_t i = 0; i < d->count; i++) {
		const char *value = value_of(d->env[i], name);

		if (value != NULL && *value != '\0')
			return value;
	}
	return NULL;
}

bool
desktop_has_display(const struct desktop *d)
{
	return desktop_get(d, "DISPLAY") != NULL ||
	       desktop_get(d, "WAYLAND_DISPLAY") != NULL;
}

/* Sets a variable that is missing or empty. */
static void
supply(struct desktop *d, const char *name, const char *value)
{
	if (desktop_get(d, name) != NULL || value == NULL || *value == '\0')
		return;
	for (size_t i = 0; i < d->count; i++) {
		if (value_of(d->env[i], name) != NULL) {
			free(d->env[i]);
			d->env[i] = mem_format("%s=%s", name, value);
			return;
		}
	}
	add(d, mem_format("%s=%s", name, value));
}

static bool
is_harmless(const char *entry)
{
	for (size_t i = 0; i < COUNT(harmless); i++) {
		const char *name = harmless[i];
		size_t len = strlen(name);
		bool prefix = name[len - 1] == '_';

		if (strncmp(entry, name, len) == 0 &&
		    (prefix || entry[len] == '='))
			return true;
	}
	return false;
}

/* Reads /proc/PID/environ into `out`: entries, each ended by a NUL. */
static bool
read_environment(int dir, const char *pid, struct buf *out)
{
	char path[64];
	char bytes[4096];
	ssize_t got = 0;

	buf_clear(out);
	snprintf(path, sizeof(path), "%s/environ", pid);
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return false;
	do {
		got = read(fd, bytes, sizeof(bytes));
	} while (got > 0 && buf_add(out, bytes, (size_t)got) == 0);
	close(fd);
	return got == 0 && out->len > 0;
}

static const char *
find_variable(const struct buf *entries, const char *name)
{
	for (size_t at = 0; at < entries->len;
	     at += strlen(entries->data + at) + 1) {
		const char *value = value_of(entries->data + at, name);

		if (value != NULL && *value != '\0')
			return value;
	}
	return NULL;
}

/* A process on the user's own screen: not one that came over SSH, whose
 * display may be a forwarded one. */
static bool
is_on_desktop(const struct buf *entries)
{
	return find_variable(entries, "SSH_CONNECTION") == NULL &&
	       (find_variable(entries, "DISPLAY") != NULL ||
		   find_variable(entries, "WAYLAND_DISPLAY") != NULL);
}

static bool
is_own_process(int dir, const char *pid)
{
	struct stat st;

	return isdigit((unsigned char)pid[0]) &&
	       fstatat(dir, pid, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* All of it from one process, so that the parts belong together. */
static void
ask_processes(struct desktop *d, const char *processes)
{
	DIR *listing = opendir(processes);
	bool found = false;
	struct buf entries;

	if (listing == NULL)
		return;
	buf_init(&entries, LIMIT_CONFIG_FILE);
	while (!found) {
		const struct dirent *entry = readdir(listing);

		if (entry == NULL)
			break;
		found =
		    is_own_process(dirfd(listing), entry->d_name) &&
		    read_environment(dirfd(listing), entry->d_name, &entries) &&
		    is_on_desktop(&entries);
	}
	for (size_t i = 0; found && i < COUNT(session); i++)
		supply(d, session[i], find_variable(&entries, session[i]));
	buf_wipe(&entries);
	closedir(listing);
}

/* Somebody of ours listens there; sockets of dead servers stay lying about. */
static bool
is_live_socket(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct stat st;

	if (strlen(path) >= sizeof(to.sun_path) || lstat(path, &st) == -1 ||
	    !S_ISSOCK(st.st_mode) || st.st_uid != geteuid())
		return false;
	memcpy(to.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd == -1)
		return false;
	bool live = connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
	close(fd);
	return live;
}

/*
 * The rest of the name of the first live socket in `folder` whose name starts
 * with `prefix` and goes on with digits only. Caller frees; NULL: none.
 */
static char *
find_socket(const char *folder, const char *prefix)
{
	DIR *listing = opendir(folder);
	char *found = NULL;

	while (listing != NULL && found == NULL) {
		const struct dirent *entry = readdir(listing);

		if (entry == NULL)
			break;
		size_t len = strlen(prefix);
		const char *number = entry->d_name + len;
		if (strncmp(entry->d_name, prefix, len) != 0 ||
		    *number == '\0' ||
		    number[strspn(number, "0123456789")] != '\0')
			continue;
		char *path = mem_format("%s/%s", folder, entry->d_name);
		if (is_live_socket(path))
			found = mem_string(number);
		free(path);
	}
	if (listing != NULL)
		closedir(listing);
	return found;
}

/* Supplies `name` with `prefix` and the number of a live socket. */
static void
supply_socket(struct desktop *d, const char *name, const char *folder,
    const char *file_prefix, const char *prefix)
{
	char *number = find_socket(folder, file_prefix);

	if (number != NULL) {
		char *value = mem_format("%s%s", prefix, number);

		supply(d, name, value);
		free(value);
	}
	free(number);
}

static bool
is_own_directory(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid();
}

static void
ask_sockets(struct desktop *d, const struct desktop_places *places)
{
	char *runtime =
	    mem_format("%s/%lu", places->runtime, (unsigned long)geteuid());

	if (is_own_directory(runtime)) {
		char *bus = mem_format("%s/bus", runtime);
		char *address = mem_format("unix:path=%s", bus);

		supply(d, "XDG_RUNTIME_DIR", runtime);
		if (is_live_socket(bus))
			supply(d, "DBUS_SESSION_BUS_ADDRESS", address);
		supply_socket(d, "WAYLAND_DISPLAY", runtime, "wayland-",
		    "wayland-");
		free(address);
		free(bus);
	}
	supply_socket(d, "DISPLAY", places->x11, "X", ":");
	free(runtime);
}

void
desktop_init(struct desktop *d, const struct desktop_places *places)
{
	static const struct desktop_places system_places = {
		.processes = "/proc",
		.runtime = "/run/user",
		.x11 = "/tmp/.X11-unix",
	};

	if (places == NULL)
		places = &system_places;
	*d = (struct desktop){ .env = mem_alloc(1, sizeof(*d->env)) };
	for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
		if (is_harmless(*entry))
			add(d, mem_string(*entry));
	}
	if (getenv("SSH_CONNECTION") != NULL || desktop_has_display(d))
		return;
	ask_processes(d, places->processes);
	if (!desktop_has_display(d))
		ask_sockets(d, places);
}

void
desktop_reset(struct desktop *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->env[i]);
	free(d->env);
	*d = (struct desktop){ 0 };
}
