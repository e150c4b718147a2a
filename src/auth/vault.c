/* SPDX-License-Identifier: ISC */
/*
 * Opening the store of tokens.
 */
#include "auth/vault.h"

#include <stdlib.h>

#include "auth/desktop.h"

/* Keyrings and password prompts are found by these. */
static const char *const session[] = { "DBUS_SESSION_BUS_ADDRESS",
	"XDG_RUNTIME_DIR" };

static void
join_session(void)
{
	struct desktop desktop;

	desktop_init(&desktop, NULL);
	for (size_t i = 0; i < sizeof(session) / sizeof(session[0]); i++) {
		const char *value = desktop_get(&desktop, session[i]);

		if (value != NULL)
			(void)setenv(session[i], value, 0);
	}
	desktop_reset(&desktop);
}

struct store *
vault_open(const struct auth_config *config, struct fault *f)
{
	const struct store_choice choice = {
		.name = config->store,
		.memory_fd = config->store_fd,
	};
	struct store *store = store_open(&choice, f);

	if (store != NULL && store_asks_program(store))
		join_session();
	return store;
}
