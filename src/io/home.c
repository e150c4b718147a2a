/* SPDX-License-Identifier: ISC */
/*
 * The user's folders.
 */
#include "io/home.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

const char *
home_folder(void)
{
	const char *home = getenv("HOME");
	const struct passwd *user = NULL;

	if (home != NULL && home[0] == '/')
		return home;
	user = getpwuid(geteuid());
	return user != NULL && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

char *
home_xdg(const char *variable, const char *below)
{
	const char *folder = getenv(variable);
	const char *home = NULL;

	if (folder != NULL && folder[0] == '/')
		return mem_string(folder);
	home = home_folder();
	return home != NULL ? mem_format("%s/%s", home, below) : NULL;
}
