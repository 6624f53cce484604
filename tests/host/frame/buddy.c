/* SPDX-License-Identifier: MIT */
/*
 * The buddy system beside a map of who has which frame: blocks are aligned, disjoint, within
 * limits, and join again.
 */
#include "suites.h"

#include <frame/buddy.h>
#include <stdlib.h>
#include <string.h>

#define BASE   (BUDDY_LOW_FRAMES - 0x4000) /* frames on both sides of 4 GiB */
#define FRAMES 0x8000
#define COUNT  (BASE + FRAMES)
#define HELD   512

u64 frame_count;
static uint8_t *taken; /* per frame from BASE */
static struct buddy b;

static void setup(void)
{
	fake_frame_table_up(COUNT);
	taken = calloc(FRAMES, 1);
	memset(&b, 0, sizeof(b));
	memset(taken, 1, FRAMES);
}

static void teardown(void)
{
	fake_memory_down();
	free(taken);
}

/* libcheck's assertions are too slow for millions. */
#define CHECK(x)                                \
	do {                                    \
		if (!(x))                       \
			ck_abort_msg("%s", #x); \
	} while (0)

static void give(uint64_t n, uint32_t order, uint64_t clock)
{
	for (uint64_t i = n - BASE; i < n - BASE + (1ul << order); i++) {
		CHECK(taken[i] == 1);
		taken[i] = 0;
	}
	buddy_free(&b, n, order, clock);
}

static void give_all(void)
{
	for (uint64_t n = BASE; n < COUNT; n++)
		give(n, 0, 0);
}

static uint32_t take(uint32_t order, uint64_t limit)
{
	uint32_t n = buddy_alloc(&b, order, limit);

	if (n == FRAME_NIL)
		return n;
	CHECK(n >= BASE);
	CHECK(n + (1ul << order) <= COUNT);
	CHECK(n + (1ul << order) <= limit);
	CHECK((n & ((1ul << order) - 1)) == 0);
	for (uint64_t i = n - BASE; i < n - BASE + (1ul << order); i++) {
		CHECK(taken[i] == 0);
		taken[i] = 1;
		CHECK(frame_table[BASE + i].flags == FRAME_RAM);
	}
	return n;
}

START_TEST(single_frames_join_to_the_largest_blocks)
{
	give_all();
	ck_assert_uint_eq(b.free, FRAMES);
	ck_assert_uint_eq(take(14, ~0ul), BUDDY_LOW_FRAMES);
	ck_assert_uint_eq(take(14, ~0ul), BASE);
	ck_assert_uint_eq(take(0, ~0ul), FRAME_NIL);
	ck_assert_uint_eq(b.free, 0);
}
END_TEST

START_TEST(limits_are_kept)
{
	give_all();
	ck_assert_uint_lt(take(3, BUDDY_LOW_FRAMES), BUDDY_LOW_FRAMES);
	ck_assert_uint_eq(take(3, BASE + 7), FRAME_NIL);
	ck_assert_uint_ge(take(3, ~0ul), BUDDY_LOW_FRAMES);
	ck_assert_uint_eq(take(MAX_ORDER + 1, ~0ul), FRAME_NIL);
	ck_assert_uint_eq(take(15, ~0ul), FRAME_NIL);
	while (take(0, BUDDY_LOW_FRAMES) != FRAME_NIL)
		;
	ck_assert_uint_eq(take(0, BUDDY_LOW_FRAMES), FRAME_NIL);
	ck_assert_uint_ne(take(0, ~0ul), FRAME_NIL);
}
END_TEST

START_TEST(random_blocks)
{
	struct {
		uint32_t n, order;
	} held[HELD];
	static const uint64_t limits[] = { ~0ul, BUDDY_LOW_FRAMES, BASE + 0x1000, COUNT - 0x1000 };
	unsigned count = 0, refused = 0;
	uint64_t out = 0;

	srand(2);
	give_all();
	for (int i = 0; i < 300000; i++) {
		if (count == HELD || (count && rand() % 2)) {
			unsigned k = rand() % count;

			give(held[k].n, held[k].order, 0);
			out -= 1ul << held[k].order;
			held[k] = held[--count];
		} else {
			uint32_t order = rand() % 9, n = take(order, limits[rand() % 4]);

			if (n == FRAME_NIL) {
				refused++;
			} else {
				held[count].n = n;
				held[count++].order = order;
				out += 1ul << order;
			}
		}
		CHECK(b.free == FRAMES - out);
	}
	while (count--)
		give(held[count].n, held[count].order, 0);
	ck_assert_uint_gt(refused, 0);
	ck_assert_uint_eq(take(14, ~0ul), BUDDY_LOW_FRAMES);
	ck_assert_uint_eq(take(14, ~0ul), BASE);
}
END_TEST

/*
 * Whoever gets a block must see, in its first frame, a stamp no older than that of any of its
 * frames.
 */
START_TEST(a_block_has_the_youngest_stamp)
{
	uint64_t clock = 0x100000010ul; /* stamps of the last turn are behind it, too */
	uint32_t n;

	for (uint64_t i = 0; i < 16; i++) {
		frame_table[BASE + i].stamp = 1;
		if (i == 5)
			frame_table[BASE + i].stamp = 0xfffffff0;
		if (i == 9)
			frame_table[BASE + i].stamp = 0x0c;
		give(BASE + i, 0, clock);
	}
	n = take(4, ~0ul);
	ck_assert_uint_eq(n, BASE);
	ck_assert_uint_eq(frame_table[n].stamp, 0x0c);
	give(n, 4, clock);
	ck_assert_uint_eq(frame_table[take(2, BASE + 4)].stamp, 0x0c);
	ck_assert_uint_eq(frame_table[take(3, ~0ul)].stamp, 0x0c);
}
END_TEST

/* The youngest frame of a block that is given as one, and cut, is in its last quarter. */
START_TEST(the_pieces_of_a_block_have_its_stamp)
{
	uint32_t n;

	for (uint64_t i = 0; i < 16; i++)
		frame_table[BASE + i].stamp = 1;
	frame_table[BASE + 15].stamp = 7;
	give(BASE, 4, 7);

	n = take(2, ~0ul);
	ck_assert_uint_eq(frame_table[n].stamp, 7);
	n = take(2, ~0ul);
	ck_assert_uint_eq(frame_table[n].stamp, 7);
	n = take(3, ~0ul);
	ck_assert_uint_eq(n, BASE + 8);
	ck_assert_uint_eq(frame_table[n].stamp, 7);
}
END_TEST

/* Nor may any CPU be forgotten that holds translations of one of them. */
START_TEST(a_block_has_the_cpus_of_all)
{
	u32 n;

	for (u32 i = 0; i < 16; i++) {
		frame_table[BASE + i].stale_cpus = 1ul << i;
		give(BASE + i, 0, 100);
	}
	n = take(3, ~0ul);
	ck_assert_uint_eq(frame_table[n].stale_cpus, 0xffff);
	frame_table[n].stale_cpus = 0;
	for (u32 i = 1; i < 8; i++)
		ck_assert_uint_eq(frame_table[n + i].stale_cpus, 0);
	ck_assert_uint_eq(frame_table[take(0, ~0ul)].stale_cpus, 0xffff);

	give(n, 3, 100);
	ck_assert_uint_eq(frame_table[take(3, ~0ul)].stale_cpus, 0);
}
END_TEST

START_TEST(a_stamp_is_never_taken_for_older_than_it_is)
{
	ck_assert_uint_eq(stamp_time(5, 5), 5);
	ck_assert_uint_eq(stamp_time(5, 0x100000004ul), 5);
	ck_assert_uint_eq(stamp_time(5, 0x100000005ul), 0x100000005ul);
	ck_assert_uint_eq(stamp_time(0xffffffff, 0x100000000ul), 0xffffffff);
}
END_TEST

Suite *buddy_suite(void)
{
	Suite *s = suite_create("buddy");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, single_frames_join_to_the_largest_blocks);
	tcase_add_test(t, limits_are_kept);
	tcase_add_test(t, random_blocks);
	tcase_add_test(t, a_block_has_the_youngest_stamp);
	tcase_add_test(t, the_pieces_of_a_block_have_its_stamp);
	tcase_add_test(t, a_block_has_the_cpus_of_all);
	tcase_add_test(t, a_stamp_is_never_taken_for_older_than_it_is);
	suite_add_tcase(s, t);
	return s;
}
