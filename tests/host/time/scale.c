/* SPDX-License-Identifier: MIT */
/*
 * Counter to nanoseconds: right within a part in a thousand million at every rate, monotonic, and a
 * full multiplier.
 */
#include "suites.h"

#include <lib/muldiv.h>
#include <time/time.h>

static const u64 rates[] = {
	1193182,    3579545,    14318180,   100000000,  999999999,  1000000000,
	1000000001, 1999999999, 2000000000, 2445429123, 5000000000, 10000000000
};

START_TEST(seconds_and_years)
{
	for (u32 i = 0; i < ARRAY_SIZE(rates); i++) {
		struct time_scale s = scale_make(rates[i]);

		ck_assert_uint_ge(s.mul, 1u << 31);
		for (u64 seconds = 1; seconds < 1000000000; seconds *= 10) {
			double got = scale_apply(&s, rates[i] * seconds), want = seconds * 1e9;

			ck_assert_double_le(got, want);
			ck_assert_double_ge(got, want * (1 - 1e-9));
		}
	}
}
END_TEST

START_TEST(monotonic)
{
	for (u32 i = 0; i < ARRAY_SIZE(rates); i++) {
		struct time_scale s = scale_make(rates[i]);
		u64 last = 0;

		for (u64 t = 1ul << 40; t < (1ul << 40) + 5000; t++) {
			ck_assert_uint_ge(scale_apply(&s, t), last);
			last = scale_apply(&s, t);
		}
	}
}
END_TEST

START_TEST(products_of_128_bits)
{
	ck_assert_uint_eq(mul_div(6, 7, 2), 21);
	ck_assert_uint_eq(mul_div(~0ul, ~0ul, ~0ul), ~0ul);
	ck_assert_uint_eq(mul_div(~0ul, 1000000000, 2000000000), ~0ul >> 1);
	ck_assert_uint_eq(mul_div(~0ul, 2, 1), ~0ul); /* does not fit */
	ck_assert_uint_eq(mul_div(1, 1, 0), ~0ul);
	ck_assert_uint_eq(mul_div(0, 5, 3), 0);
}
END_TEST

Suite *suite_scale(void)
{
	Suite *s = suite_create("scale");
	TCase *t = tcase_create("scale");

	tcase_add_test(t, seconds_and_years);
	tcase_add_test(t, monotonic);
	tcase_add_test(t, products_of_128_bits);
	suite_add_tcase(s, t);
	return s;
}
