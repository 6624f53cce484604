/* SPDX-License-Identifier: MIT */
/* Appending to log files, and their rotation under a lock. */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file.h"

void logfile_close(struct logfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

static int file_reopen(struct logfile *f)
{
	struct stat st;

	logfile_close(f);
	f->fd = open(f->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (f->fd < 0)
		return -errno;
	if (fstat(f->fd, &st) < 0)
		return -errno;

	f->turn++;
	f->size = st.st_size;
	return 0;
}

int logfile_open(struct logfile *f, const char *path, off_t size_max)
{
	*f = (struct logfile){ .fd = -1, .size_max = size_max };
	snprintf(f->path, sizeof(f->path), "%s", path);
	return file_reopen(f);
}

static void old_path(const char *path, char old[LOGFILE_PATH_MAX + 2])
{
	snprintf(old, LOGFILE_PATH_MAX + 2, "%s.1", path);
}

void logfile_old_path(const struct logfile *f, char path[LOGFILE_PATH_MAX + 2])
{
	old_path(f->path, path);
}

static int move(const char *path, const char *to)
{
	return renameat2(AT_FDCWD, path, AT_FDCWD, to, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

int logfile_rename(const char *path, const char *to)
{
	char old[LOGFILE_PATH_MAX + 2], old_to[LOGFILE_PATH_MAX + 2];
	int rc = move(path, to);

	if (rc < 0)
		return rc;

	old_path(path, old);
	old_path(to, old_to);
	rc = move(old, old_to);
	/* Where there is none, or one of that name, it stays where it is. */
	return rc == -ENOENT || rc == -EEXIST ? 0 : rc;
}

int logfile_move(struct logfile *f, const char *path)
{
	int rc = logfile_rename(f->path, path);

	if (rc == 0)
		snprintf(f->path, sizeof(f->path), "%s", path);
	return rc;
}

/* The file of that name, whatever others did to it; f->size is what it holds now. */
static int file_current(struct logfile *f)
{
	struct stat st;

	if (f->fd < 0 || !file_has_name(f->fd, AT_FDCWD, f->path))
		return file_reopen(f);

	if (fstat(f->fd, &st) < 0)
		return -errno;

	f->size = st.st_size;
	return 0;
}

/*
 * Renames the file and begins a new one. Who holds the lock of the file does it; another that comes
 * at the same time goes on in the old one with this text, and finds the new one with the next.
 */
static int file_rotate(struct logfile *f)
{
	char old[LOGFILE_PATH_MAX + 2];

	if (flock(f->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -errno;

	/* Another was faster: what has the name now is the new one. */
	if (!file_has_name(f->fd, AT_FDCWD, f->path))
		return file_reopen(f);

	logfile_old_path(f, old);
	if (rename(f->path, old) < 0)
		return -errno;

	/* The lock goes with the descriptor. */
	return file_reopen(f);
}

/* Appends; *done is how much of it. */
static int append(struct logfile *f, const char *text, size_t length, size_t *done)
{
	int rc = file_write_some(f->fd, text, length, done);

	f->size += (off_t)*done;
	return rc;
}

/* Tells, in the file itself, that there is a gap. */
static int gap_tell(struct logfile *f)
{
	char line[96];
	size_t done;
	int n, rc;

	n = snprintf(line, sizeof(line), "\n--- %" PRIu64 " bytes could not be written here ---\n",
		     f->lost);
	rc = append(f, line, (size_t)n, &done);
	if (rc == 0)
		f->lost = 0;
	return rc;
}

static int write_all(struct logfile *f, const char *text, size_t length, size_t *done)
{
	int rc = file_current(f);

	if (rc == 0 && f->size > 0 && f->size + (off_t)length > f->size_max)
		rc = file_rotate(f);
	if (rc == 0 && f->lost > 0)
		rc = gap_tell(f);
	if (rc < 0)
		return rc;

	return append(f, text, length, done);
}

int logfile_write(struct logfile *f, const char *text, size_t length)
{
	size_t done = 0;
	int rc = write_all(f, text, length, &done);

	f->lost += length - done;
	return rc;
}
