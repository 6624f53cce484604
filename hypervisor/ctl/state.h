/* SPDX-License-Identifier: MIT */
/*
 * What the control floor keeps of a domain beyond struct domain: what the toolstack set, what physical
 * interrupts it has, how far its end has come.
 */
#ifndef CTL_STATE_H
#define CTL_STATE_H

#include <dom/ops.h>
#include <lib/hypercall.h>
#include <pvabi/domctl.h>
#include <pvabi/memory.h>

#define IOMEM_RANGES 32 /* device memory lent to one guest: a handful of BARs */
#define MAP_ENTRIES 128 /* of a guest's own memory map: what a firmware table holds */

#define WATCHDOGS 2 /* a domain's: the ABI's number */

struct pirq_table;

struct watchdog {
	struct timer timer;
	struct domain *dom;
	bool used; /* d->lock */
};

struct dom_control {
	struct pirq_table *pirqs; /* NULL: has no physical interrupts */

	/* Guarded by d->lock. */
	struct { u64 first, count; } iomem[IOMEM_RANGES];
	u32 iomem_count;
	struct xen_e820_entry *map; /* MAP_ENTRIES of them; NULL: none was set */
	u32 map_count;

	u64 claimed;	 /* frames promised to it beyond what it has (ctl/claim.c's lock) */
	u32 killer;	 /* atomic: somebody works at its end */
	u64 frames_left; /* teardown: frames not yet seen */

	struct xen_domctl_tsc_info tsc;
	struct watchdog watchdog[WATCHDOGS];
};

static inline struct dom_control *dom_control(const struct domain *d)
{
	return d->control;
}

/* Promised frames: 0, or -errno with a reason. (claim.c) */
int claim_set(struct domain *d, u64 pages);
void claim_drop(struct domain *d);
u64 claim_total(void);
/* A block for @d, others' claims left alone; it is taken off its own claim. NULL: there is none. */
struct frame *claim_alloc(struct domain *d, u32 order, u32 addr_bits);

void watchdogs_init(struct domain *d);
void watchdogs_stop(struct domain *d);

#endif
