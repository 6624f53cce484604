/* SPDX-License-Identifier: MIT */
/*
 * A domain that stands still while we look at it, and goes on whatever becomes of us: a child of
 * ours pauses it, and unpauses it when we say so, or when we are no more. Where the child is killed
 * as well, a record is left, /run/hospes/standstill/NUMBER@UUID, whose lock went with the last of
 * both: the next command, or hospesd, finds it.
 *
 * The same for one whose own kernel suspends it, to be saved. Once its file is complete it is not
 * to go on any more: the record names the file, and whoever finds the record destroys the domain if
 * the file has got its name, and else lets it go on. So one of both is there, the domain or the
 * file.
 */
#ifndef HOSPES_DOMAIN_STANDSTILL_H
#define HOSPES_DOMAIN_STANDSTILL_H

#include <stdbool.h>
#include <sys/types.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"

struct standstill {
	domid_t domid;
	pid_t keeper;  /* 0: none, since it stood still already */
	int line;      /* to the keeper: its end is the sign */
	int record;    /* locked by us and the keeper */
	bool suspends; /* it is not paused, but suspends itself */
	char path[224];
};

/* One that is paused or has stopped is left as it is. */
__must_check int standstill_begin(struct host *h, domid_t domid, struct standstill *s,
				  struct hospes_error *err);
__must_check int standstill_end(struct host *h, struct standstill *s, struct hospes_error *err);

/*
 * For one that is about to be asked to suspend itself: standstill_end() lets it go on if it has.
 * What runs is not touched.
 */
__must_check int standstill_suspends(struct host *h, domid_t domid, struct standstill *s,
				     struct hospes_error *err);
/*
 * It is saved in the open file @fd, which is about to be called @path: from now on it only goes on
 * if the file has not got that name. standstill_saved_end() follows when the domain is destroyed.
 */
__must_check int standstill_saved(struct standstill *s, const char *path, int fd,
				  struct hospes_error *err);
void standstill_saved_end(struct standstill *s);

/* The folder of records, open; -errno, -ENOENT too where there was never one. */
__must_check int standstill_folder(void);

/* --- standstill_clean.c --------------------------------------------------------------------- */

/* Whether a domain stands still for processes that are no more. Cheap. */
__must_check bool standstill_abandoned(void);
/*
 * Lets those go on, each in its turn, and returns how many there were. One that somebody is just at
 * stays for the next look.
 */
__must_check int standstill_clean(struct host *h);

#endif
