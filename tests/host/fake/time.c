/* SPDX-License-Identifier: MIT */
/* Time for a program: see time.h. */
#include "cpu.h"
#include "lock.h"
#include "time.h"

#include <time/time.h>

u64 fake_time = 1000;
s32 fake_timers_set;

u64 time_now(void)
{
	return fake_time;
}

static void timer_change(struct timer *t, u64 when)
{
	fake_timers_set -= t->when != TIME_NEVER;
	fake_timers_set += when != TIME_NEVER;
	t->when = when;
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	*t = (struct timer){ .when = TIME_NEVER, .fn = fn };
}

void timer_set(struct timer *t, u64 when)
{
	assert(t->fn);
	timer_change(t, when);
}

/* The real one waits for the function, which may want any lock. */
void timer_stop(struct timer *t)
{
	assert(!fake_locks_held());
	timer_change(t, TIME_NEVER);
}
