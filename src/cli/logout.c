/* SPDX-License-Identifier: ISC */
/*
 * `mcp-bridge logout`: one server's sign-in ends, or every one's.
 */
#include <stdio.h>
#include <sysexits.h>

#include "auth/authorizer.h"
#include "auth/vault.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/servers.h"
#include "cli/terminal.h"

static int
log_out(const struct auth_config *config, struct terminal *out,
    struct terminal *err)
{
	char shown[LIMIT_URL];
	struct fault f;
	bool was = false;

	if (authorizer_logout(config, &was, &f) == -1)
		return terminal_fail(err, &f);
	terminal_print(out, was ? STYLE_GOOD : STYLE_PLAIN, "%s",
	    was ? "Signed out" : "Not signed in");
	terminal_print(out, STYLE_PLAIN, " %s %s\n", was ? "of" : "to",
	    log_text(shown, sizeof(shown), span_of(config->url)));
	return EX_OK;
}

static int
find_servers(const struct options *options, struct servers *servers,
    struct fault *f)
{
	struct store *store = NULL;
	int rc = 0;

	if (!options->all) {
		servers_add(servers, options->auth.url, options->auth.profile);
		return 0;
	}
	store = vault_open(&options->auth, f);
	if (store == NULL)
		return -1;
	rc = servers_list(servers, store, f);
	store_close(&store);
	return rc;
}

int
cmd_logout(const struct options *options)
{
	struct servers servers = { 0 };
	struct terminal out, err;
	struct fault f;
	int status = EX_OK;

	terminal_init(&out, stdout);
	terminal_init(&err, stderr);
	if (find_servers(options, &servers, &f) == -1)
		status = terminal_fail(&err, &f);
	else if (servers.count == 0)
		terminal_print(&out, STYLE_PLAIN, "Signed in nowhere\n");
	for (size_t i = 0; i < servers.count; i++) {
		struct auth_config config = options->auth; /* lent */

		config.url = servers.items[i].url;
		config.profile = servers.items[i].profile;
		int one = log_out(&config, &out, &err);
		if (one != EX_OK)
			status = one;
	}
	servers_reset(&servers);
	return status;
}
