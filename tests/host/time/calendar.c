/* SPDX-License-Identifier: MIT */
/* Dates to seconds, beside the C library's; real-time clock registers in all their formats. */
#include "suites.h"

#include <time.h>
#include <time/time.h>

START_TEST(every_day_till_2200)
{
	struct tm f;

	for (long t = 3 * 3600 + 25 * 60 + 45; t < 7258118400; t += 86400) {
		union calendar c;

		gmtime_r(&t, &f);
		c = (union calendar){ { f.tm_year + 1900, f.tm_mon + 1, f.tm_mday, f.tm_hour,
					f.tm_min, f.tm_sec } };
		ck_assert_uint_eq(calendar_seconds(&c), t);
	}
}
END_TEST

START_TEST(register_formats)
{
	static const struct {
		union calendar in;
		u8 reg_b;
		u32 year, hour;
	} cases[] = {
		{ { { 0x26, 0x11, 0x21, 0x23, 0x59, 0x58 } }, 0x02, 2026, 23 }, /* BCD, 24 hours */
		{ { { 26, 11, 21, 23, 59, 58 } }, 0x06, 2026, 23 },             /* binary */
		{ { { 0x99, 0x11, 0x21, 0x92, 0x59, 0x58 } }, 0x00, 1999, 12 }, /* 12 PM: noon */
		{ { { 0x26, 0x11, 0x21, 0x12, 0x59, 0x58 } }, 0x00, 2026, 0 }, /* 12 AM: midnight */
		{ { { 26, 11, 21, 0x80 | 11, 59, 58 } }, 0x04, 2026, 23 },     /* 11 PM */
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		union calendar c = cases[i].in;

		ck_assert(calendar_from_rtc(&c, cases[i].reg_b));
		ck_assert_uint_eq(c.year, cases[i].year);
		ck_assert_uint_eq(c.month, 11);
		ck_assert_uint_eq(c.day, 21);
		ck_assert_uint_eq(c.hour, cases[i].hour);
		ck_assert_uint_eq(c.minute, 59);
		ck_assert_uint_eq(c.second, 58);
	}
}
END_TEST

START_TEST(no_dates)
{
	static const union calendar bad[] = {
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
		{ { 0x26, 0, 1, 0, 0, 0 } },
		{ { 0x26, 0x13, 1, 0, 0, 0 } },
		{ { 0x26, 1, 0, 0, 0, 0 } },
		{ { 0x26, 1, 0x32, 0, 0, 0 } },
		{ { 0x26, 1, 1, 0x24, 0, 0 } },
		{ { 0x26, 1, 1, 0, 0x60, 0 } },
		{ { 0x26, 1, 1, 0, 0, 0x61 } },
	};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		union calendar c = bad[i];

		ck_assert_msg(!calendar_from_rtc(&c, 0x02), "case %u", i);
	}
}
END_TEST

Suite *suite_calendar(void)
{
	Suite *s = suite_create("calendar");
	TCase *t = tcase_create("calendar");

	tcase_add_test(t, every_day_till_2200);
	tcase_add_test(t, register_formats);
	tcase_add_test(t, no_dates);
	suite_add_tcase(s, t);
	return s;
}
