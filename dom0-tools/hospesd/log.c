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

/* A line of the file that tells where a life starts. */
#define PLACE_MAX (128 + CONFIG_NAME_MAX)

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
	char path[320], handle[33], text[PLACE_MAX];
	struct stat st;
	int n, rc;

	if (fstat(log->file.fd, &st))
		return;

	place_path(log->domid, path, sizeof(path));
	handle_text(log->handle, handle);
	n = snprintf(text, sizeof(text), "%s %ju %jd %s\n", handle, (uintmax_t)st.st_ino,
		     (intmax_t)log->start, log->name);

	rc = file_replace(path, text, (size_t)n, 0644);
	if (rc < 0)
		note("cannot write %s: %s", path, strerror(-rc));
}

/* What a previous daemon wrote down. */
struct place {
	uintmax_t inode;
	intmax_t start;
	char name[CONFIG_NAME_MAX + 1];
};

/* True if a previous daemon served this very domain. */
static bool load_place(const struct guest_log *log, struct place *place)
{
	char path[320], handle[33], saved[33], text[PLACE_MAX];

	place_path(log->domid, path, sizeof(path));
	if (file_read_text(path, text, sizeof(text)) < 0)
		return false;
	if (sscanf(text, "%32s %ju %jd %63s", saved, &place->inode, &place->start, place->name) !=
	    4)
		return false;

	handle_text(log->handle, handle);
	return strcmp(saved, handle) == 0 && strchr(place->name, '/') == NULL;
}

/* Another file, or a place that is not in it: all of it is taken for this life's. */
static void take_place(struct guest_log *log, const struct place *place)
{
	struct stat st;

	log->start = 0;
	if (fstat(log->file.fd, &st) < 0 || place->inode != st.st_ino)
		return;

	if (place->start >= LOG_IN_OLD_FILE && place->start <= st.st_size)
		log->start = place->start;
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

/* A line in the log: "--- NAME, domain N, @what TIME ---". This life is what follows. */
static void mark(struct guest_log *log, const char *what)
{
	char line[256], when[32];
	time_t now = time(NULL);
	struct tm tm;

	strftime(when, sizeof(when), "%F %T", localtime_r(&now, &tm));
	snprintf(line, sizeof(line), "%s--- %s, domain %u, %s %s ---\n", log->file.size ? "\n" : "",
		 log->name, log->domid, what, when);
	set_failing(log, logfile_write(&log->file, line, strlen(line)));
	log->start = log->file.size;
	log->turn = log->file.turn;
}

/* Opens the file of log->name. */
static int file_begin(struct guest_log *log)
{
	char path[LOGFILE_PATH_MAX];
	int rc;

	console_log_path(log->name, path, sizeof(path));
	rc = logfile_open(&log->file, path, LOG_SIZE_MAX);
	log->turn = log->file.turn;
	set_failing(log, rc);
	return rc;
}

void log_open(struct guest_log *log, const char *name, uint32_t domid, const uint8_t handle[16])
{
	struct place place;
	bool goes_on;

	memset(log, 0, sizeof(*log));
	log->domid = domid;
	memcpy(log->handle, handle, 16);
	goes_on = load_place(log, &place);
	snprintf(log->name, sizeof(log->name), "%s", goes_on ? place.name : name);
	if (file_begin(log) < 0) {
		snprintf(log->name, sizeof(log->name), "%s", name);
		return;
	}

	if (goes_on)
		take_place(log, &place);
	else
		mark(log, "starts");
	save_place(log);

	if (strcmp(log->name, name) != 0)
		log_rename(log, name);
}

/* In a log that is there already: what is to be shown of this life begins with a line. */
static void join_other(struct guest_log *log, const char *old)
{
	char what[CONFIG_NAME_MAX + 16];

	logfile_close(&log->file);
	if (file_begin(log) < 0)
		return;

	snprintf(what, sizeof(what), "was %s until", old);
	mark(log, what);
}

void log_rename(struct guest_log *log, const char *name)
{
	char old[CONFIG_NAME_MAX + 1], path[LOGFILE_PATH_MAX];
	int rc;

	snprintf(old, sizeof(old), "%s", log->name);
	snprintf(log->name, sizeof(log->name), "%s", name);
	console_log_path(name, path, sizeof(path));
	rc = logfile_move(&log->file, path);
	if (rc < 0 && rc != -EEXIST)
		note("cannot rename the log of domain %u, %s, to %s: %s", log->domid, old, path,
		     strerror(-rc));
	if (rc < 0)
		join_other(log, old);

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
