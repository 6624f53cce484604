/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks for a program, stricter than those of the machine: a thread takes them in the lock
 * order and releases the highest rank first, and a lock that can never be had is found at once.
 * Each breach is a panic.
 */
#ifndef FAKE_LOCK_H
#define FAKE_LOCK_H

#include <x86/lock.h>

/*
 * Ranks (a bit each: 1 << enum lock_rank) of which a thread may hold two locks, taken by rising
 * address. None at first.
 */
extern u32 fake_lock_pairs;

/*
 * Other threads take locks too. spin_lock then waits for them, and releases now and then let them
 * run, so that races get their chance. Off at first: nobody else could release the lock.
 */
extern bool fake_lock_threads;

/* How many locks this thread holds. */
u32 fake_locks_held(void);

#endif
