/* SPDX-License-Identifier: MIT */
/*
 * The work that the daemon has done, counted in steps: a name compared, a node copied, a watch
 * looked at. A step takes some 10 ns. By it the loop shares its time between connections, and the
 * tests measure what a request costs, the same on every machine.
 */
#ifndef XENSTORE_LIKE_WORK_H
#define XENSTORE_LIKE_WORK_H

#include <stdint.h>

/* Bytes copied, compared or hashed in one step. */
#define WORK_BYTES 16

/* Since the start of the process. */
extern uint64_t work_done;

static inline void work_add(uint64_t steps)
{
	work_done += steps;
}

#endif
