/* SPDX-License-Identifier: ISC */
/*
 * The program under the name of mcp-remote: its command line, made ours.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/compat.h"

/* --help of mcp-remote is ours of that command. */
static void
put_in_front(struct compat *c, const char *program)
{
	struct list rest = c->args;

	c->args = (struct list){ 0 };
	list_add(&c->args, program);
	if (c->help) {
		list_reset(&rest);
		list_add(&rest, "mcp-remote");
		list_add(&rest, "--help");
	} else if (c->client) {
		list_add(&c->args, "login");
	}
	list_append(&c->args, &rest);
}

int
compat_take(struct compat *c, int *argc, char ***argv, struct fault *f)
{
	int begin = compat_begin(*argc, *argv, c);

	if (begin == 0)
		return 0;
	if (compat_translate(c, *argc - begin, *argv + begin, true, f) == -1)
		return -1;
	put_in_front(c, (*argv)[0]);
	compat_conceal(*argc - begin, *argv + begin);
	*argc = (int)c->args.count;
	*argv = c->args.items;
	return 0;
}

void
compat_warn(const struct compat *c)
{
	for (size_t i = 0; i < c->notes.count; i++)
		log_warn("mcp-remote", "%s", c->notes.items[i]);
}
