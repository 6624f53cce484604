/* SPDX-License-Identifier: MIT */
/*
 * Everything below a page table is checked before it counts as one: a frame with a wrong entry is
 * pinned at no level, a table refers to itself nowhere with write access, the hypervisor's slots of
 * an L4 are not the guest's to fill, and a refusal leaves the frame an ordinary page.
 */
#include <tests/guest/test.h>

static u64 *table;     /* is written, then made read-only and tried */
static u64 good, data; /* the frame of an empty L1, read-only; an ordinary frame */

static void tried(u32 level, u32 slot, u64 entry, const char *what)
{
	page_writable(table, va_to_mfn(table));
	memset(table, 0, PAGE_SIZE);
	table[slot] = entry;
	page_readonly(table, va_to_mfn(table));
	ok_refused(page_op(MMUEXT_PIN_L1_TABLE + level - 1, va_to_mfn(table)), "L%u with %s", level,
		   what);
	ok_is(page_writable(table, va_to_mfn(table)), 0, "and it is an ordinary page again");
}

static void levels(void)
{
	u64 l1 = good << PAGE_SHIFT, me = va_to_mfn(table) << PAGE_SHIFT;
	u64 root = va_to_mfn((void *)start_info->pt_base) << PAGE_SHIFT;

	tried(1, 3, me | PTE_DATA, "itself, writable");
	tried(1, 3, 0xfee00ul << PAGE_SHIFT | PTE_DATA, "the local APIC");
	tried(1, 511, root | PTE_DATA, "the root, writable");
	tried(1, 0, (1ul << 51) | PTE_DATA, "an address beyond the machine");
	tried(2, 0, data << PAGE_SHIFT | PTE_DATA, "a data page as L1");
	tried(2, 5, l1 | PTE_DATA | PTE_PSE, "a large page");
	tried(2, 5, me | PTE_DATA, "itself, writable");
	tried(2, 5, root | PTE_DATA, "the root as L1");
	tried(3, 0, l1 | PTE_DATA, "an L1 as L2");
	tried(3, 0, me | PTE_DATA, "itself, writable");
	tried(3, 511, 0x40000000ul | PTE_DATA | PTE_PSE, "a 1 GiB page");
	tried(4, 0, l1 | PTE_DATA, "an L1 as L3");
	tried(4, 0, me | PTE_DATA, "itself, writable");
	tried(4, 511, l1 | PTE_DATA | PTE_PSE, "a large entry");
	tried(4, 300, root | PTE_DATA, "the running root, writable");
}

/* A wrong entry at the very end, after 511 good ones: what was counted must be given back. */
static void unwound(void)
{
	page_writable(table, va_to_mfn(table));
	for (u32 i = 0; i < 511; i++)
		table[i] = data << PAGE_SHIFT | PTE_DATA;
	table[511] = 0xfee00ul << PAGE_SHIFT | PTE_DATA;
	page_readonly(table, va_to_mfn(table));
	for (u32 i = 0; i < 20; i++)
		if (page_op(MMUEXT_PIN_L1_TABLE, va_to_mfn(table)) >= 0)
			ok(false, "a bad last entry is found");
	page_writable(table, va_to_mfn(table));
	page_readonly(pfn_to_va(mfn_to_pfn(data)), data);
	ok_is(page_op(MMUEXT_PIN_L1_TABLE, data), 0,
	      "frames of a refused table have no use left over");
	ok_is(page_op(MMUEXT_UNPIN_TABLE, data), 0, "and are free again");
	page_writable(pfn_to_va(mfn_to_pfn(data)), data);
}

static void hypervisor_slots(void)
{
	u64 root = va_to_mfn((void *)start_info->pt_base) << PAGE_SHIFT;
	struct mmu_update u = { .val = 0 };
	u64 old;

	for (u32 slot = 256; slot < 272; slot++) {
		u.ptr = root + slot * 8;
		old = ((u64 *)start_info->pt_base)[slot];
		u.val = 0;
		ok_refused(hc_mmu_update(&u, 1, NULL, DOMID_SELF), "slot %u cleared", slot);
		u.val = old | PTE_DATA;
		ok_refused(hc_mmu_update(&u, 1, NULL, DOMID_SELF), "slot %u made writable", slot);
		if (try_write(start_info->pt_base + slot * 8, 0) != 14)
			ok(false, "slot %u by a store", slot);
		ok(((u64 *)start_info->pt_base)[slot] == old, "slot %u is as it was", slot);
	}
	ok_refused(page_set((void *)HV_FIRST, data << PAGE_SHIFT | PTE_DATA),
		   "update_va_mapping of the m2p");
	ok_refused(page_set((void *)HV_INSIDE, data << PAGE_SHIFT | PTE_DATA),
		   "and of the hypervisor");
	ok_refused(page_set((void *)HV_LAST_PAGE, 0), "and of its last page");
	ok_refused(page_set((void *)NON_CANONICAL, 0), "and of no address");
	ok_refused(page_op(MMUEXT_UNPIN_TABLE, root >> PAGE_SHIFT)
			   ? -1
			   : page_op(MMUEXT_PIN_L3_TABLE, root >> PAGE_SHIFT),
		   "the root in use is pinned as nothing else");
}

/* A kernel's root can not be taken away; that of user mode can. */
static void no_root(void)
{
	static const u64 bad[] = { ~0ul, ~0ul - 1, ~0ul >> 12, 1ul << 52, 0xfee00, 0 };

	for (u32 i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok_refused(page_op(MMUEXT_NEW_BASEPTR, bad[i]), "no root at frame %lx", bad[i]);
	page_op(MMUEXT_NEW_USER_BASEPTR, ~0ul);
	ok_is(page_op(MMUEXT_NEW_USER_BASEPTR, 0), 0, "no root for user mode");
}

/* An L4 of one's own gets the hypervisor's slots whatever was written there, and may be run on. */
static void own_root(void)
{
	u64 *l4 = page_alloc();
	const u64 *running = (u64 *)start_info->pt_base;
	u64 seen;

	for (u32 i = 0; i < 512; i++)
		l4[i] = i >= 256 && i < 272 ? 0 : running[i];
	page_readonly(l4, va_to_mfn(l4));
	if (!ok_is(page_op(MMUEXT_PIN_L4_TABLE, va_to_mfn(l4)), 0, "a copy of the root is pinned"))
		return;
	ok_is(page_op(MMUEXT_NEW_BASEPTR, va_to_mfn(l4)), 0, "and run on");
	ok_is(try_read(MACH2PHYS_VIRT_START + 8 * data, &seen), VECTOR_NONE, "it has the m2p");
	ok_is(try_write(HV_INSIDE, 0) == VECTOR_NONE, 0, "and no way in");
	ok_is(page_op(MMUEXT_NEW_BASEPTR, va_to_mfn((void *)running)), 0, "back");
	ok_is(page_op(MMUEXT_UNPIN_TABLE, va_to_mfn(l4)), 0, "unpinned");
	ok_is(page_writable(l4, va_to_mfn(l4)), 0, "an ordinary page");
}

void test_main(void)
{
	void *l1 = page_alloc();

	table = page_alloc();
	good = va_to_mfn(l1);
	data = va_to_mfn(page_alloc());
	page_readonly(l1, good);
	ok_is(page_op(MMUEXT_PIN_L1_TABLE, good), 0, "an empty L1 is a good one");
	levels();
	unwound();
	hypervisor_slots();
	own_root();
	no_root();
}
