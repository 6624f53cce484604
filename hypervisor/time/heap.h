/* SPDX-License-Identifier: MIT */
/*
 * A pairing heap of timers: the soonest at the root, links inside the timers, so nothing is ever
 * allocated. Insertion is one comparison; taking one out costs the logarithm on average. Pure; the
 * queue's lock is the caller's.
 */
#ifndef TIME_HEAP_H
#define TIME_HEAP_H

#include <time/time.h>

struct timer_heap {
	struct timer *root; /* NULL: empty */
};

void heap_insert(struct timer_heap *h, struct timer *t); /* t->when is set; it is on no heap */
void heap_remove(struct timer_heap *h, struct timer *t); /* it is on @h */

#endif
