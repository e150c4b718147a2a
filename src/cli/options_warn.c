/* SPDX-License-Identifier: ISC */
/*
 * What to know about the options: which file they come from, and what is
 * allowed but unwise.
 */
#include <sys/stat.h>

#include "cli/options.h"

static bool
is_loose(const char *path)
{
	struct stat st;

	return path != NULL && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_mode & S_IROTH) != 0;
}

const char *
options_loose_file(const struct options *options)
{
	const char *files[] = { options->header_file,
		options->auth.client_secret_file, options->auth.client_key_file,
		options->auth.key_file };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (is_loose(files[i]))
			return files[i];
	}
	return NULL;
}

void
options_warn(const struct options *options)
{
	const struct url *url = &options->url;
	const char *loose = options_loose_file(options);
	char shown[161] = "";

	if (options->config_read != NULL)
		log_info("options", "read from %s",
		    log_text(shown, sizeof(shown),
			span_of(options->config_read)));
	if (loose != NULL)
		log_warn("options", "every user can read %s: chmod 600 it",
		    log_text(shown, sizeof(shown), span_of(loose)));
	if (url->text != NULL && !url_is_https(url) && !url_is_loopback(url))
		log_warn("options",
		    "http:// to %s: whoever is on the way can read and change "
		    "it",
		    url->host);
}
