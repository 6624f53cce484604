/* SPDX-License-Identifier: MIT */
/*
 * The buddy system beside a map of who has which frame: blocks are aligned, disjoint, within
 * limits, and join again.
 */
#include "suites.h"

#include <frame/buddy.h>
#include <stdlib.h>
#include <string.h>

#define LOW    20 /* bits of a frame's number below 4 GiB */
#define MIDDLE (1ul << LOW)
#define BASE   (MIDDLE - 0x4000) /* frames on both sides of 4 GiB */
#define ANY    BUDDY_WIDTH_MAX
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

static uint32_t take(uint32_t order, uint32_t width)
{
	uint32_t n = buddy_alloc(&b, order, width);

	if (n == FRAME_NIL)
		return n;
	CHECK(n >= BASE);
	CHECK(n + (1ul << order) <= COUNT);
	CHECK(n + (1ul << order) <= 1ul << width);
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
	ck_assert_uint_eq(take(14, ANY), MIDDLE);
	ck_assert_uint_eq(take(14, ANY), BASE);
	ck_assert_uint_eq(take(0, ANY), FRAME_NIL);
	ck_assert_uint_eq(b.free, 0);
}
END_TEST

START_TEST(limits_are_kept)
{
	give_all();
	ck_assert_uint_lt(take(3, LOW), MIDDLE);
	ck_assert_uint_eq(take(3, LOW - 1), FRAME_NIL);
	ck_assert_uint_ge(take(3, ANY), MIDDLE);
	ck_assert_uint_eq(take(MAX_ORDER + 1, ANY), FRAME_NIL);
	ck_assert_uint_eq(take(15, ANY), FRAME_NIL);
	while (take(0, LOW) != FRAME_NIL)
		;
	ck_assert_uint_eq(take(0, LOW), FRAME_NIL);
	ck_assert_uint_ne(take(0, ANY), FRAME_NIL);
}
END_TEST

/* Is there an aligned run of free frames below 2^width? By a look at every frame. */
static bool is_there(const uint8_t *used, uint32_t frames, uint32_t order, uint32_t width)
{
	uint64_t end = MIN(1ul << width, (uint64_t)frames);

	for (uint64_t n = 0; n + (1ul << order) <= end; n += 1ul << order) {
		uint64_t i = 0;

		while (i < 1ul << order && !used[n + i])
			i++;
		if (i == 1ul << order)
			return true;
	}
	return false;
}

/* With frame 0 among them, whose block ends at each power of two in turn. */
START_TEST(what_is_free_below_each_width_is_found)
{
	static uint8_t used[1024];
	uint32_t tried = 0, found = 0;

	srand(3);
	memset(used, 1, sizeof(used));
	for (uint32_t i = 0; i < 200000; i++) {
		uint32_t n = rand() % 1024, order = rand() % 6, width = rand() % 12;
		uint32_t got;

		if (rand() % 3) {
			if (used[n])
				buddy_free(&b, n, 0, 0);
			used[n] = 0;
			continue;
		}

		got = buddy_alloc(&b, order, width);
		tried++;
		found += got != FRAME_NIL;
		CHECK((got != FRAME_NIL) == is_there(used, 1024, order, width));
		for (uint32_t k = 0; got != FRAME_NIL && k < 1u << order; k++) {
			CHECK(got + k < 1ul << width && !used[got + k]);
			used[got + k] = 1;
		}
	}
	ck_assert_uint_gt(found, tried / 10);
	ck_assert_uint_lt(found, tried);
}
END_TEST

START_TEST(random_blocks)
{
	struct {
		uint32_t n, order;
	} held[HELD];
	static const uint32_t widths[] = { ANY, LOW, LOW + 1, LOW - 1 };
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
			uint32_t order = rand() % 9, n = take(order, widths[rand() % 4]);

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
	ck_assert_uint_eq(take(14, ANY), MIDDLE);
	ck_assert_uint_eq(take(14, ANY), BASE);
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
	n = take(4, ANY);
	ck_assert_uint_eq(n, BASE);
	ck_assert_uint_eq(frame_table[n].stamp, 0x0c);
	give(n, 4, clock);
	ck_assert_uint_eq(frame_table[take(2, LOW)].stamp, 0x0c);
	ck_assert_uint_eq(frame_table[take(3, ANY)].stamp, 0x0c);
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

	n = take(2, ANY);
	ck_assert_uint_eq(frame_table[n].stamp, 7);
	n = take(2, ANY);
	ck_assert_uint_eq(frame_table[n].stamp, 7);
	n = take(3, ANY);
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
	n = take(3, ANY);
	ck_assert_uint_eq(frame_table[n].stale_cpus, 0xffff);
	frame_table[n].stale_cpus = 0;
	for (u32 i = 1; i < 8; i++)
		ck_assert_uint_eq(frame_table[n + i].stale_cpus, 0);
	ck_assert_uint_eq(frame_table[take(0, ANY)].stale_cpus, 0xffff);

	give(n, 3, 100);
	ck_assert_uint_eq(frame_table[take(3, ANY)].stale_cpus, 0);
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
	tcase_add_test(t, what_is_free_below_each_width_is_found);
	tcase_add_test(t, random_blocks);
	tcase_add_test(t, a_block_has_the_youngest_stamp);
	tcase_add_test(t, the_pieces_of_a_block_have_its_stamp);
	tcase_add_test(t, a_block_has_the_cpus_of_all);
	tcase_add_test(t, a_stamp_is_never_taken_for_older_than_it_is);
	suite_add_tcase(s, t);
	return s;
}
