/* SPDX-License-Identifier: MIT */
/*
 * The cache's directory. There is one entry a kernel file, named by the file's device and inode, so
 * the entry of a file that was written anew replaces the old one. The name proves nothing: what the
 * entry holds is told by its header (kernel_cache.c).
 */
#include "cache_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>

#define ENTRY_PREFIX     "kernel-"
#define TEMPORARY_PREFIX "new-"
/* A temporary file older than this many seconds was left by a killed process. */
#define TEMPORARY_AGE_MAX 600

int cache_dir_open(bool make)
{
	const char *path = getenv("HOSPES_CACHE_DIR");
	struct stat st;
	int fd;

	if (path == NULL)
		path = CACHE_DIR;
	if (make)
		mkdir(path, 0700);

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	/* Anybody else who can write there could make a guest boot any kernel. */
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH))) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

static void file_name(const char *prefix, const struct cache_key *key, char name[CACHE_NAME_MAX])
{
	snprintf(name, CACHE_NAME_MAX, "%s%llx-%llx", prefix, (unsigned long long)key->file.device,
		 (unsigned long long)key->file.inode);
}

void cache_entry_name(const struct cache_key *key, char name[CACHE_NAME_MAX])
{
	file_name(ENTRY_PREFIX, key, name);
}

void cache_temporary_name(const struct cache_key *key, char name[CACHE_NAME_MAX])
{
	file_name(TEMPORARY_PREFIX, key, name);
}

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* One pass: counts entries, finds the oldest, drops abandoned temporary files. */
static unsigned int dir_scan(int dir, char oldest[CACHE_NAME_MAX])
{
	DIR *list = file_list(dir);
	unsigned int count = 0;
	time_t oldest_time = 0;
	struct dirent *e;
	struct stat st;

	if (list == NULL)
		return 0;

	while ((e = readdir(list)) != NULL) {
		if (strlen(e->d_name) >= CACHE_NAME_MAX)
			continue;
		if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;

		if (starts_with(e->d_name, TEMPORARY_PREFIX) &&
		    st.st_mtime + TEMPORARY_AGE_MAX < time(NULL))
			unlinkat(dir, e->d_name, 0);

		if (!starts_with(e->d_name, ENTRY_PREFIX))
			continue;

		if (count == 0 || st.st_mtime < oldest_time) {
			oldest_time = st.st_mtime;
			strcpy(oldest, e->d_name);
		}
		count++;
	}

	closedir(list);
	return count;
}

void cache_dir_trim(int dir)
{
	char oldest[CACHE_NAME_MAX];

	while (dir_scan(dir, oldest) >= CACHE_ENTRIES_MAX) {
		if (unlinkat(dir, oldest, 0) < 0)
			return;
	}
}
