/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables as large as they may be, changed one for the other in a list of calls: each of
 * their frames is looked at whole each time, and the pages of an LDT come in by faults, so that
 * each change has all of them to put. Ring 0 never keeps interrupts off for long.
 *
 * run by: tests/system/test-bound, and for ever by tests/system/test-load
 */
#include <pvabi/vcpu.h>
#include <tests/guest/test.h>

#define GDT_PAGES   14
#define LDT_PAGES   16
#define DESCRIPTORS 512 /* in a page */
#define CALLS       30
#define WINDOW      0xffffffffd0000000ul
#define DATA        0x00cff3000000ffffull /* ring 3, writable, flat, present, accessed */

static xen_pfn_t gdt[2][GDT_PAGES];

/* The last pages of the domain, which are clear and mapped nowhere; an LDT of an entry a page. */
static void tables_build(void)
{
	u64 pfn = start_info->nr_pages - 2 * GDT_PAGES;

	for (u32 i = 0; i < GDT_PAGES; i++) {
		gdt[0][i] = pfn_to_mfn(pfn++);
		gdt[1][i] = pfn_to_mfn(pfn++);
	}

	for (u32 i = 0; i < LDT_PAGES; i++) {
		u64 *page = page_alloc();
		u64 mfn = va_to_mfn(page);

		page[1] = DATA;
		page_readonly(page, mfn);
		page_map(WINDOW + i * PAGE_SIZE, mfn << PAGE_SHIFT | PTE_ROM);
	}
}

static void gdts(void)
{
	static struct multicall_entry calls[CALLS];
	u32 wrong = 0;

	for (u32 i = 0; i < CALLS; i++)
		calls[i] = (struct multicall_entry){
			.op = __HYPERVISOR_set_gdt,
			.args = { (u64)gdt[i % 2], GDT_PAGES * DESCRIPTORS },
		};

	ok_is(hc_multicall(calls, CALLS), 0, "%u GDTs of %u pages", CALLS, GDT_PAGES);
	for (u32 i = 0; i < CALLS; i++)
		wrong += calls[i].result != 0;
	ok_is(wrong, 0, "each is set");
}

/* Start states that are refused when their GDT has been taken: what they name is no root. */
static void starts(void)
{
	static struct vcpu_guest_context context[2];
	static struct multicall_entry calls[CALLS];
	u32 refused = 0;

	for (u32 i = 0; i < 2; i++) {
		vcpu_start_state(&context[i], NULL, 0, 0, 0);
		context[i].ctrlreg[3] = va_to_mfn(calls) << PAGE_SHIFT;
		context[i].gdt_ents = GDT_PAGES * DESCRIPTORS;
		for (u32 k = 0; k < GDT_PAGES; k++)
			context[i].gdt_frames[k] = gdt[i][k];
	}

	for (u32 i = 0; i < CALLS; i++)
		calls[i] = (struct multicall_entry){
			.op = __HYPERVISOR_vcpu_op,
			.args = { VCPUOP_initialise, 1, (u64)&context[i % 2] },
		};

	ok_is(hc_multicall(calls, CALLS), 0, "%u starts of a vcpu", CALLS);
	for (u32 i = 0; i < CALLS; i++)
		refused += (long)calls[i].result < 0;
	ok_is(refused, CALLS, "each is refused");
}

static void load_ds(void *selector)
{
	__asm__ volatile("mov %0, %%ds" : : "r"((u32)(u64)selector));
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
	u32 wrong = 0;

	ok_is(set_ldt(WINDOW, LDT_PAGES * DESCRIPTORS), 0, "an LDT of %u pages", LDT_PAGES);
	for (u64 i = 0; i < LDT_PAGES; i++)
		wrong += trap_try(load_ds, (void *)((i * DESCRIPTORS + 1) << 3 | 7)) != VECTOR_NONE;
	trap_try(load_ds, 0);

	ok_is(wrong, 0, "each page of it is used");
	ok_is(set_ldt(0, 0), 0, "and given up");
}

void test_main(void)
{
	tables_build();

	do {
		gdts();
		starts();
		ldt();
	} while (test_again());
}
