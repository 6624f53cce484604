/* SPDX-License-Identifier: MIT */
/*
 * Our own mappings in slot 257: addresses that need page granularity. The page tables of the slot
 * are shared by all address spaces. Mapping never needs a flush; unmapping flushes all CPUs' global entries.
 */
#ifndef FRAME_OWNMAP_H
#define FRAME_OWNMAP_H

#include <frame/frame.h>
#include <x86/paging.h>

/* Our L4, in force while no vcpu is loaded. Each guest L4 has its slots 256-271. (init.c) */
extern pte_t hv_l4[PTE_COUNT];

/* Page tables of slot 257 down to level 2, at boot; @page gives zeroed pages by direct-map address. */
void ownmap_init(pte_t *l3, void *(*page)(void));
/* Reserves @pages of addresses, with an unmapped guard page on both sides. 0 if out of space or memory. */
u64 ownmap_reserve(u32 pages);
void ownmap_free(u64 va, u32 pages); /* must be unmapped */
/* Sets one page's entry: flags PTES_RW, PTES_RO, PTES_RX (| PTE_G is added); replaces what is there, and flushes then. */
void ownmap_set(u64 va, mfn_t m, u64 flags);
/* The same for a page that one CPU at a time uses, always this one after it has set it: flushes here only. */
void ownmap_set_here(u64 va, mfn_t m, u64 flags);
void ownmap_clear(u64 va);
/* Device registers: uncached; @maddr need not be aligned. Stays for ever. NULL if out of space. */
void *ownmap_device(u64 maddr, size_t size);

#endif
