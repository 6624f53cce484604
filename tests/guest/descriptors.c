/* SPDX-License-Identifier: MIT */
/*
 * A guest fills its GDT and LDT with code and data segments of ring 3 and nothing else: no gates,
 * no task or LDT descriptors, nothing of ring 0. Tables are read-only to it, and the entries from
 * 14 pages on are the hypervisor's.
 */
#include <tests/guest/test.h>

#define DATA       0x00cff3000000ffffull /* ring 3, writable, flat, present, accessed */
#define CODE       0x00affb000000ffffull
#define TYPE(d, t) (((d) & ~(0x1full << 40)) | (u64)(t) << 40) /* S bit and type */
#define DPL(d, n)  (((d) & ~(3ull << 45)) | (u64)(n) << 45)
#define BASE(d)    ((d) | 0xffull << 56)

static u64 *gdt;
static xen_pfn_t frame;

static void load_ds(void *selector)
{
	__asm__ volatile("mov %0, %%ds" : : "r"((u32)(u64)selector));
}

static int load(u32 selector)
{
	int vector = trap_try(load_ds, (void *)(u64)selector);

	trap_try(load_ds, 0);
	return vector;
}

static void far_call(void *selector)
{
	struct {
		u32 offset;
		u16 selector;
	} __attribute__((packed)) to = { 0x1000, (u16)(u64)selector };

	__asm__ volatile("lcall *%0" : : "m"(to));
}

static void system_types(void)
{
	for (u32 type = 1; type < 16; type++) {
		u64 d = TYPE(DATA, type);

		ok_refused(hc_update_descriptor((frame << PAGE_SHIFT) + 16, d), "system type %u",
			   type);
		if (gdt[2] != 0)
			ok(false, "type %u is in the table: %lx", type, gdt[2]);
	}
}

static void privileges(void)
{
	for (u32 dpl = 0; dpl < 3; dpl++) {
		hc_update_descriptor((frame << PAGE_SHIFT) + 16, DPL(DATA, dpl));
		ok(gdt[2] == 0 || (gdt[2] >> 45 & 3) != 0, "data of ring %u has not ring 0 (%lx)",
		   dpl, gdt[2]);
		hc_update_descriptor((frame << PAGE_SHIFT) + 24, DPL(CODE, dpl));
		ok(gdt[3] == 0 || (gdt[3] >> 45 & 3) != 0, "code of ring %u has not ring 0 (%lx)",
		   dpl, gdt[3]);
	}
	hc_update_descriptor((frame << PAGE_SHIFT) + 24, 0);
}

static void table(void)
{
	u64 *page = page_alloc();
	xen_pfn_t list[16], mfn = va_to_mfn(page);

	ok_is(hc_update_descriptor((frame << PAGE_SHIFT) + 16, BASE(DATA)), 0, "a data segment");
	ok_is(load(2 << 3 | 3), VECTOR_NONE, "is loaded");
	ok_is(load(3 << 3 | 3), 13, "an empty one is not");
	ok_is(load(100 * 512 << 3 | 3), 13, "nor one beyond the table");
	ok(load(0xe008) != VECTOR_NONE, "nor the hypervisor's (0xe008)");
	ok(load(0xe040) != VECTOR_NONE, "nor its task state (0xe040)");
	ok_is(trap_try(far_call, (void *)0xe008), 13, "no call to the hypervisor's code");
	ok(try_write((u64)gdt, 0) == 14, "the table is read-only");
	ok_refused(page_writable(gdt, frame), "and stays so");
	for (u32 i = 0; i < 16; i++)
		list[i] = frame;
	ok_refused(hc_set_gdt(list, 14 * 512 + 1), "a table that reaches the hypervisor's entries");
	ok_refused(hc_set_gdt(list, ~0u), "one of 4 G entries");
	page[7] = TYPE(DATA, 12) | 0x10000; /* a call gate */
	page_readonly(page, mfn);
	ok_refused(hc_set_gdt(&mfn, 512), "one with a call gate in it");
	mfn = 0xfee00;
	ok_refused(hc_set_gdt(&mfn, 512), "one in device memory");
	mfn = va_to_mfn((void *)start_info->pt_base);
	ok_refused(hc_set_gdt(&mfn, 512), "one that is a page table");
	ok_is(load(2 << 3 | 3), VECTOR_NONE, "the old table is in force");
	ok_refused(hc_update_descriptor(0xfee00000, DATA), "a descriptor in device memory");
	ok_refused(hc_update_descriptor((frame << PAGE_SHIFT) + 3, DATA),
		   "one that is not aligned");
	ok_refused(hc_update_descriptor(va_to_mfn((void *)start_info->pt_base) << PAGE_SHIFT, DATA),
		   "one in a page table");
}

static long set_ldt(u64 addr, u32 entries)
{
	struct mmuext_op op = { .cmd = MMUEXT_SET_LDT,
				.arg1.linear_addr = addr,
				.arg2.nr_ents = entries };

	return hc_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static void ldt(void)
{
	u64 *page = page_alloc();

	set_ldt(HV_INSIDE, 512);
	ok(load(1 << 3 | 7) != VECTOR_NONE, "an LDT in the hypervisor is of no use");
	set_ldt(HV_FIRST - PAGE_SIZE, 8192);
	ok(load(600 << 3 | 7) != VECTOR_NONE, "nor one that reaches it");
	ok_refused(set_ldt((u64)page + 8, 8), "one that is not aligned");
	ok_refused(set_ldt((u64)page, 8193), "one of 8193 entries");
	page[1] = DATA;
	page[2] = TYPE(DATA, 12) | 0x10000;
	ok_is(set_ldt((u64)page, 512), 0, "an LDT");
	ok(load(1 << 3 | 7) != VECTOR_NONE, "with a call gate in it is of no use");
	page[2] = 0;
	page_readonly(page, va_to_mfn(page));
	ok_is(load(1 << 3 | 7), VECTOR_NONE, "without, read-only, it is");
	ok_is(load(2 << 3 | 7), 13, "but not its empty entry");
	ok(page_writable(page, va_to_mfn(page)) < 0 || load(1 << 3 | 7) != VECTOR_NONE,
	   "it is not mapped writable, or then no longer used");
	ok_is(set_ldt(0, 0), 0, "no LDT");
	ok_is(load(1 << 3 | 7), 13, "its entries are gone");
	ok_is(page_writable(page, va_to_mfn(page)), 0, "and it is an ordinary page");
	ok_is(set_ldt(0x7000000000, 512), 0, "an LDT that is not mapped");
	ok(load(1 << 3 | 7) != VECTOR_NONE, "faults");
}

void test_main(void)
{
	gdt = page_alloc();
	frame = va_to_mfn(gdt);
	page_readonly(gdt, frame);
	ok_is(hc_set_gdt(&frame, 512), 0, "an empty table");
	system_types();
	privileges();
	table();
	ldt();
}
