/* SPDX-License-Identifier: MIT */
/*
 * Sources of disks: opening and identifying them, making a block device of a file, and who else
 * uses one. Identity is by device and inode, so that other names and links of a file are the same
 * disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <linux/fs.h>
#include <unistd.h>
#include "dev_attach.h"
#include "loop.h"

#define SECTOR 512

static int disk_fail(const struct config_disk *disk, int code, const char *why,
		     struct hospes_error *err)
{
	return error_set(err, code, "disk %s (line %u): %s: %s", disk->target, disk->line,
			 disk->source, why);
}

/*
 * A block device that is to be written is opened exclusively for a moment: that fails if it is
 * mounted here, or part of something that is.
 */
static int open_source(const struct config_disk *disk)
{
	int flags = (disk->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd;

	if (disk->is_block && !disk->readonly && !disk->shareable) {
		fd = open(disk->source, flags | O_EXCL);
		if (fd < 0)
			return -errno;

		close(fd);
	}

	fd = open(disk->source, flags);
	return fd < 0 ? -errno : fd;
}

static int check_file(const struct config_disk *disk, const struct stat *st,
		      struct hospes_error *err)
{
	char why[96];
	int loop;

	if (S_ISBLK(st->st_mode))
		return disk_fail(disk, -EINVAL,
				 "is a block device: use type='block' with dev=", err);
	if (!S_ISREG(st->st_mode))
		return disk_fail(disk, -EINVAL, "is not a regular file", err);
	if (st->st_size < SECTOR)
		return disk_fail(disk, -EINVAL, "is empty (truncate -s gives it a size)", err);
	if (disk->readonly || disk->shareable)
		return 0;

	loop = loop_of_file(st->st_dev, st->st_ino);
	if (loop < 0)
		return 0;

	snprintf(why, sizeof(why), "is in use as /dev/loop%d (losetup -d /dev/loop%d frees it)",
		 loop, loop);
	return disk_fail(disk, -EBUSY, why, err);
}

int dev_disk_size(const char *path, uint64_t *bytes, struct hospes_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc = fd < 0 ? -errno : 0;

	if (rc == 0 && ioctl(fd, BLKGETSIZE64, bytes) < 0)
		rc = -errno;
	if (fd >= 0)
		close(fd);
	if (rc < 0)
		error_set(err, rc, "cannot read the size of %s: %s", path, strerror(-rc));
	return rc;
}

static int check_block(const struct config_disk *disk, int fd, const struct stat *st,
		       struct hospes_error *err)
{
	uint64_t bytes = 0;

	if (!S_ISBLK(st->st_mode))
		return disk_fail(disk, -EINVAL, "is not a block device", err);
	if (ioctl(fd, BLKGETSIZE64, &bytes) || bytes < SECTOR)
		return disk_fail(disk, -EINVAL, "has no size", err);

	return 0;
}

/* Set also for a source that is then refused as busy: it tells who has it. */
static void identify(const struct config_disk *disk, const struct stat *st,
		     struct dev_source *source)
{
	source->device = st->st_rdev;
	if (disk->is_block)
		snprintf(source->identity, sizeof(source->identity), "b%x-%x", major(st->st_rdev),
			 minor(st->st_rdev));
	else
		snprintf(source->identity, sizeof(source->identity), "f%lx-%lx",
			 (unsigned long)st->st_dev, (unsigned long)st->st_ino);
}

int dev_disk_open(const struct config_disk *disk, struct dev_source *source,
		  struct hospes_error *err)
{
	struct stat st;
	int rc;

	*source = (struct dev_source){ .fd = -1, .loop = -1 };
	source->fd = open_source(disk);
	if (source->fd < 0)
		return disk_fail(disk, source->fd, strerror(-source->fd), err);

	if (fstat(source->fd, &st)) {
		rc = disk_fail(disk, -errno, strerror(errno), err);
	} else {
		identify(disk, &st, source);
		if (disk->is_block)
			rc = check_block(disk, source->fd, &st, err);
		else
			rc = check_file(disk, &st, err);
	}

	if (rc)
		dev_disk_close(source);
	return rc;
}

int dev_disk_bind(const struct config_disk *disk, struct dev_source *source,
		  struct hospes_error *err)
{
	if (disk->is_block)
		return 0;

	source->loop = loop_bind(source->fd, disk->source, disk->readonly, &source->device, err);
	if (source->loop >= 0)
		return 0;

	error_prefix(err, "disk %s (line %u)", disk->target, disk->line);
	return source->loop;
}

void dev_disk_close(struct dev_source *source)
{
	if (source->loop >= 0)
		close(source->loop);
	if (source->fd >= 0)
		close(source->fd);
	source->loop = -1;
	source->fd = -1;
}

/* Two users are compatible when both only read, or when both call the disk shareable. */
static bool modes_agree(const struct config_disk *disk, const char *other)
{
	bool writes = strchr(other, 'w') || !disk->readonly;

	return !writes || (disk->shareable && strchr(other, 's'));
}

/* Another's use: @how are the letters of its mode. */
static int check_user(const void *device, const char *how, const char *user,
		      struct hospes_error *err)
{
	const struct config_disk *disk = device;
	char why[256];

	if (modes_agree(disk, how))
		return 0;

	snprintf(why, sizeof(why), "is in use by %s%s", user,
		 strchr(how, 'w') ? ", which writes to it" : "");
	return disk_fail(disk, -EBUSY, why, err);
}

int dev_disk_conflict(struct store *s, store_txn t, const struct config_disk *disk,
		      const char *identity, struct hospes_error *err)
{
	char path[DEV_PATH_MAX];

	snprintf(path, sizeof(path), DEV_DISKS "/%s", identity);
	return dev_users_check(s, t, path, check_user, disk, err);
}

int dev_disk_check(struct store *s, const struct config_disk *disk, struct hospes_error *err)
{
	struct dev_source source;
	char identity[64];
	struct hospes_error first = { .code = 0 };
	int rc;

	rc = dev_disk_open(disk, &source, &first);
	strcpy(identity, source.identity);
	dev_disk_close(&source);

	/* Saying who uses the disk is more helpful than saying that it is in use. */
	if ((!rc || rc == -EBUSY) && identity[0]) {
		int busy = dev_disk_conflict(s, STORE_NO_TXN, disk, identity, err);

		if (busy)
			return busy;
	}

	if (rc)
		return error_set(err, rc, "%s", first.text);

	return 0;
}
