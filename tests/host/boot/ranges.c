/* SPDX-License-Identifier: MIT */
/* The memory map beside a slow model, page by page: overlaps, order, holes; and cutting pieces out of ranges. */
#include "suites.h"

#include <boot/memmap.h>
#include <string.h>

#define PAGES 64
#define P PAGE_SIZE

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
			for (u64 p = map[i].addr / P; p < (map[i].addr + map[i].size) / P; p++, covered++)
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
	struct e820_entry map[E820_MAX + 1] = { { 0x1000, ~0ul - 10, E820_RAM } };

	ck_assert_uint_eq(memmap_normalise(map, 1, E820_MAX), 1); /* its end wraps: cut at the top */
	ck_assert_uint_eq(map[0].addr + map[0].size, ~0ul);
	ck_assert_uint_eq(memmap_normalise(map, E820_MAX + 1, E820_MAX), 0);
	map[0] = (struct e820_entry){ 0, 0x9000, E820_RAM };
	map[1] = (struct e820_entry){ 0x3000, 0x1000, E820_RESERVED };
	ck_assert_uint_eq(memmap_normalise(map, 2, 2), 0); /* three pieces do not fit into two */
	map[0] = (struct e820_entry){ 0, 0, E820_RAM };
	ck_assert_uint_eq(memmap_normalise(map, 1, E820_MAX), 0);
}
END_TEST

START_TEST(pieces_taken_out)
{
	unsigned seed = 3;

	for (u32 round = 0; round < 3000; round++) {
		struct ram_range r[40] = { { 0, 20 * P }, { 30 * P, PAGES * P } };
		bool model[PAGES];
		u32 n = 2, left = 0;

		for (u32 p = 0; p < PAGES; p++)
			model[p] = p < 20 || p >= 30;
		for (u32 cut = 0; cut < 8; cut++) {
			u64 start = draw(&seed, PAGES * P), end = start + draw(&seed, 6 * P);

			ck_assert(ranges_remove(r, &n, ARRAY_SIZE(r), start, end));
			for (u64 p = start / P; start < end && p < PAGES && p * P < end; p++)
				model[p] = false;
		}
		for (u32 i = 0; i < n; i++)
			ck_assert_uint_lt(r[i].start, r[i].end);
		for (u32 i = 0; i < n; i++)
			for (u64 p = r[i].start / P; p < r[i].end / P; p++, left++)
				ck_assert(model[p]);
		for (u32 p = 0; p < PAGES; p++)
			left -= model[p];
		ck_assert_uint_eq(left, 0);
	}
}
END_TEST

START_TEST(no_room_to_cut)
{
	struct ram_range r[1] = { { 0, 10 * P } };
	u32 n = 1;

	ck_assert(!ranges_remove(r, &n, 1, 3 * P, 4 * P));
	ck_assert_uint_eq(n, 1); /* what is left is free still */
	ck_assert_uint_eq(r[0].end, 3 * P);
	n = 1;
	ck_assert(ranges_remove(r, &n, 1, P, ~0ul));
	ck_assert_uint_eq(r[0].end, P);
}
END_TEST

Suite *suite_ranges(void)
{
	Suite *s = suite_create("ranges");
	TCase *t = tcase_create("ranges");

	tcase_add_test(t, as_page_by_page);
	tcase_add_test(t, edges_of_the_map);
	tcase_add_test(t, pieces_taken_out);
	tcase_add_test(t, no_room_to_cut);
	suite_add_tcase(s, t);
	return s;
}
