/* SPDX-License-Identifier: ISC */
/*
 * Known servers and profiles.
 */
#include "cli/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "auth/vault.h"
#include "cli/conf.h"
#include "cli/servers.h"
#include "cli/terminal.h"
#include "wire/header.h"

static int
add_from_file(const struct options *o, struct list *names, struct fault *f)
{
	struct conf conf;
	int rc = 0;

	if (o->no_config)
		return 0;
	rc = conf_load(&conf, o->config_file, f);
	for (size_t i = 0; rc == 0 && i < conf.section_count; i++) {
		const struct conf_section *section = &conf.sections[i];

		if (o->urls && section->url.text != NULL)
			list_add(names, section->url.text);
		if (o->profiles && section->kind == CONF_PROFILE)
			list_add(names, section->name);
	}
	conf_reset(&conf);
	return rc;
}

static int
add_from_store(const struct options *o, struct list *names, struct fault *f)
{
	struct store *store = vault_open(&o->auth, f);
	struct servers servers = { 0 };
	int rc = -1;

	if (store != NULL)
		rc = servers_list_known(&servers, store, f);
	for (size_t i = 0; rc == 0 && i < servers.count; i++)
		list_add(names,
		    o->urls ? servers.items[i].url : servers.items[i].profile);
	servers_reset(&servers);
	store_close(&store);
	return rc;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A record may hold what another program wrote. */
static void
print(struct list *names)
{
	if (names->count > 1)
		qsort(names->items, names->count, sizeof(*names->items),
		    compare);
	for (size_t i = 0; i < names->count; i++) {
		bool again =
		    i > 0 && strcmp(names->items[i], names->items[i - 1]) == 0;

		if (!again && header_is_visible(span_of(names->items[i])))
			puts(names->items[i]);
	}
}

int
names_print(const struct options *options)
{
	struct list names = { 0 };
	struct terminal err;
	struct fault f;
	int rc = 0;

	terminal_init(&err, stderr);
	rc = add_from_file(options, &names, &f);
	if (rc == 0)
		rc = add_from_store(options, &names, &f);
	if (rc == 0)
		print(&names);
	list_reset(&names);
	return rc == 0 ? EX_OK : terminal_fail(&err, &f);
}
