/* SPDX-License-Identifier: MIT */
/* Spinlocks where every order is tried (../interleave): to take one, or to give it, is a step. */
#include "../interleave/explore.h"

#include <x86/lock.h>

void spin_lock(struct spinlock *l)
{
	explore_step();
	while (l->tickets)
		explore_wait();
	l->tickets = 1;
}

void spin_unlock(struct spinlock *l)
{
	l->tickets = 0;
	explore_step();
}

bool spin_held(const struct spinlock *l)
{
	return l->tickets;
}
