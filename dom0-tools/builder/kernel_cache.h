/* SPDX-License-Identifier: MIT */
/*
 * Unpacked kernels, kept so that only the first domain with a kernel waits for its unpacking.
 * An entry is one file: a page of header, then the ELF file, with holes where it is zero. Its key
 * holds everything that tells one state of the kernel file from another, its content's hash too, so
 * that a changed file is never served stale. Entries appear whole (renamed into place) or not at
 * all.
 */
#ifndef HOSPES_LIB_KERNEL_CACHE_H
#define HOSPES_LIB_KERNEL_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include "content_hash.h"
#include <dom0-tools/base/error.h>

/* Where entries lie; $HOSPES_CACHE_DIR overrides it. Only root may write there. */
#define CACHE_DIR "/var/cache/hospes"
/* Entries kept: the kernels of a mixed host. Each takes 30 to 70 MiB. */
#define CACHE_ENTRIES_MAX 4
#define CACHE_HEADER_SIZE 4096

struct cache_key {
	uint64_t device, inode, size;
	int64_t mtime_s, mtime_ns, ctime_s, ctime_ns;
	uint64_t hash;
};

void cache_key_make(struct cache_key *key, const struct stat *st, uint64_t hash);

/*
 * The entry of @key: a descriptor to read from, with the ELF file from CACHE_HEADER_SIZE on.
 * -ENOENT when there is none; a damaged entry is removed and counts as none.
 */
int cache_find(const struct cache_key *key, uint64_t *size);

/* Whether there is an entry; does not count as a use of it. */
bool cache_has(const struct cache_key *key);
/* Whether one more entry fits without dropping another. */
bool cache_has_room(void);
/* Whether entries lie in memory, in the root file system of a system without a disk. */
bool cache_in_memory(void);

/*
 * A file to unpack into. The writer gives pieces in order; cache_write_end() makes it an entry, or
 * an unnamed file where there is no place for entries, and gives a descriptor as cache_find() does.
 * One process at a time makes an entry.
 */
struct cache_writer {
	int dir, fd;   /* dir -1: fd is memory only */
	char name[64]; /* of the temporary file */
	uint64_t size;
};

/*
 * With @key NULL no entry will be made. While another process makes the same entry, this waits for
 * it, and has it hurry if it does so at idle times only: then -EALREADY, and cache_find() has it.
 */
int cache_write_begin(struct cache_writer *w, const struct cache_key *key,
		      struct hospes_error *err);
int cache_write(struct cache_writer *w, const void *data, size_t size, struct hospes_error *err);
int cache_write_end(struct cache_writer *w, const struct cache_key *key, struct hospes_error *err);
void cache_write_abort(struct cache_writer *w);

#endif
