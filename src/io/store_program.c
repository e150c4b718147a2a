/* SPDX-License-Identifier: ISC */
/*
 * Records that another program keeps, with an index of them here: a file each
 * that names its subject, holds no secret, and changes whenever the record
 * does. It lets records be listed and watched without running anything.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/store_p.h"
#include "wire/json.h"

/* What of a record may be seen. */
static const char *const shown[] = { "url", "issuer", "profile" };

static const char probe_key[] =
    "0000000000000000000000000000000000000000000000000000000000000000";
static const char probe_record[] = "{\"probe\":true}";

static int
put_member(struct buf *out, struct span record, const char *name)
{
	struct span value = { 0 };

	if (!json_get(record, name, &value))
		return 0;
	return json_put_key(out, name) == 0 ? json_put_raw(out, value) : -1;
}

/* Written before the program has the record, so that nothing it keeps is ever
 * unknown here, and again when it has it, for those who watch. */
static int
write_index(struct store *store, enum store_kind kind, const char *key,
    struct span record, struct fault *f)
{
	struct buf entry = { 0 };
	int rc = 0;

	buf_init(&entry, LIMIT_STORE_RECORD);
	rc = json_open(&entry, '{');
	for (size_t i = 0; rc == 0 && i < sizeof(shown) / sizeof(shown[0]); i++)
		rc = put_member(&entry, record, shown[i]);
	if (rc == -1 || json_close(&entry, '}') == -1)
		rc = fault_set(f, FAULT_STORE, "A record is too large");
	else
		rc = file_write(store->folders[kind], key, buf_span(&entry), f);
	buf_reset(&entry);
	return rc;
}

static char *
text_of(struct span record, const char *name)
{
	struct span value = { 0 };
	char *text = NULL;

	if (json_get(record, name, &value))
		text = json_string_dup(value, LIMIT_URL);
	return text != NULL ? text : mem_string("");
}

/* A label is for people, and an argument: a query may hold a key. */
static char *
subject_of(struct span record)
{
	char *text = text_of(record, "url");

	if (*text == '\0') {
		free(text);
		text = text_of(record, "issuer");
	}
	text[strcspn(text, "?#")] = '\0';
	return text;
}

static int
put(struct store *store, enum store_kind kind, const char *key,
    struct span record, struct fault *f)
{
	char *subject = subject_of(record);
	char *profile = text_of(record, "profile");
	const struct helper_entry entry = {
		.kind = store_folder_names[kind],
		.key = key,
		.subject = subject,
		.profile = profile,
	};
	int rc = helper_put(store->helper, &entry, record, f);

	free(profile);
	free(subject);
	return rc;
}

static int
erase(struct store *store, enum store_kind kind, const char *key,
    struct fault *f)
{
	const struct helper_entry entry = {
		.kind = store_folder_names[kind],
		.key = key,
		.subject = "",
		.profile = "",
	};

	return helper_erase(store->helper, &entry, f);
}

static int
read_record(struct store *store, enum store_kind kind, const char *key,
    struct buf *out, struct fault *f)
{
	const struct helper_entry entry = {
		.kind = store_folder_names[kind],
		.key = key,
		.subject = "",
		.profile = "",
	};
	bool expected = file_stamp(store->folders[kind], key) != 0;

	if (helper_get(store->helper, &entry, expected, out, f) == -1)
		return -1;
	if (out->len > 0 && !store_is_record(buf_span(out))) {
		log_warn("store", "passed over an unreadable record");
		buf_wipe(out);
	}
	return 0;
}

static int
write_record(struct store *store, enum store_kind kind, const char *key,
    struct span json, struct fault *f)
{
	bool known = file_stamp(store->folders[kind], key) != 0;

	if (!known && write_index(store, kind, key, json, f) == -1)
		return -1;
	if (put(store, kind, key, json, f) == -1) {
		if (!known)
			(void)!file_remove(store->folders[kind], key, NULL);
		return -1;
	}
	return write_index(store, kind, key, json, f);
}

static int
remove_record(struct store *store, enum store_kind kind, const char *key,
    struct fault *f)
{
	if (erase(store, kind, key, f) == -1)
		return -1;
	return file_remove(store->folders[kind], key, f);
}

static int
probe(struct store *store, enum store_kind kind, struct fault *f)
{
	if (file_probe(store->folders[kind], f) == -1 ||
	    put(store, kind, probe_key, span_of(probe_record), f) == -1)
		return -1;
	return erase(store, kind, probe_key, f);
}

static uint64_t
stamp(struct store *store, enum store_kind kind, const char *key)
{
	return file_stamp(store->folders[kind], key);
}

static int
each_entry(struct store *store, enum store_kind kind,
    bool (*each)(void *ctx, const char *key, struct span json), void *ctx,
    struct fault *f)
{
	return file_each(store->folders[kind], each, ctx, f);
}

const struct store_backend store_program_backend = {
	.read = read_record,
	.write = write_record,
	.remove = remove_record,
	.probe = probe,
	.stamp = stamp,
	.each = each_entry,
};
