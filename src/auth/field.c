/* SPDX-License-Identifier: ISC */
/*
 * The tables' interpreter. Knows types, not what members mean.
 */
#include "auth/field.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/secret.h"
#include "wire/json.h"

static void *
member(void *of, size_t at)
{
	return (char *)of + at;
}

static const void *
const_member(const void *of, size_t at)
{
	return (const char *)of + at;
}

static int
put_named(struct buf *out, const char *name, struct span text)
{
	return json_put_key(out, name) == 0 && json_put_string(out, text) == 0 ?
		   0 :
		   -1;
}

static int
write_string(struct buf *out, const char *name, const char *text)
{
	return text == NULL ? 0 : put_named(out, name, span_of(text));
}

static int
write_secret(struct buf *out, const char *name, const struct secret *secret)
{
	if (secret_empty(secret))
		return 0;
	return put_named(out, name, secret_peek(secret));
}

static int
write_text(struct buf *out, const char *name, const char *text)
{
	return text[0] == '\0' ? 0 : put_named(out, name, span_of(text));
}

static int
write_number(struct buf *out, const char *name, int64_t number)
{
	if (number == 0)
		return 0;
	return json_put_key(out, name) == 0 && json_put_int(out, number) == 0 ?
		   0 :
		   -1;
}

static int
write_true(struct buf *out, const char *name)
{
	return json_put_key(out, name) == 0 && json_put_bool(out, true) == 0 ?
		   0 :
		   -1;
}

static int
write_list(struct buf *out, const char *name, char *const *items, size_t count)
{
	if (count == 0)
		return 0;
	if (json_put_key(out, name) == -1 || json_open(out, '[') == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (json_put_string(out, span_of(items[i])) == -1)
			return -1;
	return json_close(out, ']');
}

static int
write_object(struct buf *out, const struct fields *fields, const void *from)
{
	return json_open(out, '{') == 0 &&
		       fields_write(fields, from, out) == 0 &&
		       json_close(out, '}') == 0 ?
		   0 :
		   -1;
}

static int
write_rows(const struct field *field, const char *rows, size_t count,
    struct buf *out)
{
	if (count == 0)
		return 0;
	if (json_put_key(out, field->name) == -1 || json_open(out, '[') == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (write_object(out, field->of, rows + i * field->size) == -1)
			return -1;
	return json_close(out, ']');
}

static size_t
count_of(const struct field *field, const void *from)
{
	return *(const size_t *)const_member(from, field->count_at);
}

static int
write_field(const struct field *field, const void *from, struct buf *out)
{
	const void *at = const_member(from, field->at);

	switch (field->type) {
	case FIELD_STRING:
		return write_string(out, field->name, *(char *const *)at);
	case FIELD_SECRET:
		return write_secret(out, field->name, at);
	case FIELD_TEXT:
		return write_text(out, field->name, at);
	case FIELD_LIST:
		return write_list(out, field->name, *(char *const *const *)at,
		    count_of(field, from));
	case FIELD_OBJECT:
		return json_put_key(out, field->name) == -1 ?
			   -1 :
			   write_object(out, field->of, at);
	case FIELD_ROWS:
		return write_rows(field, *(char *const *)at,
		    count_of(field, from), out);
	case FIELD_ENUM:
		return json_put_key(out, field->name) == -1 ?
			   -1 :
			   json_put_int(out, *(const unsigned *)at);
	case FIELD_BOOL:
		return *(const bool *)at ? write_true(out, field->name) : 0;
	case FIELD_INT:
		return write_number(out, field->name, *(const int *)at);
	case FIELD_UNSIGNED:
		return write_number(out, field->name, *(const unsigned *)at);
	case FIELD_INT64:
		return write_number(out, field->name, *(const int64_t *)at);
	case FIELD_UINT64:
		return write_number(out, field->name,
		    (int64_t) * (const uint64_t *)at);
	}
	return -1;
}

int
fields_write(const struct fields *fields, const void *from, struct buf *out)
{
	for (size_t i = 0; i < fields->count; i++)
		if (write_field(&fields->list[i], from, out) == -1)
			return -1;
	return 0;
}

static bool
read_string(struct span value, char **to)
{
	*to = json_string_dup(value, LIMIT_STORE_RECORD);
	return *to != NULL;
}

/* Decoding never makes text longer, so the buffer does not grow and leave a
 * copy behind. */
static bool
read_secret(struct span value, struct secret *to)
{
	struct buf text = { 0 };
	bool good = false;

	buf_init(&text, value.len);
	if (buf_reserve(&text, value.len) == 0 &&
	    json_string(value, &text) == 0) {
		good = memchr(text.data, '\0', text.len) == NULL;
		if (good)
			secret_set(to, buf_span(&text));
	}
	buf_wipe(&text);
	return good;
}

/* Cut, not refused: bytes that were no UTF-8 came longer than they went. */
static bool
read_text(struct span value, char *to, size_t size)
{
	char *text = json_string_dup(value, 4 * size);

	if (text == NULL)
		return false;
	snprintf(to, size, "%s", text);
	free(text);
	return true;
}

static bool
read_list(struct span value, char ***items, size_t *count)
{
	struct json_iter it;
	struct span key, item;

	if (json_type_of(value) != JSON_ARRAY)
		return false;
	json_iter_init(&it, value);
	while (json_next(&it, &key, &item)) {
		char *text = json_string_dup(item, LIMIT_STORE_RECORD);

		if (text == NULL)
			return false;
		*items = mem_resize(*items, (*count + 1) * sizeof(**items));
		(*items)[(*count)++] = text;
	}
	return true;
}

static bool
read_rows(const struct field *field, struct span value, char **rows,
    size_t *count)
{
	struct json_iter it;
	struct span key, item;

	if (json_type_of(value) != JSON_ARRAY)
		return false;
	json_iter_init(&it, value);
	while (json_next(&it, &key, &item)) {
		*rows = mem_resize(*rows, (*count + 1) * field->size);
		char *row = *rows + (*count)++ * field->size;

		memset(row, 0, field->size);
		if (fields_read_strict(field->of, item, row, NULL) == -1)
			return false;
	}
	return true;
}

static bool
read_bool(struct span value, bool *to)
{
	*to = json_type_of(value) == JSON_TRUE;
	return *to || json_type_of(value) == JSON_FALSE;
}

static bool
read_number(struct span value, int64_t least, int64_t most, int64_t *number)
{
	return json_int64(value, number) && *number >= least && *number <= most;
}

static bool
read_field(const struct field *field, struct span value, void *to)
{
	void *at = member(to, field->at);
	int64_t number = 0;
	bool good = false;

	switch (field->type) {
	case FIELD_STRING:
		return read_string(value, at);
	case FIELD_SECRET:
		return read_secret(value, at);
	case FIELD_TEXT:
		return read_text(value, at, field->size);
	case FIELD_LIST:
		return read_list(value, at, member(to, field->count_at));
	case FIELD_OBJECT:
		return fields_read_strict(field->of, value, at, NULL) == 0;
	case FIELD_ROWS:
		return read_rows(field, value, at, member(to, field->count_at));
	case FIELD_ENUM:
		good = read_number(value, 0, (int64_t)field->size - 1, &number);
		if (good)
			*(unsigned *)at = (unsigned)number;
		return good;
	case FIELD_BOOL:
		return read_bool(value, at);
	case FIELD_INT:
		good = read_number(value, INT_MIN, INT_MAX, &number);
		if (good)
			*(int *)at = (int)number;
		return good;
	case FIELD_UNSIGNED:
		good = read_number(value, 0, UINT_MAX, &number);
		if (good)
			*(unsigned *)at = (unsigned)number;
		return good;
	case FIELD_INT64:
		return json_int64(value, at);
	case FIELD_UINT64:
		good = read_number(value, 0, INT64_MAX, &number);
		if (good)
			*(uint64_t *)at = (uint64_t)number;
		return good;
	}
	return false;
}

int
fields_read(const struct fields *fields, struct span object, void *to,
    struct fault *f)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->list[i];
		struct span value;
		bool found = json_get(object, field->name, &value);

		if (found ? !read_field(field, value, to) :
			    field->type == FIELD_ENUM)
			return fault_set(f, FAULT_PROTOCOL,
			    "Member %s is not what it should be", field->name);
	}
	return 0;
}

bool
fields_have(const struct fields *fields, struct span key)
{
	for (size_t i = 0; i < fields->count; i++)
		if (json_key_is(key, fields->list[i].name))
			return true;
	return false;
}

int
fields_read_strict(const struct fields *fields, struct span object, void *to,
    struct fault *f)
{
	struct json_iter it;
	struct span key, value;

	if (json_type_of(object) != JSON_OBJECT ||
	    json_has_duplicate_key(object))
		return fault_set(f, FAULT_PROTOCOL, "No object of ours");
	json_iter_init(&it, object);
	while (json_next(&it, &key, &value))
		if (!fields_have(fields, key))
			return fault_set(f, FAULT_PROTOCOL,
			    "Member of unknown name");
	return fields_read(fields, object, to, f);
}

static void
reset_list(char ***items, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		free((*items)[i]);
	free(*items);
	*items = NULL;
	*count = 0;
}

static void
reset_rows(const struct field *field, char **rows, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		fields_reset(field->of, *rows + i * field->size);
	free(*rows);
	*rows = NULL;
	*count = 0;
}

static void
reset_field(const struct field *field, void *of)
{
	void *at = member(of, field->at);

	switch (field->type) {
	case FIELD_STRING:
		free(*(char **)at);
		*(char **)at = NULL;
		break;
	case FIELD_SECRET:
		secret_reset(at);
		break;
	case FIELD_TEXT:
		memset(at, 0, field->size);
		break;
	case FIELD_LIST:
		reset_list(at, member(of, field->count_at));
		break;
	case FIELD_OBJECT:
		fields_reset(field->of, at);
		break;
	case FIELD_ROWS:
		reset_rows(field, at, member(of, field->count_at));
		break;
	case FIELD_BOOL:
		*(bool *)at = false;
		break;
	case FIELD_INT:
		*(int *)at = 0;
		break;
	case FIELD_ENUM:
	case FIELD_UNSIGNED:
		*(unsigned *)at = 0;
		break;
	case FIELD_INT64:
		*(int64_t *)at = 0;
		break;
	case FIELD_UINT64:
		*(uint64_t *)at = 0;
		break;
	}
}

void
fields_reset(const struct fields *fields, void *of)
{
	for (size_t i = 0; i < fields->count; i++)
		reset_field(&fields->list[i], of);
}
