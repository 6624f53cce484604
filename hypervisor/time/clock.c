/* SPDX-License-Identifier: MIT */
/*
 * System time: nanoseconds since time_init, from the TSC by one scale, which guests get too. TSCs are
 * taken to run in step on all CPUs.
 */
#include <console/console.h>
#include <irq/irq.h>
#include <lib/muldiv.h>
#include <time/clock.h>
#include <time/scale.h>
#include <x86/asm.h>
#include <x86/features.h>

/* Written once at boot; before, time stands at 0. */
static struct time_scale scale;
static u64 tsc_hz, tsc_base;

void time_init(void)
{
	u64 apic_ticks, apic_ns;

	tsc_hz = calibrate(&apic_ticks, &apic_ns);
	tsc_base = rdtsc();
	scale = scale_make(tsc_hz);
	if (!features.tsc_invariant)
		log_debug("this processor does not promise that its TSC runs evenly");
	apic_timer_init(apic_ticks, apic_ns);
	timers_init();
	wallclock_init();
}

u64 time_from_tsc(u64 tsc)
{
	return tsc > tsc_base ? scale_apply(&scale, tsc - tsc_base) : 0;
}

u64 time_now(void)
{
	return time_from_tsc(rdtsc());
}

/* Rounded up: a deadline is never before its time. */
u64 time_to_tsc(u64 ns)
{
	u64 ticks = mul_div(ns, tsc_hz, NS_PER_SEC);

	return ticks >= ~0ul - tsc_base - 1 ? ~0ul : tsc_base + ticks + 1;
}

const struct time_scale *time_tsc_scale(void)
{
	return &scale;
}

u64 time_tsc_khz(void)
{
	return tsc_hz / 1000;
}
