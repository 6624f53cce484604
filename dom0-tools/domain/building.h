/* SPDX-License-Identifier: MIT */
/*
 * Records of domains under construction, so that what a killed creator left is found and removed.
 * A record is a file named by the domain's UUID, on which its creator holds a lock: the kernel
 * drops the lock with the process, however that ends. A record without a lock is an abandoned
 * domain. That lock says who builds; whose turn it is to act on a domain, intent.h says.
 */
#ifndef HOSPES_DOMAIN_BUILDING_H
#define HOSPES_DOMAIN_BUILDING_H

#include <signal.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"

struct building {
	int fd; /* -1: none */
	char path[224];
};

/*
 * One creator at a time may look for a free name and take it. Waits for the lock, a minute at most;
 * -ETIMEDOUT then. Ends with -EINTR when a signal's handler sets *@interrupted, which may be NULL.
 * Returns a descriptor for building_unlock(), or -errno.
 */
__must_check int building_lock(const volatile sig_atomic_t *interrupted, struct hospes_error *err);
/* The same with another limit, in milliseconds. */
__must_check int building_lock_within(int wait_ms, const volatile sig_atomic_t *interrupted,
				      struct hospes_error *err);
void building_unlock(int fd);

/* With the lock held, before the domain is made. -EEXIST: another process builds it just now. */
__must_check int building_begin(struct building *b, const uint8_t uuid[16],
				struct hospes_error *err);
/*
 * The domain is complete, or completely removed. Where that fails, the record counts as abandoned
 * from now on: the domain must not be told to be complete.
 */
__must_check int building_end(struct building *b, struct hospes_error *err);
/* Part of the domain is left: keeps the record for the next building_clean(). */
void building_leave(struct building *b);

/*
 * Destroys abandoned half-built domains and returns how many there were. Cheap when there are none.
 * With @locked the caller holds building_lock(). All are tried; -errno and the reason are those of
 * the first that could not be destroyed, whose record stays.
 */
__must_check int building_clean(struct host *h, bool locked, struct hospes_error *err);

#endif
