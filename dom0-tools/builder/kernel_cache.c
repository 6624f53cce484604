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
#include <linux/magic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define CACHE_MAGIC      "HospesK1"
#define ENTRY_PREFIX     "kernel-"
#define TEMPORARY_PREFIX "new-"
#define HOLE_SIZE        4096
/* A temporary file older than this was left by a killed process. */
#define TEMPORARY_AGE_MAX 600
/* Another's work on an entry is looked at so often, and given up on when it stood still so long. */
#define CLAIM_STEP_US  2000
#define CLAIM_STILL_MS 5000

struct cache_header {
	char magic[8];
	struct cache_key key;
	uint64_t size; /* of the ELF file */
	uint64_t sum;  /* hash of all above */
};

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

static void file_name(const char *prefix, const struct cache_key *key, char name[64])
{
	snprintf(name, 64, "%s%016llx", prefix, (unsigned long long)hash_of(key, sizeof(*key)));
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
	       h->sum == hash_of(h, offsetof(struct cache_header, sum)) && fstat(fd, &st) == 0 &&
	       (uint64_t)st.st_size == CACHE_HEADER_SIZE + h->size;
}

static int entry_open(const struct cache_key *key, uint64_t *size)
{
	int dir = cache_dir_open(false), fd;
	struct cache_header h;
	char name[64];

	if (dir < 0)
		return -ENOENT;
	file_name(ENTRY_PREFIX, key, name);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && (pread(fd, &h, sizeof(h), 0) != sizeof(h) || !header_good(fd, &h, key))) {
		unlinkat(dir, name, 0);
		close(fd);
		fd = -1;
	}
	close(dir);
	if (fd < 0)
		return -ENOENT;
	*size = h.size;
	return fd;
}

int cache_find(const struct cache_key *key, uint64_t *size)
{
	int fd = entry_open(key, size);

	/* The entry's age is the time of its last use: cache_trim() drops the oldest. */
	if (fd >= 0)
		futimens(fd, NULL);
	return fd;
}

bool cache_has(const struct cache_key *key)
{
	uint64_t size;
	int fd = entry_open(key, &size);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
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
		if (strlen(e->d_name) >= 64 ||
		    fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
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

bool cache_has_room(void)
{
	int dir = cache_dir_open(true);
	char oldest[64];
	bool room = dir >= 0 && cache_scan(dir, oldest) < CACHE_ENTRIES_MAX;

	if (dir >= 0)
		close(dir);
	return room;
}

bool cache_in_memory(void)
{
	int dir = cache_dir_open(true);
	struct statfs fs = { .f_type = 0 };

	if (dir < 0)
		return true;
	fstatfs(dir, &fs);
	close(dir);
	return fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC;
}

/* Whoever works at idle times on what we wait for is given our own priority. */
static void holder_hurry(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct sched_param normal = { .sched_priority = 0 };

	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0)
		return;
	sched_setscheduler(lock.l_pid, SCHED_OTHER, &normal);
	setpriority(PRIO_PROCESS, (id_t)lock.l_pid, getpriority(PRIO_PROCESS, 0));
	syscall(SYS_ioprio_set, 1 /* of one process */, lock.l_pid, 0 /* as its priority says */);
}

/*
 * Waits for the lock on a temporary file as long as its holder gets on. It ends with its process:
 * what a killed one left can be taken over.
 */
static int claim_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	unsigned int still_us = 0;
	off_t blocks = -1;
	struct stat st;

	while (fcntl(fd, F_SETLK, &lock) < 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return -errno;
		if (blocks < 0)
			holder_hurry(fd);
		if (fstat(fd, &st) < 0 || still_us / 1000 >= CLAIM_STILL_MS)
			return -ETIMEDOUT;
		still_us = st.st_blocks != blocks ? 0 : still_us + CLAIM_STEP_US;
		blocks = st.st_blocks;
		usleep(CLAIM_STEP_US);
	}
	return 0;
}

/* Whether the file that we opened has its name still. */
static bool name_is_ours(const struct cache_writer *w, int fd)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 &&
	       fstatat(w->dir, w->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_ino == named.st_ino;
}

/* The temporary file of @key, empty and locked. -EALREADY: it became an entry meanwhile. */
static int claim_take(struct cache_writer *w, const struct cache_key *key)
{
	int fd, rc;
	bool ours;

	file_name(TEMPORARY_PREFIX, key, w->name);
	fd = openat(w->dir, w->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	rc = claim_lock(fd);
	ours = rc == 0 && name_is_ours(w, fd);
	if (rc == 0 && cache_has(key)) {
		rc = -EALREADY;
		if (ours)
			unlinkat(w->dir, w->name, 0);
	} else if (rc == 0 && (!ours || ftruncate(fd, 0) < 0)) {
		rc = -EBUSY;
	}
	if (rc == 0)
		w->fd = fd;
	else
		close(fd);
	return rc;
}

int cache_write_begin(struct cache_writer *w, const struct cache_key *key, struct hospes_error *err)
{
	int rc = 0;

	memset(w, 0, sizeof(*w));
	w->fd = -1;
	w->dir = key == NULL ? -1 : cache_dir_open(true);
	if (w->dir >= 0) {
		rc = claim_take(w, key);
		if (rc == 0)
			cache_trim(w->dir);
		else
			close(w->dir);
	}
	if (rc == -EALREADY)
		return rc;
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
	struct flock open = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
	int rc = header_write(w, key), fd = w->fd;
	char name[64];

	if (rc < 0) {
		cache_write_abort(w);
		return error_set(err, rc, "cannot keep the unpacked kernel: %s", strerror(-rc));
	}
	if (w->dir < 0)
		return fd;
	file_name(ENTRY_PREFIX, key, name);
	/* On a disk the data must be there before the name, or a crash leaves a hollow entry. */
	if (fdatasync(w->fd) < 0 || renameat(w->dir, w->name, w->dir, name) < 0)
		unlinkat(w->dir, w->name, 0);
	fcntl(fd, F_SETLK, &open); /* who waited may look */
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
