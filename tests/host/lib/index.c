/* SPDX-License-Identifier: MIT */
/*
 * Indices that guests give (hypervisor/lib/index.h): what is in range stays as it is, and what is
 * not ends inside, as a processor would meet it that goes on behind a failed check.
 */
#include <lib/index.h>

START_TEST(in_range_nothing_changes)
{
	for (u32 n = 1; n < 300; n++) {
		for (u32 i = 0; i < n; i++) {
			ck_assert_uint_eq(index_nospec(i, n), i);
			ck_assert_uint_eq(index_nospec((u64)i, (u64)n), i);
		}
	}

	for (u32 i = 0; i < 64; i++)
		ck_assert_uint_eq(index_nospec(i, 64), i);
}
END_TEST

START_TEST(out_of_range_ends_inside)
{
	static const u64 far[] = { 4096, 1ul << 31, ~0u, 1ul << 32, 1ul << 63, ~0ul };

	for (u64 n = 1; n < 300; n++) {
		ck_assert_uint_eq(index_nospec(n, n), 0);
		for (u32 k = 0; k < ARRAY_SIZE(far); k++)
			ck_assert_uint_eq(index_nospec(far[k], n), 0);
	}

	/* A constant power of two, which is cut. */
	for (u32 k = 0; k < ARRAY_SIZE(far); k++) {
		ck_assert_uint_lt(index_nospec(far[k], 64), 64);
		ck_assert_uint_lt(index_nospec((u32)far[k], 64), 64);
	}
}
END_TEST

START_TEST(the_mask_is_all_or_nothing)
{
	ck_assert_uint_eq(index_mask(0ul, 1ul), ~0ul);
	ck_assert_uint_eq(index_mask(1ul, 1ul), 0);
	ck_assert_uint_eq(index_mask(~0ul, ~0ul), 0);
	ck_assert_uint_eq(index_mask(~0ul - 1, ~0ul), ~0ul);
	ck_assert_uint_eq(index_mask(5u, 6u), ~0u);
	ck_assert_uint_eq(index_mask(0ul, 0ul), 0);
}
END_TEST

Suite *suite_index(void)
{
	Suite *s = suite_create("index");
	TCase *t = tcase_create("index");

	tcase_add_test(t, in_range_nothing_changes);
	tcase_add_test(t, out_of_range_ends_inside);
	tcase_add_test(t, the_mask_is_all_or_nothing);
	suite_add_tcase(s, t);
	return s;
}
