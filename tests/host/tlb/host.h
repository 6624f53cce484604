/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: stands in for x86/cpu.h, and for the instructions that flush, which
 * main.c carries out on CPUs of its own.
 */
#ifndef TEST_HOST_H
#define TEST_HOST_H
#define X86_CPU_H

#include <lib/types.h>
#include <x86/asm.h>

#define MAX_CPUS 8
enum softirq { SOFTIRQ_TLB };
struct vcpu;
struct cpu_public {
	u64 flush_stamp;
	bool online;
};
extern struct cpu_public cpu_public[MAX_CPUS];
extern u32 cpu_count;
extern u32 host_cpu; /* that runs */
extern bool host_idle[MAX_CPUS];

static inline u32 cpu_id(void)
{
	return host_cpu;
}

static inline struct vcpu *current(void)
{
	return host_idle[host_cpu] ? NULL : (struct vcpu *)1;
}

void softirq_post(u32 cpu, enum softirq s);
void cpu_poll(void);

void host_write_cr3(u64 v);
void host_write_cr4(u64 v);
u64 host_read_cr3(void);
u64 host_read_cr4(void);
void host_invlpg(u64 va);
void host_invpcid(u64 type, u64 tag, u64 va);
#define write_cr3 host_write_cr3
#define write_cr4 host_write_cr4
#define read_cr3  host_read_cr3
#define read_cr4  host_read_cr4
#define invlpg    host_invlpg
#define invpcid   host_invpcid

#endif
