/* SPDX-License-Identifier: MIT */
/*
 * Inside access/ only. One control call. *_begin() gives the handle's argument page, filled in
 * for @cmd; *_issue() makes the call, and a line that says what failed. Typed calls stand on these.
 */
#ifndef HOSPES_ACCESS_CONTROL_CALL_H
#define HOSPES_ACCESS_CONTROL_CALL_H

#include <pvabi/domctl.h>
#include <pvabi/sysctl.h>
#include <dom0-tools/base/must_check.h>
#include "privcmd.h"

struct xen_domctl *domctl_begin(struct privcmd *p, uint32_t cmd, domid_t domid);
/* "cannot @what domain N: ..." */
__must_check int domctl_issue(struct privcmd *p, struct xen_domctl *op, const char *what,
			      struct hospes_error *err);

struct xen_sysctl *sysctl_begin(struct privcmd *p, uint32_t cmd);
/* "cannot @what: ..." */
__must_check int sysctl_issue(struct privcmd *p, struct xen_sysctl *op, const char *what,
			      struct hospes_error *err);

#endif
