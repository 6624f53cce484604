/* SPDX-License-Identifier: MIT */
/* Files below /etc/hospes: whole or not at all, also after a power cut. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include "defined.h"
#include "intent.h"

#define CONF_DIR     "/etc/hospes"
#define CONF_DIR_MAX 120

const char *defined_dir(void)
{
	const char *dir = getenv("HOSPES_CONF_DIR");

	return dir != NULL && *dir != '\0' ? dir : CONF_DIR;
}

int defined_path(const char *what, const char *name, const char *suffix, char path[256],
		 struct hospes_error *err)
{
	if (strlen(defined_dir()) > CONF_DIR_MAX)
		return error_set(err, -ENAMETOOLONG, "the path %s has more than %d bytes",
				 defined_dir(), CONF_DIR_MAX);
	if (!intent_name_is_plain(name))
		return error_set(err, -EINVAL, "%s is no name of a domain", name);

	snprintf(path, 256, "%s/%s/%s%s", defined_dir(), what, name, suffix);
	return 0;
}

/* The folder @what, open; made if need be. */
static int folder_open(const char *what, struct hospes_error *err)
{
	char path[200];
	int fd;

	mkdir(defined_dir(), 0755);
	snprintf(path, sizeof(path), "%s/%s", defined_dir(), what);
	mkdir(path, 0755);

	/* What could not be made cannot be opened. */
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, -errno, "cannot open the directory %s: %s", path,
				 strerror(errno));

	return fd;
}

static int content_write(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	int rc;

	if (fd < 0)
		return -errno;

	rc = file_write(fd, data, size);
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc;
}

/* A new file first, on the disk; then the name; then the folder. */
int defined_write(const char *what, const char *path, const void *data, size_t size,
		  struct hospes_error *err)
{
	int folder = folder_open(what, err), rc;
	char new[264];

	if (folder < 0)
		return folder;

	snprintf(new, sizeof(new), "%s.new", path);
	rc = content_write(new, data, size);
	if (rc == 0 && rename(new, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(new);
	if (rc == 0 && fsync(folder) < 0)
		rc = -errno;

	close(folder);
	if (rc < 0)
		return error_set(err, rc, "cannot write %s: %s", path, strerror(-rc));

	return 0;
}

int defined_unlink(const char *what, const char *path, struct hospes_error *err)
{
	int folder = folder_open(what, err), rc = 0;

	if (folder < 0)
		return folder;

	if (unlink(path) < 0 || fsync(folder) < 0)
		rc = -errno;

	close(folder);
	if (rc < 0)
		return error_set(err, rc, "cannot remove %s: %s", path, strerror(-rc));

	return 0;
}
