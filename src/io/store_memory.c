/* SPDX-License-Identifier: ISC */
/*
 * Records in memory that processes share by inheriting its descriptor; gone
 * with the last of them. Read and written by system calls and not mapped, so
 * that a process has in it only what it asked for: the pump never a refresh
 * token.
 *
 * Each record has a slot with two areas. A writer fills the one that is not in
 * use and then makes it the one that is, by counting the slot's sequence up;
 * writers exclude each other by a lock. A reader that finds the sequence
 * unchanged afterwards has read a whole record; a writer killed anywhere has
 * changed nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/os.h"
#include "io/store_p.h"

enum {
	/* One server's records, and those of former clients. */
	SLOTS = 64,
	HEADS_SIZE = 8192,
	AREA_SIZE = LIMIT_STORE_RECORD + 4096,
	READ_ATTEMPTS = 10000,
	ZEROS_SIZE = 4096,
};

struct memory {
	int fd;
	bool owned;
};

/* `kind` is one more than the record's: 0 means free. */
struct head {
	uint64_t sequence; /* its parity says which area; 0: none yet */
	uint32_t kind;
	uint32_t reserved;
	char key[STORE_KEY_LEN];
};

struct area {
	uint64_t sequence;
	uint64_t len; /* 0: the record was removed */
};

_Static_assert(SLOTS * sizeof(struct head) <= HEADS_SIZE, "heads have room");

struct memory *
memory_open(int fd, struct fault *f)
{
	struct memory *memory = mem_alloc(1, sizeof(*memory));

	memory->owned = fd <= 0;
	memory->fd = fd > 0 ? fd : os_memory_file();
	if (memory->fd == -1) {
		store_fault_errno("make", f);
		memory_close(&memory);
	}
	return memory;
}

void
memory_close(struct memory **memory)
{
	if (*memory == NULL)
		return;
	if ((*memory)->owned && (*memory)->fd != -1)
		close((*memory)->fd);
	free(*memory);
	*memory = NULL;
}

int
memory_fd(const struct memory *memory)
{
	return memory->fd;
}

static off_t
head_at(size_t slot)
{
	return (off_t)(slot * sizeof(struct head));
}

static off_t
area_at(size_t slot, uint64_t sequence)
{
	size_t area = 2 * slot + (size_t)(sequence % 2);

	return (off_t)(HEADS_SIZE + area * AREA_SIZE);
}

/* What was never written reads as zeros. */
static bool
read_at(const struct memory *memory, off_t at, void *dst, size_t len)
{
	char *to = dst;

	memset(dst, 0, len);
	while (len > 0) {
		ssize_t got = pread(memory->fd, to, len, at);

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		to += got;
		at += got;
		len -= (size_t)got;
	}
	return true;
}

static bool
write_at(const struct memory *memory, off_t at, const void *src, size_t len)
{
	const char *from = src;

	while (len > 0) {
		ssize_t put = pwrite(memory->fd, from, len, at);

		if (put == -1 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		from += put;
		at += put;
		len -= (size_t)put;
	}
	return true;
}

/* The slot of a record, else a free one, else SLOTS. */
static size_t
find_slot(const struct memory *memory, enum store_kind kind, const char *key,
    struct head *head)
{
	size_t unused = SLOTS;

	for (size_t slot = 0; slot < SLOTS; slot++) {
		if (!read_at(memory, head_at(slot), head, sizeof(*head)))
			break;
		if (head->kind == (uint32_t)kind + 1 &&
		    memcmp(head->key, key, STORE_KEY_LEN) == 0)
			return slot;
		if (head->kind == 0) {
			unused = slot;
			break;
		}
	}
	*head = (struct head){ 0 };
	return unused;
}

/* Whether the slot is still as `head` says: nothing read since was torn. */
static bool
unchanged(const struct memory *memory, size_t slot, const struct head *head)
{
	struct head now = { 0 };

	return read_at(memory, head_at(slot), &now, sizeof(now)) &&
	       now.sequence == head->sequence;
}

/* False where a writer came in between. */
static bool
try_read(const struct memory *memory, size_t slot, const struct head *head,
    struct buf *out)
{
	off_t at = area_at(slot, head->sequence);
	struct area area = { 0 };

	buf_wipe(out);
	if (!read_at(memory, at, &area, sizeof(area)) ||
	    area.sequence != head->sequence || area.len > LIMIT_STORE_RECORD)
		return false;
	if (area.len > 0) {
		if (buf_reserve(out, area.len) == -1 ||
		    !read_at(memory, at + (off_t)sizeof(area), out->data,
			area.len))
			return false;
		out->len = area.len;
		out->data[out->len] = '\0';
	}
	return unchanged(memory, slot, head);
}

static int
read_record(struct store *store, enum store_kind kind, const char *key,
    struct buf *out, struct fault *f)
{
	struct head head = { 0 };

	for (unsigned i = 0; i < READ_ATTEMPTS; i++) {
		size_t slot = find_slot(store->memory, kind, key, &head);

		if (slot == SLOTS || head.sequence == 0)
			return 0;
		if (try_read(store->memory, slot, &head, out))
			return 0;
	}
	buf_wipe(out);
	return fault_set(f, FAULT_STORE, "A record cannot be read");
}

static int
lock_writers(const struct memory *memory, short type, struct fault *f)
{
	struct flock range = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_len = 1,
	};

	while (fcntl(memory->fd, F_SETLKW, &range) == -1)
		if (errno != EINTR)
			return store_fault_errno("lock", f);
	return 0;
}

/* The tokens of before stay nowhere. */
static void
wipe_area(const struct memory *memory, size_t slot, uint64_t sequence)
{
	static const char zeros[ZEROS_SIZE];
	off_t at = area_at(slot, sequence);
	struct area area = { 0 };

	if (!read_at(memory, at, &area, sizeof(area)) ||
	    area.len > LIMIT_STORE_RECORD)
		return;
	for (size_t left = sizeof(area) + (size_t)area.len; left > 0;) {
		size_t len = left < sizeof(zeros) ? left : sizeof(zeros);

		if (!write_at(memory, at, zeros, len))
			return;
		at += (off_t)len;
		left -= len;
	}
}

/* A free slot is taken by naming it, while its sequence says that it is
 * empty. */
static bool
claim(const struct memory *memory, size_t slot, enum store_kind kind,
    const char *key, struct head *head)
{
	if (head->kind != 0)
		return true;
	head->kind = (uint32_t)kind + 1;
	memcpy(head->key, key, STORE_KEY_LEN);
	return write_at(memory, head_at(slot), head, sizeof(*head));
}

static bool
replace(const struct memory *memory, size_t slot, struct head *head,
    struct span json)
{
	const struct area area = {
		.sequence = head->sequence + 1,
		.len = json.len,
	};
	off_t at = area_at(slot, area.sequence);

	if (!write_at(memory, at + (off_t)sizeof(area), json.ptr, json.len) ||
	    !write_at(memory, at, &area, sizeof(area)) ||
	    !write_at(memory, head_at(slot), &area.sequence,
		sizeof(area.sequence)))
		return false;
	wipe_area(memory, slot, head->sequence);
	return true;
}

static int
write_record(struct store *store, enum store_kind kind, const char *key,
    struct span json, struct fault *f)
{
	const struct memory *memory = store->memory;
	struct head head = { 0 };
	int rc = 0;

	if (lock_writers(memory, F_WRLCK, f) == -1)
		return -1;
	size_t slot = find_slot(memory, kind, key, &head);
	if (slot == SLOTS)
		rc = fault_set(f, FAULT_STORE, "There are too many records");
	else if (!claim(memory, slot, kind, key, &head) ||
		 !replace(memory, slot, &head, json))
		rc = store_fault_errno("write to", f);
	(void)lock_writers(memory, F_UNLCK, NULL);
	return rc;
}

static int
remove_record(struct store *store, enum store_kind kind, const char *key,
    struct fault *f)
{
	struct head head = { 0 };
	size_t slot = find_slot(store->memory, kind, key, &head);

	if (slot == SLOTS || head.sequence == 0)
		return 0;
	return write_record(store, kind, key, span_of(""), f);
}

static int
probe(struct store *store, enum store_kind kind, struct fault *f)
{
	(void)store;
	(void)kind;
	(void)f;
	return 0;
}

static uint64_t
stamp(struct store *store, enum store_kind kind, const char *key)
{
	struct head head = { 0 };
	size_t slot = find_slot(store->memory, kind, key, &head);
	struct area area = { 0 };

	if (slot == SLOTS || head.sequence == 0 ||
	    !read_at(store->memory, area_at(slot, head.sequence), &area,
		sizeof(area)) ||
	    (area.sequence == head.sequence && area.len == 0))
		return 0;
	return head.sequence;
}

static int
each_record(struct store *store, enum store_kind kind,
    bool (*each)(void *ctx, const char *key, struct span json), void *ctx,
    struct fault *f)
{
	struct buf json = { 0 };
	bool more = true;
	int rc = 0;

	buf_init(&json, LIMIT_STORE_RECORD);
	for (size_t slot = 0; more && slot < SLOTS; slot++) {
		struct head head = { 0 };
		char key[STORE_KEY_LEN + 1] = "";

		if (!read_at(store->memory, head_at(slot), &head,
			sizeof(head)) ||
		    head.kind != (uint32_t)kind + 1)
			continue;
		memcpy(key, head.key, STORE_KEY_LEN);
		if (read_record(store, kind, key, &json, rc == 0 ? f : NULL) ==
		    -1)
			rc = -1;
		else if (json.len > 0)
			more = each(ctx, key, buf_span(&json));
	}
	buf_wipe(&json);
	return rc;
}

const struct store_backend store_memory_backend = {
	.read = read_record,
	.write = write_record,
	.remove = remove_record,
	.probe = probe,
	.stamp = stamp,
	.each = each_record,
};
