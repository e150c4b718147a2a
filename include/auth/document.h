/* SPDX-License-Identifier: ISC */
/*
 * Reading the small JSON objects of OAuth: metadata, registration and token
 * answers. Members of another type than the one asked for count as
 * absent.
 */
#ifndef AUTH_DOCUMENT_H
#define AUTH_DOCUMENT_H

#include <stdint.h>

#include "base/fault.h"
#include "base/secret.h"
#include "base/span.h"

/* Items of a list beyond these are not read. */
enum { DOCUMENT_LIST_MAX = 1024 };

/* One JSON object within the depth of auth documents, no key twice. -1 with
 * FAULT_PROTOCOL. `object` points into `text`. */
int document_open(struct span text, struct span *object, struct fault *f)
    __attribute__((warn_unused_result));

/* NULL when absent, longer than `max` or holding NUL. Caller frees. */
char *document_string(struct span object, const char *key, size_t max);

/* Leaves no copy behind. False, and the secret empty, when absent. */
bool document_secret(struct span object, const char *key, size_t max,
    struct secret *out);

/* A number, or a string holding one. */
bool document_int(struct span object, const char *key, int64_t *out);

bool document_true(struct span object, const char *key);

/*
 * The strings of an array that `wanted` (NULL: all) takes; the others are left
 * out. False when there is no array. *items, and each of them, is for the
 * caller to free: document_list_free.
 */
bool document_list(struct span object, const char *key,
    bool (*wanted)(const char *item), char ***items, size_t *count);
bool document_list_has(char *const *items, size_t count, const char *item);
void document_list_free(char ***items, size_t *count);

#endif
