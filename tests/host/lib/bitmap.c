/* SPDX-License-Identifier: MIT */
/* Bits of bitmaps: which word, and what the atomic operations tell. */
#include <lib/bitmap.h>

START_TEST(single_bits)
{
	u64 map[2] = { 0, 0 };

	bit_set(map, 64);
	ck_assert(map[0] == 0 && map[1] == 1 && bit_test(map, 64) && !bit_test(map, 63));
	bit_clear(map, 64);
	ck_assert(map[1] == 0 && !bit_test(map, 64));
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

	tcase_add_test(t, single_bits);
	tcase_add_test(t, atomics_tell_the_old_value);
	suite_add_tcase(s, t);
	return s;
}
