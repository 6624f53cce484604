/* SPDX-License-Identifier: MIT */
/*
 * The cache's entries, found and checked. No entry is trusted by its name: the header must hold the
 * wanted key, the right size, and a digest of itself. Without a usable directory there are none.
 */
#include "kernel_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include "cache_dir.h"

#define CACHE_MAGIC "HospesK2"

_Static_assert(sizeof(struct cache_header) <= CACHE_HEADER_SIZE, "the header fits in its page");

void cache_key_make(struct cache_key *key, const struct stat *st)
{
	memset(key, 0, sizeof(*key));
	key->file.device = st->st_dev;
	key->file.inode = st->st_ino;
	key->file.size = (uint64_t)st->st_size;
	key->file.mtime_s = st->st_mtim.tv_sec;
	key->file.mtime_ns = st->st_mtim.tv_nsec;
	key->file.ctime_s = st->st_ctim.tv_sec;
	key->file.ctime_ns = st->st_ctim.tv_nsec;
}

static void header_sum(const struct cache_header *h, uint8_t sum[DIGEST_SIZE])
{
	digest_of(h, offsetof(struct cache_header, sum), sum);
}

void cache_header_make(struct cache_header *h, const struct cache_key *key, uint64_t size)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->magic, CACHE_MAGIC, sizeof(h->magic));
	h->key = *key;
	h->size = size;
	header_sum(h, h->sum);
}

/* Reads the header of an open entry; false if the entry is damaged. */
static bool header_read(int fd, struct cache_header *h)
{
	uint8_t sum[DIGEST_SIZE];
	struct stat st;

	if (file_read_at(fd, h, sizeof(*h), 0) < 0)
		return false;
	if (memcmp(h->magic, CACHE_MAGIC, sizeof(h->magic)) != 0)
		return false;

	header_sum(h, sum);
	if (memcmp(h->sum, sum, sizeof(sum)) != 0)
		return false;

	return fstat(fd, &st) == 0 && (uint64_t)st.st_size == CACHE_HEADER_SIZE + h->size;
}

static bool same_identity(const struct cache_key *a, const struct cache_key *b)
{
	return memcmp(&a->file, &b->file, sizeof(a->file)) == 0;
}

static bool same_content(const struct cache_key *a, const struct cache_key *b)
{
	return memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

/* The entry of @key, judged by the identity alone or by the content too. */
static int entry_open(const struct cache_key *key, bool content_too, uint64_t *size)
{
	char name[CACHE_NAME_MAX];
	struct cache_header h;
	int dir, fd;
	bool good;

	dir = cache_dir_open(false);
	if (dir < 0)
		return -ENOENT;

	cache_entry_name(key, name);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		close(dir);
		return -ENOENT;
	}

	good = header_read(fd, &h) && same_identity(&h.key, key);
	if (good && content_too)
		good = same_content(&h.key, key);

	if (!good) {
		unlinkat(dir, name, 0);
		close(fd);
		fd = -ENOENT;
	}
	close(dir);
	*size = good ? h.size : 0;
	return fd;
}

int cache_find(const struct cache_key *key, uint64_t *size)
{
	int fd = entry_open(key, true, size);

	/* An entry's age is the time of its last use: cache_dir_trim() drops the oldest. */
	if (fd >= 0)
		futimens(fd, NULL);
	return fd;
}

static bool entry_exists(const struct cache_key *key, bool content_too)
{
	uint64_t size;
	int fd = entry_open(key, content_too, &size);

	if (fd < 0)
		return false;

	close(fd);
	return true;
}

bool cache_has(const struct cache_key *key)
{
	return entry_exists(key, true);
}

bool cache_may_have(const struct cache_key *key)
{
	return entry_exists(key, false);
}
