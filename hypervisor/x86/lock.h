/* SPDX-License-Identifier: MIT */
/*
 * Ticket spinlocks. Interrupts are off in ring 0, so there is one kind only. A spinning CPU
 * answers flush requests meanwhile (cpu_poll), so a holder may wait for a shootdown.
 * The order of ranks below is the lock order; debug builds check it on every spin_lock.
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

/* Taken in rising order: who holds one may only take a higher rank (same rank: address order). */
enum lock_rank {
	LOCK_DOMLIST = 1, /* list of domains, creation and removal */
	LOCK_DOMCTL,      /* one control operation at a time */
	LOCK_DOMAIN,      /* d->lock: life, memory map of a domain */
	LOCK_GRANT,       /* grant table and maptrack of one domain */
	LOCK_EVENT,       /* event ports of one domain */
	LOCK_PTABLE,      /* d->pt_lock: page-table updates of one domain */
	LOCK_PAGES,       /* d->page_lock: list and count of a domain's frames */
	LOCK_IRQ,         /* physical interrupts: routing */
	LOCK_VCPU,        /* whether a vcpu is ready to run */
	LOCK_SCHED,       /* run queue of a CPU */
	LOCK_TIMER,       /* timer queue of a CPU */
	LOCK_OWNMAP,      /* own mappings */
	LOCK_HEAP,        /* small objects */
	LOCK_BUDDY,       /* free frames */
	LOCK_LOG,         /* a domain's log of refusals */
	LOCK_CONSOLE,     /* console ring and uart */
};

struct spinlock {
	u32 tickets; /* low half: served, high half: next */
	u32 rank;    /* as a bit: 1 << enum lock_rank */
};

#define SPINLOCK(r)          \
	{                    \
		0, 1u << (r) \
	}

static inline void spin_init(struct spinlock *l, enum lock_rank rank)
{
	l->tickets = 0;
	l->rank = 1u << rank;
}

void spin_lock(struct spinlock *l);
void spin_unlock(struct spinlock *l);
/* For assertions: somebody holds it. */
bool spin_held(const struct spinlock *l);

#endif
