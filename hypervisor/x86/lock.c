/* SPDX-License-Identifier: MIT */
/*
 * Ticket spinlocks. The low 16 bits count who is served, the high 16 bits who came. In debug
 * builds the ranks a CPU holds are kept as a bit set, so a lock taken against the order panics.
 */
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/lock.h>

#define TICKET_ONE 0x10000u

static __attribute__((noinline, cold)) void spin_wait(const struct spinlock *l, u32 mine)
{
	while ((READ_ONCE(l->tickets) & 0xffff) != mine && !cpu_alone()) {
		cpu_pause();
		cpu_poll();
	}
}

void spin_lock(struct spinlock *l)
{
	u32 tickets;

	if (DEBUG_LOCKS && cpu_info()->held_ranks >= 2 * l->rank)
		panic("lock order: rank %#x is taken while ranks %#x are held", l->rank,
		      cpu_info()->held_ranks);
	tickets = __atomic_fetch_add(&l->tickets, TICKET_ONE, __ATOMIC_ACQUIRE);
	if ((tickets & 0xffff) != tickets >> 16)
		spin_wait(l, tickets >> 16);
	barrier();
	if (DEBUG_LOCKS)
		cpu_info()->held_ranks |= l->rank;
}

void spin_unlock(struct spinlock *l)
{
	u16 *served = (u16 *)&l->tickets;

	if (DEBUG_LOCKS)
		cpu_info()->held_ranks &= ~l->rank;
	__atomic_store_n(served, (u16)(*served + 1), __ATOMIC_RELEASE);
}

bool spin_held(const struct spinlock *l)
{
	u32 t = READ_ONCE(l->tickets);

	return (t & 0xffff) != t >> 16;
}
