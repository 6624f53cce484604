/* SPDX-License-Identifier: MIT */
/*
 * From a path to a kernel that can be loaded. The file given by the user is read, never mapped: it
 * may be cut while we look at it. Only our own unpacked copy is mapped, for its headers.
 */
#include "kernel_image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/progress.h>
#include "cache_writer.h"
#include "kernel_cache.h"
#include "kernel_elf.h"
#include "kernel_unpack.h"

/* A kernel file is hashed through a buffer of this size: new memory costs more than reading. */
#define READ_PIECE (64UL << 10)

/* The file that the user named, and what of it is known so far. */
struct kernel_file {
	const char *path;
	int fd;
	bool elf; /* by itself, not packed */
	size_t size;
	size_t limit; /* of what it may unpack to, or load */
	struct cache_key key;
};

static int file_open(struct kernel_file *f, const char *path, struct hospes_error *err)
{
	struct stat st;
	int fd = file_open_regular(path, "the kernel", &st, err);
	uint64_t most;

	if (fd < 0)
		return fd;

	f->elf = kernel_is_elf(fd);
	most = f->elf ? KERNEL_ELF_MAX : KERNEL_FILE_MAX;
	if ((uint64_t)st.st_size > most) {
		close(fd);
		return error_set(err, -EFBIG, "the kernel %s has %lld bytes, more than %lu MiB",
				 path, (long long)st.st_size, most >> 20);
	}

	f->path = path;
	f->fd = fd;
	f->size = (size_t)st.st_size;
	cache_key_make(&f->key, &st);
	return 0;
}

static int read_failed(const struct kernel_file *f, int rc, struct hospes_error *err)
{
	if (rc == -ENODATA)
		return error_set(err, -EAGAIN, "the kernel %s became shorter while it was read",
				 f->path);

	return error_set(err, rc, "cannot read the kernel %s: %s", f->path, strerror(-rc));
}

/* The digest of the file's content, for its key. */
static int file_digest(struct kernel_file *f, struct hospes_error *err)
{
	uint8_t *piece = malloc(READ_PIECE);
	struct digest d;
	size_t done = 0;
	int rc = 0;

	if (piece == NULL)
		return error_set(err, -ENOMEM, "no memory to read the kernel %s", f->path);

	digest_begin(&d);
	while (done < f->size && rc == 0) {
		size_t n = f->size - done;

		if (n > READ_PIECE)
			n = READ_PIECE;
		rc = file_read_at(f->fd, piece, n, (off_t)done);
		if (rc == 0)
			digest_add(&d, piece, n);
		done += n;
		progress_bytes(done, f->size);
	}

	free(piece);
	if (rc < 0)
		return read_failed(f, rc, err);

	digest_end(&d, f->key.digest);
	return 0;
}

/* All of the file, allocated; the key gets the digest of what was read. */
static int file_content(struct kernel_file *f, uint8_t **content, struct hospes_error *err)
{
	int rc;

	*content = malloc(f->size + 1);
	if (*content == NULL)
		return error_set(err, -ENOMEM, "no memory to read the kernel %s", f->path);

	rc = file_read_at(f->fd, *content, f->size, 0);
	if (rc < 0)
		return read_failed(f, rc, err);

	digest_of(*content, f->size, f->key.digest);
	return 0;
}

/* What is written, and how much of it there will be; 0: the file does not say. */
struct unpacking {
	struct cache_writer writer;
	uint64_t total;
};

static int write_piece(void *context, const void *data, size_t size, struct hospes_error *err)
{
	struct unpacking *u = context;
	int rc = cache_write(&u->writer, data, size, err);

	progress_bytes(u->writer.size, u->total);
	return rc;
}

/* The kernel from the cache: -ENOENT when it is not there. */
static int kernel_from_cache(struct kernel_image *k, const struct cache_key *key)
{
	uint64_t size;
	int fd = cache_find(key, &size);

	if (fd < 0)
		return fd;

	k->fd = fd;
	k->size = size;
	k->cached = true;
	return 0;
}

/* Unpacks into an entry of @key, or into memory where @key is NULL. */
static int unpack_to(struct kernel_image *k, const struct kernel_file *f, const uint8_t *content,
		     const struct payload *plan, const struct cache_key *key,
		     struct hospes_error *err)
{
	static const struct cache_key none;
	struct unpacking u = { .total = plan->unpacked };
	int rc = cache_write_begin(&u.writer, key, err);

	if (rc == -EALREADY) {
		/* Another process made the entry meanwhile, unless somebody removed it at once. */
		if (kernel_from_cache(k, key) == 0)
			return 0;
		rc = cache_write_begin(&u.writer, NULL, err);
	}
	if (rc < 0)
		return rc;

	rc = unpack_run(plan, content, f->limit, write_piece, &u, err);
	if (rc < 0) {
		cache_write_abort(&u.writer);
		return rc;
	}

	k->size = u.writer.size;
	k->fd = cache_write_end(&u.writer, key != NULL ? key : &none, err);
	return k->fd < 0 ? k->fd : 0;
}

static bool disk_failed(int rc)
{
	return rc == -ENOSPC || rc == -EDQUOT || rc == -EIO;
}

static int content_unpack(struct kernel_image *k, const struct kernel_file *f,
			  const uint8_t *content, struct hospes_error *err)
{
	struct payload plan;
	int rc = unpack_plan(&plan, content, f->size, err);

	if (rc < 0)
		return rc;

	rc = unpack_to(k, f, content, &plan, &f->key, err);
	if (disk_failed(rc))
		rc = unpack_to(k, f, content, &plan, NULL, err);
	return rc;
}

static int file_unpack(struct kernel_image *k, struct kernel_file *f, struct hospes_error *err)
{
	uint8_t *content;
	int rc = file_content(f, &content, err);

	if (rc == 0) {
		rc = content_unpack(k, f, content, err);
		if (rc < 0)
			error_prefix(err, "%s", f->path);
	}

	free(content);
	return rc;
}

/* It is worth no entry: there is nothing to unpack. */
static int elf_take(struct kernel_image *k, const struct kernel_file *f, struct hospes_error *err)
{
	k->fd = kernel_elf_take(f->fd, f->size, f->limit, err);
	if (k->fd < 0)
		return error_prefix(err, "%s", f->path);

	k->offset = 0;
	k->size = f->size;
	return 0;
}

/* The identity is asked first: without an entry of the file there is no use for its digest. */
static int kernel_find(struct kernel_image *k, struct kernel_file *f, struct hospes_error *err)
{
	if (f->elf)
		return elf_take(k, f, err);

	if (cache_may_have(&f->key)) {
		int rc = file_digest(f, err);

		if (rc < 0)
			return rc;
		if (kernel_from_cache(k, &f->key) == 0)
			return 0;
	}

	return file_unpack(k, f, err);
}

/* A packed one may have more bytes, of debugging say, than the guest. */
static size_t unpacked_max(const struct kernel_file *f, uint64_t memory)
{
	uint64_t limit = memory;

	if (!f->elf && f->size > limit)
		limit = f->size;

	return limit < KERNEL_UNPACKED_MAX ? limit : KERNEL_UNPACKED_MAX;
}

/* Reads headers and notes of our own copy, which is mapped. */
static int kernel_parse(struct kernel_image *k, struct hospes_error *err)
{
	struct load_error why;
	int rc = elf_parse(&k->elf, (uint8_t *)k->map + k->offset, k->size, &why);

	if (rc == 0)
		rc = notes_read(&k->notes, &k->elf, &why);
	if (rc < 0)
		return error_set(err, rc, "%s", why.text);
	return 0;
}

static int kernel_map(struct kernel_image *k, struct hospes_error *err)
{
	k->map_size = k->offset + k->size;
	k->map = mmap(NULL, k->map_size, PROT_READ, MAP_PRIVATE, k->fd, 0);
	if (k->map == MAP_FAILED) {
		k->map = NULL;
		return error_set(err, -errno, "cannot map the unpacked kernel: %s",
				 strerror(errno));
	}

	return kernel_parse(k, err);
}

int kernel_open(struct kernel_image *k, const char *path, uint64_t memory, struct hospes_error *err)
{
	struct kernel_file f;
	int rc;

	memset(k, 0, sizeof(*k));
	k->fd = -1;
	k->offset = CACHE_HEADER_SIZE;

	rc = file_open(&f, path, err);
	if (rc < 0)
		return rc;

	f.limit = unpacked_max(&f, memory);
	rc = kernel_find(k, &f, err);
	close(f.fd);
	if (rc < 0)
		return rc;

	rc = kernel_map(k, err);
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
	return file_read_at(k->fd, data, size, (off_t)(k->offset + offset));
}

bool kernel_next_data(const struct kernel_image *k, uint64_t *start, uint64_t end, uint64_t *stop)
{
	off_t limit = (off_t)(k->offset + end);
	off_t from, to;

	*stop = end;
	from = lseek(k->fd, (off_t)(k->offset + *start), SEEK_DATA);
	/* Some file systems cannot tell: then all of it is taken for data. */
	if (from < 0)
		return errno != ENXIO && *start < end;
	if (from >= limit)
		return false;

	*start = (uint64_t)from - k->offset;

	to = lseek(k->fd, from, SEEK_HOLE);
	if (to > from && to < limit)
		*stop = (uint64_t)to - k->offset;
	return true;
}
