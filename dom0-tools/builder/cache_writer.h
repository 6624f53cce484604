/* SPDX-License-Identifier: MIT */
/*
 * Making an entry of the kernel cache: a file to unpack into. The writer gives pieces in order;
 * cache_write_end() makes it an entry, whole or not at all (it is renamed into place), or an
 * unnamed file where there is no place for entries. One process at a time makes the entry of a
 * kernel file. Inside builder/ only.
 */
#ifndef HOSPES_BUILDER_CACHE_WRITER_H
#define HOSPES_BUILDER_CACHE_WRITER_H

#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>
#include "cache_dir.h"

struct cache_writer {
	int dir, fd; /* dir -1: fd is memory only */
	char name[CACHE_NAME_MAX];
	uint64_t size;
};

/*
 * With @key NULL no entry will be made. While another process makes the same entry, this waits for
 * it: then -EALREADY, and cache_find() has it.
 */
__must_check int cache_write_begin(struct cache_writer *w, const struct cache_key *key,
				   struct hospes_error *err);
__must_check int cache_write(struct cache_writer *w, const void *data, size_t size,
			     struct hospes_error *err);

/* Returns a descriptor as cache_find() does, or -errno. The writer is at its end in any case. */
__must_check int cache_write_end(struct cache_writer *w, const struct cache_key *key,
				 struct hospes_error *err);
void cache_write_abort(struct cache_writer *w);

#endif
