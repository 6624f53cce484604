/* SPDX-License-Identifier: MIT */
/*
 * dom0's first page tables, written into plain frames; pinning (dom0.c) then checks every entry as
 * it would a guest's. Table pages are taken in the order in which the walk needs them, so the L4 is
 * the first one.
 */
#include <boot/dom0.h>

#include <x86/cpu.h>
#include <x86/paging.h>

#define ENTRY_RO (PTE_P | PTE_U | PTE_A)
#define ENTRY_RW (ENTRY_RO | PTE_RW | PTE_D)

/* Table pages not yet used: pfns [next, end). */
struct pool {
	u64 next, end;
};

static u64 pool_take(struct pool *pool)
{
	if (pool->next == pool->end)
		panic("dom0: the plan counted too few page tables");
	return pool->next++;
}

static void map_page(u64 l4_pfn, struct pool *pool, u64 va, u64 pfn, u64 flags)
{
	pte_t *table = dom0_page(l4_pfn);

	for (u32 level = 4; level > 1; level--) {
		pte_t *e = &table[pte_index(va, level)];

		if (!*e)
			*e = pte_make(dom0_mfn(pool_take(pool)), ENTRY_RW);
		table = mfn_to_virt(pte_mfn(*e));
	}
	table[pte_index(va, 1)] = pte_make(dom0_mfn(pfn), flags);
}

void dom0_tables_fill(const struct dom0_layout *l)
{
	u64 pt_first = dom0_pfn_at(l, l->pt_va);
	struct pool pool = { pt_first + 1, pt_first + l->pts },
		    p2m_pool = { l->p2m_pt_pfn, l->p2m_pfn };

	for (u64 va = l->v_start; va != l->v_end; va += PAGE_SIZE) {
		bool is_table = va >= l->pt_va && va < l->stack_va;

		map_page(pt_first, &pool, va, dom0_pfn_at(l, va),
			 is_table ? ENTRY_RO : ENTRY_RW);
	}
	for (u64 i = 0; l->p2m_pts && i < l->p2m_pages; i++)
		map_page(pt_first, &p2m_pool, l->p2m_va + i * PAGE_SIZE, l->p2m_pfn + i, ENTRY_RW);
}
