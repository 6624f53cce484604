/* SPDX-License-Identifier: MIT */
/*
 * A guest's memory by its own tables, as the processor would reach it: what a level lacks or
 * forbids, the bits A and D, and copies that end at a page which is not there.
 */
#include <dom/isolation.h>
#include <x86/asm.h>
#include <x86/paging.h>

#include <check.h>
#include <string.h>
#include <tests/host/suites_run.h>

#define FRAMES 16
#define ROOT   1 /* an L4; its L3, L2 and L1 are the frames behind it */
#define DATA   5 /* the first page of the guest's; the next is behind it */
#define DEVICE 1000
#define VA     0x7f8040201000ul
#define LEVELS 4
#define USER   (PTE_P | PTE_RW | PTE_U)
#define TEXT   "text that is long enough to be cut"
#define FROM   (PAGE_SIZE - 10) /* in the first page */

u64 frame_count;
static struct vcpu v;
static char buf[64];

/* A copy in memory that is there. */
size_t copy_user(void *dst, const void *src, size_t n)
{
	memcpy(dst, src, n);
	return 0;
}

static pte_t *table(u64 m)
{
	return mfn_to_virt(MFN(m));
}

/* The entry of @level for @va. */
static pte_t *entry(u64 va, u32 level)
{
	return &table(ROOT + LEVELS - level)[pte_index(va, level)];
}

static char *data(void)
{
	return mfn_to_virt(MFN(DATA));
}

static void up(void)
{
	fake_memory_up(FRAMES);
	for (u32 m = 0; m < FRAMES; m++)
		frame_table[m].flags = FRAME_RAM;

	v.roots.cr3 = ROOT << PAGE_SHIFT | CR3_KEEP | 1;
	for (u32 level = LEVELS; level > 1; level--)
		*entry(VA, level) = pte_make(MFN(ROOT + LEVELS - level + 1), USER);
	*entry(VA, 1) = pte_make(MFN(DATA), USER);
	*entry(VA + PAGE_SIZE, 1) = pte_make(MFN(DATA + 1), USER);

	memset(buf, 0, sizeof(buf));
}

static void down(void)
{
	fake_memory_down();
}

static size_t in(u64 va)
{
	return guest_reach(&v, buf, va, sizeof(TEXT), false);
}

static size_t out(u64 va)
{
	return guest_reach(&v, TEXT, va, sizeof(TEXT), true);
}

START_TEST(pages_that_follow_each_other)
{
	ck_assert_uint_eq(out(VA + FROM), 0);
	ck_assert_str_eq(data() + FROM, TEXT);

	ck_assert_uint_eq(in(VA + FROM), 0);
	ck_assert_str_eq(buf, TEXT);
}
END_TEST

/* Two entries decide, not the addresses of what they map. */
START_TEST(pages_that_do_not)
{
	*entry(VA + PAGE_SIZE, 1) = pte_make(MFN(DATA + 3), USER);

	ck_assert_uint_eq(out(VA + FROM), 0);
	ck_assert_int_eq(memcmp(data() + FROM, TEXT, 10), 0);
	ck_assert_str_eq(data() + 3 * PAGE_SIZE, &TEXT[10]);
	ck_assert_int_eq(data()[PAGE_SIZE], 0);
}
END_TEST

START_TEST(used_and_written_are_marked)
{
	ck_assert_uint_eq(in(VA), 0);
	ck_assert_uint_eq(*entry(VA, 1), pte_make(MFN(DATA), USER | PTE_A));

	ck_assert_uint_eq(out(VA), 0);
	ck_assert_uint_eq(*entry(VA, 1), pte_make(MFN(DATA), USER | PTE_A | PTE_D));
	ck_assert_uint_eq(*entry(VA + PAGE_SIZE, 1), pte_make(MFN(DATA + 1), USER));
}
END_TEST

START_TEST(what_is_not_there)
{
	u32 level = _i;

	*entry(VA, level) &= ~PTE_P;
	ck_assert_uint_eq(in(VA), sizeof(TEXT));
	ck_assert_uint_eq(out(VA), sizeof(TEXT));
	ck_assert_int_eq(data()[0], 0);
	ck_assert(!(*entry(VA, 1) & (PTE_A | PTE_D)));
}
END_TEST

START_TEST(what_is_read_only)
{
	u32 level = _i;

	*entry(VA, level) &= ~PTE_RW;
	ck_assert_uint_eq(in(VA), 0);
	ck_assert_uint_eq(out(VA), sizeof(TEXT));
	ck_assert_int_eq(data()[0], 0);
	ck_assert(!(*entry(VA, 1) & PTE_D));
}
END_TEST

START_TEST(the_second_page_is_not_there)
{
	*entry(VA + PAGE_SIZE, 1) = 0;
	ck_assert_uint_eq(out(VA + FROM), sizeof(TEXT) - 10);
	ck_assert_int_eq(memcmp(data() + FROM, TEXT, 10), 0);
	ck_assert_int_eq(data()[PAGE_SIZE], 0);
}
END_TEST

/* Our map of memory is no way to a device: nor is a frame that no machine has. */
START_TEST(not_ram)
{
	*entry(VA, 1) = pte_make(MFN(DEVICE), USER);
	ck_assert_uint_eq(in(VA), sizeof(TEXT));

	frame_table[DATA].flags = 0;
	*entry(VA, 1) = pte_make(MFN(DATA), USER);
	ck_assert_uint_eq(out(VA), sizeof(TEXT));
	ck_assert_int_eq(data()[0], 0);
}
END_TEST

START_TEST(no_address_and_no_tables)
{
	ck_assert_uint_eq(in(VA | 1ul << 47), sizeof(TEXT));
	ck_assert_uint_eq(in(VA | 1ul << 63), sizeof(TEXT));
	v.roots.cr3 = 0;
	ck_assert_uint_eq(in(VA), sizeof(TEXT));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reach");
	TCase *t = tcase_create("tables");

	tcase_add_checked_fixture(t, up, down);
	tcase_add_test(t, pages_that_follow_each_other);
	tcase_add_test(t, pages_that_do_not);
	tcase_add_test(t, used_and_written_are_marked);
	tcase_add_loop_test(t, what_is_not_there, 1, LEVELS + 1);
	tcase_add_loop_test(t, what_is_read_only, 1, LEVELS + 1);
	tcase_add_test(t, the_second_page_is_not_there);
	tcase_add_test(t, not_ram);
	tcase_add_test(t, no_address_and_no_tables);
	suite_add_tcase(s, t);

	return suites_run(s);
}
