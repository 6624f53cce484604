/* SPDX-License-Identifier: MIT */
/*
 * An L3 over as many L1 tables as memory holds, all empty, is pinned and unpinned: alone, in a list
 * and in a multicall. Nothing is found in them, but all is looked at, and must be charged: ring 0
 * never keeps interrupts off for long. The domain ends with the table pinned, so that its end has
 * the same work to do.
 *
 * run by: tests/system/test-bound, and for ever by tests/system/test-load
 */
#include <tests/guest/test.h>

#define L2_TABLES 8
#define L1_TABLES (L2_TABLES * 512)
#define OPS       14

static u64 *l3;

/* The L1 tables are the last pages of the domain, which are clear, and which nothing maps. */
static void tables_build(void)
{
	u64 pfn = start_info->nr_pages - L1_TABLES;

	l3 = page_alloc();
	for (u32 i = 0; i < L2_TABLES; i++) {
		u64 *l2 = page_alloc();

		for (u32 k = 0; k < 512; k++)
			l2[k] = pfn_to_mfn(pfn++) << PAGE_SHIFT | PTE_DATA;
		page_readonly(l2, va_to_mfn(l2));
		l3[i] = va_to_mfn(l2) << PAGE_SHIFT | PTE_DATA;
	}

	/* The rest of its entries are found behind many empty ones. */
	l3[511] = l3[L2_TABLES - 1];
	ok_is(page_readonly(l3, va_to_mfn(l3)), 0, "an L3 over %u L1 tables", L1_TABLES);
}

static struct mmuext_op ops[OPS];

static void ops_fill(void)
{
	for (u32 i = 0; i < OPS; i++) {
		ops[i].cmd = i % 2 ? MMUEXT_UNPIN_TABLE : MMUEXT_PIN_L3_TABLE;
		ops[i].arg1.mfn = va_to_mfn(l3);
	}
}

static void in_a_list(void)
{
	u32 done = 0;

	ok_is(hc_mmuext_op(ops, OPS, &done, DOMID_SELF), 0, "%u pins and unpins in a list", OPS);
	ok_is(done, OPS, "all are done");
}

static void in_a_multicall(void)
{
	static struct multicall_entry list[OPS];
	u32 wrong = 0;

	for (u32 i = 0; i < OPS; i++)
		list[i] = (struct multicall_entry){
			.op = __HYPERVISOR_mmuext_op,
			.args = { (u64)&ops[i], 1, 0, DOMID_SELF },
		};

	ok_is(hc_multicall(list, OPS), 0, "%u in a multicall", OPS);
	for (u32 i = 0; i < OPS; i++)
		wrong += list[i].result != 0;
	ok_is(wrong, 0, "each is done");
}

/* The lower tables hang in the running tables: made an entry of the root, and taken out again. */
static void by_update(void)
{
	u64 root = start_info->pt_base;
	struct mmu_update u[OPS];

	for (u32 i = 0; i < OPS; i++) {
		u[i].ptr = va_to_mfn((void *)root) << PAGE_SHIFT | 7 * sizeof(u64);
		u[i].val = i % 2 ? 0 : va_to_mfn(l3) << PAGE_SHIFT | PTE_DATA;
	}
	ok_is(hc_mmu_update(u, OPS, NULL, DOMID_SELF), 0, "in and out of the root, %u times", OPS);
}

void test_main(void)
{
	tables_build();
	ops_fill();

	do {
		ok_is(page_op(MMUEXT_PIN_L3_TABLE, va_to_mfn(l3)), 0, "it is pinned");
		ok_is(page_op(MMUEXT_UNPIN_TABLE, va_to_mfn(l3)), 0, "and unpinned");
		in_a_list();
		in_a_multicall();
		by_update();
	} while (test_again());

	ok_is(page_op(MMUEXT_PIN_L3_TABLE, va_to_mfn(l3)), 0, "pinned at the end");
}
