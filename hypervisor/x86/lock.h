/* SPDX-License-Identifier: MIT */
/*
 * Ticket spinlocks. Interrupts are off in ring 0, so there is one kind only. A spinning CPU answers
 * flush requests meanwhile (cpu_poll), so a holder may wait for a TLB shootdown.
 */
#ifndef X86_LOCK_H
#define X86_LOCK_H

#include <config.h>
#include <lib/types.h>

#ifdef CONFIG_DEBUG_LOCKS
#define DEBUG_LOCKS true
#else
#define DEBUG_LOCKS false
#endif

/*
 * The lock order: a CPU that holds a lock may take only locks of a higher rank. Two locks of one
 * rank are taken by rising address. Debug builds check the ranks at every spin_lock.
 */
enum lock_rank {
	LOCK_DOMLIST, /* all domains: looked through, made and removed */
	LOCK_DOMID,   /* those of some ids: looked for */
	LOCK_DOMAIN,  /* d->lock: life, memory map of a domain */
	LOCK_GRANT,   /* grant table and maptrack of one domain */
	LOCK_EVENT,   /* event ports of one domain */
	LOCK_PTABLE,  /* d->pt.lock: page-table updates of one domain */
	LOCK_PAGES,   /* d->page_lock: list and count of a domain's frames; claims */
	LOCK_IRQ,    /* physical interrupts: routing, pages of MSI tables, the PCI config address */
	LOCK_VCPU,   /* whether a vcpu is ready to run */
	LOCK_SCHED,  /* run queue of a CPU */
	LOCK_TIMER,  /* timer queue of a CPU */
	LOCK_OWNMAP, /* own mappings; register window of the I/O APICs */
	LOCK_HEAP,   /* small objects */
	LOCK_BUDDY,  /* free frames */
	LOCK_LOG,    /* a domain's log of refusals */
	LOCK_CONSOLE, /* console ring and devices; what was typed */
	LOCK_RANKS,
};

struct spinlock {
	u32 tickets; /* low half: served, high half: next */
	u16 rank;    /* as a bit: 1 << enum lock_rank */
	u16 holder;  /* debug builds: the CPU that took it last */
	u32 taken;   /* and when: the TSC's low half */
};

#define SPINLOCK(r)               \
	{                         \
		.rank = 1u << (r) \
	}

static inline void spin_init(struct spinlock *l, enum lock_rank rank)
{
	*l = (struct spinlock)SPINLOCK(rank);
}

/* At most seven letters. */
const char *lock_rank_name(enum lock_rank rank);

//@ assigns *l;
void spin_lock(struct spinlock *l);
//@ assigns *l;
void spin_unlock(struct spinlock *l);

/*
 * For assertions: does this CPU hold @l? Without CONFIG_DEBUG_LOCKS holders are not recorded, and
 * the answer is whether any CPU does.
 */
bool spin_held(const struct spinlock *l);

#endif
