/* SPDX-License-Identifier: MIT */
/* Records whose processes are no more, and the domains that stand still for them. */
#include "standstill.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/config/config.h>
#include "domain_life.h"
#include "suspend.h"
#include "turn.h"

/* True for NUMBER@UUID. */
static bool record_parse(const char *name, domid_t *domid, uint8_t uuid[16])
{
	char text[CONFIG_UUID_LENGTH + 1];
	unsigned int number;
	int used = 0;

	if (sscanf(name, "%5u@%36s%n", &number, text, &used) != 2 || name[used] != '\0')
		return false;
	if (number == 0 || number >= DOMID_FIRST_RESERVED)
		return false;

	*domid = (domid_t)number;
	return config_uuid_parse(text, uuid);
}

/* The record's lock, where nobody has it; else -errno. */
static int record_take(int folder, const char *name)
{
	return file_open_locked(folder, name, O_RDWR, 0);
}

/* Calls @look for each record until that returns true; whether it did. */
static bool records_look(int folder, bool (*look)(int folder, const char *name, void *context),
			 void *context)
{
	DIR *list = file_list(folder);
	bool found = false;
	struct dirent *e;

	while (list != NULL && !found && (e = readdir(list)) != NULL)
		found = e->d_name[0] != '.' && look(folder, e->d_name, context);

	if (list != NULL)
		closedir(list);
	return found;
}

static bool is_abandoned(int folder, const char *name, void *unused)
{
	int fd = record_take(folder, name);

	(void)unused;
	if (fd < 0)
		return false;

	close(fd);
	return true;
}

bool standstill_abandoned(void)
{
	int folder = standstill_folder();
	bool found;

	if (folder < 0)
		return false;

	found = records_look(folder, is_abandoned, NULL);
	close(folder);
	return found;
}

/* Whether what the record names is a file that is complete: it is there under its own name. */
static bool is_saved(int record)
{
	char text[PATH_MAX + 64], path[PATH_MAX];
	uintmax_t dev, ino;
	struct stat st;
	ssize_t n = pread(record, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;

	text[n] = '\0';
	if (sscanf(text, "%ju %ju %4095[^\n]", &dev, &ino, path) != 3)
		return false;

	return stat(path, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

/* 1: it was paused, or suspended, and goes on. */
static int one_goes_on(struct host *h, domid_t domid)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(h->privcmd, domid, &info, NULL);

	if (rc < 0)
		return 0;
	if ((info.flags & XEN_DOMINF_paused) == 0)
		return suspend_cancel(h, domid, NULL);

	rc = domctl_unpause(h->privcmd, domid, NULL);
	return rc < 0 ? rc : 1;
}

/*
 * 1: it goes on, or ended as it is saved. 0: there is nothing to be done, as it ended, or was
 * unpaused by hand. -errno: not now.
 */
static int go_on(struct host *h, domid_t domid, const uint8_t uuid[16], bool saved)
{
	struct turn t;
	int rc = turn_find_number(h, domid, &t, NULL);

	if (rc == -ESRCH || (rc == 0 && memcmp(t.uuid, uuid, sizeof(t.uuid)) != 0))
		return 0;
	if (rc == 0)
		rc = turn_take(h, &t, INTENT_SWEEP, 0, NULL, NULL);
	if (rc < 0)
		return rc;

	if (t.alive && t.domid == domid)
		rc = saved ? domain_destroy(h, domid, NULL) : one_goes_on(h, domid);
	turn_end(&t);
	return rc == 0 && saved ? 1 : rc;
}

struct cleaning {
	struct host *h;
	int count;
};

/* False: those that follow are looked at, too. */
static bool record_clean(int folder, const char *name, void *context)
{
	struct cleaning *c = context;
	uint8_t uuid[16];
	domid_t domid;
	int fd, rc;

	if (!record_parse(name, &domid, uuid))
		return false;

	fd = record_take(folder, name);
	if (fd < 0)
		return false;

	rc = go_on(c->h, domid, uuid, is_saved(fd));
	if (rc >= 0)
		unlinkat(folder, name, 0);
	if (rc > 0)
		c->count++;

	close(fd);
	return false;
}

int standstill_clean(struct host *h)
{
	struct cleaning c = { .h = h };
	int folder = standstill_folder();

	if (folder < 0)
		return 0;

	records_look(folder, record_clean, &c);
	close(folder);
	return c.count;
}
