/* SPDX-License-Identifier: MIT */
/* Spinlocks for a program: see lock.h. */
#include "cpu.h"
#include "lock.h"

#include <string.h>

#define DEPTH       8
#define YIELD_EVERY 8 /* releases */

u32 fake_lock_pairs;
bool fake_lock_threads;

static __thread struct spinlock *held[DEPTH]; /* in the order in which they were taken */
static __thread u32 n_held;
static __thread u32 releases;

u32 fake_locks_held(void)
{
	return n_held;
}

static bool in_order(const struct spinlock *last, const struct spinlock *l)
{
	if (l->rank != last->rank)
		return l->rank > last->rank;

	return (fake_lock_pairs & l->rank) && l > last;
}

/* The locks held rise, so the last one is the highest. */
static void check_order(const struct spinlock *l)
{
	const struct spinlock *last;

	if (!n_held)
		return;

	last = held[n_held - 1];
	if (!in_order(last, l))
		panic("lock order: rank %#x at %p is taken after rank %#x at %p", l->rank,
		      (const void *)l, last->rank, (const void *)last);
}

void spin_lock(struct spinlock *l)
{
	assert(l->rank);
	assert(n_held < DEPTH);
	check_order(l);

	while (__atomic_exchange_n(&l->tickets, 1, __ATOMIC_ACQUIRE)) {
		if (!fake_lock_threads)
			panic("a lock of rank %#x is taken, and nobody is there to release it",
			      l->rank);

		fake_yield();
	}
	held[n_held++] = l;
}

/* Where @l stands among the locks held; n_held if this thread does not hold it. */
static u32 held_index(const struct spinlock *l)
{
	u32 i = 0;

	while (i < n_held && held[i] != l)
		i++;

	return i;
}

void spin_unlock(struct spinlock *l)
{
	u32 i = held_index(l);

	if (i == n_held)
		panic("a lock of rank %#x is released that is not held", l->rank);

	if (l->rank != held[n_held - 1]->rank)
		panic("a lock of rank %#x is released before one of rank %#x", l->rank,
		      held[n_held - 1]->rank);

	assert(l->tickets == 1);
	n_held--;
	memmove(held + i, held + i + 1, (n_held - i) * sizeof(*held));
	__atomic_store_n(&l->tickets, 0, __ATOMIC_RELEASE);

	releases++;
	if (fake_lock_threads && !n_held && releases % YIELD_EVERY == 0)
		fake_yield();
}

bool spin_held(const struct spinlock *l)
{
	return held_index(l) < n_held;
}
