/* SPDX-License-Identifier: MIT */
/* Included before everything: stands in for x86/cpu.h. A CPU is a number that the test chooses. */
#ifndef TEST_HOST_H
#define TEST_HOST_H
#define X86_CPU_H

#include <lib/types.h>
#include <pvabi/xen.h>
#include <x86/layout.h>

#define MAX_CPUS 4

struct cpu_info {
	struct cpu_user_regs regs;
	u32 cpu, held_ranks;
	struct cpu_stretch {
		u64 began, least;
		u32 number, operation, softirqs, irq;
	} stretch;
	struct perf_count *perf;
};
extern struct cpu_info host_cpus[MAX_CPUS];
extern u32 host_cpu;

static inline struct cpu_info *cpu_info(void)
{
	return &host_cpus[host_cpu];
}

static inline struct cpu_user_regs *guest_regs(void)
{
	return &cpu_info()->regs;
}

static inline u32 cpu_id(void)
{
	return cpu_info()->cpu;
}

bool cpu_alone(void);
void cpu_poll(void);
void panic(const char *fmt, ...) printf_like(1, 2);

#endif
