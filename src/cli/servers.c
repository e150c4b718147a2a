/* SPDX-License-Identifier: ISC */
/*
 * Which servers there are, from the records that name them.
 */
#include "cli/servers.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wire/json.h"

void
servers_reset(struct servers *servers)
{
	for (size_t i = 0; i < servers->count; i++) {
		free(servers->items[i].url);
		free(servers->items[i].profile);
	}
	free(servers->items);
	*servers = (struct servers){ 0 };
}

static bool
contains(const struct servers *servers, const char *url, const char *profile)
{
	for (size_t i = 0; i < servers->count; i++) {
		if (strcmp(servers->items[i].url, url) == 0 &&
		    strcmp(servers->items[i].profile, profile) == 0)
			return true;
	}
	return false;
}

void
servers_add(struct servers *servers, const char *url, const char *profile)
{
	servers->items = mem_resize(servers->items,
	    (servers->count + 1) * sizeof(*servers->items));
	servers->items[servers->count++] = (struct server){
		.url = mem_string(url),
		.profile = mem_string(profile),
	};
}

static bool
note_record(void *ctx, const char *key, struct span json)
{
	struct servers *servers = ctx;
	struct span url = { 0 }, profile = { 0 };

	(void)key;
	if (!json_get(json, "url", &url) ||
	    !json_get(json, "profile", &profile))
		return true;
	char *url_text = json_string_dup(url, LIMIT_URL);
	char *profile_text = json_string_dup(profile, LIMIT_ID);
	if (url_text != NULL && profile_text != NULL &&
	    !contains(servers, url_text, profile_text))
		servers_add(servers, url_text, profile_text);
	free(url_text);
	free(profile_text);
	return true;
}

/* A login at an identity provider is none at a server. */
static bool
note_login(void *ctx, const char *key, struct span json)
{
	struct span client = { 0 };

	return json_get(json, "idp_client_id", &client) ||
	       note_record(ctx, key, json);
}

static int
compare(const void *a, const void *b)
{
	const struct server *left = a, *right = b;
	int order = strcmp(left->url, right->url);

	return order != 0 ? order : strcmp(left->profile, right->profile);
}

static void
sort(struct servers *servers)
{
	if (servers->count > 1)
		qsort(servers->items, servers->count, sizeof(*servers->items),
		    compare);
}

int
servers_list(struct servers *servers, struct store *store, struct fault *f)
{
	int rc = store_each(store, STORE_ACCESS, note_record, servers, f);

	if (rc == 0)
		rc = store_each(store, STORE_LOGIN, note_login, servers, f);
	sort(servers);
	return rc;
}

int
servers_list_known(struct servers *servers, struct store *store,
    struct fault *f)
{
	if (servers_list(servers, store, f) == -1 ||
	    store_each(store, STORE_SERVER, note_record, servers, f) == -1)
		return -1;
	sort(servers);
	return 0;
}
