/* SPDX-License-Identifier: MIT */
/* Whole files and whole buffers. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Each further try needs another process that removes the file between our open and our lock. */
#define LOCK_TRIES 16

int file_open_regular(const char *path, const char *what, struct stat *st, struct hospes_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	if (fd < 0)
		return error_set(err, -errno, "cannot open %s %s: %s", what, path, strerror(errno));

	if (fstat(fd, st) < 0) {
		rc = error_set(err, -errno, "cannot look at %s %s: %s", what, path,
			       strerror(errno));
		close(fd);
		return rc;
	}

	if (!S_ISREG(st->st_mode)) {
		close(fd);
		return error_set(err, -EINVAL, "%s %s is no regular file", what, path);
	}

	return fd;
}

ssize_t file_read(int fd, void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, (char *)data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;

		done += (size_t)n;
	}
	return (ssize_t)done;
}

int file_read_at(int fd, void *data, size_t size, off_t offset)
{
	char *at = data;

	while (size > 0) {
		ssize_t n = pread(fd, at, size, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENODATA;

		at += n;
		offset += n;
		size -= (size_t)n;
	}
	return 0;
}

ssize_t file_read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	text[0] = '\0';
	if (fd < 0)
		return -errno;

	n = file_read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return n;

	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return n;
}

int file_write_some(int fd, const void *data, size_t size, size_t *done)
{
	const char *at = data;

	*done = 0;
	while (*done < size) {
		ssize_t n = write(fd, at + *done, size - *done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;

		*done += (size_t)n;
	}
	return 0;
}

int file_write(int fd, const void *data, size_t size)
{
	size_t done;

	return file_write_some(fd, data, size, &done);
}

int file_write_at(int fd, const void *data, size_t size, off_t offset)
{
	const char *at = data;

	while (size > 0) {
		ssize_t n = pwrite(fd, at, size, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;

		at += n;
		offset += n;
		size -= (size_t)n;
	}
	return 0;
}

int file_replace(const char *path, const void *data, size_t size, mode_t mode)
{
	char new[PATH_MAX];
	int fd, rc;

	if (snprintf(new, sizeof(new), "%s.new", path) >= (int)sizeof(new))
		return -ENAMETOOLONG;

	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return -errno;

	rc = file_write(fd, data, size);
	/* Some file systems tell only now that the disk is full. */
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(new, path) < 0)
		rc = -errno;

	if (rc < 0)
		unlink(new);
	return rc;
}

bool file_has_name(int fd, int dir, const char *name)
{
	struct stat ours, named;

	if (fstat(fd, &ours) < 0)
		return false;
	if (fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return false;

	return ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* -ESTALE: the name was taken from the file before the lock was ours. */
static int open_locked_once(int dir, const char *name, int flags, mode_t mode)
{
	int fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW, mode);
	int rc = 0;

	if (fd < 0)
		return -errno;

	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		rc = -errno;
	else if (!file_has_name(fd, dir, name))
		rc = -ESTALE;

	if (rc == 0)
		return fd;

	close(fd);
	return rc;
}

int file_open_locked(int dir, const char *name, int flags, mode_t mode)
{
	int rc = -ESTALE;

	for (int tries = 0; tries < LOCK_TRIES && rc == -ESTALE; tries++)
		rc = open_locked_once(dir, name, flags, mode);

	/* Somebody makes and removes it without end: he has it. */
	return rc == -ESTALE ? -EWOULDBLOCK : rc;
}

int file_open_directory(const char *path, struct hospes_error *err)
{
	int fd;

	if (mkdir(path, S_IRWXU) < 0 && errno != EEXIST)
		return error_set(err, -errno, "cannot make the directory %s: %s", path,
				 strerror(errno));

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return error_set(err, -errno, "cannot open the directory %s: %s", path,
				 strerror(errno));

	return fd;
}

DIR *file_list(int fd)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list;

	if (again < 0)
		return NULL;

	list = fdopendir(again);
	if (list == NULL)
		close(again);
	return list;
}

int file_full_path(const char *path, char full[PATH_MAX])
{
	char folder[PATH_MAX];
	int n;

	if (path[0] == '/')
		n = snprintf(full, PATH_MAX, "%s", path);
	else if (getcwd(folder, sizeof(folder)) == NULL)
		return -errno;
	else
		n = snprintf(full, PATH_MAX, "%s/%s", folder, path);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}
