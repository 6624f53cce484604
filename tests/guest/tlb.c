/* SPDX-License-Identifier: MIT */
/*
 * No mapping outlives its entry where that would matter. A guest writes through a mapping, so that
 * the processor remembers it, then takes it away without a flush, and has the frame made something
 * that it may not write: a page table, a descriptor table, somebody's new memory. A write through
 * the old address must not arrive.
 */
#include <tests/guest/test.h>
#include <pvabi/memory.h>

static u64 mfn_of_page;

static void *fresh(void)
{
	volatile u64 *page = page_alloc();

	page[0] = 0;
	mfn_of_page = va_to_mfn(page);
	return (void *)page;
}

/* The frame is a table now; a write that arrives would be an entry that nobody checked. */
static void written(void *page, const char *how)
{
	int vector = try_write((u64)page + 8, 0x1234567000 | PTE_DATA);

	ok(vector == 14, "%s: the old mapping is gone (%d)", how, vector);
}

static void by_mmu_update(void)
{
	void *page = fresh();

	page_entry_write(page_entry_maddr((u64)page, 1), 0);
	ok_is(page_op(MMUEXT_PIN_L1_TABLE, mfn_of_page), 0, "unmapped, then pinned");
	written(page, "mmu_update");
	page = fresh();
	page_entry_write(page_entry_maddr((u64)page, 1), mfn_of_page << PAGE_SHIFT | PTE_ROM);
	ok_is(page_op(MMUEXT_PIN_L1_TABLE, mfn_of_page), 0, "made read-only, then pinned");
	*(volatile u64 *)page; /* readable */
	ok((u64)try_write((u64)page + 8, 0x1234567000 | PTE_DATA) == 14,
	   "a bad entry does not get in");
	ok(((u64 *)page)[1] == 0, "and is not there");
}

static void by_va_mapping(void)
{
	void *page = fresh();

	hc_update_va_mapping(page, 0, UVMF_NONE);
	ok_is(page_op(MMUEXT_PIN_L1_TABLE, mfn_of_page), 0,
	      "unmapped by update_va_mapping, then pinned");
	written(page, "update_va_mapping");
}

static void by_store(void)
{
	void *page = fresh();

	*(volatile u64 *)page_entry((u64)page, 1) = 0;
	ok_is(page_op(MMUEXT_PIN_L1_TABLE, mfn_of_page), 0, "unmapped by a store, then pinned");
	written(page, "a store");
}

static void by_descriptors(void)
{
	void *page = fresh();
	xen_pfn_t mfn = mfn_of_page;

	hc_update_va_mapping(page, 0, UVMF_NONE);
	ok_is(hc_set_gdt(&mfn, 512), 0, "unmapped, then made the GDT");
	written(page, "set_gdt");
}

/* A whole L1 table goes at once. */
static void by_upper_level(void)
{
	u64 va = 0x10000000, *l1;
	void *page = fresh();

	page_map(va, mfn_of_page << PAGE_SHIFT | PTE_DATA);
	*(volatile u64 *)va = 0;
	l1 = page_entry(va, 1);
	hc_update_va_mapping(page, 0, UVMF_NONE);
	ok_is(page_entry_write(page_entry_maddr(va, 2), 0), 0,
	      "the L1 table above it is taken away");
	ok_is(page_op(MMUEXT_PIN_L1_TABLE, mfn_of_page), 0, "the frame is pinned");
	written((void *)va, "an L2 entry");
	ok_is(page_writable(l1, va_to_mfn(l1)), 0, "what was the table is an ordinary page");
}

/* The frame goes back to the hypervisor; whoever gets it next must not see our writes. */
static void by_giving_back(void)
{
	void *page = fresh(), *window = page_alloc();
	xen_pfn_t old = mfn_of_page, pfn = va_to_pfn(page), got;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	hc_update_va_mapping(page, 0, UVMF_NONE);
	r.extent_start.p = &old;
	ok_is(hc_memory_op(XENMEM_decrease_reservation, &r), 1, "a frame is given back");
	got = pfn;
	r.extent_start.p = &got;
	ok_is(hc_memory_op(XENMEM_populate_physmap, &r), 1, "and one is taken");
	page_writable(window, got);
	try_write((u64)page, 0xbad);
	ok(*(volatile u64 *)window == 0, "a write to the old one does not arrive (%s frame)",
	   got == old ? "the same" : "another");
	ok_is(page_writable(page, old), got == old ? 0 : page_writable(page, old),
	      "mapped again as it may be");
}

void test_main(void)
{
	by_mmu_update();
	by_va_mapping();
	by_store();
	by_descriptors();
	by_upper_level();
	by_giving_back();
}
