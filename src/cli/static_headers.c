/* SPDX-License-Identifier: ISC */
/*
 * Header lines of the user. Knows what belongs to the protocol; does not know
 * what a value means.
 */
#include "cli/static_headers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/header.h"

/* What the programs we start need; of these none holds a secret. */
static const char *const kept[] = { "BROWSER", "DBUS_", "DISPLAY", "HOME",
	"LANG", "LC_", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER",
	"WAYLAND_DISPLAY", "XAUTHORITY", "XDG_" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A line with its variables replaced: a name and a value of their caps. */
enum { LINE_MAX_BYTES = 2 * LIMIT_HEADER_VALUE };

void
static_headers_init(struct static_headers *headers)
{
	*headers = (struct static_headers){ 0 };
}

void
static_headers_reset(struct static_headers *headers)
{
	if (headers == NULL)
		return;
	for (size_t i = 0; i < headers->count; i++) {
		free(headers->items[i].name);
		secret_reset(&headers->items[i].value);
	}
	for (size_t i = 0; i < headers->variable_count; i++)
		free(headers->variables[i]);
	free(headers->items);
	free(headers->variables);
	static_headers_init(headers);
}

struct http_headers *
static_headers_list(const struct static_headers *headers)
{
	struct http_headers *list = http_headers_new();

	for (size_t i = 0; i < headers->count; i++)
		http_headers_add_secret(list, headers->items[i].name, "",
		    secret_peek(&headers->items[i].value));
	return list;
}

const struct static_header *
static_headers_find(const struct static_headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->count; i++) {
		if (strcasecmp(headers->items[i].name, name) == 0)
			return &headers->items[i];
	}
	return NULL;
}

static bool
name_matches(const char *name, const char *pattern)
{
	size_t len = strlen(pattern);

	if (pattern[len - 1] == '-' || pattern[len - 1] == '_')
		return strncasecmp(name, pattern, len) == 0;
	return strcasecmp(name, pattern) == 0;
}

static void
store(struct static_headers *headers, const char *name, struct span value)
{
	for (size_t i = 0; i < headers->count; i++) {
		if (strcasecmp(headers->items[i].name, name) == 0) {
			secret_set(&headers->items[i].value, value);
			return;
		}
	}
	headers->items = mem_resize(headers->items,
	    (headers->count + 1) * sizeof(*headers->items));
	headers->items[headers->count] = (struct static_header){
		.name = mem_string(name),
	};
	secret_set(&headers->items[headers->count].value, value);
	headers->count++;
}

static void
remember_variable(struct static_headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->variable_count; i++) {
		if (strcmp(headers->variables[i], name) == 0)
			return;
	}
	headers->variables = mem_resize(headers->variables,
	    (headers->variable_count + 1) * sizeof(*headers->variables));
	headers->variables[headers->variable_count++] = mem_string(name);
}

static size_t
variable_name_length(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz_";
	static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz_0123456789";

	return strspn(text, letters) > 0 ? strspn(text, more) : 0;
}

/* Appends the value of the variable whose "${" stands at *at, and moves past
 * its "}". */
static int
expand_variable(struct static_headers *headers, const char **at,
    struct buf *line, const char *origin, struct fault *f)
{
	const char *text = *at + 2;
	size_t len = variable_name_length(text);
	char name[128] = "";

	if (len == 0 || len >= sizeof(name) || text[len] != '}')
		return fault_set(f, FAULT_CONFIG,
		    "%s: \"${\" is not followed by a variable's name and \"}\"",
		    origin);
	memcpy(name, text, len);

	const char *value = getenv(name);
	if (value == NULL)
		return fault_set(f, FAULT_CONFIG,
		    "%s: the environment variable %s is not set", origin, name);
	remember_variable(headers, name);
	*at = text + len + 1;
	if (buf_add_string(line, value) == -1)
		return fault_set(f, FAULT_CONFIG,
		    "%s: the value of %s is too long", origin, name);
	return 0;
}

static int
expand(struct static_headers *headers, const char *text, struct buf *line,
    const char *origin, struct fault *f)
{
	while (*text != '\0') {
		const char *variable = strstr(text, "${");
		size_t plain =
		    variable != NULL ? (size_t)(variable - text) : strlen(text);

		if (buf_add(line, text, plain) == -1)
			return fault_set(f, FAULT_CONFIG,
			    "%s: the header is too long", origin);
		text += plain;
		if (variable != NULL &&
		    expand_variable(headers, &text, line, origin, f) == -1)
			return -1;
	}
	return 0;
}

/* Splits a line and judges it; `name` is for the caller to free. */
static int
read_line(struct span line, const char *origin, char **name, struct span *value,
    struct fault *f)
{
	struct span key = { 0 };
	const char *why = NULL;
	char shown[64] = "";

	*name = NULL;
	if (!header_split(line, &key, value, &why))
		return fault_set(f, FAULT_CONFIG, "%s: %s", origin, why);
	log_text(shown, sizeof(shown), key);
	if (value->len > LIMIT_HEADER_VALUE)
		return fault_set(f, FAULT_CONFIG,
		    "%s: the value of %s is over %zu bytes", origin, shown,
		    LIMIT_HEADER_VALUE);
	*name = mem_copy(key.ptr, key.len);
	const char *reason = header_reserved(key);
	if (reason != NULL)
		return fault_set(f, FAULT_CONFIG, "%s: %s cannot be set: %s",
		    origin, shown, reason);
	return 0;
}

static int
add_line(struct static_headers *headers, struct span line, const char *origin,
    struct fault *f)
{
	struct span value = { 0 };
	char *name = NULL;
	int rc = read_line(line, origin, &name, &value, f);

	if (rc == 0)
		store(headers, name, value);
	free(name);
	return rc;
}

int
static_headers_check(const char *line, const char *origin, struct fault *f)
{
	struct span value = { 0 };
	char *name = NULL;
	int rc = read_line(span_of(line), origin, &name, &value, f);

	free(name);
	return rc;
}

int
static_headers_add(struct static_headers *headers, const char *line,
    const char *origin, struct fault *f)
{
	struct buf expanded = { 0 };
	int rc = -1;

	buf_init(&expanded, LINE_MAX_BYTES);
	/* All of it at once: growing would leave unwiped copies behind. */
	rc = buf_reserve(&expanded, LINE_MAX_BYTES);
	if (rc == 0)
		rc = expand(headers, line, &expanded, origin, f);
	if (rc == 0)
		rc = add_line(headers, buf_span(&expanded), origin, f);
	buf_wipe(&expanded);
	return rc;
}

/* The whole file into `text`, of LIMIT_CONFIG_FILE + 1 zero bytes. NULL, or
 * why not. */
static const char *
read_file(const char *path, char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const char *why = NULL;
	size_t len = 0;
	ssize_t got = 1;

	if (fd == -1)
		return strerror(errno);
	while (got > 0 && len < LIMIT_CONFIG_FILE) {
		got = read(fd, text + len, LIMIT_CONFIG_FILE - len);
		len += got > 0 ? (size_t)got : 0;
	}
	if (got == -1)
		why = strerror(errno);
	else if (got > 0)
		why = "it is too large";
	else if (strlen(text) < len)
		why = "it is no text";
	close(fd);
	return why;
}

static int
add_each_line(struct static_headers *headers, char *text, const char *path,
    struct fault *f)
{
	size_t number = 0;
	char *rest = text;

	while (rest != NULL) {
		const char *line = strsep(&rest, "\n");
		struct span trimmed = span_trim(span_of(line));
		char origin[192] = "";

		number++;
		if (trimmed.len == 0 || trimmed.ptr[0] == '#')
			continue;
		snprintf(origin, sizeof(origin), "%.160s line %zu", path,
		    number);
		if (static_headers_add(headers, line, origin, f) == -1)
			return -1;
	}
	return 0;
}

int
static_headers_read(struct static_headers *headers, const char *path,
    struct fault *f)
{
	char *text = mem_alloc(LIMIT_CONFIG_FILE + 1, 1);
	const char *why = read_file(path, text);
	char shown[160] = "";
	int rc = 0;

	log_text(shown, sizeof(shown), span_of(path));
	if (why == NULL)
		rc = add_each_line(headers, text, shown, f);
	else
		rc = fault_set(f, FAULT_CONFIG,
		    "cannot read the header file %s: %s", shown, why);
	freezero(text, LIMIT_CONFIG_FILE + 1);
	return rc;
}

static bool
is_kept(const char *name)
{
	for (size_t i = 0; i < COUNT(kept); i++) {
		if (name_matches(name, kept[i]))
			return true;
	}
	return false;
}

void
static_headers_scrub(const struct static_headers *headers)
{
	for (size_t i = 0; i < headers->variable_count; i++) {
		const char *name = headers->variables[i];
		char *value = getenv(name);

		if (value == NULL || is_kept(name))
			continue;
		explicit_bzero(value, strlen(value));
		unsetenv(name);
	}
}
