/* SPDX-License-Identifier: MIT */
/*
 * The wall clock: what time it was when system time was zero. Read once from the CMOS real-time
 * clock; dom0 corrects it later.
 */
#include <console/console.h>
#include <time/calendar.h>
#include <time/time.h>
#include <x86/asm.h>
#include <x86/lock.h>

#define CMOS_INDEX 0x70
#define CMOS_DATA 0x71
enum { RTC_SECOND = 0, RTC_MINUTE = 2, RTC_HOUR = 4, RTC_DAY = 7, RTC_MONTH = 8, RTC_YEAR = 9, RTC_A = 10, RTC_B = 11 };
#define RTC_UPDATING 0x80
#define RTC_PATIENCE 20000 /* reads: an update takes 2 ms */

static struct {
	struct spinlock lock; /* guards the rest */
	u64 sec;
	u32 nsec;
} wallclock = { .lock = SPINLOCK(LOCK_TIMER) };

static u8 cmos_read(u8 reg)
{
	outb(CMOS_INDEX, reg);
	return inb(CMOS_DATA);
}

static struct calendar rtc_once(void)
{
	for (u32 i = 0; i < RTC_PATIENCE && cmos_read(RTC_A) & RTC_UPDATING; i++)
		cpu_pause();
	return (struct calendar){
		.second = cmos_read(RTC_SECOND), .minute = cmos_read(RTC_MINUTE),
		.hour = cmos_read(RTC_HOUR),	 .day = cmos_read(RTC_DAY),
		.month = cmos_read(RTC_MONTH),	 .year = cmos_read(RTC_YEAR),
	};
}

static bool calendar_same(const struct calendar *a, const struct calendar *b)
{
	return a->second == b->second && a->minute == b->minute && a->hour == b->hour &&
	       a->day == b->day && a->month == b->month && a->year == b->year;
}

void wallclock_init(void)
{
	struct calendar c = rtc_once(), again;

	/* Two equal readings: no update came in between. */
	for (u32 i = 0; i < 10; i++) {
		again = rtc_once();
		if (calendar_same(&c, &again))
			break;
		c = again;
	}
	if (!calendar_from_rtc(&c, cmos_read(RTC_B))) {
		log_warn("the real-time clock holds no date: the wall clock starts at 1970");
		return;
	}
	wallclock_set(calendar_seconds(&c), 0, time_now());
	log_info("wall clock: %04u-%02u-%02u %02u:%02u:%02u UTC", c.year, c.month, c.day, c.hour,
		 c.minute, c.second);
}

void wallclock_get(u64 *sec, u32 *nsec)
{
	spin_lock(&wallclock.lock);
	*sec = wallclock.sec;
	*nsec = wallclock.nsec;
	spin_unlock(&wallclock.lock);
}

void wallclock_set(u64 sec, u32 nsec, u64 at_system_time)
{
	u64 at_sec = at_system_time / NS_PER_SEC;
	u32 at_nsec = at_system_time % NS_PER_SEC;

	/* The ABI shows both fields unsigned: borrow rather than go below zero. */
	sec = sec > at_sec ? sec - at_sec : 0;
	if (nsec >= at_nsec) {
		nsec -= at_nsec;
	} else {
		nsec += NS_PER_SEC - at_nsec;
		sec = sec ? sec - 1 : 0;
	}
	spin_lock(&wallclock.lock);
	wallclock.sec = sec;
	wallclock.nsec = nsec % NS_PER_SEC;
	spin_unlock(&wallclock.lock);
}
