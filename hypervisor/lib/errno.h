/* SPDX-License-Identifier: MIT */
/*
 * Error numbers of the ABI under their usual names. Handlers return them negated.
 * -ERESTART never reaches a guest: it asks the hypercall entry to run the call again with the
 * arguments as the handler left them (ctl/hypercall.h).
 */
#ifndef LIB_ERRNO_H
#define LIB_ERRNO_H

enum {
	EPERM = 1,
	ENOENT = 2,
	ESRCH = 3,
	E2BIG = 7,
	ENOEXEC = 8,
	EAGAIN = 11,
	ENOMEM = 12,
	EACCES = 13,
	EFAULT = 14,
	EBUSY = 16,
	EEXIST = 17,
	ENODEV = 19,
	EINVAL = 22,
	ENOSPC = 28,
	ENOSYS = 38,
	ENODATA = 61,
	ERESTART = 85,
	EOPNOTSUPP = 95,
};

#endif
