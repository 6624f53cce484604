/* SPDX-License-Identifier: MIT */
/*
 * From a path to a kernel that can be loaded. The file given by the user is read, never mapped: it
 * may be cut while we look at it. Only our own unpacked copy is mapped, for its headers.
 */
#include "kernel_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kernel_cache.h"
#include "kernel_unpack.h"

/* The kernel file is hashed through a buffer of this size: new memory costs more than reading. */
#define READ_PIECE (64UL << 10)
/* What unpacking takes besides the file itself: the window of the packer's dictionary. */
#define PREFILL_WORK (128UL << 20)
/* A large kernel, unpacked. */
#define PREFILL_ENTRY (96UL << 20)

static int file_open(const char *path, struct stat *st, struct hospes_error *err)
{
	/* O_NONBLOCK: a FIFO of that name must not stop us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	if (fd < 0)
		return error_set(err, -errno, "cannot open the kernel %s: %s", path,
				 strerror(errno));
	if (fstat(fd, st) < 0)
		rc = error_set(err, -errno, "cannot look at the kernel %s: %s", path,
			       strerror(errno));
	else if (!S_ISREG(st->st_mode))
		rc = error_set(err, -EINVAL, "the kernel %s is no regular file", path);
	else if (st->st_size > (off_t)KERNEL_FILE_MAX)
		rc = error_set(err, -EFBIG, "the kernel %s has %lld bytes, more than %lu MiB", path,
			       (long long)st->st_size, KERNEL_FILE_MAX >> 20);
	else
		return fd;
	close(fd);
	return rc;
}

/* Reads the whole file: into @all if given, else in pieces; both give the content's hash. */
static int file_read(int fd, const char *path, uint8_t *all, size_t size, uint64_t *hash,
		     struct hospes_error *err)
{
	uint8_t *piece = all != NULL ? all : malloc(READ_PIECE);
	struct content_hash h;
	size_t done = 0;
	ssize_t n = 1;

	if (piece == NULL)
		return error_set(err, -ENOMEM, "no memory to read the kernel %s", path);
	hash_init(&h);
	while (done < size && n > 0) {
		size_t step = size - done < READ_PIECE ? size - done : READ_PIECE;

		n = pread(fd, all != NULL ? all + done : piece, step, (off_t)done);
		if (n <= 0)
			break;
		hash_feed(&h, all != NULL ? all + done : piece, (size_t)n);
		done += (size_t)n;
	}
	*hash = hash_end(&h);
	if (all == NULL)
		free(piece);
	if (n < 0)
		return error_set(err, -errno, "cannot read the kernel %s: %s", path,
				 strerror(errno));
	if (done < size)
		return error_set(err, -EAGAIN, "the kernel %s became shorter while it was read",
				 path);
	return 0;
}

static int write_piece(void *context, const void *data, size_t size, struct hospes_error *err)
{
	return cache_write(context, data, size, err);
}

static int unpack_to(struct kernel_image *k, const uint8_t *file, const struct unpack_plan *plan,
		     const struct cache_key *key, bool in_memory, struct hospes_error *err)
{
	struct cache_writer w;
	int rc = cache_write_begin(&w, in_memory ? NULL : key, err);
	uint64_t size;

	if (rc == -EALREADY) {
		k->fd = cache_find(key, &size);
		k->size = size;
		k->cached = k->fd >= 0;
		if (k->cached)
			return 0;
		rc = cache_write_begin(&w, NULL, err); /* it was removed at once */
	}
	if (rc < 0)
		return rc;
	rc = unpack_run(plan, file, KERNEL_UNPACKED_MAX, write_piece, &w, err);
	if (rc < 0) {
		cache_write_abort(&w);
		return rc;
	}
	k->size = w.size;
	k->fd = cache_write_end(&w, key, err);
	return k->fd < 0 ? k->fd : 0;
}

/* Unpacks what the file holds; what cannot be kept on a full disk is kept in memory. */
static int file_unpack(struct kernel_image *k, int fd, const char *path, struct cache_key *key,
		       struct hospes_error *err)
{
	struct unpack_plan plan;
	uint8_t *file = malloc(key->size + 1);
	int rc;

	if (file == NULL)
		return error_set(err, -ENOMEM, "no memory to read the kernel %s", path);
	rc = file_read(fd, path, file, key->size, &key->hash, err);
	if (rc == 0)
		rc = unpack_plan(&plan, file, key->size, err);
	if (rc == 0) {
		bool plain = plan.format == UNPACK_PLAIN && plan.length == key->size;

		rc = unpack_to(k, file, &plan, key, plain, err);
		if ((rc == -ENOSPC || rc == -EDQUOT || rc == -EIO) && !plain)
			rc = unpack_to(k, file, &plan, key, true, err);
	}
	free(file);
	return rc;
}

static bool file_is_plain(int fd)
{
	char start[4];

	return pread(fd, start, sizeof(start), 0) == sizeof(start) &&
	       elf_is_elf(start, sizeof(start));
}

/* Opens the file and makes its key. A plain ELF file is not hashed: it is worth no entry. */
static int file_identify(const char *path, struct cache_key *key, bool *plain,
			 struct hospes_error *err)
{
	struct stat st;
	int fd = file_open(path, &st, err), rc = 0;

	if (fd < 0)
		return fd;
	cache_key_make(key, &st, 0);
	*plain = file_is_plain(fd);
	if (!*plain)
		rc = file_read(fd, path, NULL, key->size, &key->hash, err);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

static int kernel_find(struct kernel_image *k, const char *path, struct hospes_error *err)
{
	struct cache_key key;
	uint64_t size = 0;
	bool plain;
	int fd = file_identify(path, &key, &plain, err), rc = 0;

	if (fd < 0)
		return fd;
	k->fd = plain ? -1 : cache_find(&key, &size);
	k->cached = k->fd >= 0;
	k->size = size;
	if (!k->cached) {
		rc = file_unpack(k, fd, path, &key, err);
		if (rc < 0 && rc != -EAGAIN)
			error_prefix(err, "%s", path);
	}
	close(fd);
	return rc;
}

int kernel_prefill(const char *path, uint64_t free_bytes, struct hospes_error *err)
{
	struct kernel_image k = { .fd = -1 };
	struct cache_key key;
	uint64_t need;
	bool plain;
	int fd = file_identify(path, &key, &plain, err), rc = 0;

	if (fd < 0)
		return fd;
	need = key.size + PREFILL_WORK + (cache_in_memory() ? PREFILL_ENTRY : 0);
	if (plain || cache_has(&key))
		rc = 0;
	else if (!cache_has_room())
		rc = error_set(err, -ENOSPC, "the cache is full");
	else if (free_bytes < need)
		rc = error_set(err, -ENOMEM, "%s: too little free memory (%llu of %llu MiB)", path,
			       (unsigned long long)free_bytes >> 20,
			       (unsigned long long)need >> 20);
	else if ((rc = file_unpack(&k, fd, path, &key, err)) == 0)
		rc = !k.cached;
	close(fd);
	kernel_close(&k);
	return rc;
}

int kernel_open(struct kernel_image *k, const char *path, struct hospes_error *err)
{
	int rc;

	memset(k, 0, sizeof(*k));
	k->fd = -1;
	k->offset = CACHE_HEADER_SIZE;
	rc = kernel_find(k, path, err);
	if (rc < 0)
		return rc;
	k->map_size = k->offset + k->size;
	k->map = mmap(NULL, k->map_size, PROT_READ, MAP_PRIVATE, k->fd, 0);
	if (k->map == MAP_FAILED) {
		k->map = NULL;
		rc = error_set(err, -errno, "cannot map the unpacked kernel: %s", strerror(errno));
	}
	if (rc == 0)
		rc = elf_parse(&k->elf, (uint8_t *)k->map + k->offset, k->size, err);
	if (rc == 0)
		rc = notes_read(&k->notes, &k->elf, err);
	if (rc < 0) {
		kernel_close(k);
		return error_prefix(err, "%s", path);
	}
	return 0;
}

void kernel_close(struct kernel_image *k)
{
	if (k->map != NULL)
		munmap(k->map, k->map_size);
	if (k->fd >= 0)
		close(k->fd);
	k->map = NULL;
	k->fd = -1;
}

int kernel_read(const struct kernel_image *k, uint64_t offset, void *data, size_t size)
{
	uint8_t *at = data;

	while (size > 0) {
		ssize_t n = pread(k->fd, at, size, (off_t)(k->offset + offset));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

bool kernel_next_data(const struct kernel_image *k, uint64_t *start, uint64_t end, uint64_t *stop)
{
	off_t from = lseek(k->fd, (off_t)(k->offset + *start), SEEK_DATA);
	off_t to;

	*stop = end;
	/* Some file systems cannot tell: then all of it is taken for data. */
	if (from < 0)
		return errno != ENXIO && *start < end;
	if ((uint64_t)from >= k->offset + end)
		return false;
	to = lseek(k->fd, from, SEEK_HOLE);
	*start = (uint64_t)from - k->offset;
	if (to > from && (uint64_t)to < k->offset + end)
		*stop = (uint64_t)to - k->offset;
	return true;
}
