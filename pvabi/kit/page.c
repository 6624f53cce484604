/* SPDX-License-Identifier: MIT */
/*
 * Frames and page tables. The builder mapped the domain's first pages, the tables themselves
 * read-only among them; what lies behind the boot stack is free. Tables hold machine addresses: the
 * p2m list and the hypervisor's m2p translate. All changes go through hypercalls.
 */
#include <pvabi/kit/kit.h>
#include <pvabi/kit/parts.h>

static u64 next_pfn, end_pfn;

u64 pfn_to_mfn(u64 pfn)
{
	return ((const u64 *)start_info->mfn_list)[pfn];
}

u64 mfn_to_pfn(u64 mfn)
{
	return ((const u64 *)MACH2PHYS_VIRT_START)[mfn];
}

static u64 *entry_in(u64 *table, u64 va, int level)
{
	int l = 4;

	for (;; l--) {
		u64 *e = &table[va >> (12 + 9 * (l - 1)) & 511];

		if (l == level)
			return e;
		if (!(*e & PTE_P))
			return NULL;
		table = pfn_to_va(mfn_to_pfn((*e & PTE_ADDR) >> PAGE_SHIFT));
	}
}

u64 *page_entry(u64 va, int level)
{
	return entry_in((u64 *)start_info->pt_base, va, level);
}

static u64 entry_maddr(u64 *e)
{
	return va_to_mfn(e) << PAGE_SHIFT | ((u64)e & (PAGE_SIZE - 1));
}

u64 page_entry_maddr(u64 va, int level)
{
	u64 *e = page_entry(va, level);

	return e ? entry_maddr(e) : 0;
}

/* Behind the tables stands the boot stack, one page; the end is where the mapping ends. */
void pages_start(void)
{
	u64 *e;

	next_pfn = va_to_pfn((void *)start_info->pt_base) + start_info->nr_pt_frames + 1;
	for (end_pfn = next_pfn; end_pfn < start_info->nr_pages; end_pfn++) {
		e = page_entry((u64)pfn_to_va(end_pfn), 1);
		if (!e || !(*e & PTE_P))
			break;
	}
}

void *pages_alloc(u32 n)
{
	u64 first = __atomic_fetch_add(&next_pfn, n, __ATOMIC_RELAXED);

	if (first + n > end_pfn) {
		print("pages_alloc: no %u pages left\n", n);
		kernel_exit(SHUTDOWN_crash);
	}
	return memset(pfn_to_va(first), 0, n * PAGE_SIZE);
}

void *page_alloc(void)
{
	return pages_alloc(1);
}

long page_entry_write(u64 maddr, u64 entry)
{
	struct mmu_update u = { .ptr = maddr | MMU_NORMAL_PT_UPDATE, .val = entry };

	return hc_mmu_update(&u, 1, NULL, DOMID_SELF);
}

long page_set(const volatile void *va, u64 entry)
{
	return hc_update_va_mapping(va, entry, UVMF_INVLPG);
}

long page_readonly(const volatile void *va, u64 mfn)
{
	return page_set(va, mfn << PAGE_SHIFT | PTE_ROM);
}

long page_writable(const volatile void *va, u64 mfn)
{
	return page_set(va, mfn << PAGE_SHIFT | PTE_DATA);
}

long page_op(u32 cmd, u64 arg1)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = arg1 };

	return hc_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

/* A frame is writable or a table: first no mapping may write to it, then it may be linked. */
static int tables_make(u64 *root, u64 va)
{
	long rc;

	for (int level = 4; level > 1; level--) {
		u64 *e = entry_in(root, va, level);
		void *table;

		if (*e & PTE_P)
			continue;
		table = page_alloc();
		rc = page_readonly(table, va_to_mfn(table));
		if (!rc)
			rc = page_entry_write(entry_maddr(e),
					      va_to_mfn(table) << PAGE_SHIFT | PTE_DATA);
		if (rc)
			return (int)rc;
	}
	return 0;
}

int page_map(u64 va, u64 entry)
{
	int rc = tables_make((u64 *)start_info->pt_base, va);

	return rc ? rc : (int)page_set((void *)va, entry);
}

int page_map_in(u64 *root, u64 va, u64 entry)
{
	int rc = tables_make(root, va);

	return rc ? rc : (int)page_entry_write(entry_maddr(entry_in(root, va, 1)), entry);
}
