/* SPDX-License-Identifier: MIT */
/*
 * The processor's page-table format (Intel SDM vol. 3, 4.5) and the walk from a machine frame
 * to an address we can use: all RAM is in the direct map.
 */
#ifndef X86_PAGING_H
#define X86_PAGING_H

#include <lib/types.h>
#include <x86/layout.h>

typedef u64 pte_t; /* an entry of any level, as the processor reads it */

#define PTE_P        (1ul << 0)
#define PTE_RW       (1ul << 1)
#define PTE_U        (1ul << 2)
#define PTE_PWT      (1ul << 3)
#define PTE_PCD      (1ul << 4)
#define PTE_A        (1ul << 5)
#define PTE_D        (1ul << 6)
#define PTE_PSE      (1ul << 7) /* level 2, 3; at level 1 the PAT bit */
#define PTE_G        (1ul << 8)
#define PTE_AVAIL    (7ul << 9)
#define PTE_PAT      PTE_PSE             /* at level 1 */
#define PTE_CACHE    (PTE_PWT | PTE_PCD) /* how memory is cached, above level 1 */
#define PTE_CACHE_L1 (PTE_CACHE | PTE_PAT)
#define PTE_NX       (1ul << 63)
#define PTE_ADDR     0x000ffffffffff000ul

#define PTE_COUNT  512
#define PTES_RW    (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)
#define PTES_RX    (PTE_P | PTE_A)
#define PTES_RO    (PTE_P | PTE_A | PTE_NX)
#define PTES_TABLE (PTE_P | PTE_RW | PTE_A) /* our own L4-L2 links: supervisor only */

static inline mfn_t pte_mfn(pte_t e)
{
	return MFN((e & PTE_ADDR) >> PAGE_SHIFT);
}

static inline pte_t pte_make(mfn_t m, u64 flags)
{
	return m.n << PAGE_SHIFT | flags;
}

/* An L1 entry's index into the PAT, 0 for write-back; and the bits for an index. */
static inline u32 pte_cache(pte_t e)
{
	return (e / PTE_PWT & 3) | (e & PTE_PAT ? 4 : 0);
}

static inline pte_t pte_cache_bits(u32 index)
{
	return (index & 3) * PTE_PWT | (index & 4 ? PTE_PAT : 0);
}

/* Index of @va's entry in a table of @level 1..4. */
static inline u32 pte_index(u64 va, u32 level)
{
	return va >> (PAGE_SHIFT + 9 * (level - 1)) & (PTE_COUNT - 1);
}

static inline bool va_canonical(u64 va)
{
	return (u64)((s64)(va << 16) >> 16) == va;
}

static inline void *direct_map(u64 maddr)
{
	return (void *)(DIRECT_VIRT + maddr);
}

static inline void *mfn_to_virt(mfn_t m)
{
	return direct_map(m.n << PAGE_SHIFT);
}

/* @p must lie in the direct map. */
static inline u64 virt_to_maddr(const void *p)
{
	return (u64)p - DIRECT_VIRT;
}

static inline mfn_t virt_to_mfn(const void *p)
{
	return MFN(virt_to_maddr(p) >> PAGE_SHIFT);
}

#define IMAGE_MADDR(p) ((u64)(p)-IMAGE_VIRT + IMAGE_PHYS) /* machine address of an image symbol */

#endif
