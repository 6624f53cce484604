/* SPDX-License-Identifier: MIT */
/*
 * A frame in use as a page table is never mapped writable, whichever way a guest asks: or it could
 * write entries that nobody checked, and with them reach all memory. And the other way round: a
 * frame that is mapped writable does not become a page table or a descriptor table.
 */
#include <tests/guest/test.h>

static void tables_in_use(void)
{
	for (int level = 1; level <= 4; level++) {
		u64 *e = page_entry(KERNEL_BASE, level);
		u64 mfn = va_to_mfn(e);
		void *page = page_alloc();
		struct mmu_update u = { .ptr = page_entry_maddr((u64)page, 1),
					.val = mfn << PAGE_SHIFT | PTE_DATA };

		ok_refused(page_writable(page, mfn), "update_va_mapping: L%d writable", level);
		ok_refused(hc_mmu_update(&u, 1, NULL, DOMID_SELF), "mmu_update: L%d writable",
			   level);
		u.ptr |= MMU_PT_UPDATE_PRESERVE_AD;
		ok_refused(hc_mmu_update(&u, 1, NULL, DOMID_SELF), "the same, keeping A and D");
		u.ptr ^= MMU_PT_UPDATE_PRESERVE_AD ^ MMU_PT_UPDATE_NO_TRANSLATE;
		ok_refused(hc_mmu_update(&u, 1, NULL, DOMID_SELF), "the same, untranslated");
		ok(*(u64 *)page == 0, "the page is mapped as before");
		ok_refused(page_op(MMUEXT_CLEAR_PAGE, mfn), "L%d is not cleared", level);
		ok_is(page_readonly(page, mfn), 0, "L%d read-only", level);
		ok(*(u64 *)page == *(u64 *)((u64)e & ~(PAGE_SIZE - 1)), "and shows the table");
	}
}

/* The store goes through the read-only mapping, is checked and refused: the guest sees its page
 * fault. */
static void stores(void)
{
	void *page = page_alloc();
	u64 *own = page_entry((u64)page, 1);
	u64 table = va_to_mfn(own) << PAGE_SHIFT;

	ok_is(try_write((u64)own, table | PTE_DATA), 14,
	      "a store that maps its own table writable faults");
	ok((*own & PTE_ADDR) == va_to_mfn(page) << PAGE_SHIFT, "and changed nothing");
	ok_is(try_write((u64)own, va_to_mfn(page) << PAGE_SHIFT | PTE_ROM), VECTOR_NONE,
	      "a harmless store is done");
	ok((*own & (PTE_P | PTE_RW)) == PTE_P, "and is there");
	page_op(MMUEXT_INVLPG_LOCAL, (u64)page);
	ok_is(try_write((u64)page, 1), 14, "the page is read-only now");
}

static void writable_frames(void)
{
	u64 *page = page_alloc();
	xen_pfn_t mfn = va_to_mfn(page);

	for (u32 cmd = MMUEXT_PIN_L1_TABLE; cmd <= MMUEXT_PIN_L4_TABLE; cmd++)
		ok_refused(page_op(cmd, mfn), "a page mapped writable is not pinned as L%u",
			   cmd + 1);
	ok_refused(hc_set_gdt(&mfn, 512), "nor made a GDT");
	ok_refused(page_op(MMUEXT_NEW_BASEPTR, mfn), "nor the root");
	page_readonly(page, mfn);
	ok_is(page_op(MMUEXT_PIN_L1_TABLE, mfn), 0, "read-only it is pinned as L1");
	ok_refused(page_writable(page, mfn), "and then not mapped writable");
	ok_refused(page_op(MMUEXT_PIN_L1_TABLE, mfn), "nor pinned twice");
	ok_refused(page_op(MMUEXT_PIN_L2_TABLE, mfn), "nor pinned as L2");
	ok_is(page_op(MMUEXT_UNPIN_TABLE, mfn), 0, "unpinned");
	ok_refused(page_op(MMUEXT_UNPIN_TABLE, mfn), "not unpinned twice");
	ok_is(page_writable(page, mfn), 0, "it can be written again");
	ok_is(try_write((u64)page, 7), VECTOR_NONE, "and is");
}

void test_main(void)
{
	tables_in_use();
	stores();
	writable_frames();
}
