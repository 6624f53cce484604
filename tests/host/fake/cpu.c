/* SPDX-License-Identifier: MIT */
/* CPUs for a program: see cpu.h. */
#include "cpu.h"
#include "lock.h"

struct cpu_public cpu_public[MAX_CPUS] = { { .online = true } };
u32 cpu_count = 1;
u32 fake_cpu;
__thread struct vcpu *fake_current;
u32 fake_softirqs;
int fake_preempt_after;

void cpu_poll(void)
{
	panic("the one CPU waits for itself");
}

bool preempt_window(void)
{
	assert(!fake_locks_held());

	if (!fake_preempt_after)
		return false;

	fake_preempt_after--;
	return !fake_preempt_after;
}
