/* SPDX-License-Identifier: MIT */
/*
 * The temporary file that becomes an entry. Who makes it holds a lock on it, which the kernel drops
 * with the process; others who need the same entry wait as long as the file grows.
 */
#include "cache_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/progress.h>

/* Pages of zeros become holes. */
#define HOLE_SIZE 4096
/*
 * How often to look whether another process gets on with the entry, and how long it may stand
 * still.
 */
#define CLAIM_STEP_MS  2
#define CLAIM_STILL_MS 5000

/*
 * Waits for the lock on a temporary file while its holder makes progress; -ETIMEDOUT when it stands
 * still. The kernel drops the lock of a killed process, and the file can be taken over.
 */
static int claim_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int64_t give_up = clock_ms() + CLAIM_STILL_MS;
	off_t blocks = -1;
	struct stat st;

	while (fcntl(fd, F_SETLK, &lock) < 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return -errno;
		if (fstat(fd, &st) < 0)
			return -errno;

		if (st.st_blocks != blocks)
			give_up = clock_ms() + CLAIM_STILL_MS;
		blocks = st.st_blocks;
		if (clock_left_ms(give_up) == 0)
			return -ETIMEDOUT;

		progress_tell("another process unpacks it");
		clock_sleep_ms(CLAIM_STEP_MS);
	}
	return 0;
}

/* With the lock held: is the entry still missing, and is this the file to make it in? */
static int claim_judge(struct cache_writer *w, const struct cache_key *key, int fd)
{
	bool ours = file_has_name(fd, w->dir, w->name);

	if (cache_has(key)) {
		if (ours)
			unlinkat(w->dir, w->name, 0);
		return -EALREADY;
	}

	if (!ours)
		return -EBUSY;

	return ftruncate(fd, 0) < 0 ? -errno : 0;
}

/* The temporary file of @key, empty and locked. -EALREADY: it became an entry meanwhile. */
static int claim_take(struct cache_writer *w, const struct cache_key *key)
{
	int fd, rc;

	cache_temporary_name(key, w->name);
	fd = openat(w->dir, w->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;

	rc = claim_lock(fd);
	if (rc == 0)
		rc = claim_judge(w, key, fd);
	if (rc < 0) {
		close(fd);
		return rc;
	}

	w->fd = fd;
	return 0;
}

/* A place for the entry in the directory; without one w->fd stays -1. */
static int entry_begin(struct cache_writer *w, const struct cache_key *key)
{
	int rc;

	w->dir = cache_dir_open(true);
	if (w->dir < 0)
		return w->dir;

	rc = claim_take(w, key);
	if (rc == 0) {
		cache_dir_trim(w->dir);
		return 0;
	}

	close(w->dir);
	w->dir = -1;
	return rc;
}

int cache_write_begin(struct cache_writer *w, const struct cache_key *key, struct hospes_error *err)
{
	memset(w, 0, sizeof(*w));
	w->dir = -1;
	w->fd = -1;

	if (key != NULL) {
		int rc = entry_begin(w, key);

		if (rc == 0 || rc == -EALREADY)
			return rc;
	}

	/* The domain can be made all the same; the next one unpacks again. */
	w->fd = memfd_create("kernel", MFD_CLOEXEC);
	if (w->fd < 0)
		return error_set(err, -errno, "no place to unpack the kernel into: %s",
				 strerror(errno));
	return 0;
}

static bool all_zero(const uint8_t *data, size_t size)
{
	return data[0] == 0 && memcmp(data, data + 1, size - 1) == 0;
}

static int run_write(struct cache_writer *w, const uint8_t *data, size_t size, uint64_t offset,
		     struct hospes_error *err)
{
	int rc = file_write_at(w->fd, data, size, (off_t)(CACHE_HEADER_SIZE + offset));

	if (rc == 0)
		return 0;

	return error_set(err, rc, "cannot keep the unpacked kernel in %s: %s",
			 w->dir >= 0 ? CACHE_DIR : "memory", strerror(-rc));
}

/* Writes runs of pages that hold something; leaves holes for the others. */
int cache_write(struct cache_writer *w, const void *data, size_t size, struct hospes_error *err)
{
	const uint8_t *bytes = data;
	size_t run = 0; /* where the run begins that is not written yet */
	size_t at = 0;
	int rc;

	while (at < size) {
		size_t page = HOLE_SIZE - (w->size + at) % HOLE_SIZE;

		if (page > size - at)
			page = size - at;

		if (all_zero(bytes + at, page)) {
			rc = run_write(w, bytes + run, at - run, w->size + run, err);
			if (rc < 0)
				return rc;
			run = at + page;
		}
		at += page;
	}

	rc = run_write(w, bytes + run, size - run, w->size + run, err);
	if (rc < 0)
		return rc;

	w->size += size;
	return 0;
}

static int header_write(struct cache_writer *w, const struct cache_key *key)
{
	struct cache_header h;

	/* The last page may be a hole: the file must have its length all the same. */
	if (ftruncate(w->fd, (off_t)(CACHE_HEADER_SIZE + w->size)) < 0)
		return -errno;

	cache_header_make(&h, key, w->size);
	return file_write_at(w->fd, &h, sizeof(h), 0);
}

/* Not one that another process began under the name, when ours was taken for abandoned. */
static void temporary_remove(struct cache_writer *w)
{
	if (file_has_name(w->fd, w->dir, w->name))
		unlinkat(w->dir, w->name, 0);
}

/* Gives the file its entry's name. Without one it serves this once. */
static void entry_name(struct cache_writer *w, const struct cache_key *key)
{
	struct flock unlock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
	char name[CACHE_NAME_MAX];

	cache_entry_name(key, name);
	/* On a disk the data must be there before the name, or a crash leaves a hollow entry. */
	if (fdatasync(w->fd) < 0 || !file_has_name(w->fd, w->dir, w->name) ||
	    renameat(w->dir, w->name, w->dir, name) < 0)
		temporary_remove(w);

	/* Those who waited may look. */
	fcntl(w->fd, F_SETLK, &unlock);
}

int cache_write_end(struct cache_writer *w, const struct cache_key *key, struct hospes_error *err)
{
	int rc = header_write(w, key);
	int fd = w->fd;

	if (rc < 0) {
		cache_write_abort(w);
		return error_set(err, rc, "cannot keep the unpacked kernel: %s", strerror(-rc));
	}

	if (w->dir >= 0) {
		entry_name(w, key);
		close(w->dir);
	}
	w->dir = -1;
	w->fd = -1;
	return fd;
}

void cache_write_abort(struct cache_writer *w)
{
	if (w->dir >= 0) {
		temporary_remove(w);
		close(w->dir);
	}
	if (w->fd >= 0)
		close(w->fd);
	w->dir = -1;
	w->fd = -1;
}
