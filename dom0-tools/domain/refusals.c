/* SPDX-License-Identifier: MIT */
/* A domain's log of refusals, from the hypervisor into a file. */
#include "refusals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <dom0-tools/access/hvcall.h>
#include <dom0-tools/base/logfile.h>
#include <dom0-tools/base/printable.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/console/console.h>
#include "domain_find.h"
#include "intent.h"

/* The lines have the time since the host started: this one says when that was. */
static void mark_write(struct logfile *f, domid_t domid)
{
	char line[80], date[40] = "";
	time_t now = time(NULL);
	struct tm tm;
	int n;

	if (localtime_r(&now, &tm) != NULL)
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);

	n = snprintf(line, sizeof(line), "--- domain %u, until %s ---\n", domid, date);
	ignore(logfile_write(f, line, (size_t)n));
}

void refusals_keep(struct host *h, domid_t domid)
{
	char name[DOMAIN_NAME_MAX], path[LOGFILE_PATH_MAX], piece[HOSPES_LOG_MOST];
	struct logfile f = { .fd = -1 };
	uint64_t at = 0;
	int n;

	domain_name(h, domid, name);
	if (!intent_name_is_plain(name))
		return;

	while ((n = domain_log_read(h->privcmd, domid, piece, sizeof(piece), &at, NULL)) > 0) {
		if (f.fd < 0) {
			console_refused_log_path(name, path, sizeof(path));
			if (logfile_open(&f, path, REFUSALS_SIZE_MAX) < 0)
				break;
			mark_write(&f, domid);
		}

		printable_make(piece, (size_t)n, true);
		ignore(logfile_write(&f, piece, (size_t)n));
	}

	logfile_close(&f);
}

int refusals_rename(const char *name, const char *to)
{
	char path[LOGFILE_PATH_MAX], path_to[LOGFILE_PATH_MAX];

	if (!intent_name_is_plain(name) || !intent_name_is_plain(to))
		return -ENOENT;

	console_refused_log_path(name, path, sizeof(path));
	console_refused_log_path(to, path_to, sizeof(path_to));
	return logfile_rename(path, path_to);
}

int refusals_open(const char *name, bool old)
{
	char path[LOGFILE_PATH_MAX], old_path[LOGFILE_PATH_MAX + 2];
	int fd;

	if (!intent_name_is_plain(name))
		return -ENOENT;

	console_refused_log_path(name, path, sizeof(path));
	snprintf(old_path, sizeof(old_path), "%s%s", path, old ? ".1" : "");
	fd = open(old_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}
