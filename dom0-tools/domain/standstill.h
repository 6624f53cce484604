/* SPDX-License-Identifier: MIT */
/*
 * A domain that stands still while we look at it, and goes on whatever becomes of us: a child of
 * ours pauses it, and unpauses it when we say so, or when we are no more.
 */
#ifndef HOSPES_DOMAIN_STANDSTILL_H
#define HOSPES_DOMAIN_STANDSTILL_H

#include <sys/types.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"

struct standstill {
	domid_t domid;
	pid_t keeper; /* 0: none, since it stood still already */
	int line;     /* to the keeper: its end is the sign */
};

/* One that is paused or has stopped is left as it is. */
__must_check int standstill_begin(struct host *h, domid_t domid, struct standstill *s,
				  struct hospes_error *err);
__must_check int standstill_end(struct host *h, struct standstill *s, struct hospes_error *err);

#endif
