/* SPDX-License-Identifier: MIT */
/*
 * dom0's memory plan: parts in the ABI's order, none overlapping, tables enough, impossible wishes
 * refused.
 */
#include "suites.h"

#include <errno.h>
#include <pvabi/load/layout.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE_SIZE     4096ul
#define MIB           256ul /* pages */

static struct load_error why;

static int plan(const struct guest_notes *notes, uint64_t initrd, uint64_t pages,
		struct guest_layout *l)
{
	const struct layout_input in = {
		.notes = notes, .nr_pages = pages, .initrd_size = initrd, .dom0 = true
	};

	memset(&why, 0, sizeof(why));
	return layout_make(l, &in, &why);
}

static struct guest_notes linux_notes(void)
{
	return (struct guest_notes){ .virt_base = 0xffffffff80000000,
				     .virt_start = 0xffffffff81000000,
				     .virt_end = 0xffffffff83c00000,
				     .init_p2m = 0x8000000000,
				     .mod_start_pfn = 1 };
}

/* Pages of tables that a walk over the plan really needs: counted by a second way. */
static uint64_t tables_below_top(uint64_t start, uint64_t pages)
{
	uint64_t n = 0, last[5] = { 0 };

	for (uint64_t i = 0; i < pages; i++)
		for (uint32_t level = 2; level <= 4; level++) {
			uint64_t tag = ((start + i * PAGE_SIZE) >> (12 + 9 * (level - 1))) + 1;

			if (last[level] != tag) {
				last[level] = tag;
				n++;
			}
		}
	return n;
}

static void plan_check(const struct guest_notes *notes, const struct guest_layout *l,
		       uint64_t pages, uint64_t initrd)
{
	uint64_t mapped = (l->virt_end - l->virt_base) / PAGE_SIZE;

	ck_assert_uint_eq(l->virt_base, notes->virt_base);
	ck_assert_uint_eq(l->virt_end % (4ul << 20), 0);
	ck_assert_uint_eq(l->start_info.virt, (notes->virt_end + PAGE_SIZE - 1) & -PAGE_SIZE);
	ck_assert_uint_eq(l->tables.virt, l->start_info.virt + PAGE_SIZE);
	ck_assert_uint_eq(l->stack.virt, l->tables.virt + l->tables.pages * PAGE_SIZE);
	ck_assert_uint_ge(l->virt_end, l->stack.virt + PAGE_SIZE + (512ul << 10));
	ck_assert_uint_ge(l->tables.pages, 1 + tables_below_top(l->virt_base, mapped));
	ck_assert_uint_eq(l->store.pages + l->console.pages, 0);
	ck_assert_uint_eq(l->initrd.pfn, mapped);
	ck_assert_uint_eq(l->initrd.pages, (initrd + PAGE_SIZE - 1) / PAGE_SIZE);
	ck_assert_uint_eq(l->p2m_tables.pfn, mapped + l->initrd.pages);
	ck_assert_uint_eq(layout_p2m_first(l), l->p2m_tables.pfn);
	ck_assert_uint_eq(l->p2m.virt, notes->init_p2m);
	ck_assert_uint_eq(l->p2m_tables.pages, tables_below_top(l->p2m.virt, l->p2m.pages));
	ck_assert_uint_eq(l->p2m.pfn, l->p2m_tables.pfn + l->p2m_tables.pages);
	ck_assert_uint_ge(l->p2m.pages * (PAGE_SIZE / 8), pages);
	ck_assert_uint_le(l->p2m.pfn + l->p2m.pages, pages);
	ck_assert_uint_eq(tables_count(&l->set), l->tables.pages + l->p2m_tables.pages);
}

START_TEST(all_sizes)
{
	struct guest_notes notes = linux_notes();
	struct guest_layout l;

	for (uint64_t pages = 256 * MIB; pages < 300000 * MIB; pages = pages * 3 + 12345)
		for (uint64_t initrd = 0; initrd <= 30 << 20; initrd = initrd * 5 + 4095) {
			ck_assert_int_eq(plan(&notes, initrd, pages, &l), 0);
			plan_check(&notes, &l, pages, initrd);
		}
}
END_TEST

/* Kernels that want their initrd or p2m mapped among the rest. */
START_TEST(other_kernels)
{
	struct guest_notes notes = linux_notes();
	struct guest_layout l;

	notes.mod_start_pfn = 0;
	ck_assert_int_eq(plan(&notes, 0, 1024 * MIB, &l), -ENOEXEC);
	notes = linux_notes();
	notes.init_p2m = NOTES_UNSET;
	ck_assert_int_eq(plan(&notes, 0, 1024 * MIB, &l), -ENOEXEC);
}
END_TEST

START_TEST(refused)
{
	const struct {
		uint64_t base, size, p2m, initrd, pages;
	} cases[] = {
		/* too little memory */
		{ 0xffffffff80000000, 0x1000000, 0x8000000000, 0, 16 * MIB },
		/* initrd too large */
		{ 0xffffffff80000000, 0x1000000, 0x8000000000, 2048ul << 20, 1024 * MIB },
		{ 0xffffffff80000000, 0x1000000, 0x8000000000, ~0ul >> 1, 1024 * MIB },
		/* p2m in our slots */
		{ 0xffffffff80000000, 0x1000000, 0xffff800000000000, 0, 1024 * MIB },
		/* not canonical */
		{ 0xffffffff80000000, 0x1000000, 0xffff7ffffffff000, 0, 1024 * MIB },
		/* p2m leaves the low half */
		{ 0xffffffff80000000, 0x1000000, 0x00007fffffff0000, 0, 1024 * MIB },
		/* not at a page */
		{ 0xffffffff80000000, 0x1000000, 0x8000000010, 0, 1024 * MIB },
		/* in the kernel's slot */
		{ 0xffffffff80000000, 0x1000000, 0xffffff8000000000, 0, 1024 * MIB },
		/* kernel in our slots */
		{ 0xffff820000000000, 0x1000000, 0x8000000000, 0, 1024 * MIB },
		/* not canonical */
		{ 0x0000800000000000, 0x1000000, 0x8000000000, 0, 1024 * MIB },
		/* tables would wrap */
		{ 0xffffffffff000000, 0x0ff0000, 0x8000000000, 0, 1024 * MIB },
		/* base not at a page */
		{ 0xffffffff80000123, 0x1000000, 0x8000000000, 0, 1024 * MIB },
	};

	for (uint32_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct guest_notes notes = linux_notes();
		struct guest_layout l;

		notes.virt_base = cases[i].base;
		notes.virt_start = notes.virt_base + 0x1000;
		notes.virt_end = notes.virt_base + cases[i].size;
		notes.init_p2m = cases[i].p2m;
		ck_assert_msg(plan(&notes, cases[i].initrd, cases[i].pages, &l) < 0, "case %u", i);
		ck_assert_str_ne(why.text, "");
	}
}
END_TEST

Suite *suite_layout_dom0(void)
{
	Suite *s = suite_create("dom0 layout");
	TCase *t = tcase_create("layout");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, all_sizes);
	tcase_add_test(t, other_kernels);
	tcase_add_test(t, refused);
	suite_add_tcase(s, t);
	return s;
}
