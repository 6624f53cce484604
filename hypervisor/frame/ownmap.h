/* SPDX-License-Identifier: MIT */
/*
 * Our own mappings in slot 257: addresses that need page granularity. All address spaces share the
 * page tables of the slot. Mapping a free address needs no flush; unmapping flushes the global
 * entries of all CPUs.
 */
#ifndef FRAME_OWNMAP_H
#define FRAME_OWNMAP_H

#include <frame/frame.h>
#include <x86/paging.h>

/*
 * Our L4, in force while no vcpu is loaded, with isolation always in ring 0. What a guest's L4 has
 * of its slots 256-271 is said in guestmap.h. (init.c)
 */
extern pte_t hv_l4[PTE_COUNT];

/*
 * Boot: makes the tables of slot 257 down to level 2; @page gives zeroed pages of the direct map.
 */
void ownmap_init(pte_t *l3, void *(*page)(void));

/*
 * Reserves @pages of addresses, with an unmapped guard page on both sides. 0: no addresses are
 * left, or no memory. They must be unmapped again before they are freed, which flushes them on all
 * CPUs: whoever gets them next finds no translation of them.
 */
u64 ownmap_reserve(u32 pages);
void ownmap_free(u64 va, u32 pages);

/*
 * Maps the page at @va, which is reserved, to @m. @flags: PTES_RW, PTES_RO or PTES_RX, to which
 * PTE_G is added. If something else was mapped there, it is flushed on all CPUs.
 */
void ownmap_set(u64 va, mfn_t m, u64 flags);
void ownmap_clear(u64 va);
/*
 * The same for a page that only this CPU uses from now on, until another sets it: flushes here
 * only.
 */
void ownmap_set_here(u64 va, mfn_t m, u64 flags);
/*
 * The same for a page of a domain's windows, without a flush. True: something else was mapped
 * there, and the caller flushes the windows (frame/tlb.h) before what it was is used otherwise.
 */
bool __must_check ownmap_window_set(u64 va, mfn_t m, u64 flags);
bool __must_check ownmap_window_clear(u64 va);

/*
 * The level-2 entry for the 2 MiB at @va, behind the addresses that ownmap_reserve gives; 0: none.
 * set: makes it @table, or none. False: no memory. The caller flushes what it takes away.
 */
pte_t ownmap_table(u64 va);
bool ownmap_set_table(u64 va, pte_t table);

/*
 * Device registers, uncached: @size bytes from @maddr, which need not be aligned. The mapping stays
 * for ever. NULL: no addresses are left, or no memory.
 */
void *ownmap_device(u64 maddr, size_t size);

#endif
