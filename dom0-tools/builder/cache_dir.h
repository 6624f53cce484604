/* SPDX-License-Identifier: MIT */
/*
 * The directory of the kernel cache: opened only where nobody else can write, its files named, and
 * kept to a bounded number. Inside builder/ only.
 */
#ifndef HOSPES_BUILDER_CACHE_DIR_H
#define HOSPES_BUILDER_CACHE_DIR_H

#include <stdbool.h>
#include <dom0-tools/base/must_check.h>
#include "kernel_cache.h"

/* "kernel-", "new-", and two numbers of 16 digits. */
#define CACHE_NAME_MAX 64

/* A descriptor of the directory, made before if @make; -errno, -EPERM when it is not ours alone. */
__must_check int cache_dir_open(bool make);

/* The names of a kernel file's entry, and of the file in which that entry is being made. */
void cache_entry_name(const struct cache_key *key, char name[CACHE_NAME_MAX]);
void cache_temporary_name(const struct cache_key *key, char name[CACHE_NAME_MAX]);

/* Makes room for one more entry: the least recently used go, and what killed processes left. */
void cache_dir_trim(int dir);

#endif
