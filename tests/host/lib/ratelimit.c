/* SPDX-License-Identifier: MIT */
/* How often something may be told: a period's times, what was not told, and clocks that jump. */
#include <lib/ratelimit.h>

#define MOST   3
#define PERIOD 100

static struct ratelimit limit;

static void up(void)
{
	limit = (struct ratelimit)RATELIMIT(MOST, PERIOD);
}

/* How many of @n are told at the time @now. */
static u32 told(u32 n, u64 now)
{
	u32 count = 0, untold;

	while (n--)
		count += ratelimit_allows(&limit, now, &untold);
	return count;
}

START_TEST(so_many_in_a_period)
{
	ck_assert_uint_eq(told(10, 1000), MOST);
	ck_assert_uint_eq(told(10, 1000 + PERIOD - 1), 0);
	ck_assert_uint_eq(told(10, 1000 + PERIOD), MOST);

	/* It begins with the first, whenever that comes. */
	ck_assert_uint_eq(told(1, 5050), 1);
	ck_assert_uint_eq(told(9, 5149), 2);
	ck_assert_uint_eq(told(9, 5150), MOST);
}
END_TEST

START_TEST(the_untold_are_counted)
{
	u32 untold = 77;

	told(10, 1000);
	ck_assert(ratelimit_allows(&limit, 1000 + PERIOD, &untold));
	ck_assert_uint_eq(untold, 10 - MOST);
	ck_assert(ratelimit_allows(&limit, 1000 + PERIOD, &untold));
	ck_assert_uint_eq(untold, 0);
}
END_TEST

START_TEST(a_clock_that_goes_back)
{
	ck_assert_uint_eq(told(10, 1000), MOST);
	ck_assert_uint_eq(told(10, 10), MOST);
	ck_assert_uint_eq(told(10, 10), 0);
}
END_TEST

Suite *suite_ratelimit(void)
{
	Suite *s = suite_create("ratelimit");
	TCase *t = tcase_create("ratelimit");

	tcase_add_checked_fixture(t, up, NULL);
	tcase_add_test(t, so_many_in_a_period);
	tcase_add_test(t, the_untold_are_counted);
	tcase_add_test(t, a_clock_that_goes_back);
	suite_add_tcase(s, t);
	return s;
}
