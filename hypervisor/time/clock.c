/* SPDX-License-Identifier: MIT */
/*
 * System time: nanoseconds since time_init, from the TSC by one scale, which guests get too. A CPU
 * that starts compares its TSC with the boot CPU's: see the policy in time.h.
 */
#include <console/console.h>
#include <irq/irq.h>
#include <lib/muldiv.h>
#include <time/time.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/features.h>

#define SYNC_ROUNDS 32

/* Written once at boot; before, time stands at 0. */
static struct time_scale scale;
static u64 tsc_hz, tsc_base[MAX_CPUS]; /* what each CPU's TSC showed, or would have, at time 0 */
static bool in_step = true;
static u64 latest; /* if not in step: no CPU shows an earlier time than another did */

void clock_start(u64 hz)
{
	tsc_hz = hz;
	tsc_base[0] = rdtsc();
	scale = scale_make(tsc_hz);
}

/*
 * The CPU that starts asks, the boot CPU answers with its TSC. If they run in step, each answer
 * lies between the question and its arrival. All rounds together bound by how much the boot CPU's
 * is ahead.
 */
static struct {
	u64 asked, answered; /* rounds; they only rise */
	u64 tsc;
} sync;

void time_sync_lead(void)
{
	for (u32 i = 0; i < SYNC_ROUNDS; i++) {
		while (__atomic_load_n(&sync.asked, __ATOMIC_ACQUIRE) == sync.answered)
			cpu_pause();

		sync.tsc = rdtsc();
		__atomic_store_n(&sync.answered, sync.answered + 1, __ATOMIC_RELEASE);
	}
}

void time_sync_follow(void)
{
	s64 most = 1l << 62, least = -most, ahead = 0;

	for (u32 i = 0; i < SYNC_ROUNDS; i++) {
		u64 from = rdtsc();

		__atomic_store_n(&sync.asked, sync.asked + 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&sync.answered, __ATOMIC_ACQUIRE) != sync.asked)
			cpu_pause();

		least = MAX(least, (s64)(sync.tsc - rdtsc()));
		most = MIN(most, (s64)(sync.tsc - from));
	}

	if (least > 0 || most < 0)
		ahead = least + (most - least) / 2;
	tsc_base[cpu_id()] = tsc_base[0] - ahead;
	if (!ahead)
		return;

	in_step = false;
	log_warn("TSC of CPU %u: %ld ticks behind the boot CPU's, corrected within %ld", cpu_id(),
		 ahead, (most - least) / 2);
}

bool time_tsc_stable(void)
{
	return in_step && (features.tsc_invariant || cpu_count == 1);
}

u64 time_from_tsc(u64 tsc)
{
	u64 base = tsc_base[cpu_id()];

	return tsc > base ? scale_apply(&scale, tsc - base) : 0;
}

u64 time_now(void)
{
	u64 now = time_from_tsc(rdtsc()), seen;

	if (in_step)
		return now;

	/* No CPU shows an earlier time than another did. */
	seen = READ_ONCE(latest);
	while (seen < now) {
		if (__atomic_compare_exchange_n(&latest, &seen, now, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return now;
	}
	return seen;
}

/* Rounded up: a deadline is never before its time. */
u64 time_to_tsc(u64 ns)
{
	u64 ticks = mul_div(ns, tsc_hz, NS_PER_SEC), base = tsc_base[cpu_id()];

	if (ticks >= ~0ul - base - 1)
		return ~0ul;

	return base + ticks + 1;
}

const struct time_scale *time_tsc_scale(void)
{
	return &scale;
}

u64 time_tsc_khz(void)
{
	return tsc_hz / 1000;
}
