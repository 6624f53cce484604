/* SPDX-License-Identifier: MIT */
/* The folder of cores: who is in it, how much room there is, and one more. */
#include "dump.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/domain/domain_core.h>
#include "note.h"

#define DUMP_DIR      "/var/lib/hospes/dump"
#define DUMP_DIR_MAX  200
#define STAMP_FORMAT  "%Y%m%d-%H%M%S"
#define STAMP_LENGTH  15
#define STAMP_CHARS   "0123456789-"
#define SUFFIX        ".core"
#define PART_SUFFIX   ".core.part"
#define BYTES_PER_MIB (1024 * 1024)

static const char *dump_dir(void)
{
	const char *dir = getenv("HOSPES_DUMP_DIR");

	return dir != NULL && *dir != '\0' ? dir : DUMP_DIR;
}

/* NAME-STAMP and what follows: a name may itself end in what looks like a stamp. */
static bool is_of(const char *file, const char *name, const char *suffix)
{
	size_t length = strlen(name);

	if (strncmp(file, name, length) != 0 || file[length] != '-')
		return false;

	file += length + 1;
	return strspn(file, STAMP_CHARS) == STAMP_LENGTH &&
	       strcmp(file + STAMP_LENGTH, suffix) == 0;
}

/* The oldest core of @name, and how many there are: stamps are in the order of time. */
static unsigned int oldest_find(int folder, const char *name, char oldest[NAME_MAX + 1])
{
	DIR *list = file_list(folder);
	unsigned int count = 0;
	struct dirent *e;

	while (list != NULL && (e = readdir(list)) != NULL) {
		if (!is_of(e->d_name, name, SUFFIX))
			continue;
		if (count == 0 || strcmp(e->d_name, oldest) < 0)
			snprintf(oldest, NAME_MAX + 1, "%s", e->d_name);
		count++;
	}

	if (list != NULL)
		closedir(list);
	return count;
}

/* Of workers that died: whoever has the turn writes alone. */
static void parts_remove(int folder, const char *name)
{
	DIR *list = file_list(folder);
	struct dirent *e;

	while (list != NULL && (e = readdir(list)) != NULL) {
		if (is_of(e->d_name, name, PART_SUFFIX))
			unlinkat(folder, e->d_name, 0);
	}

	if (list != NULL)
		closedir(list);
}

void dump_prune(int folder, const char *name, unsigned int kept)
{
	char oldest[NAME_MAX + 1];

	parts_remove(folder, name);
	while (oldest_find(folder, name, oldest) > kept) {
		if (unlinkat(folder, oldest, 0) == 0)
			continue;

		note("cannot remove the core %s: %s", oldest, strerror(errno));
		return;
	}
}

/* For all of its memory, though zeros take none. */
static int room_check(int folder, uint64_t bytes, struct hospes_error *err)
{
	struct statvfs st;
	uint64_t room;

	if (fstatvfs(folder, &st) < 0)
		return error_set(err, -errno, "cannot see how much room there is: %s",
				 strerror(errno));

	/* One in memory may have no limit of its own. */
	room = (uint64_t)st.f_bavail * st.f_frsize;
	if (st.f_blocks == 0 || room >= bytes + DUMP_ROOM)
		return 0;

	return error_set(err, -ENOSPC, "%ju MiB are free, and %ju are to be",
			 (uintmax_t)(room / BYTES_PER_MIB),
			 (uintmax_t)((bytes + DUMP_ROOM) / BYTES_PER_MIB));
}

static bool is_overruled(void *context)
{
	return intent_overruled(context);
}

static int dump_in(int folder, struct host *h, domid_t domid, const char *name,
		   const struct intent *intent, struct hospes_error *err)
{
	struct core_options options = { .give_up = is_overruled, .context = (void *)intent };
	char path[DUMP_DIR_MAX + NAME_MAX + 2], stamp[STAMP_LENGTH + 1];
	struct xen_domctl_getdomaininfo info;
	struct core_result result;
	time_t now = time(NULL);
	struct tm tm;
	int rc = domctl_info(h->privcmd, domid, &info, err);

	if (rc < 0)
		return rc;

	dump_prune(folder, name, DUMPS_KEPT - 1);
	rc = room_check(folder, info.tot_pages << PAGE_SHIFT, err);
	if (rc < 0)
		return rc;

	strftime(stamp, sizeof(stamp), STAMP_FORMAT, localtime_r(&now, &tm));
	snprintf(path, sizeof(path), "%s/%s-%s" SUFFIX, dump_dir(), name, stamp);
	rc = domain_core(h, domid, path, &options, &result, err);
	if (rc == 0)
		note("domain %u (%s): its core is %s", domid, name, path);
	return rc;
}

static int folder_open(struct hospes_error *err)
{
	char above[DUMP_DIR_MAX + 1];

	if (dump_dir()[0] != '/' || strlen(dump_dir()) > DUMP_DIR_MAX)
		return error_set(err, -EINVAL, "%s is no path of at most %d bytes from / on",
				 dump_dir(), DUMP_DIR_MAX);

	snprintf(above, sizeof(above), "%s", dump_dir());
	*strrchr(above, '/') = '\0';
	mkdir(above, 0755);
	return file_open_directory(dump_dir(), err);
}

void dump_write(struct host *h, domid_t domid, const char *name, const struct intent *intent)
{
	struct hospes_error err = { .code = 0 };
	int folder = folder_open(&err), rc = folder;

	if (folder >= 0) {
		rc = dump_in(folder, h, domid, name, intent, &err);
		close(folder);
	}
	if (rc == -ECANCELED)
		note("domain %u (%s): no core, it is wanted gone", domid, name);
	else if (rc < 0)
		note("domain %u (%s): no core: %s", domid, name, err.text);
}
