/* SPDX-License-Identifier: ISC */
/*
 * The functions of BSD that we use, where the C library lacks them. libbsd has
 * them too, and its headers declare them; but these few lines are not worth two
 * more libraries in every process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifndef HAVE_STRLCPY
size_t
strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);
	size_t copied = len < size ? len : size - 1;

	if (size > 0) {
		memcpy(dst, src, copied);
		dst[copied] = '\0';
	}
	return len;
}
#endif

#ifndef HAVE_FREEZERO
void
freezero(void *memory, size_t size)
{
	if (memory != NULL)
		explicit_bzero(memory, size);
	free(memory);
}
#endif

#ifndef HAVE_STRTONUM
long long
strtonum(const char *text, long long min, long long max, const char **why)
{
	char *end = NULL;
	long long number = 0;
	const char *wrong = NULL;
	int saved = errno;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (min > max || end == text || *end != '\0')
		wrong = "invalid";
	else if (number < min || (errno == ERANGE && number < 0))
		wrong = "too small";
	else if (number > max || errno == ERANGE)
		wrong = "too large";
	errno = saved;
	if (why != NULL)
		*why = wrong;
	return wrong == NULL ? number : 0;
}
#endif
