/* SPDX-License-Identifier: ISC */
/*
 * Words of a command line.
 */
#include "wire/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char blanks[] = " \t\r\n";

char *
words_next(char **rest)
{
	char *from = *rest + strspn(*rest, blanks);
	char *word = from;
	char *to = from;
	char quote = '\0';

	if (*from == '\0')
		return NULL;
	for (;
	     *from != '\0' && (quote != '\0' || strchr(blanks, *from) == NULL);
	     from++) {
		if (quote == '\0' && (*from == '"' || *from == '\''))
			quote = *from;
		else if (quote == *from)
			quote = '\0';
		else
			*to++ = *from;
	}
	*rest = *from != '\0' ? from + 1 : from;
	*to = '\0';
	return word;
}

static bool
has_open_quote(const char *text)
{
	char quote = '\0';

	for (; *text != '\0'; text++) {
		if (quote == '\0' && (*text == '"' || *text == '\''))
			quote = *text;
		else if (quote == *text)
			quote = '\0';
	}
	return quote != '\0';
}

char **
words_split(const char *text)
{
	char *copy = NULL, *rest = NULL;
	char **words = NULL;
	size_t count = 0;

	if (has_open_quote(text))
		return NULL;
	copy = rest = mem_string(text);
	for (const char *word = words_next(&rest); word != NULL;
	     word = words_next(&rest)) {
		words = mem_resize(words, (count + 2) * sizeof(*words));
		words[count++] = mem_string(word);
		words[count] = NULL;
	}
	free(copy);
	return words;
}

void
words_free(char ***words)
{
	for (char **word = *words; word != NULL && *word != NULL; word++)
		free(*word);
	free(*words);
	*words = NULL;
}

static bool
is_plain(const char *word)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "@%+=:,./_-";

	return *word != '\0' && word[strspn(word, plain)] == '\0';
}

int
words_quote(const char *word, struct buf *out)
{
	if (is_plain(word))
		return buf_add_string(out, word);
	if (buf_add_string(out, "'") == -1)
		return -1;
	for (; *word != '\0'; word++) {
		if (*word == '\'' && buf_add_string(out, "'\\'") == -1)
			return -1;
		if (buf_add(out, word, 1) == -1)
			return -1;
	}
	return buf_add_string(out, "'");
}
