/* SPDX-License-Identifier: MIT */
/*
 * Ticket spinlocks. The low 16 bits count who is served, the high 16 bits who came. Debug builds
 * keep the ranks that a CPU holds as a set of bits, so a lock taken against the order panics, and
 * measure how long each lock is held.
 */
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/lock.h>
#include <x86/stretch.h>

#define TICKET_ONE   0x10000u
#define TICKET_SHIFT 16
#define TICKET_MASK  0xffffu
#define LAST_BIT     31 /* of a set of ranks */

_Static_assert(LOCK_RANKS <= 16, "a rank is a bit of spinlock.rank");
_Static_assert(MAX_CPUS <= TICKET_MASK, "each CPU may hold a ticket, and fits in spinlock.holder");

static void note_taken(struct spinlock *l, u32 rank)
{
	struct cpu_info *self = cpu_info();

	if (!DEBUG_LOCKS)
		return;

	self->held_ranks |= rank;
	l->holder = self->cpu;
	l->taken = (u32)stretch_tsc();
}

/* Takes @l when @mine is served. The locks of CPUs that were stopped for good count as free. */
static __attribute__((noinline, cold)) void spin_wait(struct spinlock *l, u32 mine)
{
	u64 began = stretch_tsc();

	while ((READ_ONCE(l->tickets) & TICKET_MASK) != mine && !cpu_alone()) {
		cpu_pause();
		cpu_poll();
	}
	barrier();
	stretch_count_wait(__builtin_ctz(l->rank), stretch_tsc() - began);
	note_taken(l, l->rank);
}

const char *lock_rank_name(enum lock_rank rank)
{
	static const char *const names[LOCK_RANKS] = {
		[LOCK_DOMLIST] = "DOMLIST", [LOCK_DOMID] = "DOMID", [LOCK_DOMAIN] = "DOMAIN",
		[LOCK_GRANT] = "GRANT",     [LOCK_EVENT] = "EVENT", [LOCK_PTABLE] = "PTABLE",
		[LOCK_PAGES] = "PAGES",     [LOCK_IRQ] = "IRQ",     [LOCK_VCPU] = "VCPU",
		[LOCK_SCHED] = "SCHED",     [LOCK_TIMER] = "TIMER", [LOCK_OWNMAP] = "OWNMAP",
		[LOCK_HEAP] = "HEAP",       [LOCK_BUDDY] = "BUDDY", [LOCK_LOG] = "LOG",
		[LOCK_CONSOLE] = "CONSOLE",
	};

	return names[rank];
}

static __attribute__((noinline, cold)) void order_broken(const struct spinlock *l)
{
	u32 highest = LAST_BIT - __builtin_clz(cpu_info()->held_ranks);

	panic("lock order: %s is taken while %s is held", lock_rank_name(__builtin_ctz(l->rank)),
	      lock_rank_name(highest));
}

/* Where nobody waits this is a leaf: the two calls are the last thing it does. */
void spin_lock(struct spinlock *l)
{
	u32 rank = l->rank;
	u32 tickets;

	if (DEBUG_LOCKS && cpu_info()->held_ranks >= 2 * rank) {
		order_broken(l);
		return;
	}

	tickets = __atomic_fetch_add(&l->tickets, TICKET_ONE, __ATOMIC_ACQUIRE);
	if ((tickets & TICKET_MASK) != tickets >> TICKET_SHIFT) {
		spin_wait(l, tickets >> TICKET_SHIFT);
		return;
	}
	barrier();
	note_taken(l, rank);
}

void spin_unlock(struct spinlock *l)
{
	u16 *served = (u16 *)&l->tickets;
	u32 rank = l->rank, held = 0;

	if (DEBUG_LOCKS) {
		cpu_info()->held_ranks &= ~rank;
		held = (u32)stretch_tsc() - l->taken;
	}

	/* This half is written by the holder alone, so no atomic addition is needed. */
	barrier();
	++*served;
	barrier();

	/* Others are let in first, who may free the lock. */
	if (held > HOLD_NOTED)
		stretch_keep_hold(__builtin_ctz(rank), held);
}

bool spin_held(const struct spinlock *l)
{
	u32 tickets = READ_ONCE(l->tickets);

	if ((tickets & TICKET_MASK) == tickets >> TICKET_SHIFT)
		return false;

	return !DEBUG_LOCKS || READ_ONCE(l->holder) == cpu_id();
}
