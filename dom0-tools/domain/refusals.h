/* SPDX-License-Identifier: MIT */
/*
 * What the hypervisor refused to a domain, kept after its end: the hypervisor's own log ends with
 * the domain, the file /var/log/hospes/refused/NAME.log stays. It has all lives of that name, and
 * is bounded.
 */
#ifndef HOSPES_DOMAIN_REFUSALS_H
#define HOSPES_DOMAIN_REFUSALS_H

#include <dom0-tools/base/must_check.h>
#include "host.h"

/* Of each of the two files of a name: some 2,000 lines. */
#define REFUSALS_SIZE_MAX (256 * 1024)

/* Before @domid ends: appends its log, if there is anything in it. What cannot be kept is lost: no
 * reason to let a domain live. */
void refusals_keep(struct host *h, domid_t domid);

/* A domain called @name is called @to now: what is kept of it goes along, unless something is kept
 * of that name already. */
__must_check int refusals_rename(const char *name, const char *to);

/*
 * A descriptor of what is kept of domains called @name, or of what made room for it (@old); -ENOENT
 * where nothing was refused, or nobody can have that name.
 */
__must_check int refusals_open(const char *name, bool old);

#endif
