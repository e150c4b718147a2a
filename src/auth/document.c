/* SPDX-License-Identifier: ISC */
/*
 * Small JSON objects of OAuth. Nothing is judged here but the form.
 */
#include "auth/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wire/json.h"

int
document_open(struct span text, struct span *object, struct fault *f)
{
	struct json_doc doc = { 0 };

	*object = span_make(NULL, 0);
	if (!json_scan(text, LIMIT_AUTH_DEPTH, &doc))
		return fault_set(f, FAULT_PROTOCOL, "Answer is not JSON: %s",
		    doc.error);
	if (doc.type != JSON_OBJECT)
		return fault_set(f, FAULT_PROTOCOL,
		    "Answer is not a JSON object");
	if (json_has_duplicate_key(doc.value))
		return fault_set(f, FAULT_PROTOCOL,
		    "Answer has a JSON member twice");
	*object = doc.value;
	return 0;
}

char *
document_string(struct span object, const char *key, size_t max)
{
	struct span value = { 0 };

	if (!json_get(object, key, &value))
		return NULL;
	return json_string_dup(value, max);
}

bool
document_secret(struct span object, const char *key, size_t max,
    struct secret *out)
{
	struct span value = { 0 };
	struct buf text;

	secret_reset(out);
	if (!json_get(object, key, &value) || value.len > max)
		return false;

	/* Room for the whole value at once: growing would leave copies. */
	buf_init(&text, max);
	if (buf_reserve(&text, value.len) == 0 &&
	    json_string(value, &text) == 0 && text.len > 0)
		secret_set(out, buf_span(&text));
	buf_wipe(&text);
	return !secret_empty(out);
}

bool
document_int(struct span object, const char *key, int64_t *out)
{
	struct span value = { 0 };

	if (!json_get(object, key, &value))
		return false;
	if (json_type_of(value) == JSON_STRING && value.len > 2)
		value = span_make(value.ptr + 1, value.len - 2);

	struct json_doc number = { 0 };
	return json_scan(value, 1, &number) && number.type == JSON_NUMBER &&
	       json_int64(number.value, out);
}

bool
document_true(struct span object, const char *key)
{
	struct span value = { 0 };

	return json_get(object, key, &value) &&
	       json_type_of(value) == JSON_TRUE;
}

bool
document_list(struct span object, const char *key,
    bool (*wanted)(const char *item), char ***items, size_t *count)
{
	struct span array = { 0 }, none = { 0 }, value = { 0 };
	struct json_iter it;

	*items = NULL;
	*count = 0;
	if (!json_get(object, key, &array) || json_type_of(array) != JSON_ARRAY)
		return false;
	json_iter_init(&it, array);
	while (*count < DOCUMENT_LIST_MAX && json_next(&it, &none, &value)) {
		char *item = json_string_dup(value, LIMIT_URL);

		if (item == NULL || (wanted != NULL && !wanted(item))) {
			free(item);
			continue;
		}
		*items = mem_resize(*items, (*count + 1) * sizeof(**items));
		(*items)[(*count)++] = item;
	}
	return true;
}

bool
document_list_has(char *const *items, size_t count, const char *item)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(items[i], item) == 0)
			return true;
	}
	return false;
}

void
document_list_free(char ***items, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		free((*items)[i]);
	free(*items);
	*items = NULL;
	*count = 0;
}
