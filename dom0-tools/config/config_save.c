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
#include "config.h"

const char *config_run_dir(void)
{
	const char *dir = getenv("HOSPES_RUN_DIR");

	return dir && *dir ? dir : "/run/hospes";
}

static void saved_path(uint32_t domid, const char *suffix, char *path, size_t size)
{
	snprintf(path, size, "%s/%u.xml%s", config_run_dir(), domid, suffix);
}

static int write_all(int fd, const char *text, size_t length)
{
	ssize_t n;

	while (length) {
		n = write(fd, text, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;

		text += n;
		length -= (size_t)n;
	}

	return 0;
}

int config_save(const struct domain_config *c, uint32_t domid, struct hospes_error *err)
{
	char path[PATH_MAX], new[PATH_MAX];
	int fd, rc;

	mkdir(config_run_dir(), 0755);
	saved_path(domid, "", path, sizeof(path));
	saved_path(domid, ".new", new, sizeof(new));
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_set(err, -errno, "cannot keep the configuration of %s: %s: %s",
				 c->name, new, strerror(errno));

	rc = write_all(fd, c->text, c->text_length);
	if (close(fd) && !rc)
		rc = -errno;
	if (!rc && rename(new, path))
		rc = -errno;
	if (rc) {
		unlink(new);
		error_set(err, rc, "cannot keep the configuration of %s: %s: %s", c->name, path,
			  strerror(-rc));
	}

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
	static const char *const suffixes[] = { "", ".new" }; /* the latter of a killed creator */
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		saved_path(domid, suffixes[i], path, sizeof(path));
		unlink(path);
	}
}
