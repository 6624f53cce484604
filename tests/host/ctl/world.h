/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: the control floor runs unmodified on a small machine. Its direct map,
 * frame table and m2p lie at addresses that a process may have; x86/cpu.h is stood in for.
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include <x86/layout.h>
#undef DIRECT_VIRT
#undef FRAMETABLE_VIRT
#define DIRECT_VIRT     0x200000000000
#define FRAMETABLE_VIRT 0x210000000000

#define X86_CPU_H
#include <lib/errno.h>
#include <lib/types.h>
#include <pvabi/xen.h>
#include <x86/lock.h>

#define MAX_CPUS 64
struct vcpu;
struct domain;

enum softirq { SOFTIRQ_SCHED, SOFTIRQ_TIMER, SOFTIRQ_TLB, SOFTIRQ_REAP };
struct cpu_public {
	u64 posted, flush_stamp;
	bool online;
	u32 apic_id, acpi_id;
	struct vcpu *running;
	s64 idle;
};
extern struct cpu_public cpu_public[MAX_CPUS];
extern u32 cpu_count;
extern u32 world_softirqs;
extern struct vcpu *world_current;

void __noreturn panic(const char *fmt, ...) printf_like(1, 2);
bool preempt_window(void);
void cpu_poll(void);
static inline struct vcpu *current(void)
{
	return world_current;
}
static inline u32 cpu_id(void)
{
	return 0;
}
static inline void softirq_raise(enum softirq s)
{
	world_softirqs |= 1u << s;
}
#define assert(x)                                                                     \
	do {                                                                          \
		if (!(x))                                                             \
			panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #x); \
	} while (0)

#endif
