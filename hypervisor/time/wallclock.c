/* SPDX-License-Identifier: MIT */
/*
 * The wall clock: what time it was when system time was zero. Read once from the CMOS real-time
 * clock; dom0 corrects it later.
 */
#include <console/console.h>
#include <lib/string.h>
#include <time/time.h>
#include <x86/asm.h>

#define CMOS_INDEX   0x70
#define CMOS_DATA    0x71
#define RTC_A        10
#define RTC_B        11
#define RTC_UPDATING 0x80
#define RTC_PATIENCE 20000 /* reads: an update takes 2 ms */
#define RTC_READINGS 10

/*
 * A kernel tells the time of its last tick, together with the system time of now: so it is early by
 * up to so much, at HZ=100.
 */
#define TICK_NS (10 * NS_PER_MS)

static u64 at_zero; /* ns since 1970 at system time zero */

static u8 cmos_read(u8 reg)
{
	outb(CMOS_INDEX, reg);
	return inb(CMOS_DATA);
}

static union calendar rtc_once(void)
{
	static const u8 regs[] = { 9, 8, 7, 4, 2, 0 }; /* year to second */
	union calendar c;

	for (u32 i = 0; i < RTC_PATIENCE && cmos_read(RTC_A) & RTC_UPDATING; i++)
		cpu_pause();

	for (u32 i = 0; i < ARRAY_SIZE(regs); i++)
		c.field[i] = cmos_read(regs[i]);
	return c;
}

void wallclock_init(void)
{
	union calendar c = rtc_once(), again = { .year = 0 };

	/* Until two readings are equal: then no update came in between. */
	for (u32 i = 0; i < RTC_READINGS && memcmp(&c, &again, sizeof(c)); i++) {
		again = c;
		c = rtc_once();
	}

	if (!calendar_from_rtc(&c, cmos_read(RTC_B))) {
		log_warn("the real-time clock holds no date: the wall clock starts at 1970");
		return;
	}

	wallclock_set(calendar_seconds(&c), 0, time_now());
	log_info("wall clock: %04u-%02u-%02u %02u:%02u:%02u UTC", c.year, c.month, c.day, c.hour,
		 c.minute, c.second);
}

u64 wallclock_get(void)
{
	return READ_ONCE(at_zero);
}

/*
 * dom0's kernel tells its clock again every eleven minutes, at some moment between two ticks. The
 * least early of these is kept. A clock that is set back by less than a tick looks the same, and is
 * not set back.
 */
void wallclock_set(u64 sec, u32 nsec, u64 at_system_time)
{
	u64 told = sec * NS_PER_SEC + nsec, old = READ_ONCE(at_zero);

	told -= MIN(told, at_system_time); /* the ABI shows it unsigned */
	if (told > old || old - told >= TICK_NS)
		WRITE_ONCE(at_zero, told);
}
