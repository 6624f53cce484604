/* SPDX-License-Identifier: MIT */
/*
 * A guest's console log: NAME.log below /var/log/hospes, from the first byte, kept after the
 * domain's end. It holds the guest's bytes as they came, escape sequences too: a client replays
 * them. A line marks where each life of a domain starts. At a bound of size the file becomes
 * NAME.log.1. Where this life starts is kept in the run directory, so that a restarted
 * daemon goes on there. When a domain is renamed, its log is too.
 */
#ifndef HOSPES_HOSPESD_LOG_H
#define HOSPES_HOSPESD_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <dom0-tools/base/logfile.h>
#include <dom0-tools/config/config.h>

/* Per file; with the old one twice that for each name. A boot of Debian says 30 KiB. */
#define LOG_SIZE_MAX (1024 * 1024)
/* What a newly connected client gets of a long log. */
#define LOG_REPLAY_MAX (64 * 1024)

/* Value of guest_log.start: this life began in a file that has made room for the present one. */
#define LOG_IN_OLD_FILE (-1)

struct guest_log {
	struct logfile file; /* cannot be written: the console works all the same */
	uint32_t domid;
	char name[CONFIG_NAME_MAX + 1];
	uint8_t handle[16];
	off_t start;       /* of this life in the file, or LOG_IN_OLD_FILE */
	unsigned int turn; /* of the file that start is about */
	bool failing;      /* the last write failed, and that was said */
};

/*
 * Opens or goes on with the log of domain @domid; @handle is its unique identity. A
 * log that a daemon has served under another name is renamed first.
 */
void log_open(struct guest_log *log, const char *name, uint32_t domid, const uint8_t handle[16]);
/* The domain's name is @name now. Where there is a log of that name already, it goes on in that. */
void log_rename(struct guest_log *log, const char *name);
void log_write(struct guest_log *log, const char *text, size_t length);
/* The last part of what this domain said, at most LOG_REPLAY_MAX bytes: returns how many. */
size_t log_replay(const struct guest_log *log, char *text);
void log_close(struct guest_log *log);
/* The domain is gone: its place in the log needs not be known any more. */
void log_forget(uint32_t domid);

#endif
