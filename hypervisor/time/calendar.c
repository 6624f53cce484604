/* SPDX-License-Identifier: MIT */
/* The arithmetic of dates, for the real-time clock. Pure. */
#include <time/time.h>

#define RTC_24_HOURS 0x02
#define RTC_BINARY   0x04
#define RTC_PM       0x80

#define DAYS_TO_1970 719468 /* from March of the year 0 */

static u32 from_bcd(u32 v)
{
	return (v & 0xf) + (v >> 4) * 10;
}

static bool is_a_date(const union calendar *c)
{
	if (c->month < 1 || c->month > 12 || c->day < 1 || c->day > 31)
		return false;

	return c->hour < 24 && c->minute < 60 && c->second <= 60; /* 60: a leap second */
}

bool calendar_from_rtc(union calendar *c, u8 reg_b)
{
	bool pm = c->hour & RTC_PM;

	c->hour &= ~RTC_PM;
	if (!(reg_b & RTC_BINARY)) {
		for (u32 i = 0; i < ARRAY_SIZE(c->field); i++)
			c->field[i] = from_bcd(c->field[i]);
	}

	if (!(reg_b & RTC_24_HOURS))
		c->hour = c->hour % 12 + (pm ? 12 : 0);
	if (c->year < 100)
		c->year += c->year < 70 ? 2000 : 1900;

	return is_a_date(c);
}

/* Days are counted from March on, so the leap day is the last of a year. */
u64 calendar_seconds(const union calendar *c)
{
	u32 y = c->month <= 2 ? c->year - 1 : c->year;
	u32 m = c->month <= 2 ? c->month + 9 : c->month - 3;
	u64 days = 365ul * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + c->day - 1;

	days -= DAYS_TO_1970;
	return ((days * 24 + c->hour) * 60 + c->minute) * 60 + c->second;
}
