/* SPDX-License-Identifier: MIT */
/* System time from the TSC and the record that the hypervisor keeps in vcpu_info; sleeping by poll.
 */
#include <pvabi/kit/kit.h>

u64 time_ns(void)
{
	const volatile struct vcpu_time_info *t = &vcpu_info()->time;
	u32 version, lo, hi;
	u64 delta, ns;

	do {
		version = t->version;
		BARRIER();
		__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi));
		delta = ((u64)hi << 32 | lo) - t->tsc_timestamp;
		delta = t->tsc_shift < 0 ? delta >> -t->tsc_shift : delta << t->tsc_shift;
		ns = t->system_time + (u64)((unsigned __int128)delta * t->tsc_to_system_mul >> 32);
		BARRIER();
	} while (version & 1 || version != t->version);
	return ns;
}

/* A poll of no port ends with its time, or early with an event. */
void time_sleep(u64 ns)
{
	u64 end = time_ns() + ns;
	struct sched_poll poll = { .timeout = end };

	while (time_ns() < end)
		hc_sched_op(SCHEDOP_poll, &poll);
}
