/* SPDX-License-Identifier: MIT */
/* NAME.part, its lock, and its way to its name. */
#include "part_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file.h"

/* What has the name already must be a file: a device would be gone. */
static int target_check(const char *path, struct hospes_error *err)
{
	struct stat st;

	if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
		return 0;

	return error_set(err, -EINVAL, "%s is there already, and is no file", path);
}

static int part_open(const char *part, struct hospes_error *err)
{
	int fd = file_open_locked(AT_FDCWD, part, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);

	if (fd == -EWOULDBLOCK)
		return error_set(err, -EBUSY, "another process writes %s just now", part);
	if (fd < 0)
		return error_set(err, fd, "cannot open %s: %s", part, strerror(-fd));

	if (ftruncate(fd, 0) < 0) {
		int rc = error_set(err, -errno, "cannot empty %s: %s", part, strerror(errno));

		close(fd);
		return rc;
	}

	return fd;
}

int part_file_begin(struct part_file *f, const char *path, struct hospes_error *err)
{
	int rc;

	*f = (struct part_file){ .fd = -1, .path = path };
	if (snprintf(f->part, sizeof(f->part), "%s.part", path) >= (int)sizeof(f->part))
		return error_set(err, -ENAMETOOLONG, "the path %s is too long", path);

	rc = target_check(path, err);
	if (rc < 0)
		return rc;

	f->fd = part_open(f->part, err);
	return f->fd < 0 ? f->fd : 0;
}

int part_file_sync(struct part_file *f, struct hospes_error *err)
{
	if (fsync(f->fd) == 0)
		return 0;

	return error_set(err, -errno, "cannot write %s: %s (%d)", f->path, strerror(errno), -errno);
}

/* Where that fails the name is there all the same. */
static void folder_sync(const char *path)
{
	char folder[PATH_MAX];
	char *slash;
	int fd;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		strcpy(folder, ".");
	else
		slash[slash == folder] = '\0';

	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;

	fsync(fd);
	close(fd);
}

int part_file_name(struct part_file *f, struct hospes_error *err)
{
	if (rename(f->part, f->path) < 0)
		return error_set(err, -errno, "cannot name the file %s: %s", f->path,
				 strerror(errno));

	f->part[0] = '\0';
	folder_sync(f->path);
	return 0;
}

void part_file_end(struct part_file *f)
{
	if (f->fd < 0)
		return;

	if (f->part[0] != '\0')
		unlink(f->part);
	close(f->fd);
	f->fd = -1;
}
