/* SPDX-License-Identifier: MIT */
/* The files and their locks. One that nobody holds was left by a dead process, and is removed. */
#include "memory_notes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/config/config.h>

#define WANTED "wanted"
/* A number of KiB in digits. */
#define WISH_TEXT_MAX 24
#define LOCK_WAIT_MS  500
#define LOCK_LOOK_MS  5

/* Who only looks whether a lock is held holds it for a moment himself: that is waited for. */
static int lock_take(const char *path)
{
	int64_t deadline = clock_ms() + LOCK_WAIT_MS;
	int fd;

	while ((fd = file_open_locked(AT_FDCWD, path, O_RDWR | O_CREAT, 0600)) == -EWOULDBLOCK &&
	       clock_left_ms(deadline) > 0)
		clock_sleep_ms(LOCK_LOOK_MS);

	return fd;
}

static void sharing_path(char path[192])
{
	snprintf(path, 192, "%s/memory-sharing", config_run_dir());
}

int memory_sharing_begin(struct hospes_error *err)
{
	char path[192];
	int fd;

	sharing_path(path);
	fd = lock_take(path);
	if (fd < 0)
		return error_set(err, fd, "cannot lock %s: %s", path, strerror(-fd));

	/* It stays open until the process ends. */
	return 0;
}

bool memory_sharing(void)
{
	char path[192];
	int fd;

	sharing_path(path);
	fd = file_open_locked(AT_FDCWD, path, O_RDWR, 0);
	if (fd >= 0)
		close(fd);

	return fd == -EWOULDBLOCK;
}

static int wanted_make(char path[160], struct hospes_error *err)
{
	int fd, rc = config_run_dir_make(err);

	if (rc < 0)
		return rc;

	snprintf(path, 160, "%s/" WANTED, config_run_dir());
	fd = file_open_directory(path, err);
	if (fd < 0)
		return fd;

	close(fd);
	return 0;
}

int memory_wish_begin(struct memory_wish *w, const uint8_t uuid[16], uint64_t kib,
		      struct hospes_error *err)
{
	char directory[160], name[CONFIG_UUID_LENGTH + 1], text[WISH_TEXT_MAX];
	int n, rc = wanted_make(directory, err);

	w->fd = -1;
	if (rc < 0)
		return rc;

	config_uuid_text(uuid, name);
	snprintf(w->path, sizeof(w->path), "%s/%s", directory, name);
	w->fd = lock_take(w->path);
	if (w->fd == -EWOULDBLOCK)
		return error_set(err, -EBUSY, "another process makes the domain %s already", name);
	if (w->fd < 0)
		return error_set(err, w->fd, "cannot make %s: %s", w->path, strerror(-w->fd));

	n = snprintf(text, sizeof(text), "%" PRIu64 "\n", kib);
	rc = file_write_at(w->fd, text, (size_t)n, 0);
	if (rc < 0) {
		memory_wish_end(w);
		return error_set(err, rc, "cannot write %s: %s", w->path, strerror(-rc));
	}

	return 0;
}

/* The name goes before the lock: who gets the lock after us sees that there is no wish. */
void memory_wish_end(struct memory_wish *w)
{
	if (w->fd < 0)
		return;

	unlink(w->path);
	close(w->fd);
	w->fd = -1;
}

static uint64_t has_already(const struct memory_view *view, const uint8_t uuid[16])
{
	for (unsigned int i = 0; i < view->count; i++) {
		if (memcmp(view->guests[i].uuid, uuid, 16) == 0)
			return view->guests[i].now;
	}

	return 0;
}

/* What one wish still lacks; 0 too if its process is dead. */
static uint64_t wish_lacks(const struct memory_view *view, int directory, const char *name)
{
	char text[WISH_TEXT_MAX] = "";
	uint8_t uuid[16];
	uint64_t kib, has;
	int fd;

	if (!config_uuid_parse(name, uuid))
		return 0;

	fd = file_open_locked(directory, name, O_RDWR, 0);
	if (fd >= 0) {
		unlinkat(directory, name, 0);
		close(fd);
		return 0;
	}
	if (fd != -EWOULDBLOCK)
		return 0;

	fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;

	if (file_read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	kib = strtoull(text, NULL, 10);
	has = has_already(view, uuid);
	return kib > has ? kib - has : 0;
}

uint64_t memory_wishes(const struct memory_view *view)
{
	struct dirent *e;
	uint64_t kib = 0;
	char path[160];
	int directory;
	DIR *list;

	snprintf(path, sizeof(path), "%s/" WANTED, config_run_dir());
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return 0;

	list = file_list(directory);
	while (list != NULL && (e = readdir(list)) != NULL)
		kib += wish_lacks(view, directory, e->d_name);

	if (list != NULL)
		closedir(list);
	close(directory);
	return kib;
}
