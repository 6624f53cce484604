/* SPDX-License-Identifier: MIT */
/*
 * Ticket spinlocks. The low 16 bits count who is served, the high 16 bits who came. In debug
 * builds the ranks a CPU holds are kept as a bit set, so a lock taken against the order panics.
 */
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/lock.h>

#define TICKET_ONE 0x10000u

static u32 held_ranks[MAX_CPUS]; /* bit per rank held by that CPU; its own use only */

static void order_check(const struct spinlock *l)
{
	if (DEBUG_LOCKS && held_ranks[cpu_id()] >> l->rank > 1 && !cpu_alone())
		panic("lock order: rank %u is taken while ranks %#x are held", l->rank,
		      held_ranks[cpu_id()]);
}

void spin_lock(struct spinlock *l)
{
	u32 mine;

	order_check(l);
	mine = __atomic_fetch_add(&l->tickets, TICKET_ONE, __ATOMIC_ACQUIRE) >> 16;
	while ((READ_ONCE(l->tickets) & 0xffff) != mine && !cpu_alone()) {
		cpu_pause();
		cpu_poll();
	}
	barrier();
	if (DEBUG_LOCKS)
		held_ranks[cpu_id()] |= 1u << l->rank;
}

void spin_unlock(struct spinlock *l)
{
	u16 *served = (u16 *)&l->tickets;

	if (DEBUG_LOCKS)
		held_ranks[cpu_id()] &= ~(1u << l->rank);
	__atomic_store_n(served, (u16)(*served + 1), __ATOMIC_RELEASE);
}

bool spin_held(const struct spinlock *l)
{
	u32 t = READ_ONCE(l->tickets);

	return (t & 0xffff) != t >> 16;
}
