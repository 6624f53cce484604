/* SPDX-License-Identifier: MIT */
/*
 * Keeps the configuration of living domains below /run/hospes, one file a domain number, as it was
 * given. Files appear whole or not at all, and are read back through the same checks.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/file.h>
#include "config.h"

/* The path of a socket below it has 107 bytes at most (unix(7)). */
#define RUN_DIR_MAX 90

const char *config_run_dir(void)
{
	const char *dir = getenv("HOSPES_RUN_DIR");

	return dir && *dir ? dir : "/run/hospes";
}

/* Ours alone from here on, whoever made it. */
static int run_dir_close(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid())
		return -EPERM;

	if ((st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return 0;

	return fchmod(fd, S_IRWXU) < 0 ? -errno : 0;
}

int config_run_dir_make(struct hospes_error *err)
{
	const char *path = config_run_dir();
	int fd, rc;

	if (strlen(path) > RUN_DIR_MAX)
		return error_set(err, -ENAMETOOLONG, "the path %s has more than %d bytes", path,
				 RUN_DIR_MAX);

	fd = file_open_directory(path, err);
	if (fd < 0)
		return fd;

	rc = run_dir_close(fd);
	close(fd);
	if (rc < 0)
		return error_set(err, rc, "cannot keep others out of the directory %s: %s", path,
				 strerror(-rc));

	return 0;
}

static void saved_path(uint32_t domid, const char *suffix, char *path, size_t size)
{
	snprintf(path, size, "%s/%u.xml%s", config_run_dir(), domid, suffix);
}

int config_save(const struct domain_config *c, uint32_t domid, struct hospes_error *err)
{
	char path[PATH_MAX];
	int rc = config_run_dir_make(err);

	if (rc < 0)
		return rc;

	saved_path(domid, "", path, sizeof(path));
	rc = file_replace(path, c->text, c->text_length, 0600);
	if (rc < 0)
		error_set(err, rc, "cannot keep the configuration of %s: %s: %s", c->name, path,
			  strerror(-rc));
	return rc;
}

int config_load_saved(uint32_t domid, struct domain_config *c, struct hospes_error *err)
{
	char path[PATH_MAX];

	saved_path(domid, "", path, sizeof(path));
	return config_load(path, c, err);
}

void config_forget(uint32_t domid)
{
	static const char *const suffixes[] = {
		"", ".new"
	}; /* the latter is left by a killed creator, see file_replace() */
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		saved_path(domid, suffixes[i], path, sizeof(path));
		unlink(path);
	}
}
