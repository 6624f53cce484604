/* SPDX-License-Identifier: MIT */
/*
 * An L2 over many L1 tables, full of entries that are not present, as of pages in a swap file, is
 * pinned and unpinned. Nothing is mapped by them, but each is checked, which costs more than to
 * pass an empty one, and must be charged: ring 0 never keeps interrupts off for long.
 *
 * run by: tests/system/test-bound
 */
#include <tests/guest/test.h>

#define L1_TABLES 128
#define SWAPPED   (1ul << 50) /* no address of memory, on any processor */

static u64 *l2;

static void table_fill(u64 *l1)
{
	for (u32 i = 0; i < 512; i++)
		l1[i] = SWAPPED + i * 2;
}

static void tables_build(void)
{
	u32 refused = 0;

	l2 = page_alloc();
	for (u32 i = 0; i < L1_TABLES; i++) {
		u64 *l1 = page_alloc();

		table_fill(l1);
		l2[i] = va_to_mfn(l1) << PAGE_SHIFT | PTE_DATA;
		refused += page_readonly(l1, va_to_mfn(l1)) != 0;
	}
	ok_is(refused, 0, "%u L1 tables of absent entries", L1_TABLES);
	ok_is(page_readonly(l2, va_to_mfn(l2)), 0, "and an L2 over them");
}

void test_main(void)
{
	tables_build();

	for (u32 i = 0; i < 4; i++) {
		ok_is(page_op(MMUEXT_PIN_L2_TABLE, va_to_mfn(l2)), 0, "it is pinned");
		ok_is(page_op(MMUEXT_UNPIN_TABLE, va_to_mfn(l2)), 0, "and unpinned");
	}
}
