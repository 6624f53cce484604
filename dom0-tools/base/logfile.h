/* SPDX-License-Identifier: MIT */
/*
 * A file that text is appended to, bounded in size: at the bound it becomes FILE.1, and a new one
 * is begun. Several processes may write to one. Each write looks whether the name still leads to
 * the open file, so it never goes into one that somebody has renamed or removed. What cannot be
 * written (a full disk) is counted, and the file says so as soon as it can be written again.
 */
#ifndef HOSPES_BASE_LOGFILE_H
#define HOSPES_BASE_LOGFILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "must_check.h"

#define LOGFILE_PATH_MAX 320

struct logfile {
	char path[LOGFILE_PATH_MAX];
	off_t size_max;
	off_t size;        /* after the last write or open */
	int fd;            /* -1: it could not be opened */
	unsigned int turn; /* grows each time when another file is opened */
	uint64_t lost;     /* bytes not written since it last could be */
};

/* Opens @path, and makes it if need be. 0 or -errno; writes try again in any case. */
__must_check int logfile_open(struct logfile *f, const char *path, off_t size_max);

/* Appends all of @text, or as much as there is room for. -errno when some of it was lost. */
__must_check int logfile_write(struct logfile *f, const char *text, size_t length);

/*
 * Gives the file, and the one that made room for it, the name @path, by which it goes on. -EEXIST:
 * there is a file of that name already, and all stays as it was.
 */
__must_check int logfile_move(struct logfile *f, const char *path);
/* The same for one that nobody has open, or whose writers will find out. -ENOENT: there is none. */
__must_check int logfile_rename(const char *path, const char *to);

/* The path of the file that made room for this one. */
void logfile_old_path(const struct logfile *f, char path[LOGFILE_PATH_MAX + 2]);

void logfile_close(struct logfile *f);

#endif
