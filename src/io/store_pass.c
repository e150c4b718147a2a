/* SPDX-License-Identifier: ISC */
/*
 * pass, the standard unix password manager, which encrypts by GnuPG.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/store_helper.h"

static int
ask(struct question *q, const struct helper_entry *entry, struct buf *out,
    struct command_result *result, struct fault *f)
{
	char *name =
	    mem_format("%s/%s/%s", helper_service, entry->kind, entry->key);
	int rc = -1;

	question_add(q, name);
	rc = question_ask(q, out, result, f);
	free(name);
	return rc;
}

static bool
has_none(const struct command_result *result)
{
	return strstr(result->complaint, "is not in the password store") !=
	       NULL;
}

static int
get(const struct helper *helper, const struct helper_entry *entry,
    bool expected, struct buf *out, struct fault *f)
{
	struct question q = {
		.helper = helper,
		.argv = { "pass", "show" },
		.count = 2,
	};
	struct command_result result;

	(void)expected;
	if (ask(&q, entry, out, &result, f) == -1)
		return -1;
	if (result.status == 0)
		return 0;
	buf_wipe(out);
	return has_none(&result) ? 0 :
				   helper_failed(helper, "pass", &result, f);
}

static int
put(const struct helper *helper, const struct helper_entry *entry,
    struct span value, struct fault *f)
{
	struct question q = {
		.helper = helper,
		.argv = { "pass", "insert", "--multiline", "--force" },
		.count = 4,
		.input = value,
	};
	struct command_result result;

	if (ask(&q, entry, NULL, &result, f) == -1)
		return -1;
	return result.status == 0 ? 0 :
				    helper_failed(helper, "pass", &result, f);
}

static int
erase(const struct helper *helper, const struct helper_entry *entry,
    struct fault *f)
{
	struct question q = {
		.helper = helper,
		.argv = { "pass", "rm", "--force" },
		.count = 3,
	};
	struct command_result result;

	if (ask(&q, entry, NULL, &result, f) == -1)
		return -1;
	return result.status == 0 || has_none(&result) ?
		   0 :
		   helper_failed(helper, "pass", &result, f);
}

const struct dialect dialect_pass = {
	.name = "pass",
	.where = "pass, below mcp-bridge/",
	.action =
	    "See whether \"pass\" works here without a terminal (its key, "
	    "gpg-agent), or choose another --store",
	.get = get,
	.put = put,
	.erase = erase,
};
