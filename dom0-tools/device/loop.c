/* SPDX-License-Identifier: MIT */
/*
 * Loop devices by ioctl. Another program may take the same free device between asking for it and
 * binding it: then the next one is asked for, a bounded number of times.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/major.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include "loop.h"

/* More tries would need as many tools asking for a loop device at the same moment. */
#define LOOP_TRIES 64
/* How often to look for a device's node, and the pause in between. */
#define NODE_TRIES   100
#define NODE_STEP_MS 2

static int open_control(struct hospes_error *err)
{
	int fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;

	return error_set(err, -errno,
			 "cannot open /dev/loop-control: %s (is the module loop loaded?)",
			 strerror(errno));
}

/* The node of loop device @number. Device nodes may come a moment after the device. */
static int open_device(int number, bool readonly)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/loop%d", number);
	for (int tries = 0; tries < NODE_TRIES; tries++) {
		fd = open(path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
		if (fd >= 0 || (errno != ENOENT && errno != ENXIO))
			break;

		clock_sleep_ms(NODE_STEP_MS);
	}

	return fd < 0 ? -errno : fd;
}

static int configure(int device, int file, const char *path, bool readonly)
{
	struct loop_config config = {
		.fd = (uint32_t)file,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR | (readonly ? LO_FLAGS_READ_ONLY : 0),
	};

	/* Shown by losetup; cut where the field ends. */
	snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s", path);
	return ioctl(device, LOOP_CONFIGURE, &config) ? -errno : 0;
}

static int bind_once(int control, int file, const char *path, bool readonly, dev_t *device)
{
	int number = ioctl(control, LOOP_CTL_GET_FREE);
	struct stat st;
	int fd, rc;

	if (number < 0)
		return -errno;

	fd = open_device(number, readonly);
	if (fd < 0)
		return fd;

	rc = configure(fd, file, path, readonly);
	if (!rc && fstat(fd, &st))
		rc = -errno;
	if (rc) {
		close(fd);
		return rc;
	}

	*device = st.st_rdev;
	return fd;
}

int loop_bind(int file, const char *path, bool readonly, dev_t *device, struct hospes_error *err)
{
	int control = open_control(err);
	int rc = -EBUSY;

	if (control < 0)
		return control;

	for (int tries = 0; tries < LOOP_TRIES && rc == -EBUSY; tries++)
		rc = bind_once(control, file, path, readonly, device);
	close(control);
	if (rc < 0)
		error_set(err, rc, "cannot make a loop device for %s: %s", path, strerror(-rc));
	return rc;
}

static bool backing_file(unsigned int number, char *path, size_t size)
{
	char name[64];

	snprintf(name, sizeof(name), "/sys/block/loop%u/loop/backing_file", number);
	return file_read_text(name, path, size) > 0;
}

int loop_of_device(const char *device)
{
	unsigned int major, minor;

	if (sscanf(device, "%x:%x", &major, &minor) != 2 || major != LOOP_MAJOR)
		return -1;

	return (int)minor;
}

bool loop_is_bound(unsigned int number)
{
	char path[4096];

	return backing_file(number, path, sizeof(path));
}

bool loop_has_file(unsigned int number, const struct stat *file)
{
	char path[4096];
	struct stat st;

	return backing_file(number, path, sizeof(path)) && stat(path, &st) == 0 &&
	       st.st_dev == file->st_dev && st.st_ino == file->st_ino;
}

int loop_resize(unsigned int number, struct hospes_error *err)
{
	int fd = open_device((int)number, true);
	int rc = fd < 0 ? fd : 0;

	if (rc == 0 && ioctl(fd, LOOP_SET_CAPACITY, 0) < 0)
		rc = -errno;
	if (fd >= 0)
		close(fd);
	if (rc < 0)
		error_set(err, rc, "cannot give /dev/loop%u the size of its file: %s", number,
			  strerror(-rc));
	return rc;
}

int loop_of_file(dev_t dev, ino_t ino)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	char path[4096];
	struct stat st;
	int found = -1;
	unsigned int number;

	while (dir && found < 0 && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "loop%u", &number) != 1)
			continue;

		if (backing_file(number, path, sizeof(path)) && stat(path, &st) == 0 &&
		    st.st_dev == dev && st.st_ino == ino)
			found = (int)number;
	}

	if (dir)
		closedir(dir);
	return found;
}
