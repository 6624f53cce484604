/* SPDX-License-Identifier: MIT */
/*
 * The cache's files. No entry is trusted by its name: the header must hold the wanted key and the
 * right size, and a sum over itself. The directory must belong to us alone. Without a usable
 * directory unpacking still works, in memory.
 */
#include "kernel_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CACHE_MAGIC "HospesK1"
#define ENTRY_PREFIX "kernel-"
#define TEMPORARY_PREFIX "new-"
#define HOLE_SIZE 4096
/* A temporary file older than this was left by a killed process. */
#define TEMPORARY_AGE_MAX 600

struct cache_header {
	char magic[8];
	struct cache_key key;
	uint64_t size; /* of the ELF file */
	uint64_t sum;  /* hash of all above */
};

static uint64_t lane_mix(uint64_t lane, uint64_t word)
{
	lane = (lane ^ word) * 0x9e3779b97f4a7c15ULL;
	return lane ^ lane >> 29;
}

void hash_init(struct content_hash *h)
{
	memset(h, 0, sizeof(*h));
	for (unsigned int i = 0; i < 4; i++)
		h->lanes[i] = i + 1;
}

/* Four independent lanes, so that one multiplication need not wait for the one before. */
static void hash_blocks(struct content_hash *h, const uint8_t *data, size_t blocks)
{
	uint64_t a = h->lanes[0], b = h->lanes[1], c = h->lanes[2], d = h->lanes[3];

	while (blocks-- > 0) {
		uint64_t w[4];

		memcpy(w, data, sizeof(w));
		a = lane_mix(a, w[0]);
		b = lane_mix(b, w[1]);
		c = lane_mix(c, w[2]);
		d = lane_mix(d, w[3]);
		data += sizeof(w);
	}
	h->lanes[0] = a;
	h->lanes[1] = b;
	h->lanes[2] = c;
	h->lanes[3] = d;
}

void hash_feed(struct content_hash *h, const void *data, size_t size)
{
	const uint8_t *at = data;

	h->length += size;
	if (h->rest_size > 0) {
		size_t n = sizeof(h->rest) - h->rest_size;

		n = n < size ? n : size;
		memcpy(h->rest + h->rest_size, at, n);
		h->rest_size += n;
		at += n;
		size -= n;
		if (h->rest_size < sizeof(h->rest))
			return;
		hash_blocks(h, h->rest, 1);
		h->rest_size = 0;
	}
	hash_blocks(h, at, size / sizeof(h->rest));
	h->rest_size = size % sizeof(h->rest);
	memcpy(h->rest, at + size - h->rest_size, h->rest_size);
}

uint64_t hash_end(struct content_hash *h)
{
	uint64_t all = h->length;

	memset(h->rest + h->rest_size, 0, sizeof(h->rest) - h->rest_size);
	hash_blocks(h, h->rest, 1);
	for (unsigned int i = 0; i < 4; i++)
		all = lane_mix(all, h->lanes[i]);
	return all;
}

static uint64_t hash_of(const void *data, size_t size)
{
	struct content_hash h;

	hash_init(&h);
	hash_feed(&h, data, size);
	return hash_end(&h);
}

void cache_key_make(struct cache_key *key, const struct stat *st, uint64_t hash)
{
	memset(key, 0, sizeof(*key));
	key->device = st->st_dev;
	key->inode = st->st_ino;
	key->size = (uint64_t)st->st_size;
	key->mtime_s = st->st_mtim.tv_sec;
	key->mtime_ns = st->st_mtim.tv_nsec;
	key->ctime_s = st->st_ctim.tv_sec;
	key->ctime_ns = st->st_ctim.tv_nsec;
	key->hash = hash;
}

static void entry_name(const struct cache_key *key, char name[64])
{
	snprintf(name, 64, ENTRY_PREFIX "%016llx", (unsigned long long)hash_of(key, sizeof(*key)));
}

static int cache_dir_open(bool make)
{
	const char *path = getenv("HOSPES_CACHE_DIR");
	struct stat st;
	int fd;

	path = path != NULL ? path : CACHE_DIR;
	if (make)
		mkdir(path, 0700);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Who can write there could have a guest boot any kernel. */
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 022) != 0) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

static bool header_good(int fd, const struct cache_header *h, const struct cache_key *key)
{
	struct stat st;

	return memcmp(h->magic, CACHE_MAGIC, sizeof(h->magic)) == 0 &&
	       memcmp(&h->key, key, sizeof(*key)) == 0 &&
	       h->sum == hash_of(h, offsetof(struct cache_header, sum)) &&
	       fstat(fd, &st) == 0 && (uint64_t)st.st_size == CACHE_HEADER_SIZE + h->size;
}

int cache_find(const struct cache_key *key, uint64_t *size)
{
	int dir = cache_dir_open(false), fd;
	struct cache_header h;
	char name[64];

	if (dir < 0)
		return -ENOENT;
	entry_name(key, name);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && (pread(fd, &h, sizeof(h), 0) != sizeof(h) || !header_good(fd, &h, key))) {
		unlinkat(dir, name, 0);
		close(fd);
		fd = -1;
	}
	if (fd >= 0) {
		/* The entry's age is the time of its last use: cache_trim() drops the oldest. */
		futimens(fd, NULL);
		*size = h.size;
	}
	close(dir);
	return fd < 0 ? -ENOENT : fd;
}

/*
 * One pass over the directory: counts entries, finds the oldest, drops abandoned temporary
 * files.
 */
static unsigned int cache_scan(int dir, char oldest[64])
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again >= 0 ? fdopendir(again) : NULL;
	unsigned int count = 0;
	time_t age = 0;
	struct dirent *e;
	struct stat st;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strlen(e->d_name) >= 64 || fstatat(dir, e->d_name, &st,
						       AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (strncmp(e->d_name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) == 0 &&
		    st.st_mtime + TEMPORARY_AGE_MAX < time(NULL))
			unlinkat(dir, e->d_name, 0);
		if (strncmp(e->d_name, ENTRY_PREFIX, strlen(ENTRY_PREFIX)) != 0)
			continue;
		if (count++ == 0 || st.st_mtime < age) {
			age = st.st_mtime;
			strcpy(oldest, e->d_name);
		}
	}
	if (d != NULL)
		closedir(d);
	return count;
}

/* Makes room for one entry. */
static void cache_trim(int dir)
{
	char oldest[64];

	while (cache_scan(dir, oldest) >= CACHE_ENTRIES_MAX)
		if (unlinkat(dir, oldest, 0) < 0)
			return;
}

int cache_write_begin(struct cache_writer *w, bool in_memory, struct hospes_error *err)
{
	memset(w, 0, sizeof(*w));
	w->fd = -1;
	w->dir = in_memory ? -1 : cache_dir_open(true);
	if (w->dir >= 0) {
		cache_trim(w->dir);
		snprintf(w->name, sizeof(w->name), TEMPORARY_PREFIX "%d", (int)getpid());
		unlinkat(w->dir, w->name, 0);
		w->fd = openat(w->dir, w->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (w->fd < 0)
			close(w->dir);
	}
	if (w->fd < 0) {
		w->dir = -1;
		w->fd = memfd_create("kernel", MFD_CLOEXEC);
	}
	if (w->fd < 0)
		return error_set(err, -errno, "no place to unpack the kernel into: %s",
				 strerror(errno));
	return 0;
}

static bool all_zero(const uint8_t *data, size_t size)
{
	return data[0] == 0 && memcmp(data, data + 1, size - 1) == 0;
}

static int write_all(struct cache_writer *w, const uint8_t *data, size_t size, uint64_t at)
{
	while (size > 0) {
		ssize_t n = pwrite(w->fd, data, size, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

/* Writes runs of pages that hold something; leaves holes for the others. */
int cache_write(struct cache_writer *w, const void *data, size_t size, struct hospes_error *err)
{
	const uint8_t *at = data;
	size_t from = 0, to = 0;

	while (from < size) {
		size_t step = HOLE_SIZE - (w->size + to) % HOLE_SIZE;
		size_t page = step < size - to ? step : size - to;
		bool hole = to == size || all_zero(at + to, page);
		int rc;

		if (!hole) {
			to += page;
			if (to < size)
				continue;
			page = 0;
		}
		rc = write_all(w, at + from, to - from, CACHE_HEADER_SIZE + w->size + from);
		if (rc < 0)
			return error_set(err, rc, "cannot keep the unpacked kernel in %s: %s",
					 w->dir >= 0 ? CACHE_DIR : "memory", strerror(-rc));
		to += page;
		from = to;
	}
	w->size += size;
	return 0;
}

/* The file's last page may be a hole: its length must be right all the same. */
static int header_write(struct cache_writer *w, const struct cache_key *key)
{
	struct cache_header h = { .magic = CACHE_MAGIC, .key = *key, .size = w->size };

	h.sum = hash_of(&h, offsetof(struct cache_header, sum));
	if (ftruncate(w->fd, (off_t)(CACHE_HEADER_SIZE + w->size)) < 0)
		return -errno;
	return write_all(w, (const uint8_t *)&h, sizeof(h), 0);
}

int cache_write_end(struct cache_writer *w, const struct cache_key *key, struct hospes_error *err)
{
	int rc = header_write(w, key), fd = w->fd;
	char name[64];

	if (rc < 0) {
		cache_write_abort(w);
		return error_set(err, rc, "cannot keep the unpacked kernel: %s", strerror(-rc));
	}
	if (w->dir < 0)
		return fd;
	entry_name(key, name);
	/* On a disk the data must be there before the name, or a crash leaves a hollow entry. */
	if (fdatasync(w->fd) < 0 || renameat(w->dir, w->name, w->dir, name) < 0)
		unlinkat(w->dir, w->name, 0);
	close(w->dir);
	w->dir = w->fd = -1;
	return fd;
}

void cache_write_abort(struct cache_writer *w)
{
	if (w->dir >= 0) {
		unlinkat(w->dir, w->name, 0);
		close(w->dir);
	}
	if (w->fd >= 0)
		close(w->fd);
	w->dir = w->fd = -1;
}
