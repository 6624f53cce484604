/* SPDX-License-Identifier: MIT */
/*
 * Unpacked kernels, kept so that only the first domain with a kernel waits for its unpacking.
 * An entry is one file: a page of header, then the ELF file, with holes where it is zero. It is
 * served only for the very kernel file that it was made from: the file's identity must be the same,
 * and so must the digest of its content, so neither a changed file nor one that was made to look
 * like another gets a wrong kernel. Making entries is left to cache_writer.h.
 */
#ifndef HOSPES_BUILDER_KERNEL_CACHE_H
#define HOSPES_BUILDER_KERNEL_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <dom0-tools/base/must_check.h>
#include "digest.h"

/* Where entries lie; $HOSPES_CACHE_DIR overrides it. Only root may write there. */
#define CACHE_DIR "/var/cache/hospes"
/* Entries kept: the kernels of a mixed host. Each takes 30 to 70 MiB. */
#define CACHE_ENTRIES_MAX 4
#define CACHE_HEADER_SIZE 4096

/* One state of a file. The kernel updates the times at each change. */
struct cache_identity {
	uint64_t device, inode, size;
	int64_t mtime_s, mtime_ns, ctime_s, ctime_ns;
};

struct cache_key {
	struct cache_identity file;
	uint8_t digest[DIGEST_SIZE]; /* of the file's content */
};

/* What stands at an entry's start. */
struct cache_header {
	char magic[8];
	struct cache_key key;
	uint64_t size;            /* of the ELF file */
	uint8_t sum[DIGEST_SIZE]; /* digest of all above */
};

/* The key of the file that @st tells of; the digest is left zero, for the caller to fill in. */
void cache_key_make(struct cache_key *key, const struct stat *st);

/*
 * The entry of @key: a descriptor to read from, with the ELF file from CACHE_HEADER_SIZE on.
 * -ENOENT when there is none; one that is damaged, or of another state of the file, is removed.
 */
__must_check int cache_find(const struct cache_key *key, uint64_t *size);

/* The same without counting as a use of the entry. */
bool cache_has(const struct cache_key *key);

/*
 * Whether there is an entry of this file, judged by its identity alone. If not, its digest need not
 * be computed.
 */
bool cache_may_have(const struct cache_key *key);

/* Fills in @header for an entry of @key that holds @size bytes. */
void cache_header_make(struct cache_header *header, const struct cache_key *key, uint64_t size);

#endif
