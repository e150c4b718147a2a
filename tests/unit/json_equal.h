/* SPDX-License-Identifier: ISC */
/*
 * Two JSON values mean the same: members in any order, strings as decoded,
 * numbers by lexeme. And whole files of JSON.
 */
#ifndef TESTS_JSON_EQUAL_H
#define TESTS_JSON_EQUAL_H

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "wire/json.h"

static bool json_equal(struct span a, struct span b);

static inline bool
json_strings_equal(struct span a, struct span b)
{
	struct buf left, right;
	bool equal;

	/* lone surrogates have no decoded form */
	if (span_equal(a, b))
		return true;
	buf_init(&left, LIMIT_MESSAGE);
	buf_init(&right, LIMIT_MESSAGE);
	equal = json_string(a, &left) == 0 && json_string(b, &right) == 0 &&
		span_equal(buf_span(&left), buf_span(&right));
	buf_reset(&left);
	buf_reset(&right);
	return equal;
}

static inline size_t
json_count(struct span container)
{
	struct json_iter it;
	struct span key, value;
	size_t count = 0;

	json_iter_init(&it, container);
	while (json_next(&it, &key, &value))
		count++;
	return count;
}

static inline bool
json_has_equal_member(struct span object, struct span key, struct span value)
{
	struct json_iter it;
	struct span other_key, other;

	json_iter_init(&it, object);
	while (json_next(&it, &other_key, &other)) {
		if (span_equal(key, other_key))
			return json_equal(value, other);
	}
	return false;
}

static inline bool
json_objects_equal(struct span a, struct span b)
{
	struct json_iter it;
	struct span key, value;

	json_iter_init(&it, a);
	while (json_next(&it, &key, &value)) {
		if (!json_has_equal_member(b, key, value))
			return false;
	}
	return json_count(a) == json_count(b);
}

static inline bool
json_arrays_equal(struct span a, struct span b)
{
	struct json_iter left, right;
	struct span key, value, other;

	json_iter_init(&left, a);
	json_iter_init(&right, b);
	while (json_next(&left, &key, &value)) {
		if (!json_next(&right, &key, &other) ||
		    !json_equal(value, other))
			return false;
	}
	return !json_next(&right, &key, &other);
}

static bool
json_equal(struct span a, struct span b)
{
	if (json_type_of(a) != json_type_of(b))
		return false;
	switch (json_type_of(a)) {
	case JSON_OBJECT:
		return json_objects_equal(a, b);
	case JSON_ARRAY:
		return json_arrays_equal(a, b);
	case JSON_STRING:
		return json_strings_equal(a, b);
	case JSON_NONE:
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
	case JSON_NUMBER:
		break;
	}
	return span_equal(a, b);
}

#endif
