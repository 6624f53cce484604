/* SPDX-License-Identifier: MIT */
/* The records' files and locks, in the run directory, which a reboot empties. */
#include "building.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/config/config.h>
#include "domain_find.h"
#include "domain_life.h"

/* How long a creator waits for others: destroying what one of them left may take 30 seconds. */
#define LOCK_WAIT_MS 60000
#define LOCK_LOOK_MS 5

static int directory_make(char path[160], struct hospes_error *err)
{
	int rc = config_run_dir_make(err);

	if (rc < 0)
		return rc;

	snprintf(path, 160, "%s/building", config_run_dir());
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_set(err, -errno, "cannot make the directory %s: %s", path,
				 strerror(errno));

	return 0;
}

/* -EWOULDBLOCK after the time, -EINTR when *@interrupted gets set. */
static int lock_wait(const char *path, int wait_ms, const volatile sig_atomic_t *interrupted)
{
	int64_t deadline = clock_ms() + wait_ms;
	int fd;

	for (;;) {
		fd = file_open_locked(AT_FDCWD, path, O_RDWR | O_CREAT, 0600);
		if (fd != -EWOULDBLOCK || clock_left_ms(deadline) == 0)
			return fd;
		if (interrupted != NULL && *interrupted != 0)
			return -EINTR;

		progress_tell("another process has %s", path);
		clock_sleep_ms(LOCK_LOOK_MS);
	}
}

int building_lock_within(int wait_ms, const volatile sig_atomic_t *interrupted,
			 struct hospes_error *err)
{
	char directory[160], path[192];
	int fd, rc;

	rc = directory_make(directory, err);
	if (rc < 0)
		return rc;

	snprintf(path, sizeof(path), "%s/lock", directory);
	fd = lock_wait(path, wait_ms, interrupted);
	if (fd >= 0)
		return fd;

	if (fd == -EINTR)
		return error_set(err, fd, "interrupted by a signal while waiting for %s", path);
	if (fd == -EWOULDBLOCK)
		return error_set(err, -ETIMEDOUT,
				 "another process has held %s for %d s; see who with fuser", path,
				 wait_ms / 1000);

	return error_set(err, fd, "cannot lock %s: %s", path, strerror(-fd));
}

int building_lock(const volatile sig_atomic_t *interrupted, struct hospes_error *err)
{
	return building_lock_within(LOCK_WAIT_MS, interrupted, err);
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
	b->fd = file_open_locked(AT_FDCWD, b->path, O_RDWR | O_CREAT, 0600);
	if (b->fd >= 0)
		return 0;

	rc = b->fd;
	b->fd = -1;
	if (rc == -EWOULDBLOCK)
		return error_set(err, -EEXIST,
				 "another process is creating the same domain just now (UUID %s)",
				 text);

	return error_set(err, rc, "cannot make the record %s: %s", b->path, strerror(-rc));
}

/* The name goes before the lock: who gets the lock after us sees that there is no record. */
int building_end(struct building *b, struct hospes_error *err)
{
	int rc = 0;

	if (b->fd < 0)
		return 0;

	/* Removed by hand, it is gone as well. */
	if (unlink(b->path) < 0 && errno != ENOENT)
		rc = error_set(err, -errno, "cannot remove the record %s: %s", b->path,
			       strerror(errno));

	close(b->fd);
	b->fd = -1;
	return rc;
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

/*
 * Takes over an abandoned record and destroys its domain: 1. 0: its creator is alive, or has just
 * finished and removed it.
 */
static int record_clean(struct host *h, int directory, const char *name, struct hospes_error *err)
{
	uint8_t uuid[16];
	int fd, rc;

	if (!config_uuid_parse(name, uuid))
		return 0;

	fd = file_open_locked(directory, name, O_RDWR, 0);
	if (fd < 0)
		return 0;

	/* If that fails, the record stays: the next look tries again. */
	rc = abandoned_destroy(h, uuid, err);
	if (rc == 0)
		unlinkat(directory, name, 0);

	close(fd);
	return rc < 0 ? rc : 1;
}

/* Tries all; the first failure is told. */
static int records_clean(struct host *h, int directory, struct hospes_error *err)
{
	DIR *list = file_list(directory);
	int count = 0, first = 0;
	struct dirent *e;

	while (list != NULL && (e = readdir(list)) != NULL) {
		struct hospes_error why = { 0 };
		int rc;

		if (!is_record(e->d_name))
			continue;

		rc = record_clean(h, directory, e->d_name, &why);
		if (rc > 0)
			count++;
		if (rc < 0 && first == 0)
			first = error_set(err, rc, "%s", why.text);
	}

	if (list != NULL)
		closedir(list);
	return first < 0 ? first : count;
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
	int lock = building_lock(NULL, err), rc;

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
