/* SPDX-License-Identifier: MIT */
/* Defining domains: under a lock, since names and UUIDs must differ from all others. */
#include "defined.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/progress.h>
#include "domain_find.h"
#include "intent.h"

#define FOLDER      "domains"
#define SUFFIX      ".xml"
#define DEFINED_MAX 4096

/* Who defines needs a moment: who has the lock for longer hangs. */
#define LOCK_WAIT_MS 10000
#define LOCK_LOOK_MS 5

int defined_load(const char *name, struct domain_config *c, struct hospes_error *err)
{
	char path[256];
	int rc = defined_path(FOLDER, name, SUFFIX, path, err);

	memset(c, 0, sizeof(*c));
	if (rc < 0)
		return rc;
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return error_set(err, -ENOENT,
				 "no domain called %s is defined; `hospes list --all` shows all",
				 name);

	return config_load(path, c, err);
}

/* The name in "NAME.xml". */
static bool file_name(const char *file, char name[CONFIG_NAME_MAX + 1])
{
	size_t length = strlen(file), suffix = strlen(SUFFIX);

	if (length <= suffix || length - suffix > CONFIG_NAME_MAX)
		return false;
	if (strcmp(file + length - suffix, SUFFIX) != 0)
		return false;

	snprintf(name, CONFIG_NAME_MAX + 1, "%.*s", (int)(length - suffix), file);
	return intent_name_is_plain(name);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

int defined_list(char (**names)[CONFIG_NAME_MAX + 1], struct hospes_error *err)
{
	char path[200];
	struct dirent *e;
	int count = 0;
	DIR *dir;

	*names = calloc(DEFINED_MAX, sizeof(**names));
	if (*names == NULL)
		return error_set(err, -ENOMEM, "no memory to list the defined domains");

	snprintf(path, sizeof(path), "%s/" FOLDER, defined_dir());
	dir = opendir(path);
	while (dir != NULL && count < DEFINED_MAX && (e = readdir(dir)) != NULL) {
		if (file_name(e->d_name, (*names)[count]))
			count++;
	}

	if (dir != NULL)
		closedir(dir);
	qsort(*names, (size_t)count, sizeof(**names), compare);
	return count;
}

static int lock_take(struct hospes_error *err)
{
	char path[200];
	int64_t deadline = clock_ms() + LOCK_WAIT_MS;
	int fd, rc = config_run_dir_make(err);

	if (rc < 0)
		return rc;

	snprintf(path, sizeof(path), "%s/define.lock", config_run_dir());
	for (;;) {
		fd = file_open_locked(AT_FDCWD, path, O_RDWR | O_CREAT, 0600);
		if (fd >= 0)
			return fd;
		if (fd != -EWOULDBLOCK || clock_left_ms(deadline) == 0)
			break;

		progress_tell("another process has %s", path);
		clock_sleep_ms(LOCK_LOOK_MS);
	}

	return error_set(err, fd, "cannot lock %s: %s; see who has it with fuser", path,
			 strerror(-fd));
}

/* Whether another name and UUID are in conflict with @c's. */
static int conflict(const struct domain_config *c, const char *name, const uint8_t uuid[16],
		    const char *what, struct hospes_error *err)
{
	bool same_name = strcmp(name, c->name) == 0;
	bool same_uuid = memcmp(uuid, c->uuid, sizeof(c->uuid)) == 0;
	char text[CONFIG_UUID_LENGTH + 1];

	if (same_name == same_uuid)
		return 0;

	config_uuid_text(same_name ? uuid : c->uuid, text);
	if (same_name)
		return error_set(err, -EEXIST, "%s has another UUID (%s) as it %s", name, text,
				 what);

	return error_set(err, -EEXIST, "the UUID of %s (%s) is that of %s, which %s", c->name, text,
			 name, what);
}

/*
 * With all other definitions but that called @former, which is the same domain (NULL: none). One
 * that cannot be read cannot be in conflict: it is not started either.
 */
static int conflict_defined(const struct domain_config *c, const char *former,
			    struct hospes_error *err)
{
	char(*names)[CONFIG_NAME_MAX + 1];
	int n = defined_list(&names, err), rc = n < 0 ? n : 0;

	for (int i = 0; i < n && rc == 0; i++) {
		struct domain_config other;

		if (former != NULL && strcmp(names[i], former) == 0)
			continue;
		if (defined_load(names[i], &other, NULL) == 0)
			rc = conflict(c, names[i], other.uuid, "is defined", err);
		config_free(&other);
	}

	free(names);
	return rc;
}

static int conflict_existing(struct host *h, const struct domain_config *c, const char *former,
			     struct hospes_error *err)
{
	struct domains all;
	int rc;

	if (h->privcmd == NULL)
		return 0;

	rc = domains_read(h, &all, err);
	for (int i = 0; rc == 0 && i < all.count; i++) {
		if (former != NULL && strcmp(all.names[i], former) == 0)
			continue;
		if (all.list[i].domain != 0)
			rc = conflict(c, all.names[i], all.list[i].handle, "runs", err);
	}

	domains_free(&all);
	return rc;
}

static int save_locked(struct host *h, const struct domain_config *c, const char *former,
		       struct hospes_error *err)
{
	char path[256];
	int rc = defined_path(FOLDER, c->name, SUFFIX, path, err);

	if (rc == 0)
		rc = conflict_defined(c, former, err);
	if (rc == 0)
		rc = conflict_existing(h, c, former, err);
	if (rc < 0)
		return rc;

	return defined_write(FOLDER, path, c->text, c->text_length, err);
}

int defined_save(struct host *h, struct domain_config *c, struct hospes_error *err)
{
	int lock, rc = config_uuid_write(c, err);

	if (rc < 0)
		return rc;

	lock = lock_take(err);
	if (lock < 0)
		return lock;

	rc = save_locked(h, c, NULL, err);
	close(lock);
	return rc;
}

int defined_remove(const char *name, struct hospes_error *err)
{
	char path[256];
	int rc = defined_path(FOLDER, name, SUFFIX, path, err);

	if (rc < 0)
		return rc;

	/* The autostart first: what is left of a half done removal can be removed again. */
	rc = autostart_remove(name, err);
	if (rc == 0)
		rc = defined_unlink(FOLDER, path, err);
	if (rc == -ENOENT)
		return error_set(err, rc, "no domain called %s is defined", name);

	return rc;
}

/* With the lock: the new one beside the old one. @c has the new name. */
static int rename_copy(struct host *h, const char *old, const struct domain_config *c,
		       struct hospes_error *err)
{
	struct autostart a;
	int rc = save_locked(h, c, old, err);

	if (rc < 0 || autostart_load(old, &a, NULL) < 0)
		return rc;

	snprintf(a.name, sizeof(a.name), "%s", c->name);
	return autostart_save(&a, err);
}

/* The definition of the domain itself, with its new name. -ENOENT: there is none. */
static int rename_load(const char *old, const uint8_t uuid[16], const char *name,
		       struct domain_config *c, struct hospes_error *err)
{
	int rc = defined_load(old, c, err);

	if (rc < 0)
		return rc;
	if (memcmp(c->uuid, uuid, sizeof(c->uuid)) != 0)
		return error_set(err, -ENOENT, "%s is another domain's definition", old);

	return config_rename(c, name, err);
}

static int name_is_free(const char *name, struct hospes_error *err)
{
	char path[256];
	int rc = defined_path(FOLDER, name, SUFFIX, path, err);

	if (rc < 0)
		return rc;
	if (access(path, F_OK) == 0)
		return error_set(err, -EEXIST, "a domain called %s is defined already", name);

	return 0;
}

int defined_rename(struct host *h, const char *old, const uint8_t uuid[16], const char *name,
		   int (*act)(void *context), void *context, struct hospes_error *err)
{
	struct domain_config c;
	int lock = lock_take(err), rc;
	bool defined;

	if (lock < 0)
		return lock;

	rc = rename_load(old, uuid, name, &c, err);
	defined = rc == 0;
	if (defined) {
		rc = rename_copy(h, old, &c, err);
	} else if (rc == -ENOENT) {
		error_clear(err);
		rc = name_is_free(name, err);
	}

	if (rc == 0) {
		rc = act(context);
		/* Why it failed is in the caller's hands, and stays. */
		if (defined && rc < 0)
			ignore(defined_remove(name, NULL));
		else if (defined)
			rc = defined_remove(old, err);
	}

	config_free(&c);
	close(lock);
	return rc;
}
