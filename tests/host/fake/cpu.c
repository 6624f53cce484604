/* SPDX-License-Identifier: MIT */
/* CPUs for a program: see cpu.h. */
#include "cpu.h"

struct cpu_public cpu_public[MAX_CPUS] = { { .online = true } };
u32 cpu_count = 1;
u32 fake_cpu;
__thread struct vcpu *fake_current;
u32 fake_softirqs;

s64 fake_budget = BUDGET_LOOKS;

void fake_budget_set(s64 looks)
{
	fake_budget = looks;
	fake_enter();
}

void fake_enter(void)
{
	cpu_info()->budget = fake_budget;
}

struct cpu_info *cpu_info(void)
{
	static __thread struct cpu_info info = { .budget = BUDGET_LOOKS };

	return &info;
}
