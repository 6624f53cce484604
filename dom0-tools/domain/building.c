/* SPDX-License-Identifier: MIT */
/* The records' files and locks, in the run directory, which a reboot empties. */
#include "building.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/config/config.h>
#include "domain_find.h"
#include "domain_life.h"

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
	int fd, rc;

	rc = directory_make(directory, err);
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
	char directory[160], text[CONFIG_UUID_LENGTH + 1];
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
			 "another process is creating the same domain just now (UUID %s)", text);
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

static bool is_record(const char *name)
{
	return strlen(name) == CONFIG_UUID_LENGTH;
}

/* Destroys the domain of an abandoned record, if it was ever created. */
static int abandoned_destroy(struct host *h, const uint8_t uuid[16], struct hospes_error *err)
{
	domid_t domid;
	int rc = domain_by_uuid(h, uuid, &domid, err);

	if (rc == -ESRCH)
		return 0;
	if (rc < 0)
		return rc;

	return domain_destroy(h, domid, err);
}

/* Takes over an abandoned record and destroys its domain: 1. 0: its creator is alive. */
static int record_clean(struct host *h, int directory, const char *name, struct hospes_error *err)
{
	uint8_t uuid[16];
	int fd, rc;

	if (!config_uuid_parse(name, uuid))
		return 0;

	fd = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;

	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return 0;
	}

	/* If that fails, the record stays: the next command tries again. */
	rc = abandoned_destroy(h, uuid, err);
	if (rc == 0)
		unlinkat(directory, name, 0);

	close(fd);
	return rc < 0 ? rc : 1;
}

static int records_clean(struct host *h, int directory, struct hospes_error *err)
{
	DIR *list = file_list(directory);
	int count = 0, rc = 0;
	struct dirent *e;

	while (list != NULL && rc >= 0 && (e = readdir(list)) != NULL) {
		if (!is_record(e->d_name))
			continue;

		rc = record_clean(h, directory, e->d_name, err);
		if (rc > 0)
			count++;
	}

	if (list != NULL)
		closedir(list);
	return rc < 0 ? rc : count;
}

/* Usually there is no record at all, and it takes no lock to see that. */
static bool records_exist(int directory)
{
	DIR *list = file_list(directory);
	bool found = false;
	struct dirent *e;

	while (list != NULL && !found && (e = readdir(list)) != NULL)
		found = is_record(e->d_name);

	if (list != NULL)
		closedir(list);
	return found;
}

static int records_clean_locked(struct host *h, int directory, struct hospes_error *err)
{
	int lock = building_lock(err), rc;

	if (lock < 0)
		return lock;

	rc = records_clean(h, directory, err);
	building_unlock(lock);
	return rc;
}

int building_clean(struct host *h, bool locked, struct hospes_error *err)
{
	char path[160];
	int directory, rc = 0;

	snprintf(path, sizeof(path), "%s/building", config_run_dir());
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return 0;

	if (records_exist(directory)) {
		if (locked)
			rc = records_clean(h, directory, err);
		else
			rc = records_clean_locked(h, directory, err);
	}

	close(directory);
	return rc;
}
