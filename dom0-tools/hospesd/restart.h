/* SPDX-License-Identifier: MIT */
/*
 * Restarts of stopped domains. A restart first writes down its record, restart-NAME.xml in the run
 * directory, a second name of the kept configuration; then it destroys, then it creates. Whoever
 * works on a record holds a lock on it, so one that nobody holds was left by a process that died,
 * and is carried out by the next sweep. What fails is tried again after a growing pause, a bounded
 * number of times. All that happens in the domain's turn (domain/intent.h); a destroy or a shutdown
 * that waits behind calls the restart off, and so does who removes the record.
 */
#ifndef HOSPES_HOSPESD_RESTART_H
#define HOSPES_HOSPESD_RESTART_H

#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/domain/intent.h>

/* Together some four minutes: a backend or a disk that is away for a moment has come back then. */
#define RESTART_TRIES        10
#define RESTART_PAUSE_MS     1000
#define RESTART_PAUSE_MS_MAX 60000

/* How long a worker waits for its turn: others end a domain in a minute. */
#define RESTART_WAIT_MS (5 * 60 * 1000)

/* The kept configuration of domain @domid. */
void restart_saved_path(uint32_t domid, char *path, size_t size);

/*
 * Destroys the stopped domain @domid and creates it again from @config, which is the kept one, not
 * before @pace_ms are over. @intent is the turn, which the caller has. Waits between its tries. 0:
 * it was restarted, given up (the log says so), called off, or is another process's work; -errno:
 * the record could not be written down.
 */
__must_check int restart_domain(uint32_t domid, const struct domain_config *config, int pace_ms,
				const struct intent *intent);

/*
 * Carries out the records that nobody works on, each in a child process of its own, and does not
 * wait for them. Returns how many were begun.
 */
int restart_resume(void);

#endif
