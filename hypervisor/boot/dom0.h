/* SPDX-License-Identifier: MIT */
/*
 * Inside the dom0 builder: the plan of its memory (dom0_layout.c, pure), and the memory itself with
 * its tables (dom0_memory.c). dom0.c runs them in order.
 */
#ifndef BOOT_DOM0_H
#define BOOT_DOM0_H

#include <boot/boot.h>

/*
 * Where everything is to be. The initial mapping [v_start, v_end) shows pfn 0 and up: page at va
 * has pfn (va - v_start) / PAGE_SIZE. In it, in the ABI's order: kernel, start info, page tables,
 * stack. The pages behind it: initrd, not mapped; tables of the p2m's own mapping; the p2m.
 * (The ABI has another order for kernels that do not ask for this; none of them can be dom0.)
 */
struct dom0_layout {
	u64 v_start, v_end;
	u64 info_va, pt_va, pts, stack_va;
	u64 initrd_pfn, initrd_pages;
	u64 p2m_pt_pfn, p2m_pts;
	u64 p2m_va, p2m_pfn, p2m_pages;
};

static inline u64 dom0_pfn_at(const struct dom0_layout *l, u64 va)
{
	return (va - l->v_start) / PAGE_SIZE;
}

/*
 * 0, or -errno with a reason: the kernel asks for what can not be, or it does not fit into @pages.
 * Pure.
 */
int dom0_layout_plan(const struct elf_image *img, u64 initrd_size, u64 pages,
		     struct dom0_layout *l);

/* dom0_memory.c */
/* pages to give, by dom0_mem= */
u64 dom0_memory_size(u64 free_pages, u64 total_pages, u64 *max_pages);
void dom0_memory_alloc(struct domain *d, u64 pages); /* the next @pages pfns, cleared */
mfn_t dom0_mfn(u64 pfn);
void *dom0_page(u64 pfn);
void dom0_copy(u64 at, const void *src, u64 n);                   /* to byte @at of its memory */
void dom0_memory_publish(const struct dom0_layout *l, u64 pages); /* p2m and m2p */

/* The page tables; the L4's frame is that of pt_va. */
void dom0_tables_fill(const struct dom0_layout *l);

#endif
