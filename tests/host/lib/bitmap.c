/* SPDX-License-Identifier: MIT */
/* Searching bitmaps: every size around the word limits, beside a bit-by-bit search. */
#include <lib/bitmap.h>
#include <lib/string.h>

#define BITS_MAX 200

static u32 slow_search(const u64 *map, u32 bits, u32 from, bool want)
{
	while (from < bits && bit_test(map, from) != want)
		from++;
	return from < bits ? from : bits;
}

START_TEST(as_bit_by_bit)
{
	u32 seed = 1;

	for (u32 bits = 0; bits <= BITS_MAX; bits++) {
		/* Exactly as many words as needed: the sanitizer sees a step beyond. */
		u64 *map = calloc(BITMAP_WORDS(bits) + !bits, 8);

		for (u32 dense = 0; dense < 4; dense++) {
			for (u32 i = 0; i < BITMAP_WORDS(bits) * 64; i++) {
				seed = seed * 1103515245 + 12345;
				if ((seed >> 16) % 64 < (u32[]){ 0, 2, 62, 64 }[dense])
					bit_set(map, i);
				else
					bit_clear(map, i);
			}
			for (u32 from = 0; from <= bits + 1; from++) {
				ck_assert_uint_eq(bitmap_next_set(map, bits, from), slow_search(map, bits, from, true));
				ck_assert_uint_eq(bitmap_next_clear(map, bits, from), slow_search(map, bits, from, false));
			}
		}
		free(map);
	}
}
END_TEST

START_TEST(atomics_tell_the_old_value)
{
	u64 map[2] = { 0, 0 };

	ck_assert(!atomic_bit_set(map, 77));
	ck_assert(atomic_bit_set(map, 77));
	ck_assert_uint_eq(map[1], 1ul << 13);
	ck_assert(atomic_bit_clear(map, 77));
	ck_assert(!atomic_bit_clear(map, 77));
}
END_TEST

Suite *suite_bitmap(void)
{
	Suite *s = suite_create("bitmap");
	TCase *t = tcase_create("bitmap");

	tcase_add_test(t, as_bit_by_bit);
	tcase_add_test(t, atomics_tell_the_old_value);
	suite_add_tcase(s, t);
	return s;
}
