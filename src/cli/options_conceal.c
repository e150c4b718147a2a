/* SPDX-License-Identifier: ISC */
/*
 * Secrets are overwritten where they stood, once they are read.
 */
#include "cli/options_p.h"

#include <stdlib.h>
#include <string.h>

/* Keeps what stands before `mark`, for whoever looks at ps; 0: nothing. */
static void
conceal(char *text, char mark)
{
	char *at = mark != '\0' ? strchr(text, mark) : NULL;

	for (at = at != NULL ? at + 1 : text; *at != '\0'; at++)
		*at = '*';
}

static void
scrub_variable(const char *name)
{
	char *value = getenv(name);

	if (value == NULL)
		return;
	explicit_bzero(value, strlen(value));
	unsetenv(name);
}

/* what ps and /proc show must not hold secrets. Names stay readable. */
void
options_conceal(const struct option_parser *p)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct option_row *row = p->settings[i].row;

		if (row->secret)
			conceal(p->settings[i].value,
			    row->set == set_client_secret ? '\0' : ':');
	}
	if (p->url != NULL && strchr(p->url, '?') != NULL)
		conceal(p->url, '?');
	for (size_t i = 0; i < option_count(); i++) {
		if (option_at(i)->secret)
			scrub_variable(option_at(i)->env);
	}
	scrub_variable(URL_VARIABLE);
	static_headers_scrub(&p->options->headers);
}
