/* SPDX-License-Identifier: MIT */
/*
 * Time: nanoseconds since boot from the TSC, software timers per CPU, the wall clock.
 * pvclock's numbers for guests come from the same scale, so guest and hypervisor agree exactly.
 */
#ifndef TIME_TIME_H
#define TIME_TIME_H

#include <lib/heap.h>
#include <lib/types.h>

#define NS_PER_SEC 1000000000ul
#define NS_PER_MS  1000000ul
#define NS_PER_US  1000ul
#define TIME_NEVER (~0ul)

/* ns = ((ticks << shift, or >> -shift) * mul) >> 32, as pvclock has it. */
struct time_scale {
	u32 mul;
	s8 shift;
};

/* The scale of a counter of @hz (not 0) ticks a second: 31 bits of precision at least. Pure. */
struct time_scale scale_make(u64 hz);

static inline u64 scale_apply(const struct time_scale *s, u64 ticks)
{
	ticks = s->shift >= 0 ? ticks << s->shift : ticks >> -s->shift;
	return (u64)((unsigned __int128)ticks * s->mul >> 32);
}

/*
 * TSC policy: guests read the real TSC and never an emulated one, invariant or not. pvclock gives
 * each vcpu the scale, and a pair of TSC and system time, which is renewed when it comes to another
 * CPU. If a CPU's TSC is not in step with the boot CPU's when it starts, the log names it and its
 * system time is corrected (the TSC itself stays). pvclock is called stable only if all are in step
 * and the processor promises an even rate.
 */
u64 time_now(void);         /* ns since boot, monotonic on all CPUs */
u64 time_from_tsc(u64 tsc); /* of this CPU */
u64 time_to_tsc(u64 ns);    /* the same */
bool time_tsc_stable(void);
void time_sync_lead(void); /* boot CPU, while another starts and calls time_sync_follow */
void time_sync_follow(void);
const struct time_scale *time_tsc_scale(void);
u64 time_tsc_khz(void);

/* Wall clock: ns since 1970 at system time zero (pvclock's wc_*), until the year 2554. */
u64 wallclock_get(void);
void wallclock_set(u64 sec, u32 nsec, u64 at_system_time);
void wallclock_init(void);

union calendar {
	struct {
		u32 year, month, day, hour, minute, second;
	}; /* month and day from 1 */
	u32 field[6];
};
/* The RTC's registers, @reg_b their format, to plain numbers; false: it is no date. Pure. */
bool calendar_from_rtc(union calendar *c, u8 reg_b);
u64 calendar_seconds(const union calendar *c); /* since 1970, UTC. Pure */

/* Time runs from now on, by the TSC of the boot CPU, which counts @hz a second. */
void clock_start(u64 hz);

/*
 * A software timer belongs to the CPU it was set on; its function runs there, interrupts off, from
 * SOFTIRQ_TIMER, with no lock held. All calls may be made from any CPU; a queue has a lock
 * (LOCK_TIMER).
 */
struct timer {
	u64 when; /* system time; TIME_NEVER: not queued */
	void (*fn)(struct timer *t);
	u32 cpu;               /* whose queue it is or was on */
	struct heap_node node; /* its key is ->when */
};

void timer_init(struct timer *t, void (*fn)(struct timer *t));
void timer_set(struct timer *t, u64 when); /* (re)arms on this CPU; a past time fires at once */
void timer_set_on(struct timer *t, u32 cpu, u64 when); /* the same on @cpu */

/*
 * Once it returns, the function runs on no other CPU and will not start. It waits for the function
 * to end: the caller holds no lock that the function takes.
 */
void timer_stop(struct timer *t);

/*
 * This CPU chooses again who runs (SOFTIRQ_SCHED) at @until at the latest, or too early by one
 * slice. If it @idles, not before: it is not woken for the slice of who ran.
 */
void timer_set_slice(u64 until, bool idles);

void watchdog_start(void); /* on all CPUs, when they all serve timers */
void timers_init(void);    /* boot: takes the vector of the APIC timer */
void timers_run(void);     /* SOFTIRQ_TIMER: runs what is due and programs the APIC timer */

#endif
