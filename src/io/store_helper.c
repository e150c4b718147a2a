/* SPDX-License-Identifier: ISC */
/*
 * Which program keeps the secrets, and asking it. How each is asked is its
 * dialect's: store_secret_tool.c, store_pass.c, store_keychain.c,
 * store_command.c.
 */
#include "io/store_helper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "wire/words.h"

enum {
	/* A keyring may ask its user for a password. */
	TIMEOUT_MS = 30000,
	FOLDER_SIZE = 64,
};

const char helper_service[] = "mcp-bridge";

struct helper {
	const struct dialect *dialect;
	char **words; /* owned: of command:PROG; or NULL */
	char *where;  /* owned */
	char folder[FOLDER_SIZE];
};

static const struct dialect *const dialects[] = { &dialect_secret_service,
	&dialect_pass, &dialect_keychain, &dialect_command };

void
question_add(struct question *q, const char *argument)
{
	if (q->count < HELPER_ARGUMENTS_MAX)
		q->argv[q->count++] = argument;
}

static int
advise(const struct helper *helper, struct fault *f)
{
	fault_advise(f, "%s", helper->dialect->action);
	return -1;
}

int
question_ask(const struct question *q, struct buf *out,
    struct command_result *result, struct fault *f)
{
	const struct command command = {
		.argv = q->argv,
		.input = q->input,
		.timeout_ms = TIMEOUT_MS,
		.what = "The credential store",
		.fault = FAULT_STORE,
	};
	struct buf ignored = { 0 };
	int rc = -1;

	buf_init(&ignored, HELPER_OUTPUT_MAX);
	rc = command_run(&command, out != NULL ? out : &ignored, result, f);
	buf_wipe(&ignored);
	return rc == 0 ? 0 : advise(q->helper, f);
}

int
helper_fault(const struct helper *helper, struct fault *f, const char *what)
{
	fault_set(f, FAULT_STORE, "%s", what);
	return advise(helper, f);
}

/* What a program of the user's says may be more than an error: the log alone
 * has it. */
int
helper_failed(const struct helper *helper, const char *program,
    const struct command_result *result, struct fault *f)
{
	fault_set(f, FAULT_STORE, "%s failed with status %d", program,
	    result->status);
	if (f != NULL && helper->words == NULL)
		fault_detail(f, span_trim(span_of(result->complaint)));
	return advise(helper, f);
}

char *const *
helper_words(const struct helper *helper)
{
	return helper->words;
}

static const struct dialect *
find_dialect(const char *name)
{
	size_t len = strcspn(name, ":");

	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
		if (span_is(span_make(name, len), dialects[i]->name))
			return dialects[i];
	return NULL;
}

/* Two programs have nothing in common, so neither has their index. */
static void
name_command(struct helper *helper, const char *name)
{
	const struct span command = span_of(name);
	char digest[65];

	helper->words = words_split(name + strcspn(name, ":") + 1);
	helper->where = mem_format("command %s", helper->words[0]);
	crypto_key(&command, 1, digest);
	snprintf(helper->folder, sizeof(helper->folder), "command-%.16s",
	    digest);
}

struct helper *
helper_new(const char *name)
{
	struct helper *helper = mem_alloc(1, sizeof(*helper));

	helper->dialect = find_dialect(name);
	if (strchr(name, ':') != NULL) {
		name_command(helper, name);
	} else {
		helper->where = mem_string(helper->dialect->where);
		snprintf(helper->folder, sizeof(helper->folder), "%s", name);
	}
	return helper;
}

void
helper_free(struct helper **helper)
{
	if (*helper == NULL)
		return;
	words_free(&(*helper)->words);
	free((*helper)->where);
	free(*helper);
	*helper = NULL;
}

const char *
helper_where(const struct helper *helper)
{
	return helper->where;
}

const char *
helper_folder(const struct helper *helper)
{
	return helper->folder;
}

int
helper_get(const struct helper *helper, const struct helper_entry *entry,
    bool expected, struct buf *out, struct fault *f)
{
	struct buf answer = { 0 };
	int rc = -1;

	/* A record and what may stand around it. */
	buf_init(&answer, HELPER_OUTPUT_MAX);
	rc = helper->dialect->get(helper, entry, expected, &answer, f);
	if (rc == 0 && answer.len > 0) {
		if (buf_reserve(out, answer.len) == -1 ||
		    buf_add_span(out, buf_span(&answer)) == -1)
			rc = fault_set(f, FAULT_STORE, "A record is too large");
	}
	buf_wipe(&answer);
	return rc;
}

int
helper_put(const struct helper *helper, const struct helper_entry *entry,
    struct span value, struct fault *f)
{
	return helper->dialect->put(helper, entry, value, f);
}

int
helper_erase(const struct helper *helper, const struct helper_entry *entry,
    struct fault *f)
{
	return helper->dialect->erase(helper, entry, f);
}
