/* SPDX-License-Identifier: MIT */
/*
 * Kernels are unpacked at idle times, before anybody waits for them: a child process of the lowest
 * priority fills the cache (../lib/kernel_cache.h) when the daemon starts, when a kernel or a
 * guest's description came or changed, and now and then.
 */
#ifndef HOSPES_HOSPESD_PREFILL_H
#define HOSPES_HOSPESD_PREFILL_H

#include <sys/types.h>

/* In the daemon, at intervals: starts the child when it is time. */
void prefill_tick(void);
/* A child ended. */
void prefill_ended(pid_t pid);

/* In the child. An exit code. */
int prefill_run(void);

#endif
