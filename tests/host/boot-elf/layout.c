/* SPDX-License-Identifier: MIT */
/*
 * dom0's memory plan: parts in the ABI's order, none overlapping, tables enough, impossible wishes
 * refused.
 */
#include "image.h"

#include <stdlib.h>

#define MIB 256ul /* pages */

static struct elf_image linux_image(void)
{
	return (struct elf_image){ .virt_base = 0xffffffff80000000,
				   .virt_start = 0xffffffff81000000,
				   .virt_end = 0xffffffff83c00000,
				   .init_p2m = 0x8000000000,
				   .mod_start_pfn = true };
}

/* Pages of tables that a walk over the plan really needs: counted by a second way. */
static u64 tables_needed(u64 start, u64 pages)
{
	u64 n = 0, last[5] = { 0 };

	for (u64 i = 0; i < pages; i++)
		for (u32 level = 2; level <= 4; level++) {
			u64 tag = ((start + i * PAGE_SIZE) >> (12 + 9 * (level - 1))) + 1;

			if (last[level] != tag) {
				last[level] = tag;
				n++;
			}
		}
	return n;
}

static void plan_check(const struct elf_image *img, const struct dom0_layout *l, u64 pages,
		       u64 initrd)
{
	u64 mapped = (l->v_end - l->v_start) / PAGE_SIZE;

	ck_assert_uint_eq(l->v_start, img->virt_base);
	ck_assert_uint_eq(l->v_end % (4ul << 20), 0);
	ck_assert_uint_eq(l->info_va, ROUND_UP(img->virt_end, PAGE_SIZE));
	ck_assert_uint_eq(l->pt_va, l->info_va + PAGE_SIZE);
	ck_assert_uint_eq(l->stack_va, l->pt_va + l->pts * PAGE_SIZE);
	ck_assert_uint_ge(l->v_end, l->stack_va + PAGE_SIZE + (512ul << 10));
	ck_assert_uint_ge(l->pts, 1 + tables_needed(l->v_start, mapped));
	ck_assert_uint_eq(l->initrd_pfn, mapped);
	ck_assert_uint_eq(l->initrd_pages, (initrd + PAGE_SIZE - 1) / PAGE_SIZE);
	ck_assert_uint_eq(l->p2m_pt_pfn, mapped + l->initrd_pages);
	ck_assert_uint_eq(l->p2m_va, img->init_p2m);
	ck_assert_uint_eq(l->p2m_pts, tables_needed(l->p2m_va, l->p2m_pages));
	ck_assert_uint_eq(l->p2m_pfn, l->p2m_pt_pfn + l->p2m_pts);
	ck_assert_uint_ge(l->p2m_pages * (PAGE_SIZE / 8), pages);
	ck_assert_uint_le(l->p2m_pfn + l->p2m_pages, pages);
}

START_TEST(all_sizes)
{
	struct elf_image img = linux_image();
	struct dom0_layout l;

	for (u64 pages = 256 * MIB; pages < 300000 * MIB; pages = pages * 3 + 12345)
		for (u64 initrd = 0; initrd <= 30 << 20; initrd = initrd * 5 + 4095) {
			ck_assert_int_eq(dom0_layout_plan(&img, initrd, pages, &l), 0);
			plan_check(&img, &l, pages, initrd);
		}
}
END_TEST

/* Kernels that want their initrd or p2m mapped among the rest. */
START_TEST(other_kernels)
{
	struct elf_image img = linux_image();
	struct dom0_layout l;

	img.mod_start_pfn = 0;
	ck_assert_int_eq(dom0_layout_plan(&img, 0, 1024 * MIB, &l), -ENOEXEC);
	img = linux_image();
	img.init_p2m = ELF_NONE;
	ck_assert_int_eq(dom0_layout_plan(&img, 0, 1024 * MIB, &l), -ENOEXEC);
}
END_TEST

START_TEST(refused)
{
	const struct {
		u64 base, size, p2m, initrd, pages;
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

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct elf_image img = linux_image();
		struct dom0_layout l;

		img.virt_base = cases[i].base;
		img.virt_start = img.virt_base + 0x1000;
		img.virt_end = img.virt_base + cases[i].size;
		img.init_p2m = cases[i].p2m;
		reasons = 0;
		ck_assert_msg(dom0_layout_plan(&img, cases[i].initrd, cases[i].pages, &l) < 0,
			      "case %u", i);
		ck_assert_int_eq(reasons, 1);
	}
}
END_TEST

Suite *suite_layout(void)
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
