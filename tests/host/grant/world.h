/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: frames and page tables for a program. Machine frame n is page n of an
 * array; the frame table is one too. A "page table" is a list of mappings, each with its reference,
 * as the real ones hold it.
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include "../event/host.h"

#define X86_LAYOUT_H
#define X86_PAGING_H

#define FRAMES 256
struct frame;
extern struct frame *world_frames;
extern unsigned char *world_memory;
#define FRAMETABLE_VIRT world_frames

typedef u64 pte_t;
#define PTE_P     (1ul << 0)
#define PTE_RW    (1ul << 1)
#define PTE_U     (1ul << 2)
#define PTE_A     (1ul << 5)
#define PTE_D     (1ul << 6)
#define PTE_AVAIL (7ul << 9)

static inline void *mfn_to_virt(mfn_t m)
{
	return world_memory + (m.n << PAGE_SHIFT);
}

static inline mfn_t virt_to_mfn(const void *p)
{
	return MFN(((const unsigned char *)p - world_memory) >> PAGE_SHIFT);
}

#endif
