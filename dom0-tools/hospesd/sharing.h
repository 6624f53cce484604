/* SPDX-License-Identifier: MIT */
/*
 * Shares the host's memory among those that agreed to it, if hospesd is told to: looks at all of
 * them at intervals, has memory_share.h decide, and asks balloons. Keeps no truth: who has what,
 * and what was asked, stands in the hypervisor and the store.
 */
#ifndef HOSPES_HOSPESD_SHARING_H
#define HOSPES_HOSPESD_SHARING_H

#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/domain/host.h>

/* Domain 0 is asked for memory, too, down to @floor_kib. -EWOULDBLOCK: another process does. */
__must_check int sharing_begin(uint64_t floor_kib, struct hospes_error *err);

/* Looks, and asks, if it is time: true then. @h may be without a store: nobody is asked. */
bool sharing_tick(struct host *h);

/* How long until the next look, in ms; -1: memory is not shared. */
int sharing_left_ms(void);

#endif
