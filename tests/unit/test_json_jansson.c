/* SPDX-License-Identifier: ISC */
/*
 * The second opinion: jansson must accept what json_scan accepts, and find the
 * same values. Where the two differ by design is told from jansson's own error,
 * see differs_by_design.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Both use the prefix: jansson's names step aside while its header is read. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_TRUE JANSSON_TRUE
#define JSON_FALSE JANSSON_FALSE
#define JSON_NULL JANSSON_NULL
#define json_string jansson_string
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL
#undef json_string
#undef json_is_integer

#include "base/limits.h"
#include "json_corpus.h"
#include "wire/json.h"

enum { DOCUMENTS = 20000, MUTATIONS = 4 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DECODE (JSON_DECODE_ANY | JSON_ALLOW_NUL)

/*
 * What we accept and jansson need not: it converts as it reads, so it refuses
 * numbers beyond int64 and double, lone surrogates, and NUL in a key. We keep
 * lexemes and refuse none of them.
 */
static bool
refused_by_design(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_numeric_overflow:
	case json_error_null_byte_in_key:
		return true;
	default:
		return strncmp(error->text, "invalid Unicode '\\u", 19) == 0;
	}
}

/*
 * What jansson accepts and we need not: it nests deeper, and its reader loses a
 * raw NUL byte that ends a number.
 */
static bool
accepted_by_design(struct span text, const struct json_doc *doc)
{
	const char *at = text.ptr + doc->error_offset;

	if (strcmp(doc->error, "nested too deeply") == 0)
		return true;
	return doc->error_offset > 0 && doc->error_offset < text.len &&
	       *at == '\0' && at[-1] >= '0' && at[-1] <= '9';
}

static void same_value(struct span value, const json_t *theirs);

static void
same_string(struct span value, const char *text, size_t len)
{
	struct buf out;

	buf_init(&out, MIB);
	assert_int_equal(json_string(value, &out), 0);
	assert_int_equal(out.len, len);
	assert_memory_equal(out.data, text, len);
	buf_reset(&out);
}

static void
same_number(struct span value, const json_t *theirs)
{
	int64_t number = 0;
	char lexeme[512];

	if (json_typeof(theirs) == JSON_INTEGER) {
		assert_true(json_int64(value, &number));
		assert_true(number == json_integer_value(theirs));
		return;
	}
	assert_int_equal(json_typeof(theirs), JSON_REAL);
	assert_true(value.len < sizeof lexeme);
	memcpy(lexeme, value.ptr, value.len);
	lexeme[value.len] = '\0';
	assert_true(strtod(lexeme, NULL) == json_real_value(theirs));
}

static void
same_array(struct span value, const json_t *theirs)
{
	struct json_iter it;
	struct span key = { 0 };
	struct span item = { 0 };
	size_t count = 0;

	json_iter_init(&it, value);
	while (json_next(&it, &key, &item)) {
		assert_int_equal(key.len, 0);
		same_value(item, json_array_get(theirs, count));
		count++;
	}
	assert_int_equal(count, json_array_size(theirs));
}

/* Where a key repeats, we take the first and jansson the last. */
static void
same_object(struct span value, const json_t *theirs)
{
	struct json_iter it;
	struct span key = { 0 };
	struct span member = { 0 };
	struct span found = { 0 };
	struct buf name;
	size_t count = 0;

	if (json_has_duplicate_key(value))
		return;
	json_iter_init(&it, value);
	while (json_next(&it, &key, &member)) {
		buf_init(&name, MIB);
		assert_int_equal(json_string(span_make(key.ptr - 1,
						 key.len + 2),
				     &name),
		    0);
		assert_true(json_get(value, name.data, &found));
		assert_true(found.ptr == member.ptr);
		assert_int_equal(found.len, member.len);
		same_value(found,
		    json_object_getn(theirs, name.data, name.len));
		buf_reset(&name);
		count++;
	}
	assert_int_equal(count, json_object_size(theirs));
}

static void
same_value(struct span value, const json_t *theirs)
{
	struct json_doc doc;

	assert_non_null(theirs);
	assert_true(json_scan(value, LIMIT_DEPTH, &doc));
	assert_true(span_equal(doc.value, value));
	switch (json_type_of(value)) {
	case JSON_NONE:
		fail();
		break;
	case JSON_NULL:
		assert_int_equal(json_typeof(theirs), JANSSON_NULL);
		break;
	case JSON_FALSE:
		assert_int_equal(json_typeof(theirs), JANSSON_FALSE);
		break;
	case JSON_TRUE:
		assert_int_equal(json_typeof(theirs), JANSSON_TRUE);
		break;
	case JSON_NUMBER:
		same_number(value, theirs);
		break;
	case JSON_STRING:
		assert_int_equal(json_typeof(theirs), JANSSON_STRING);
		same_string(value, json_string_value(theirs),
		    json_string_length(theirs));
		break;
	case JSON_ARRAY:
		assert_int_equal(json_typeof(theirs), JANSSON_ARRAY);
		same_array(value, theirs);
		break;
	case JSON_OBJECT:
		assert_int_equal(json_typeof(theirs), JANSSON_OBJECT);
		same_object(value, theirs);
		break;
	}
}

static bool
any_duplicate_key(struct span value)
{
	struct json_iter it;
	struct span key = { 0 };
	struct span item = { 0 };

	if (json_has_duplicate_key(value))
		return true;
	json_iter_init(&it, value);
	while (json_next(&it, &key, &item)) {
		if (any_duplicate_key(item))
			return true;
	}
	return false;
}

/* True where both accept the text. */
static bool
agree(struct span text)
{
	json_error_t error = { 0 };
	struct json_doc doc;
	bool ours = json_scan(text, LIMIT_DEPTH, &doc);
	json_t *theirs = json_loadb(text.ptr, text.len, DECODE, &error);

	bool by_design =
	    ours ? refused_by_design(&error) : accepted_by_design(text, &doc);

	if (ours != (theirs != NULL) && !by_design)
		fail_msg("ours: %s, theirs: %s\n%.*s",
		    ours ? "accepted" : doc.error,
		    theirs != NULL ? "accepted" : error.text, (int)text.len,
		    text.ptr);
	if (!ours || theirs == NULL) {
		json_decref(theirs);
		return false;
	}
	same_value(doc.value, theirs);
	json_decref(theirs);
	theirs = json_loadb(text.ptr, text.len, DECODE | JSON_REJECT_DUPLICATES,
	    &error);
	assert_int_equal(any_duplicate_key(doc.value), theirs == NULL);
	json_decref(theirs);
	return true;
}

static void
agree_on_the_corpus(void **state)
{
	(void)state;
	for (size_t i = 0; i < JSON_CORPUS_SIZE; i++) {
		const struct json_case *c = &json_corpus[i];
		bool both = agree(span_make(c->text, c->len));

		if (c->verdict == 'i')
			assert_false(both);
		else if (strstr(c->text, "{\"\\u0000\"") == NULL)
			assert_int_equal(both, c->verdict == 'y');
	}
}

/* Only so far do we follow jansson, which goes to 2048. */
static void
differ_in_depth(void **state)
{
	char text[2 * (LIMIT_DEPTH + 1)];

	(void)state;
	for (size_t depth = LIMIT_DEPTH - 1; depth <= LIMIT_DEPTH + 1;
	     depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		assert_int_equal(agree(span_make(text, 2 * depth)),
		    depth <= LIMIT_DEPTH);
	}
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static size_t
pick(uint32_t *seed, size_t count)
{
	return next_random(seed) % count;
}

static int
put_random_string(struct buf *out, uint32_t *seed)
{
	static const char *const parts[] = { "a", "b", "key", "]", "}", ",",
		"12345678", "\\n", "\\\"", "\\\\", "\\/", "\\u0061", "\\u00e9",
		"\\ud83d\\ude00", "\\ud800", "\\u0000", "\xc3\xa9",
		"\xe2\x82\xac", "\xf0\x9f\x98\x80", " " };

	if (buf_add_string(out, "\"") == -1)
		return -1;
	for (size_t n = pick(seed, 4); n > 0; n--) {
		const char *part = parts[pick(seed, COUNT(parts))];

		if (buf_add_string(out, part) == -1)
			return -1;
	}
	return buf_add_string(out, "\"");
}

static int
put_random_scalar(struct buf *out, uint32_t *seed)
{
	static const char *const scalars[] = { "null", "true", "false", "0",
		"-0", "1", "-12", "1.5", "1e2", "1E-2", "0.0e+0", "123456789",
		"9223372036854775807", "-9223372036854775808", "1e400",
		"1e-400", "9223372036854775808", "3.0",
		"1.7976931348623157e308" };

	if (pick(seed, 2) == 0)
		return put_random_string(out, seed);
	return buf_add_string(out, scalars[pick(seed, COUNT(scalars))]);
}

static int
put_random_space(struct buf *out, uint32_t *seed)
{
	static const char *const spaces[] = { "", "", "", "", " ", "\n",
		"\r\n\t", "  " };

	return buf_add_string(out, spaces[pick(seed, COUNT(spaces))]);
}

static int
put_random_value(struct buf *out, uint32_t *seed, unsigned depth)
{
	size_t kind = depth == 0 ? 0 : pick(seed, 4);
	bool object = kind == 1;
	int failed = 0;

	if (kind == 0 || kind == 3)
		return put_random_scalar(out, seed);
	failed |= buf_add_string(out, object ? "{" : "[");
	failed |= put_random_space(out, seed);
	for (size_t n = pick(seed, 5); n > 0; n--) {
		if (object) {
			failed |= put_random_string(out, seed);
			failed |= put_random_space(out, seed);
			failed |= buf_add_string(out, ":");
			failed |= put_random_space(out, seed);
		}
		failed |= put_random_value(out, seed, depth - 1);
		failed |= put_random_space(out, seed);
		failed |= buf_add_string(out, n > 1 ? "," : "");
		failed |= put_random_space(out, seed);
	}
	return failed | buf_add_string(out, object ? "}" : "]");
}

static void
mutate(struct buf *text, uint32_t *seed)
{
	static const char bytes[] =
	    "{}[],:\"\\ \t\n\r0123456789-+.eEaulntrfs/"
	    "\0\x01\x1f\x7f\x80\xa9\xc3\xe2\xed\xf0\xff";
	char byte = bytes[pick(seed, sizeof bytes)];
	size_t at = pick(seed, text->len);

	switch (pick(seed, 4)) {
	case 0:
		text->data[at] = byte;
		break;
	case 1:
		memmove(text->data + at, text->data + at + 1,
		    text->len - at - 1);
		text->len--;
		break;
	case 2:
		assert_int_equal(buf_add(text, "", 1), 0);
		memmove(text->data + at + 1, text->data + at,
		    text->len - at - 1);
		text->data[at] = byte;
		break;
	default:
		text->len = at;
	}
}

static void
agree_on_random_documents(void **state)
{
	uint32_t seed = 20261121;
	size_t accepted = 0;
	struct buf text;

	(void)state;
	for (int i = 0; i < DOCUMENTS; i++) {
		buf_init(&text, MIB);
		assert_int_equal(put_random_value(&text, &seed, 5), 0);
		accepted += agree(buf_span(&text));
		for (int j = 0; j < MUTATIONS && text.len > 0; j++) {
			mutate(&text, &seed);
			accepted += agree(buf_span(&text));
		}
		buf_reset(&text);
	}
	/* Else the comparison of values would have shown little. */
	assert_in_range(accepted, DOCUMENTS / 2, 4 * DOCUMENTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agree_on_the_corpus),
		cmocka_unit_test(differ_in_depth),
		cmocka_unit_test(agree_on_random_documents),
	};

	return cmocka_run_group_tests_name("json against jansson", tests, NULL,
	    NULL);
}
