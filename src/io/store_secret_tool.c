/* SPDX-License-Identifier: ISC */
/*
 * The Secret Service of the desktop, by secret-tool of libsecret.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "io/store_helper.h"

/* `verb` and `label` (NULL: none) before the attributes. */
static int
ask(const struct helper_entry *entry, struct question *q, struct buf *out,
    struct command_result *result, struct fault *f)
{
	const char *const attributes[] = { "service", helper_service, "kind",
		entry->kind, "key", entry->key };

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		question_add(q, attributes[i]);
	return question_ask(q, out, result, f);
}

static struct question
question(const struct helper *helper, const char *verb)
{
	return (struct question){
		.helper = helper,
		.argv = { "secret-tool", verb },
		.count = 2,
	};
}

/* A locked entry can be found, but not read; neither lookup nor clear says
 * which of the two it was. */
static int
check_unlocked(const struct helper *helper, const struct helper_entry *entry,
    struct fault *f)
{
	struct question q = question(helper, "search");
	struct command_result result;
	struct buf found = { 0 };
	int rc = 0;

	buf_init(&found, HELPER_OUTPUT_MAX);
	rc = ask(entry, &q, &found, &result, f);
	if (rc == 0 && found.len > 0)
		rc = helper_fault(helper, f, "The keyring is locked");
	buf_wipe(&found);
	return rc;
}

static int
get(const struct helper *helper, const struct helper_entry *entry,
    bool expected, struct buf *out, struct fault *f)
{
	struct question q = question(helper, "lookup");
	struct command_result result;

	if (ask(entry, &q, out, &result, f) == -1)
		return -1;
	if (result.status == 0)
		return 0;
	buf_wipe(out);
	if (result.complaint[0] != '\0')
		return helper_failed(helper, "secret-tool", &result, f);
	return expected ? check_unlocked(helper, entry, f) : 0;
}

static int
put(const struct helper *helper, const struct helper_entry *entry,
    struct span value, struct fault *f)
{
	struct question q = question(helper, "store");
	char *label = mem_format("--label=%s %s %s %s", helper_service,
	    entry->kind, entry->subject, entry->profile);
	struct command_result result;
	int rc = -1;

	question_add(&q, label);
	q.input = value;
	rc = ask(entry, &q, NULL, &result, f);
	free(label);
	if (rc == 0 && result.status != 0)
		rc = helper_failed(helper, "secret-tool", &result, f);
	return rc;
}

static int
erase(const struct helper *helper, const struct helper_entry *entry,
    struct fault *f)
{
	struct question q = question(helper, "clear");
	struct command_result result;

	if (ask(entry, &q, NULL, &result, f) == -1)
		return -1;
	if (result.status == 0)
		return 0;
	if (result.complaint[0] != '\0')
		return helper_failed(helper, "secret-tool", &result, f);
	return check_unlocked(helper, entry, f);
}

const struct dialect dialect_secret_service = {
	.name = "secret-service",
	.where = "the desktop's keyring (Secret Service)",
	.action = "Install secret-tool (libsecret-tools), start and unlock the "
		  "keyring, or choose another --store",
	.get = get,
	.put = put,
	.erase = erase,
};
