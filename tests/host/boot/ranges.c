/* SPDX-License-Identifier: MIT */
/*
 * The memory map beside a slow model, page by page: overlaps, order, holes; and cutting pieces out
 * of ranges.
 */
#include "suites.h"

#include <boot/boot.h>
#include <string.h>
#include <x86/layout.h>

#define PAGES 64
#define P     PAGE_SIZE

static u32 weight(u32 type)
{
	return (u32[]){ 0, 1, 3, 2, 4, 5, 5, 5 }[type];
}

START_TEST(as_page_by_page)
{
	unsigned seed = 7;

	for (u32 round = 0; round < 3000; round++) {
		struct e820_entry map[E820_MAX];
		u32 model[PAGES] = { 0 }, n = 1 + draw(&seed, 12), got, covered = 0;

		for (u32 i = 0; i < n; i++) {
			u32 at = draw(&seed, PAGES), len = draw(&seed, PAGES - at + 1);

			map[i] = (struct e820_entry){ at * P, len * P, 1 + draw(&seed, 5) };
			for (u32 p = at; p < at + len; p++)
				if (weight(map[i].type) > weight(model[p]))
					model[p] = map[i].type;
		}
		got = memmap_normalise(map, n, E820_MAX);
		for (u32 i = 0; i < got; i++) {
			ck_assert_uint_gt(map[i].size, 0);
			for (u64 p = map[i].addr / P; p < (map[i].addr + map[i].size) / P;
			     p++, covered++)
				ck_assert_uint_eq(model[p], map[i].type);
			if (i)
				ck_assert(map[i - 1].addr + map[i - 1].size < map[i].addr ||
					  (map[i - 1].addr + map[i - 1].size == map[i].addr &&
					   map[i - 1].type != map[i].type));
		}
		for (u32 p = 0; p < PAGES; p++)
			covered -= model[p] != 0;
		ck_assert_uint_eq(covered, 0);
	}
}
END_TEST

START_TEST(edges_of_the_map)
{
	struct e820_entry map[MEMMAP_MAX + 1] = { { 0x1000, ~0ul - 10, E820_RAM } };

	ck_assert_uint_eq(memmap_normalise(map, 1, E820_MAX),
			  1); /* its end wraps: cut at the top */
	ck_assert_uint_eq(map[0].addr + map[0].size, ~0ul);
	ck_assert_uint_eq(memmap_normalise(map, MEMMAP_MAX + 1, E820_MAX), 0);
	map[0] = (struct e820_entry){ 0, 0x9000, E820_RAM };
	map[1] = (struct e820_entry){ 0x3000, 0x1000, E820_RESERVED };
	ck_assert_uint_eq(memmap_normalise(map, 2, 2), 0); /* three pieces do not fit into two */
	map[0] = (struct e820_entry){ 0, 0, E820_RAM };
	ck_assert_uint_eq(memmap_normalise(map, 1, E820_MAX), 0);
}
END_TEST

/* What is free: RAM, less the pages of which anything was taken. */
START_TEST(pieces_taken_out)
{
	unsigned seed = 3;

	for (u32 round = 0; round < 3000; round++) {
		struct e820_entry map[MEMMAP_MAX] = { { 0, 20 * P, E820_RAM },
						      { 30 * P, 34 * P, E820_RAM } };
		struct ram_range r[MEMMAP_MAX];
		bool model[PAGES];
		u32 n = 2, left = 0;

		for (u32 p = 0; p < PAGES; p++)
			model[p] = p < 20 || p >= 30;
		for (u32 cut = 0; cut < BOOT_MODULES_MAX + 2; cut++) {
			u64 start = draw(&seed, PAGES * P), end = start + 1 + draw(&seed, 6 * P);

			memmap_take(map, &n, start, end);
			for (u64 p = start / P; p < PAGES && p * P < end; p++)
				model[p] = false;
		}
		n = memmap_ram(map, memmap_normalise(map, n, MEMMAP_MAX), r);
		for (u32 i = 0; i < n; i++) {
			ck_assert_uint_lt(r[i].start, r[i].end);
			for (u64 p = r[i].start / P; p < r[i].end / P; p++, left++)
				ck_assert(model[p]);
		}
		for (u32 p = 0; p < PAGES; p++)
			left -= model[p];
		ck_assert_uint_eq(left, 0);
	}
}
END_TEST

START_TEST(whole_pages_within_reach)
{
	struct e820_entry map[] = {
		{ 0x10, 0x9fc00 - 0x10, E820_RAM },       /* cut inwards */
		{ 0x100000, 0x1000, E820_ACPI },          /* no RAM */
		{ 0x200010, 0x1000, E820_RAM },           /* no whole page */
		{ DIRECT_SIZE - 2 * P, 5 * P, E820_RAM }, /* crosses the end of what we can map */
		{ DIRECT_SIZE + 9 * P, 1ul << 30, E820_RAM }, /* beyond it */
	};
	struct ram_range r[ARRAY_SIZE(map)];

	ck_assert_uint_eq(memmap_ram(map, ARRAY_SIZE(map), r), 2);
	ck_assert(r[0].start == P && r[0].end == 0x9f000);
	ck_assert(r[1].start == DIRECT_SIZE - 2 * P && r[1].end == DIRECT_SIZE);
}
END_TEST

Suite *suite_ranges(void)
{
	Suite *s = suite_create("ranges");
	TCase *t = tcase_create("ranges");

	tcase_add_test(t, as_page_by_page);
	tcase_add_test(t, edges_of_the_map);
	tcase_add_test(t, pieces_taken_out);
	tcase_add_test(t, whole_pages_within_reach);
	suite_add_tcase(s, t);
	return s;
}
