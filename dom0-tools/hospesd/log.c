/* SPDX-License-Identifier: MIT */
/* Console logs: appending, marking, rotating, and reading back for new clients. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/console/console.h>
#include "log.h"
#include "note.h"

static void place_path(uint32_t domid, char *path, size_t size)
{
	snprintf(path, size, "%s/%u.console", config_run_dir(), domid);
}

static void handle_text(const uint8_t handle[16], char text[33])
{
	for (int i = 0; i < 16; i++)
		sprintf(text + 2 * i, "%02x", handle[i]);
}

/* Saves where this life of the domain starts in the open file, for a restarted daemon. */
static void save_place(const struct guest_log *log)
{
	char path[320], handle[33], text[128];
	struct stat st;
	int n, rc;

	if (fstat(log->file.fd, &st))
		return;

	place_path(log->domid, path, sizeof(path));
	handle_text(log->handle, handle);
	n = snprintf(text, sizeof(text), "%s %ju %jd\n", handle, (uintmax_t)st.st_ino,
		     (intmax_t)log->start);

	rc = file_replace(path, text, (size_t)n, 0644);
	if (rc < 0)
		note("cannot write %s: %s", path, strerror(-rc));
}

/* True if a previous daemon served this very domain; sets log->start. */
static bool load_place(struct guest_log *log)
{
	char path[320], handle[33], saved[33], text[128];
	uintmax_t inode;
	intmax_t start;
	struct stat st;

	place_path(log->domid, path, sizeof(path));
	if (file_read_text(path, text, sizeof(text)) < 0)
		return false;
	if (sscanf(text, "%32s %ju %jd", saved, &inode, &start) != 3)
		return false;

	handle_text(log->handle, handle);
	if (strcmp(saved, handle) || fstat(log->file.fd, &st))
		return false;

	/* Another file, or a place that is not in it: all of it is taken for this life's. */
	log->start = 0;
	if (inode == st.st_ino && start >= LOG_IN_OLD_FILE && start <= st.st_size)
		log->start = start;
	return true;
}

/* Says it once: a full disk must neither stop the guest nor fill the daemon's log. */
static void set_failing(struct guest_log *log, int rc)
{
	bool failing = rc < 0;

	if (failing && !log->failing)
		note("cannot write %s: %s: what domain %u says is lost meanwhile", log->file.path,
		     strerror(-rc), log->domid);
	log->failing = failing;
}

/* Another file has the name since we last looked: this life began in an older one. */
static void follow_turn(struct guest_log *log)
{
	if (log->turn == log->file.turn)
		return;

	log->turn = log->file.turn;
	log->start = LOG_IN_OLD_FILE;
	save_place(log);
}

void log_write(struct guest_log *log, const char *text, size_t length)
{
	set_failing(log, logfile_write(&log->file, text, length));
	follow_turn(log);
}

static void mark_start(struct guest_log *log, const char *name)
{
	char line[160], when[32];
	time_t now = time(NULL);
	struct tm tm;

	strftime(when, sizeof(when), "%F %T", localtime_r(&now, &tm));
	snprintf(line, sizeof(line), "%s--- %s, domain %u, starts %s ---\n",
		 log->file.size ? "\n" : "", name, log->domid, when);
	set_failing(log, logfile_write(&log->file, line, strlen(line)));
	log->start = log->file.size;
	log->turn = log->file.turn;
}

void log_open(struct guest_log *log, const char *name, uint32_t domid, const uint8_t handle[16])
{
	char path[LOGFILE_PATH_MAX];
	int rc;

	memset(log, 0, sizeof(*log));
	log->domid = domid;
	memcpy(log->handle, handle, 16);
	console_log_path(name, path, sizeof(path));
	rc = logfile_open(&log->file, path, LOG_SIZE_MAX);
	log->turn = log->file.turn;
	set_failing(log, rc);
	if (rc < 0)
		return;

	if (!load_place(log))
		mark_start(log, name);
	save_place(log);
}

/* The last @max bytes of the file that made room for this one. */
static size_t replay_old(const struct guest_log *log, char *text, size_t max)
{
	char old[LOGFILE_PATH_MAX + 2];
	struct stat st;
	ssize_t n = -1;
	int fd;

	logfile_old_path(&log->file, old);
	fd = open(old, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;

	if (fstat(fd, &st) == 0)
		n = pread(fd, text, max, st.st_size > (off_t)max ? st.st_size - (off_t)max : 0);
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

size_t log_replay(const struct guest_log *log, char *text)
{
	off_t from = log->start == LOG_IN_OLD_FILE ? 0 : log->start;
	size_t old = 0;
	ssize_t n;

	if (log->file.fd < 0)
		return 0;

	if (log->file.size - from > LOG_REPLAY_MAX)
		from = log->file.size - LOG_REPLAY_MAX;
	else if (log->start == LOG_IN_OLD_FILE)
		old = replay_old(log, text, LOG_REPLAY_MAX - (size_t)log->file.size);

	n = pread(log->file.fd, text + old, LOG_REPLAY_MAX - old, from);
	if (n > 0)
		return old + (size_t)n;

	return old;
}

void log_close(struct guest_log *log)
{
	logfile_close(&log->file);
}

void log_forget(uint32_t domid)
{
	char path[320], unfinished[330];

	place_path(domid, path, sizeof(path));
	unlink(path);

	/* Of a daemon that was killed, see file_replace(). */
	snprintf(unfinished, sizeof(unfinished), "%s.new", path);
	unlink(unfinished);
}
