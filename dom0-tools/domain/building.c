/* SPDX-License-Identifier: MIT */
/*
 * The records' files and locks, in the run directory, which a reboot empties.
 */
#include "building.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/config/config.h>
#include "domain_find.h"
#include "domain_life.h"

#define UUID_TEXT 37

static int directory_make(char path[160], struct hospes_error *err)
{
	mkdir(config_run_dir(), 0755);
	snprintf(path, 160, "%s/building", config_run_dir());
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_set(err, -errno, "cannot make the directory %s: %s", path,
				 strerror(errno));

	return 0;
}

int building_lock(struct hospes_error *err)
{
	char directory[160], path[192];
	int fd, rc = directory_make(directory, err);

	if (rc < 0)
		return rc;

	snprintf(path, sizeof(path), "%s/lock", directory);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_set(err, -errno, "cannot open %s: %s", path, strerror(errno));

	while (flock(fd, LOCK_EX) < 0) {
		if (errno == EINTR)
			continue;

		rc = error_set(err, -errno, "cannot lock %s: %s", path, strerror(errno));
		close(fd);
		return rc;
	}

	return fd;
}

void building_unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}

int building_begin(struct building *b, const uint8_t uuid[16], struct hospes_error *err)
{
	char directory[160], text[UUID_TEXT];
	int rc = directory_make(directory, err);

	b->fd = -1;
	if (rc < 0)
		return rc;

	config_uuid_text(uuid, text);
	snprintf(b->path, sizeof(b->path), "%s/%s", directory, text);
	b->fd = open(b->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (b->fd < 0)
		return error_set(err, -errno, "cannot make the record %s: %s", b->path,
				 strerror(errno));
	if (flock(b->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;

	close(b->fd);
	b->fd = -1;
	return error_set(err, -EEXIST,
			 "another process is creating the same domain just now (UUID "
			 "%s)",
			 text);
}

void building_end(struct building *b)
{
	if (b->fd < 0)
		return;

	unlink(b->path);
	close(b->fd);
	b->fd = -1;
}

void building_leave(struct building *b)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';

	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool uuid_read(const char *text, uint8_t uuid[16])
{
	unsigned int n = 0;

	if (strlen(text) != UUID_TEXT - 1)
		return false;

	for (const char *c = text; *c != '\0' && n < 32; c++) {
		int digit = hex_digit(*c);

		if (*c == '-')
			continue;
		if (digit < 0)
			return false;

		uuid[n / 2] = (uint8_t)(uuid[n / 2] << 4 | digit);
		n++;
	}

	return n == 32;
}

/* Takes over an abandoned record and removes its domain. 1 if it did, 0 if the creator lives. */
static int record_clean(struct host *h, int directory, const char *name, struct hospes_error *err)
{
	int fd = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW), rc;
	uint8_t uuid[16] = { 0 };
	domid_t domid;

	if (fd < 0 || !uuid_read(name, uuid) || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (fd >= 0)
			close(fd);
		return 0;
	}

	rc = domain_by_uuid(h, uuid, &domid, err);
	if (rc == 0)
		rc = domain_destroy(h, domid, err);
	else if (rc == -ESRCH)
		rc = 0;
	/* What could not be removed keeps its record: the next command tries again. */
	if (rc == 0)
		unlinkat(directory, name, 0);

	close(fd);
	if (rc < 0)
		return rc;

	return 1;
}

static int records_clean(struct host *h, int directory, struct hospes_error *err)
{
	int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again >= 0 ? fdopendir(again) : NULL;
	struct dirent *e;
	int count = 0, rc = 0;

	while (d != NULL && rc >= 0 && (e = readdir(d)) != NULL) {
		if (strlen(e->d_name) != UUID_TEXT - 1)
			continue;

		rc = record_clean(h, directory, e->d_name, err);
		count += rc > 0;
	}

	if (d != NULL)
		closedir(d);
	if (rc < 0)
		return rc;

	return count;
}

/* Whether there is any record at all: mostly there is none, and no lock is needed to see that. */
static bool records_exist(int directory)
{
	int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again >= 0 ? fdopendir(again) : NULL;
	struct dirent *e;
	bool found = false;

	while (d != NULL && !found && (e = readdir(d)) != NULL)
		found = strlen(e->d_name) == UUID_TEXT - 1;
	if (d != NULL)
		closedir(d);
	return found;
}

int building_clean(struct host *h, bool locked, struct hospes_error *err)
{
	int lock = -1, directory, rc = 0;
	char path[160];

	snprintf(path, sizeof(path), "%s/building", config_run_dir());
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return 0;

	if (records_exist(directory)) {
		lock = locked ? -1 : building_lock(err);
		rc = !locked && lock < 0 ? lock : records_clean(h, directory, err);
		building_unlock(lock);
	}

	close(directory);
	return rc;
}
