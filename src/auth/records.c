/* SPDX-License-Identifier: ISC */
/*
 * Records of sign-in as tables of their members, and the keys they are filed
 * under. Takes no locks: its callers hold them.
 */
#include "auth/records.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "auth/field.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/json.h"

/* Grows only when an older program could not make sense of a record: to it
 * such a record is absent. New members alone are no reason. */
enum { RECORD_VERSION = 1 };

enum { IDENTITY_MAX = 4 };

static const char version_name[] = "version";

struct record_type {
	enum store_kind kind;
	struct fields fields;
	size_t identity; /* the first fields, all strings, make the key */
	size_t unknown_at;
	size_t size;
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIELD(kind_, type_, member)                                            \
	{                                                                      \
		.name = #member, .type = kind_, .at = offsetof(type_, member)  \
	}
#define NAMED(kind_, type_, member, name_)                                     \
	{                                                                      \
		.name = (name_), .type = kind_, .at = offsetof(type_, member)  \
	}

static const struct field access_list[] = {
	FIELD(FIELD_STRING, struct access_record, url),
	FIELD(FIELD_STRING, struct access_record, profile),
	FIELD(FIELD_STRING, struct access_record, issuer),
	FIELD(FIELD_STRING, struct access_record, resource),
	FIELD(FIELD_STRING, struct access_record, client_id),
	FIELD(FIELD_STRING, struct access_record, scope),
	FIELD(FIELD_STRING, struct access_record, grant),
	FIELD(FIELD_STRING, struct access_record, idp_issuer),
	FIELD(FIELD_STRING, struct access_record, idp_client_id),
	NAMED(FIELD_SECRET, struct access_record, bearer.token, "token"),
	NAMED(FIELD_STRING, struct access_record, bearer.scheme, "scheme"),
	NAMED(FIELD_SECRET, struct access_record, bearer.key, "dpop_key"),
	NAMED(FIELD_INT64, struct access_record, bearer.expires_at_s,
	    "expires_at"),
	NAMED(FIELD_INT64, struct access_record, bearer.refresh_at_s,
	    "refresh_at"),
	NAMED(FIELD_UINT64, struct access_record, bearer.generation,
	    "generation"),
	NAMED(FIELD_INT64, struct access_record, obtained_at_s, "obtained_at"),
	FIELD(FIELD_BOOL, struct access_record, tls_bound),
	FIELD(FIELD_BOOL, struct access_record, had_metadata),
};

static const struct field grant_list[] = {
	FIELD(FIELD_STRING, struct grant_record, issuer),
	FIELD(FIELD_STRING, struct grant_record, resource),
	FIELD(FIELD_STRING, struct grant_record, client_id),
	FIELD(FIELD_STRING, struct grant_record, profile),
	FIELD(FIELD_STRING, struct grant_record, auth_method),
	FIELD(FIELD_SECRET, struct grant_record, refresh),
	FIELD(FIELD_SECRET, struct grant_record, dpop_key),
	FIELD(FIELD_STRING, struct grant_record, scope),
	FIELD(FIELD_STRING, struct grant_record, requested_scope),
	FIELD(FIELD_BOOL, struct grant_record, tls_bound),
	FIELD(FIELD_UINT64, struct grant_record, generation),
};

static const struct field registration_list[] = {
	FIELD(FIELD_STRING, struct registration_record, issuer),
	FIELD(FIELD_STRING, struct registration_record, profile),
	FIELD(FIELD_STRING, struct registration_record, redirect_host),
	FIELD(FIELD_STRING, struct registration_record, client_id),
	FIELD(FIELD_STRING, struct registration_record, auth_method),
	FIELD(FIELD_SECRET, struct registration_record, client_secret),
	NAMED(FIELD_INT64, struct registration_record, secret_expires_at_s,
	    "secret_expires_at"),
	FIELD(FIELD_STRING, struct registration_record, redirect_uri),
	FIELD(FIELD_STRING, struct registration_record, scope),
	FIELD(FIELD_BOOL, struct registration_record, dpop_bound),
	FIELD(FIELD_BOOL, struct registration_record, tls_bound),
};

static const struct field login_list[] = {
	FIELD(FIELD_STRING, struct login_record, url),
	FIELD(FIELD_STRING, struct login_record, profile),
	FIELD(FIELD_STRING, struct login_record, idp_client_id),
	{ .name = "prompt",
	    .type = FIELD_OBJECT,
	    .at = offsetof(struct login_record, prompt),
	    .of = &auth_prompt_fields },
	NAMED(FIELD_INT64, struct login_record, routine_after_s,
	    "routine_after"),
	NAMED(FIELD_INT64, struct login_record, person_after_s, "person_after"),
	FIELD(FIELD_UNSIGNED, struct login_record, refusals),
	FIELD(FIELD_UNSIGNED, struct login_record, step_ups),
	FIELD(FIELD_STRING, struct login_record, subject),
	FIELD(FIELD_UNSIGNED, struct login_record, subject_step_ups),
};

static const struct field idp_list[] = {
	FIELD(FIELD_STRING, struct idp_record, issuer),
	FIELD(FIELD_STRING, struct idp_record, client_id),
	FIELD(FIELD_STRING, struct idp_record, profile),
	FIELD(FIELD_STRING, struct idp_record, auth_method),
	FIELD(FIELD_SECRET, struct idp_record, id_token),
	NAMED(FIELD_INT64, struct idp_record, expires_at_s, "expires_at"),
	NAMED(FIELD_INT64, struct idp_record, obtained_at_s, "obtained_at"),
	FIELD(FIELD_STRING, struct idp_record, subject),
	FIELD(FIELD_SECRET, struct idp_record, refresh),
	FIELD(FIELD_STRING, struct idp_record, scope),
	FIELD(FIELD_UINT64, struct idp_record, generation),
};

static const struct record_type access_record_type = {
	.kind = STORE_ACCESS,
	.fields = { access_list, COUNT(access_list) },
	.identity = 2,
	.unknown_at = offsetof(struct access_record, unknown),
	.size = sizeof(struct access_record),
};

static const struct record_type grant_record_type = {
	.kind = STORE_GRANT,
	.fields = { grant_list, COUNT(grant_list) },
	.identity = 4,
	.unknown_at = offsetof(struct grant_record, unknown),
	.size = sizeof(struct grant_record),
};

static const struct record_type registration_record_type = {
	.kind = STORE_REGISTRATION,
	.fields = { registration_list, COUNT(registration_list) },
	.identity = 3,
	.unknown_at = offsetof(struct registration_record, unknown),
	.size = sizeof(struct registration_record),
};

static const struct record_type login_record_type = {
	.kind = STORE_LOGIN,
	.fields = { login_list, COUNT(login_list) },
	.identity = 3,
	.unknown_at = offsetof(struct login_record, unknown),
	.size = sizeof(struct login_record),
};

static const struct record_type idp_record_type = {
	.kind = STORE_IDP,
	.fields = { idp_list, COUNT(idp_list) },
	.identity = 3,
	.unknown_at = offsetof(struct idp_record, unknown),
	.size = sizeof(struct idp_record),
};

static char **
unknown_of(const struct record_type *type, void *r)
{
	return (void *)((char *)r + type->unknown_at);
}

/* "" where a part is NULL: some servers have no `resource`. */
static struct span
identity_part(const struct record_type *type, const void *r, size_t i)
{
	const char *at = (const char *)r + type->fields.list[i].at;
	const char *text = *(const char *const *)(const void *)at;

	return span_of(text != NULL ? text : "");
}

static void
record_key(const struct record_type *type, const void *r, char hex[65])
{
	struct span parts[IDENTITY_MAX];

	for (size_t i = 0; i < type->identity; i++)
		parts[i] = identity_part(type, r, i);
	crypto_key(parts, type->identity, hex);
}

/* What only a newer version knows may be secret too. */
static void
reset_unknown(const struct record_type *type, void *r)
{
	char **unknown = unknown_of(type, r);

	if (*unknown != NULL)
		explicit_bzero(*unknown, strlen(*unknown));
	free(*unknown);
	*unknown = NULL;
}

static void
record_reset(const struct record_type *type, void *r)
{
	if (r == NULL)
		return;
	fields_reset(&type->fields, r);
	reset_unknown(type, r);
}

static void
forget_all_but_identity(const struct record_type *type, void *r)
{
	const struct fields rest = {
		.list = type->fields.list + type->identity,
		.count = type->fields.count - type->identity,
	};

	fields_reset(&rest, r);
	reset_unknown(type, r);
}

static bool
is_known(const struct record_type *type, struct span key)
{
	return json_key_is(key, version_name) ||
	       fields_have(&type->fields, key);
}

/* The members that are not ours, as they were written. */
static char *
collect_unknown(const struct record_type *type, struct span object)
{
	struct json_iter it;
	struct span key, value;
	struct buf out = { 0 };
	char *unknown = NULL;
	int done = -1;

	/* Each member is copied with one byte around it at most. */
	buf_init(&out, object.len + 2);
	if (buf_reserve(&out, out.max) == -1 || json_open(&out, '{') == -1)
		return NULL;
	json_iter_init(&it, object);
	while (json_next(&it, &key, &value)) {
		const char *start = key.ptr - 1; /* its quote */
		size_t len = (size_t)(value.ptr + value.len - start);

		if (is_known(type, key))
			continue;
		done = json_put_raw(&out, span_make(start, len));
		if (done == -1)
			break;
	}
	if (done == 0 && json_close(&out, '}') == 0)
		unknown = mem_copy(out.data, out.len);
	buf_wipe(&out);
	return unknown;
}

static bool
has_identity_of(const struct record_type *type, const void *found,
    const void *wanted)
{
	for (size_t i = 0; i < type->identity; i++)
		if (!span_equal(identity_part(type, found, i),
			identity_part(type, wanted, i)))
			return false;
	return true;
}

/* `fresh` is zeroed. False: not a record for `wanted`. */
static bool
parse(const struct record_type *type, struct span json, void *fresh,
    const void *wanted)
{
	struct json_doc doc;
	struct span version;
	int64_t number = 0;
	struct fault f = { 0 };

	if (!json_scan(json, LIMIT_AUTH_DEPTH, &doc) || doc.type != JSON_OBJECT)
		return false;
	if (!json_get(doc.value, version_name, &version) ||
	    !json_int64(version, &number) || number != RECORD_VERSION) {
		log_warn("auth", "a record of another version is passed over");
		return false;
	}
	if (fields_read(&type->fields, doc.value, fresh, &f) == -1) {
		log_warn("auth", "a record is passed over: %s", fault_text(&f));
		return false;
	}
	if (!has_identity_of(type, fresh, wanted)) {
		log_warn("auth", "a record filed under another's name");
		return false;
	}
	*unknown_of(type, fresh) = collect_unknown(type, doc.value);
	return true;
}

static int
record_load(const struct record_type *type, void *r, struct store *store,
    bool *found, struct fault *f)
{
	char key[65] = "";
	struct buf json = { 0 };

	*found = false;
	record_key(type, r, key);
	buf_init(&json, LIMIT_STORE_RECORD);
	if (store_read(store, type->kind, key, &json, f) == -1)
		return -1;
	if (json.len > 0) {
		void *fresh = mem_alloc(1, type->size);

		*found = parse(type, buf_span(&json), fresh, r);
		if (*found) {
			record_reset(type, r);
			memcpy(r, fresh, type->size);
			explicit_bzero(fresh, type->size);
		} else {
			record_reset(type, fresh);
		}
		free(fresh);
	}
	buf_wipe(&json);
	if (!*found)
		forget_all_but_identity(type, r);
	return 0;
}

static int
write_record(const struct record_type *type, const void *r, struct buf *out)
{
	const char *at = (const char *)r + type->unknown_at;
	const char *unknown = *(const char *const *)(const void *)at;

	if (json_open(out, '{') == -1 ||
	    json_put_key(out, version_name) == -1 ||
	    json_put_int(out, RECORD_VERSION) == -1 ||
	    fields_write(&type->fields, r, out) == -1)
		return -1;
	/* Its members without its braces. */
	if (unknown != NULL &&
	    json_put_raw(out, span_make(unknown + 1, strlen(unknown) - 2)) ==
		-1)
		return -1;
	return json_close(out, '}');
}

static int
record_save(const struct record_type *type, const void *r, struct store *store,
    struct fault *f)
{
	char key[65] = "";
	struct buf json = { 0 };
	int result = -1;

	record_key(type, r, key);
	/* Reserved whole: growing would leave copies of secrets behind. */
	buf_init(&json, LIMIT_STORE_RECORD);
	if (buf_reserve(&json, LIMIT_STORE_RECORD) == 0 &&
	    write_record(type, r, &json) == 0)
		result =
		    store_write(store, type->kind, key, buf_span(&json), f);
	else
		fault_set(f, FAULT_STORE, "A record is too large");
	buf_wipe(&json);
	return result;
}

static int
record_remove(const struct record_type *type, const void *r,
    struct store *store, struct fault *f)
{
	char key[65] = "";

	record_key(type, r, key);
	return store_remove(store, type->kind, key, f);
}

#define RECORD(type)                                                           \
	void type##_init(struct type *r)                                       \
	{                                                                      \
		*r = (struct type){ 0 };                                       \
	}                                                                      \
	void type##_reset(struct type *r)                                      \
	{                                                                      \
		record_reset(&type##_type, r);                                 \
	}                                                                      \
	int type##_load(struct type *r, struct store *store, bool *found,      \
	    struct fault *f)                                                   \
	{                                                                      \
		return record_load(&type##_type, r, store, found, f);          \
	}                                                                      \
	int type##_save(const struct type *r, struct store *store,             \
	    struct fault *f)                                                   \
	{                                                                      \
		return record_save(&type##_type, r, store, f);                 \
	}                                                                      \
	int type##_remove(const struct type *r, struct store *store,           \
	    struct fault *f)                                                   \
	{                                                                      \
		return record_remove(&type##_type, r, store, f);               \
	}                                                                      \
	void type##_key(const struct type *r, char hex[65])                    \
	{                                                                      \
		record_key(&type##_type, r, hex);                              \
	}

RECORD(access_record)
RECORD(grant_record)
RECORD(registration_record)
RECORD(login_record)
RECORD(idp_record)

const char *
access_record_grant(enum auth_grant grant)
{
	return auth_grant_is_unattended(grant) ? auth_grant_name(grant) : NULL;
}

bool
access_record_is_of(const struct access_record *r, enum auth_grant grant)
{
	const char *wanted = access_record_grant(grant);

	if (wanted == NULL || r->grant == NULL)
		return wanted == NULL && r->grant == NULL;
	return strcmp(wanted, r->grant) == 0;
}
