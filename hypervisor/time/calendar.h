/* SPDX-License-Identifier: MIT */
/* Dates and seconds since 1970 (UTC). Pure. */
#ifndef TIME_CALENDAR_H
#define TIME_CALENDAR_H

#include <lib/types.h>

struct calendar {
	u32 year, month, day, hour, minute, second; /* month and day from 1 */
};

/* As a real-time clock's registers hold it (@reg_b: their format bits) -> plain numbers; false if it is no date. */
bool calendar_from_rtc(struct calendar *c, u8 reg_b);
u64 calendar_seconds(const struct calendar *c);

#endif
