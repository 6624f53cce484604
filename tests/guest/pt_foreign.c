/* SPDX-License-Identifier: MIT */
/*
 * A guest maps its own frames and no others: not the hypervisor's, not another domain's, no
 * device's, nothing beyond the machine. Naming another domain as the owner does not help, nor does
 * changing the m2p.
 */
#include <tests/guest/test.h>

static void *window;

/* Own frames are known by the p2m: a foreign one is any other. */
static bool own(u64 mfn)
{
	for (u64 pfn = 0; pfn < start_info->nr_pages; pfn++)
		if (pfn_to_mfn(pfn) == mfn)
			return true;
	return false;
}

static void frame_tried(u64 mfn, const char *what)
{
	struct mmu_update u = { .ptr = page_entry_maddr((u64)window, 1),
				.val = mfn << PAGE_SHIFT | PTE_DATA };
	static const u32 owners[] = { 0, 1, DOMID_IO, DOMID_XEN, DOMID_INVALID, DOMID_IDLE };

	ok_refused(page_writable(window, mfn), "frame %lx (%s) writable", mfn, what);
	ok_refused(page_readonly(window, mfn), "frame %lx read-only", mfn);
	for (u32 i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
		if (hc_mmu_update(&u, 1, NULL, owners[i]) >= 0)
			ok(false, "frame %lx as one of domain %x", mfn, owners[i]);
	ok_refused(page_op(MMUEXT_PIN_L1_TABLE, mfn), "pin %lx", mfn);
	ok_refused(page_op(MMUEXT_NEW_BASEPTR, mfn), "root %lx", mfn);
	ok_refused(page_op(MMUEXT_CLEAR_PAGE, mfn), "clear %lx", mfn);
	u.ptr = mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE;
	ok_refused(hc_mmu_update(&u, 1, NULL, DOMID_SELF), "m2p of %lx", mfn);
	u.ptr = mfn << PAGE_SHIFT;
	u.val = 0;
	ok_refused(hc_mmu_update(&u, 1, NULL, DOMID_SELF), "an entry in %lx", mfn);
}

void test_main(void)
{
	u64 around = va_to_mfn(&around);
	struct mmuext_op copy = { .cmd = MMUEXT_COPY_PAGE };

	window = page_alloc();
	while (own(around))
		around++;
	frame_tried(around, "a neighbour");
	frame_tried(0, "the first of the machine");
	frame_tried(1, "low memory");
	frame_tried(0x200, "maybe the hypervisor");
	frame_tried(0xb8, "the screen");
	frame_tried(0xfee00, "the local APIC");
	frame_tried(0xfec00, "the I/O APIC");
	frame_tried(0xffffffff, "beyond the machine");
	frame_tried(1ul << 36 | va_to_mfn(&around), "beyond any address");
	copy.arg1.mfn = va_to_mfn(window);
	copy.arg2.src_mfn = around;
	ok_refused(hc_mmuext_op(&copy, 1, NULL, DOMID_SELF), "copying a foreign page");
	ok(*(u64 *)window == 0, "the window shows what it did");
}
