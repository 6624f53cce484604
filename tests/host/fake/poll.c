/* SPDX-License-Identifier: MIT */
/* What a CPU does in between, with a guest's call unfinished: see cpu.h. */
#include "cpu.h"
#include "lock.h"

int fake_preempt_after;
void (*fake_in_window)(void);

void cpu_poll(void)
{
	panic("the one CPU waits for itself");
}

bool preempt_window(void)
{
	assert(!fake_locks_held());
	cpu_info()->budget = fake_budget;

	if (fake_in_window)
		fake_in_window();

	if (!fake_preempt_after)
		return false;

	fake_preempt_after--;
	return !fake_preempt_after;
}
